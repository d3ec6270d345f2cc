//! Letters of a given size, each different, made of lines of real mail.
//!
//! A sender that repeats one letter, or the letter X, would flatter a store that compresses, and one
//! that repeats a Message-ID would put everything in one conversation.

/// Makes letters out of a pool of lines. The pool is 7-bit CRLF text without lines that begin with a dot,
/// so that a letter needs no dot-stuffing (RFC 5321 §4.5.2) and no 8BITMIME.
#[derive(Debug)]
pub struct Letters {
    pool: Vec<u8>,
    octets: usize,
    run: String,
}

/// The pool must be a good deal larger than one letter, or letters would share their text.
#[derive(Debug)]
pub struct PoolTooSmall;

impl std::fmt::Display for PoolTooSmall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the pool must hold at least a hundred letters")
    }
}

impl std::error::Error for PoolTooSmall {}

/// How many different people write to us.
const CORRESPONDENTS: u64 = 200;

impl Letters {
    /// `octets` is the size of a whole letter, header and all; `run` makes its Message-IDs unlike every other run's.
    ///
    /// # Errors
    /// When the pool is smaller than a hundred letters.
    pub fn new(pool: Vec<u8>, octets: usize, run: &str) -> Result<Self, PoolTooSmall> {
        if pool.len() < octets.saturating_mul(100) {
            return Err(PoolTooSmall);
        }
        Ok(Self { pool, octets, run: run.to_owned() })
    }

    /// Letter number `number`, always the same for the same number: at most `octets` long and at most one line shorter.
    #[must_use]
    pub fn letter(&self, number: u64, to: &str) -> Vec<u8> {
        let lines = self.lines_from(number);
        let subject = lines
            .split(|&octet| octet == b'\r')
            .find_map(subject_words)
            .unwrap_or_else(|| "A letter".into());
        let mut letter = self.header(number, to, &subject).into_bytes();
        let room = self.octets.saturating_sub(letter.len());
        let body = lines.get(..room).unwrap_or(lines);
        let whole_lines = body.iter().rposition(|&octet| octet == b'\n').map_or(0, |end| end + 1);
        letter.extend_from_slice(body.get(..whole_lines).unwrap_or_default());
        letter
    }

    fn header(&self, number: u64, to: &str, subject: &str) -> String {
        let writer = number % CORRESPONDENTS;
        let (run, minute, second) = (&self.run, number / 60 % 60, number % 60);
        format!(
            "From: Writer {writer} <writer{writer}@elsewhere.example>\r\n\
             To: <{to}>\r\n\
             Subject: {subject} ({number})\r\n\
             Date: Mon, 23 Nov 2026 11:{minute:02}:{second:02} +0000\r\n\
             Message-ID: <{number}.{run}@elsewhere.example>\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=us-ascii\r\n\
             \r\n"
        )
    }

    /// A place in the pool, at the start of a line, with room for a letter after it.
    fn lines_from(&self, number: u64) -> &[u8] {
        let places = self.pool.len() - self.octets;
        // Fibonacci hashing: neighbours land far apart, and two runs of the same numbers agree.
        let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        let place = usize::try_from(spread).unwrap_or_default() % places;
        let rest = self.pool.get(place..).unwrap_or_default();
        let line_start = rest.iter().position(|&octet| octet == b'\n').map_or(0, |end| end + 1);
        rest.get(line_start..).unwrap_or_default()
    }
}

/// The first five words of a line, if it has so many and they are plain.
fn subject_words(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = line.split_ascii_whitespace().take(5).collect();
    let plain = words
        .iter()
        .all(|word| word.len() < 16 && word.bytes().all(|octet| octet.is_ascii_alphabetic()));
    (words.len() == 5 && plain).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn letters(octets: usize) -> Letters {
        let pool: String =
            (0..20_000).map(|n| format!("Line {n} speaks of this and that\r\n")).collect();
        Letters::new(pool.into_bytes(), octets, "run").unwrap()
    }

    #[test]
    fn a_letter_is_as_long_as_asked_but_for_its_last_line() {
        let letter = letters(5_000).letter(7, "ann@bench.example");
        assert!(letter.len() <= 5_000 && letter.len() > 4_900, "{}", letter.len());
        assert!(letter.ends_with(b"\r\n"));
    }

    #[test]
    fn letters_differ_and_come_again() {
        let letters = letters(2_000);
        assert_ne!(letters.letter(1, "a@b.example"), letters.letter(2, "a@b.example"));
        assert_eq!(letters.letter(1, "a@b.example"), letters.letter(1, "a@b.example"));
    }

    #[test]
    fn a_pool_of_less_than_a_hundred_letters_is_refused() {
        assert!(Letters::new(vec![b'\n'; 99_999], 1_000, "run").is_err());
        assert!(Letters::new(vec![b'\n'; 100_000], 1_000, "run").is_ok());
    }
}
