//! The one id of an accepted message: in its Received field, in every log line, in `posthouse trace`.

use std::fmt;

use crate::Timestamp;

/// Crockford's alphabet in lower case: no `i l o u`, and in ASCII order, so that ids sort by time.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 35 bits of seconds last until the year 3058.
const TIME_CHARS: u32 = 7;
/// 48 random bits.
const RANDOM_CHARS: u32 = 10;

/// The id of one accepted message: short, lower-case, sortable by time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(String);

impl TraceId {
    /// An id for a message accepted at this time. Two messages of one second differ by the random part.
    #[must_use]
    pub fn from_parts(at: Timestamp, random: [u8; 6]) -> Self {
        let seconds = u64::try_from(at.seconds()).unwrap_or(0).min((1 << 35) - 1);
        let random = random.iter().fold(0_u64, |bits, octet| bits << 8 | u64::from(*octet));
        let mut text = String::with_capacity(17);
        push_base32(&mut text, seconds, TIME_CHARS);
        push_base32(&mut text, random, RANDOM_CHARS);
        Self(text)
    }

    /// Reads an id as a person types it: case does not matter, `None` if it is not one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let whole = u32::try_from(text.len()).ok()? == TIME_CHARS + RANDOM_CHARS;
        (whole && text.bytes().all(|b| ALPHABET.contains(&b))).then_some(Self(text))
    }

    /// The id as it is written everywhere.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn push_base32(text: &mut String, bits: u64, chars: u32) {
    for place in (0..chars).rev() {
        let digit = usize::try_from(bits >> (5 * place) & 31).unwrap_or(0);
        text.push(ALPHABET.get(digit).copied().map_or('0', char::from));
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back_in_any_case() {
        let early = TraceId::from_parts(Timestamp::new(1_700_000_000), [255; 6]);
        let late = TraceId::from_parts(Timestamp::new(1_700_000_001), [0; 6]);
        assert!(early < late);
        assert_eq!(early.as_str().len(), 17);
        assert_eq!(TraceId::parse(&early.to_string().to_uppercase()).unwrap(), early);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "abc", "0000000000000000i", "00000000000000000000", "é000000000000000"] {
            assert_eq!(TraceId::parse(text), None, "{text}");
        }
    }
}
