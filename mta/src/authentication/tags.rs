//! `tag=value; tag=value`: how DKIM, ARC and DMARC write things down (RFC 6376 §3.2).

use std::ops::Range;

/// The tags of a field or record, each at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

/// The text is no list of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TagError {
    #[error("it is not UTF-8")]
    NotText,
    #[error("a tag has no name or no equals sign")]
    Malformed,
    #[error("a tag stands there twice")]
    Twice,
    #[error("it has too many tags")]
    TooMany,
}

/// What to do with `;;`, which the grammar does not have and many records do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    Skipped,
    Refused,
}

/// No specification knows twenty.
const TAGS_MAX: usize = 100;

impl<'a> Tags<'a> {
    pub fn parse(text: &'a [u8], empty: Empty) -> Result<Self, TagError> {
        let text = std::str::from_utf8(text).map_err(|_| TagError::NotText)?;
        // One semicolon may end the list.
        let text = trim(text);
        let text = text.strip_suffix(';').unwrap_or(text);
        let mut tags: Vec<(&str, &str)> = Vec::new();
        for spec in text.split(';') {
            if empty == Empty::Skipped && trim(spec).is_empty() {
                continue;
            }
            let (name, value) = spec.split_once('=').ok_or(TagError::Malformed)?;
            let name = trim(name);
            if !is_name(name) {
                return Err(TagError::Malformed);
            }
            // RFC 6376 §3.2: a list with a tag that stands there twice is invalid as a whole.
            if tags.iter().any(|(other, _)| *other == name) {
                return Err(TagError::Twice);
            }
            if tags.len() >= TAGS_MAX {
                return Err(TagError::TooMany);
            }
            tags.push((name, trim(value)));
        }
        Ok(Self(tags))
    }

    /// The value of a tag, without the white space around it. Names are case-sensitive.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// The name of the first tag.
    pub fn first(&self) -> Option<(&'a str, &'a str)> {
        self.0.first().copied()
    }
}

/// Where the value of `b=` stands, white space around it included: what is signed is the field without
/// it (RFC 6376 §3.7).
pub(super) fn signature_range(text: &[u8]) -> Option<Range<usize>> {
    let mut start = 0;
    for spec in text.split(|octet| *octet == b';') {
        let end = start + spec.len();
        if let Some(equals) = spec.iter().position(|octet| *octet == b'=')
            && spec.get(..equals).unwrap_or_default().trim_ascii() == b"b"
        {
            return Some(start + equals + 1..end);
        }
        start = end + 1;
    }
    None
}

/// The base64 of a value that may be folded.
pub(super) fn base64(value: &str) -> Option<Vec<u8>> {
    use ::base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
    use ::base64::engine::{DecodePaddingMode, Engine};
    // Keys are published with and without padding.
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let folded = |octet: &u8| !octet.is_ascii_whitespace();
    let octets: Vec<u8> = value.bytes().filter(folded).collect();
    GeneralPurpose::new(&::base64::alphabet::STANDARD, config).decode(octets).ok()
}

/// Digits only.
pub(super) fn number(value: &str) -> Option<u64> {
    // RFC 6376 §3.5: up to 76 digits may come. What does not fit is as good as for ever.
    let digits =
        !value.is_empty() && value.len() <= 76 && value.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| value.parse().unwrap_or(u64::MAX))
}

/// The items of a colon-separated list, without white space.
pub(super) fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(':').map(trim)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn tags_are_read_over_folds() {
        let text = b" v=1;\r\n\t a = rsa-sha256 ; h= from : to\r\n :subject;\r\n x_1=;";
        let tags = Tags::parse(text, Empty::Refused).unwrap();
        assert_eq!(tags.get("a"), Some("rsa-sha256"));
        assert_eq!(tags.get("x_1"), Some(""));
        assert_eq!(tags.get("A"), None);
        assert_eq!(tags.first(), Some(("v", "1")));
        assert_eq!(items(tags.get("h").unwrap()).collect::<Vec<_>>(), ["from", "to", "subject"]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, error) in [
            ("a", TagError::Malformed),
            ("=1", TagError::Malformed),
            ("a b=1", TagError::Malformed),
            ("1a=1", TagError::Malformed),
            ("a=1;;b=2", TagError::Malformed),
            ("a=1;;", TagError::Malformed),
            ("a=1; b=2; a=1", TagError::Twice),
        ] {
            assert_eq!(Tags::parse(text.as_bytes(), Empty::Refused), Err(error), "{text}");
        }
        assert_eq!(Tags::parse(b"a=\xff", Empty::Refused), Err(TagError::NotText));
        assert!(Tags::parse(b"a=1;; ;b=2;;", Empty::Skipped).is_ok());
        let many =
            |count: usize| (0..count).map(|number| format!("t{number}=;")).collect::<String>();
        assert!(Tags::parse(many(100).as_bytes(), Empty::Refused).is_ok());
        assert_eq!(Tags::parse(many(101).as_bytes(), Empty::Refused), Err(TagError::TooMany));
    }

    #[test]
    fn the_signature_is_found_with_its_white_space() {
        for (text, without) in [
            ("a=1; b = \r\n AB\r\n CD ; bh=x", "a=1; b =; bh=x"),
            ("bh=b; b=AB", "bh=b; b="),
            ("b=", "b="),
            ("a=b=c;b=x", "a=b=c;b="),
        ] {
            let mut field = text.as_bytes().to_vec();
            field.drain(signature_range(&field).unwrap());
            assert_eq!(field, without.as_bytes());
        }
        assert_eq!(signature_range(b"a=1; bh=2; B=3"), None);
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(number("0012"), Some(12));
        assert_eq!(number(&"9".repeat(76)), Some(u64::MAX));
        for text in ["", "-1", "+1", "1 2", "x", &"9".repeat(77)] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
