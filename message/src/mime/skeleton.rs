//! Finds the parts in one walk over the octets, without recursion: the depth of the nesting is in
//! the hands of whoever wrote the message.

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};

use super::describe::{Place, default_media, describe};
use super::{Part, PartKind};
use crate::Limits;
use crate::header::{is_empty_line, next_line};

/// All parts of a message, in the order in which they begin.
pub(super) fn parts(message: &[u8], limits: &Limits) -> Vec<Part> {
    let described = limits.mime_described_octets_max;
    let mut skeleton = Skeleton { message, limits, described, parts: Vec::new(), open: Vec::new() };
    let mut start = Some(0);
    while let Some(at) = start {
        start = skeleton.part(at);
    }
    skeleton.close(0, message.len());
    skeleton.finish();
    skeleton.parts
}

struct Skeleton<'a> {
    message: &'a [u8],
    limits: &'a Limits,
    /// Octets that descriptions may still take.
    described: usize,
    parts: Vec<Part>,
    /// The part that is being read and what it stands in, outermost first.
    open: Vec<Open>,
}

struct Open {
    part: usize,
    /// Only a multipart has one, until its closing delimiter.
    boundary: Option<Vec<u8>>,
}

/// A delimiter line (RFC 2046 §5.1.1).
struct Delimiter {
    /// Whose, as a place in `open`.
    level: usize,
    closing: bool,
    /// Where what stands in front of it ends, and where its line does.
    before: usize,
    after: usize,
}

impl<'a> Skeleton<'a> {
    /// Reads the part that begins here, up to where the next one begins.
    fn part(&mut self, start: usize) -> Option<usize> {
        let (header_end, mut delimiter) = self.header_end(start);
        let boundary = self.open_part(start, header_end);
        self.open.push(Open { part: self.parts.len() - 1, boundary });
        let is_message = self.parts.last().is_some_and(|part| part.kind == PartKind::Message);
        if is_message && delimiter.is_none() && self.parts.len() < self.limits.mime_parts_max {
            // The message inside begins where the body does, even if that is empty.
            return Some(header_end);
        }
        if delimiter.is_none() {
            delimiter = self.next_delimiter(header_end);
        }
        while let Some(found) = delimiter {
            if !found.closing && self.parts.len() >= self.limits.mime_parts_max {
                return None;
            }
            self.close(found.level + 1, found.before);
            if !found.closing {
                return Some(found.after);
            }
            // What follows is epilogue, up to a delimiter of something further out.
            if let Some(open) = self.open.last_mut() {
                open.boundary = None;
            }
            delimiter = self.next_delimiter(found.after);
        }
        None
    }

    /// Adds the part whose header stands here, and gives its boundary.
    fn open_part(&mut self, start: usize, header_end: usize) -> Option<Vec<u8>> {
        let parent = self.open.last().map(|open| open.part);
        let index = self.parts.len();
        let mut number = 1;
        let mut in_digest = false;
        if let Some(parent) = parent.and_then(|parent| self.parts.get_mut(parent)) {
            parent.children.push(index);
            number = u32::try_from(parent.children.len()).unwrap_or(u32::MAX);
            in_digest = parent.is("multipart/digest");
        }
        let place = Place { in_digest, too_deep: self.open.len() >= self.limits.mime_depth_max };
        let header = self.message.get(start..header_end).unwrap_or_default();
        let (mut part, boundary) = describe(header, &place, self.limits);
        let left = self.described.checked_sub(part.described_octets());
        self.described = left.unwrap_or(0);
        if left.is_none() {
            part.simplify();
        }
        self.parts.push(Part { start, header_end, end: header_end, parent, number, ..part });
        boundary
    }

    /// Where the header that begins here ends: behind its empty line, or in front of a delimiter.
    fn header_end(&self, start: usize) -> (usize, Option<Delimiter>) {
        let mut at = start;
        while let Some(line) = next_line(self.message, at) {
            if let Some(delimiter) = self.delimiter_at(line.start) {
                return (delimiter.before.max(start), Some(delimiter));
            }
            at = line.end;
            if is_empty_line(self.message.get(line).unwrap_or_default()) {
                break;
            }
        }
        (at, None)
    }

    /// The first delimiter at or behind the beginning of a line.
    fn next_delimiter(&self, from: usize) -> Option<Delimiter> {
        if self.open.iter().all(|open| open.boundary.is_none()) {
            return None;
        }
        if let Some(delimiter) = self.delimiter_at(from) {
            return Some(delimiter);
        }
        let dashes = Finder::new(b"\n--");
        let mut at = from;
        loop {
            at += dashes.find(self.message.get(at..)?)? + 1;
            if let Some(delimiter) = self.delimiter_at(at) {
                return Some(delimiter);
            }
        }
    }

    /// Whether the line that begins here is a delimiter of something open, the innermost first.
    fn delimiter_at(&self, at: usize) -> Option<Delimiter> {
        let rest = self.message.get(at..)?.strip_prefix(b"--")?;
        for (level, open) in self.open.iter().enumerate().rev() {
            let tail = open.boundary.as_ref().and_then(|boundary| rest.strip_prefix(&**boundary));
            let Some(tail) = tail else { continue };
            let end = memchr(b'\n', tail).map_or(tail.len(), |end| end + 1);
            let mut padding = tail.get(..end).unwrap_or_default();
            let closing = padding.starts_with(b"--");
            if closing {
                padding = padding.get(2..).unwrap_or_default();
            }
            // RFC 2046 §5.1.1: nothing but white space may follow.
            if padding.iter().all(u8::is_ascii_whitespace) {
                let after = self.message.len() - tail.len() + end;
                return Some(Delimiter { level, closing, before: self.before_line(at), after });
            }
        }
        None
    }

    /// The line end in front of a delimiter belongs to it.
    fn before_line(&self, at: usize) -> usize {
        match self.message.get(..at).unwrap_or_default() {
            [.., b'\r', b'\n'] => at - 2,
            [.., b'\n'] => at - 1,
            _ => at,
        }
    }

    /// Ends all parts from this level inwards. A container never ends before what it contains.
    fn close(&mut self, level: usize, end: usize) {
        let mut end = end;
        while self.open.len() > level {
            let part = self.open.pop().and_then(|open| self.parts.get_mut(open.part));
            if let Some(part) = part {
                end = end.max(part.header_end);
                part.end = end;
            }
        }
    }

    /// What can be said only when all ends are known.
    fn finish(&mut self) {
        for part in &mut self.parts {
            if part.kind != PartKind::Leaf && part.children.is_empty() {
                // A multipart without a single delimiter: whatever it is, a person may read it.
                // A message without its inside stands beyond the last part allowed.
                match part.kind {
                    PartKind::Multipart => part.media = default_media(false),
                    _ => "application/octet-stream".clone_into(&mut part.media.value),
                }
                part.kind = PartKind::Leaf;
            }
            if part.kind == PartKind::Message || part.media_type() == "text" {
                let body = self.message.get(part.header_end..part.end).unwrap_or_default();
                let unended = body.last().is_some_and(|octet| *octet != b'\n');
                part.lines = memchr_iter(b'\n', body).count() + usize::from(unended);
            }
        }
    }
}
