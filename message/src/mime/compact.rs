//! The tree in few octets: numbers of variable length, strings with their lengths in front.

use super::{Part, PartKind};
use crate::header::Parameters;

/// The first octet. A reader that meets another takes the message apart anew.
const VERSION: u8 = 1;

pub(super) fn encode(parts: &[Part]) -> Vec<u8> {
    let mut out = Writer(vec![VERSION]);
    out.number(parts.len());
    for part in parts {
        out.number(match part.kind {
            PartKind::Leaf => 0,
            PartKind::Multipart => 1,
            PartKind::Message => 2,
        });
        out.number(part.children.len());
        out.number(part.start);
        out.number(part.header_end.saturating_sub(part.start));
        out.number(part.body_octets());
        out.number(part.lines);
        out.parameters(&part.media);
        out.text(&part.encoding);
        out.optional(part.disposition.as_ref(), Writer::parameters);
        for text in [&part.id, &part.description, &part.md5, &part.location] {
            out.optional(text.as_ref(), |out, text| out.text(text));
        }
        out.number(part.language.len());
        part.language.iter().for_each(|tag| out.text(tag));
    }
    out.0
}

/// Reads a tree back. Everything a caller relies on is checked, so that octets damaged on disk are
/// refused and never a part outside of its container.
pub(super) fn decode(octets: &[u8]) -> Option<Vec<Part>> {
    let (&VERSION, rest) = octets.split_first()? else { return None };
    let mut from = Reader(rest);
    let count = from.number()?;
    // A part has at least ten octets.
    let mut parts: Vec<Part> = Vec::with_capacity(count.min(rest.len() / 10));
    // Containers that still wait for children.
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for index in 0..count {
        let (mut part, children) = from.part()?;
        match waiting.last_mut() {
            Some((parent, left)) => {
                *left -= 1;
                adopt(parts.get_mut(*parent)?, *parent, index, &mut part)?;
            }
            None if index > 0 => return None,
            None => {}
        }
        waiting.push((index, children));
        parts.push(part);
        while waiting.last().is_some_and(|(_, left)| *left == 0) {
            waiting.pop();
        }
    }
    let siblings_in_order = parts.iter().all(|part| in_order(part, &parts));
    let sound = count > 0 && waiting.is_empty() && from.0.is_empty() && siblings_in_order;
    sound.then_some(parts)
}

/// Makes a part the next child of its container, which must enclose it.
fn adopt(parent: &mut Part, parent_index: usize, index: usize, part: &mut Part) -> Option<()> {
    parent.children.push(index);
    part.parent = Some(parent_index);
    part.number = u32::try_from(parent.children.len()).ok()?;
    (parent.header_end <= part.start && part.end <= parent.end).then_some(())
}

fn in_order(part: &Part, parts: &[Part]) -> bool {
    let mut end = part.header_end;
    part.children.iter().filter_map(|index| parts.get(*index)).all(|child| {
        let ordered = end <= child.start;
        end = child.end;
        ordered
    })
}

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits an octet, the lowest first; the high bit says that more follow.
    fn number(&mut self, number: usize) {
        let mut rest = number;
        loop {
            let low = u8::try_from(rest & 0x7f).unwrap_or_default();
            rest >>= 7;
            self.0.push(if rest == 0 { low } else { low | 0x80 });
            if rest == 0 {
                return;
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn parameters(&mut self, parameters: &Parameters) {
        self.text(&parameters.value);
        self.number(parameters.list.len());
        for (name, value) in &parameters.list {
            self.text(name);
            self.text(value);
        }
    }

    fn optional<T: ?Sized>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.number(usize::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for shift in (0..56).step_by(7) {
            let (octet, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn parameters(&mut self) -> Option<Parameters> {
        let value = self.text()?;
        let count = self.number()?;
        let list = (0..count).map(|_| Some((self.text()?, self.text()?))).collect::<Option<_>>()?;
        Some(Parameters { value, list })
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.number()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    /// A part, and how many children follow it.
    fn part(&mut self) -> Option<(Part, usize)> {
        let kind = match self.number()? {
            0 => PartKind::Leaf,
            1 => PartKind::Multipart,
            2 => PartKind::Message,
            _ => return None,
        };
        let children = self.number()?;
        let children_ok = match kind {
            PartKind::Leaf => children == 0,
            PartKind::Multipart => children > 0,
            PartKind::Message => children == 1,
        };
        let start = self.number()?;
        let header_end = start.checked_add(self.number()?)?;
        let end = header_end.checked_add(self.number()?)?;
        let lines = self.number()?;
        let part = Part {
            kind,
            start,
            header_end,
            end,
            lines,
            media: self.parameters()?,
            encoding: self.text()?,
            disposition: self.optional(Self::parameters)?,
            id: self.optional(Self::text)?,
            description: self.optional(Self::text)?,
            md5: self.optional(Self::text)?,
            location: self.optional(Self::text)?,
            language: {
                let count = self.number()?;
                (0..count).map(|_| self.text()).collect::<Option<_>>()?
            },
            parent: None,
            number: 1,
            children: Vec::new(),
        };
        children_ok.then_some((part, children))
    }
}
