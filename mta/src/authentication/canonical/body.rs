//! The hash of a body (RFC 6376 §3.4.3, §3.4.4, §3.7).

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
    let mut sink =
        Sink { context: Context::new(&SHA256), left: length.unwrap_or(u64::MAX), left_out: 0 };
    match form {
        Canonicalization::Simple => simple(body, &mut sink),
        Canonicalization::Relaxed => relaxed(body, &mut sink),
    }
    let missing = if length.is_some() { sink.left } else { 0 };
    let mut digest = [0; 32];
    digest.copy_from_slice(sink.context.finish().as_ref());
    BodyHash { digest, left_out: sink.left_out, missing }
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

    fn line_ends(&mut self, count: usize) {
        // In pieces: a body may be fifty megabytes of them.
        const MANY: &[u8] =
            b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
        let mut octets = count.saturating_mul(2);
        while octets > 0 {
            let now = octets.min(MANY.len());
            self.write(MANY.get(..now).unwrap_or_default());
            octets -= now;
        }
    }
}

/// Empty lines at the end do not count; an empty body is one line end (RFC 6376 §3.4.3).
fn simple(body: &[u8], sink: &mut Sink) {
    let mut kept = body;
    while let Some(shorter) = kept.strip_suffix(b"\r\n") {
        kept = shorter;
    }
    sink.write(kept);
    sink.line_ends(1);
}

/// White space at line ends goes, other white space becomes one space, and *then* empty lines at the end
/// do not count: lines of blanks are such (RFC 6376 §3.4.4). An empty body is nothing.
fn relaxed(body: &[u8], sink: &mut Sink) {
    let mut rest = body;
    let mut empty_lines = 0;
    while !rest.is_empty() {
        let (line, after) = cut_line(rest);
        rest = after;
        let line = trim_end(line);
        if line.is_empty() {
            empty_lines += 1;
        } else {
            sink.line_ends(empty_lines);
            empty_lines = 0;
            squeezed(line, sink);
            sink.line_ends(1);
        }
    }
}

/// The first line without its CRLF, and the rest. A CR or LF alone ends no line.
fn cut_line(text: &[u8]) -> (&[u8], &[u8]) {
    let mut from = 0;
    while let Some(found) = memchr(b'\n', text.get(from..).unwrap_or_default()) {
        let end = from + found;
        let (before, after) = text.split_at_checked(end).unwrap_or_default();
        if let Some(line) = before.strip_suffix(b"\r") {
            return (line, after.get(1..).unwrap_or_default());
        }
        from = end + 1;
    }
    (text, &[])
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|octet| !is_blank(*octet)).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// Runs of white space as one space each. What has single spaces only goes through in one piece.
fn squeezed(line: &[u8], sink: &mut Sink) {
    let mut rest = line;
    let mut from = 0;
    while let Some(found) = memchr2(b' ', b'\t', rest.get(from..).unwrap_or_default()) {
        let start = from + found;
        let run = rest.get(start..).unwrap_or_default();
        let blanks = run.iter().take_while(|octet| is_blank(**octet)).count();
        if run.starts_with(b" ") && blanks == 1 {
            from = start + 1;
            continue;
        }
        sink.write(rest.get(..start).unwrap_or_default());
        sink.write(b" ");
        rest = run.get(blanks..).unwrap_or_default();
        from = 0;
    }
    sink.write(rest);
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
