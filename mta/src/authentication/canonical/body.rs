//! The hash of a body (RFC 6376 §3.4.3, §3.4.4, §3.7), taken while it goes by.

use aws_lc_rs::digest::{Context, SHA256};
use memchr::{memchr, memchr2};

use super::{Canonicalization, is_blank};

/// SHA-256 of a body in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodyHash {
    pub digest: [u8; 32],
    /// Octets of the canonical form that were not hashed, because `l=` left them out.
    pub left_out: u64,
    /// Octets that `l=` promised and the body has not.
    pub missing: u64,
}

/// Hashes a body, or its first `length` canonical octets.
pub(crate) fn body_hash(body: &[u8], form: Canonicalization, length: Option<u64>) -> BodyHash {
    let mut hasher = BodyHasher::new(form, length);
    hasher.write(body);
    hasher.finish()
}

/// Hashes a body that comes in pieces, and keeps none of it.
///
/// Line ends wait until text follows: empty lines at the end of a body do not count. A CR or LF alone
/// ends no line.
pub(crate) struct BodyHasher {
    sink: Sink,
    form: Canonicalization,
    is_limited: bool,
    /// Line ends that count only if something follows.
    line_ends: u64,
    /// White space that counts only if text follows on its line.
    blank: bool,
    /// A CR at the end of the last piece: the next one tells whether the line ends.
    return_waits: bool,
    /// Whether there was any text.
    has_text: bool,
}

impl BodyHasher {
    pub fn new(form: Canonicalization, length: Option<u64>) -> Self {
        let sink =
            Sink { context: Context::new(&SHA256), left: length.unwrap_or(u64::MAX), left_out: 0 };
        Self {
            sink,
            form,
            is_limited: length.is_some(),
            line_ends: 0,
            blank: false,
            return_waits: false,
            has_text: false,
        }
    }

    /// Takes the next octets.
    pub fn write(&mut self, octets: &[u8]) {
        let mut rest = octets;
        if self.return_waits && !rest.is_empty() {
            self.return_waits = false;
            match rest.strip_prefix(b"\n") {
                Some(after) => {
                    self.line_end();
                    rest = after;
                }
                None => self.text(b"\r"),
            }
        }
        while let Some(found) = memchr(b'\r', rest) {
            let (before, from) = rest.split_at_checked(found).unwrap_or_default();
            self.text(before);
            rest = from.get(1..).unwrap_or_default();
            match rest.strip_prefix(b"\n") {
                Some(after) => {
                    self.line_end();
                    rest = after;
                }
                None if rest.is_empty() => self.return_waits = true,
                None => self.text(b"\r"),
            }
        }
        self.text(rest);
    }

    /// That was all.
    pub fn finish(mut self) -> BodyHash {
        if self.return_waits {
            self.text(b"\r");
        }
        // RFC 6376 §3.4.3: a body without text is one line end; §3.4.4: it is nothing.
        if self.has_text || self.form == Canonicalization::Simple {
            self.sink.line_ends(1);
        }
        let missing = if self.is_limited { self.sink.left } else { 0 };
        let mut digest = [0; 32];
        digest.copy_from_slice(self.sink.context.finish().as_ref());
        BodyHash { digest, left_out: self.sink.left_out, missing }
    }

    fn line_end(&mut self) {
        self.line_ends += 1;
        self.blank = false;
    }

    /// Octets of one line.
    fn text(&mut self, text: &[u8]) {
        match self.form {
            Canonicalization::Simple => self.write_text(text),
            Canonicalization::Relaxed => self.squeeze(text),
        }
    }

    /// Runs of white space as one space each, and none at line ends.
    fn squeeze(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(first) = rest.first() {
            if is_blank(*first) {
                self.blank = true;
                let blanks = rest.iter().take_while(|octet| is_blank(**octet)).count();
                rest = rest.get(blanks..).unwrap_or_default();
            } else {
                let (stretch, after) = rest.split_at_checked(stretch(rest)).unwrap_or_default();
                if std::mem::take(&mut self.blank) {
                    self.write_text(b" ");
                }
                self.write_text(stretch);
                rest = after;
            }
        }
    }

    fn write_text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        self.sink.line_ends(std::mem::take(&mut self.line_ends));
        self.has_text = true;
        self.sink.write(text);
    }
}

