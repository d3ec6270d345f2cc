//! Lines of a header block: names, raw values, folding.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::words::decode_words;
use crate::{Limits, charset, unprintable};

/// One field of a header block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    name: &'a str,
    value: &'a [u8],
    range: Range<usize>,
}

/// The fields of a header block in their order. Lines that are no field (an mbox `From ` line,
/// a stray line) are passed over together with their continuations.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    block: &'a [u8],
    at: usize,
    left: usize,
}

/// How many octets the header has: up to and including the empty line that ends it, or all of the
/// message when it has none. A line ends with LF, with or without CR in front.
#[must_use]
pub fn header_octets(message: &[u8]) -> usize {
    let mut at = 0;
    while let Some(line) = next_line(message, at) {
        at = line.end;
        if is_empty_line(message.get(line).unwrap_or_default()) {
            return at;
        }
    }
    message.len()
}

/// Whether a message begins with a header field. One typed by hand into telnet often has none, and
/// whoever puts fields in front of it must put an empty line after them.
#[must_use]
pub fn begins_with_field(message: &[u8]) -> bool {
    next_line(message, 0)
        .and_then(|line| message.get(line))
        .is_some_and(|line| name_and_value(line).is_some())
}

/// The value on one line: line ends are removed, the white space that follows them stays
/// (RFC 5322 §2.2.3).
#[must_use]
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|octet| *octet == b'\n') {
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }
    Cow::Owned(out)
}

impl<'a> Fields<'a> {
    /// The fields of a whole message, or of its header.
    #[must_use]
    pub fn of(message: &'a [u8], limits: &Limits) -> Self {
        let block = message.get(..limits.header_octets_max).unwrap_or(message);
        Self { block, at: 0, left: limits.header_fields_max }
    }

    /// The first field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Field<'a>> {
        self.clone().find(|field| field.is(name))
    }

    /// All fields of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Field<'a>> {
        self.clone().filter(move |field| field.is(name))
    }

    /// The lines from here that make up one field, its continuations included.
    fn next_block(&mut self) -> Option<Range<usize>> {
        let first = next_line(self.block, self.at)?;
        if is_empty_line(self.block.get(first.clone())?) {
            return None;
        }
        let mut end = first.end;
        while let Some(b' ' | b'\t') = self.block.get(end) {
            end = next_line(self.block, end)?.end;
        }
        self.at = end;
        Some(first.start..end)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        while self.left > 0 {
            let range = self.next_block()?;
            if let Some((name, value)) = name_and_value(self.block.get(range.clone())?) {
                self.left -= 1;
                return Some(Field { name, value, range });
            }
        }
        None
    }
}

impl<'a> Field<'a> {
    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Whether the field has this name; case does not count.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The octets after the colon, folding included, the last line end not.
    #[must_use]
    pub fn raw_value(&self) -> &'a [u8] {
        self.value
    }

    /// Where the field stands in the block, with its name and its last line end.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The value on one line, trimmed, not decoded.
    #[must_use]
    pub fn unfolded(&self) -> Cow<'a, str> {
        match unfold(self.value.trim_ascii()) {
            Cow::Borrowed(value) => charset::guess(value),
            Cow::Owned(value) => Cow::Owned(charset::guess(&value).into_owned()),
        }
    }

    /// The value as a person reads it: one line, encoded-words decoded, no control characters.
    #[must_use]
    pub fn text(&self) -> String {
        unprintable::one_line(&decode_words(&unfold(self.value)))
    }
}

/// The line that begins here, with its line end; the last one may have none.
pub(crate) fn next_line(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    Some(at..memchr(b'\n', rest).map_or(text.len(), |end| at + end + 1))
}

pub(crate) fn is_empty_line(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

/// Parts a field at its colon. White space in front of the colon is an obsolete form (RFC 5322
/// §4.5); a name has no other, and no octet outside of printable ASCII.
fn name_and_value(field: &[u8]) -> Option<(&str, &[u8])> {
    // The longest name of any registry has 40 octets; a "name" of a megabyte is no name.
    let colon = memchr(b':', field.get(..1_000).unwrap_or(field))?;
    let name = field.get(..colon)?.trim_ascii_end();
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    let value = field.get(colon + 1..)?;
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    name.bytes().all(|octet| octet.is_ascii_graphic()).then_some((name, value))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn names(message: &[u8]) -> Vec<&str> {
        Fields::of(message, &Limits::default()).map(|field| field.name()).collect()
    }

    #[test]
    fn the_header_ends_with_the_first_empty_line() {
        for (message, octets) in [
            (&b""[..], 0),
            (b"A: b", 4),
            (b"A: b\r\n", 6),
            (b"A: b\r\n\r\nbody", 8),
            (b"A: b\n\nbody\n\n", 6),
            (b"\r\nbody", 2),
            (b"\nbody", 1),
            (b"A: b\r\n \r\n\r\nbody", 11),
            (b"A: b\r\r\nbody", 11),
        ] {
            assert_eq!(header_octets(message), octets, "{}", message.escape_ascii());
        }
    }

    #[test]
    fn fields_keep_their_octets_and_lose_their_folding() {
        let message = b"Subject : a\r\n b\r\n\tc\r\nTO:x\nEmpty:\r\n\r\nbody: x";
        let fields: Vec<_> = Fields::of(message, &Limits::default()).collect();
        assert_eq!(names(message), ["Subject", "TO", "Empty"]);
        let subject = fields.first().unwrap();
        assert_eq!(subject.raw_value(), b" a\r\n b\r\n\tc");
        assert_eq!(message.get(subject.range()).unwrap(), b"Subject : a\r\n b\r\n\tc\r\n");
        assert_eq!(subject.unfolded(), "a b\tc");
        assert_eq!(subject.text(), "a b c");
        assert_eq!(fields.last().unwrap().text(), "");
    }

    #[test]
    fn lines_that_are_no_field_are_passed_over_with_their_continuations() {
        let message = b" stray\r\nFrom ann Mon Nov 23 2026\r\n more\r\nA: 1\r\nno colon\r\n\
            \xff\xfe: 2\r\n: 3\r\na b: 4\r\nB: 5\r\n";
        assert_eq!(names(message), ["A", "B"]);
        assert!(begins_with_field(b"A: b"));
        assert!(!begins_with_field(b"Do you like ketchup?\r\nA: b"));
        assert!(!begins_with_field(b"\r\nA: b"));
    }

    #[test]
    fn limits_hold_and_what_is_within_them_is_read() {
        let limits = Limits { header_fields_max: 2, header_octets_max: 10, ..Limits::default() };
        let count = |message: &[u8]| Fields::of(message, &limits).count();
        assert_eq!(count(b"A:1\nB:2\n"), 2);
        assert_eq!(count(b"A:\nB:\nC:\n"), 2);
        assert_eq!(count(b"A:45678\nB:\n"), 2);
        assert_eq!(count(b"A:456789\n\nB:2\n"), 1);
    }
}