/// How much of a text goes through as it is: up to the first white space that is more or other than one
/// space between words. The text begins with a word.
fn stretch(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(found) = memchr2(b' ', b'\t', text.get(from..).unwrap_or_default()) {
        let blank = from + found;
        let is_space = text.get(blank) == Some(&b' ');
        match text.get(blank + 1) {
            Some(next) if is_space && !is_blank(*next) => from = blank + 1,
            _ => return blank,
        }
    }
    text.len()
}

struct Sink {
    context: Context,
    left: u64,
    left_out: u64,
}

impl Sink {
    fn write(&mut self, octets: &[u8]) {
        let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(octets.len());
        let (hashed, rest) = octets.split_at_checked(taken).unwrap_or_default();
        self.context.update(hashed);
        self.left -= hashed.len() as u64;
        self.left_out += rest.len() as u64;
    }

    fn line_ends(&mut self, count: u64) {
        // In pieces: a body may be fifty megabytes of them.
        const MANY: &[u8] =
            b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
        let mut octets = count.saturating_mul(2);
        while octets > 0 {
            let now = usize::try_from(octets).unwrap_or(usize::MAX).min(MANY.len());
            self.write(MANY.get(..now).unwrap_or_default());
            octets -= now as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::digest;

    use super::Canonicalization::{Relaxed, Simple};
    use super::*;

    fn is_hash_of(body: &[u8], form: Canonicalization, canonical: &[u8]) {
        let hash = body_hash(body, form, None);
        let expected = digest(&SHA256, canonical);
        let text = format!("{form:?} of {}", body.escape_ascii());
        assert_eq!(hash.digest, expected.as_ref(), "{text} is not {}", canonical.escape_ascii());
        assert_eq!((hash.left_out, hash.missing), (0, 0));
        for octets in 1..=body.len().min(20) {
            let mut hasher = BodyHasher::new(form, None);
            body.chunks(octets).for_each(|piece| hasher.write(piece));
            assert_eq!(hasher.finish(), hash, "{text} in pieces of {octets}");
        }
    }

    #[test]
    fn bodies_are_hashed_in_their_canonical_form() {
        for (body, simple, relaxed) in [
            // RFC 6376 §3.4.5.
            (&b" C \r\nD \t E\r\n\r\n\r\n"[..], &b" C \r\nD \t E\r\n"[..], &b" C\r\nD E\r\n"[..]),
            (b"", b"\r\n", b""),
            (b"\r\n", b"\r\n", b""),
            (b"\r\n\r\n", b"\r\n", b""),
            (b"a", b"a\r\n", b"a\r\n"),
            (b"a\r\n\r\nb\r\n\r\n", b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
            // Lines of blanks at the end are empty lines when blanks do not count.
            (b"a\r\n \t\r\n\r\n", b"a\r\n \t\r\n", b"a\r\n"),
            (b"a\r\n  \r\nb", b"a\r\n  \r\nb\r\n", b"a\r\n\r\nb\r\n"),
            (b" \r\n\t", b" \r\n\t\r\n", b""),
            (b"a  b \t c", b"a  b \t c\r\n", b"a b c\r\n"),
            (b"\ta", b"\ta\r\n", b" a\r\n"),
            // CR and LF alone are octets as others.
            (b"a\nb\rc\r\n", b"a\nb\rc\r\n", b"a\nb\rc\r\n"),
            (b"a \n\r\n", b"a \n\r\n", b"a \n\r\n"),
            (b"a\r\r\n", b"a\r\r\n", b"a\r\r\n"),
        ] {
            is_hash_of(body, Simple, simple);
            is_hash_of(body, Relaxed, relaxed);
        }
    }

    #[test]
    fn a_length_leaves_the_rest_out_and_says_so() {
        let body = b"one \r\ntwo\r\n\r\n";
        for (length, hashed, left_out, missing) in [
            (5, &b"one\r\n"[..], 5, 0),
            (10, b"one\r\ntwo\r\n", 0, 0),
            (11, b"one\r\ntwo\r\n", 0, 1),
            (0, b"", 10, 0),
        ] {
            let hash = body_hash(body, Relaxed, Some(length));
            assert_eq!(hash.digest, digest(&SHA256, hashed).as_ref(), "{length}");
            assert_eq!((hash.left_out, hash.missing), (left_out, missing), "{length}");
        }
    }

    #[test]
    fn many_empty_lines_are_hashed_whole() {
        let body = [&b"a"[..], &b"\r\n".repeat(1_000), b"b\r\n"].concat();
        is_hash_of(&body, Relaxed, &body);
        is_hash_of(&body, Simple, &body);
    }
}
