//! One text that is looked for, and how it is looked for: by the index, then in the document itself.

use memchr::memmem::Finder;
use message::text::normalise;

use crate::index::{Asked, Document, Shelf, is_at_a_glance, is_for_machines, words_for};

/// Which part of a document a text is looked for in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    All,
    Body,
    /// What a person sees.
    Seen,
    /// The values of the header fields of this name, in lower case.
    Field(String),
}

/// A text to be looked for.
#[derive(Debug)]
pub(super) struct Needle {
    part: Part,
    finder: Finder<'static>,
    text: String,
}

/// Fields that nearly every message has: to ask the index for them is no use.
const COMMON: [&str; 6] = ["subject", "from", "to", "date", "message-id", "received"];

impl Needle {
    pub(super) fn new(part: Part, text: &str) -> Self {
        let text = normalise(text);
        Self { part, finder: Finder::new(text.as_bytes()).into_owned(), text }
    }

    /// True when every message has it.
    pub(super) fn is_everywhere(&self) -> bool {
        self.text.is_empty() && !matches!(self.part, Part::Field(_))
    }

    /// True when only the message itself can tell, not its document.
    pub(super) fn needs_message(&self) -> Option<&str> {
        match &self.part {
            Part::Field(name) if is_for_machines(name) => Some(name),
            _ => None,
        }
    }

    /// True when a value of a header field has it.
    pub(super) fn is_in(&self, value: &str) -> bool {
        self.finder.find(normalise(value).as_bytes()).is_some()
    }

    /// True when what a person sees of the header is enough to tell.
    pub(super) fn is_about_glances(&self) -> bool {
        matches!(&self.part, Part::Field(name) if is_at_a_glance(name))
    }

    /// True when what a person sees of the header has it.
    pub(super) fn is_in_glance(&self, glance: &[u8]) -> bool {
        match &self.part {
            Part::Field(wanted) => self.is_in_fields(glance, Some(wanted)),
            Part::All | Part::Body | Part::Seen => self.is_in_fields(glance, None),
        }
    }

    /// True when the document has it.
    pub(super) fn is_in_document(&self, document: &Document) -> bool {
        match &self.part {
            Part::All => self.finder.find(document.all()).is_some(),
            Part::Body => self.finder.find(document.body()).is_some(),
            Part::Seen => {
                self.finder.find(document.body()).is_some()
                    || self.is_in_fields(document.glance(), None)
            }
            Part::Field(wanted) => self.is_in_fields(document.header(), Some(wanted)),
        }
    }

    /// True when the value of a field has it: of this name, or of any.
    fn is_in_fields(&self, lines: &[u8], wanted: Option<&str>) -> bool {
        lines.split(|octet| *octet == b'\n').any(|line| {
            let Some(colon) = memchr::memchr(b':', line) else { return false };
            let (name, value) = line.split_at(colon);
            wanted.is_none_or(|wanted| wanted.as_bytes() == name)
                && value.get(2..).is_some_and(|value| self.finder.find(value).is_some())
        })
    }

    /// What to ask the index: every document with this text fulfils it. None when the index cannot help: it knows groups of
    /// three letters only.
    pub(super) fn asked(&self, trigrams_max: usize) -> Option<Asked> {
        let mut words = words_for(&self.text, trigrams_max);
        match &self.part {
            Part::Field(name) if is_for_machines(name) => return None,
            Part::Field(name) if !COMMON.contains(&name.as_str()) => {
                words.extend(words_for(&format!("{name}: "), trigrams_max));
            }
            _ => {}
        }
        if words.is_empty() {
            return None;
        }
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let shelf = if self.is_about_glances() { Shelf::Glance } else { Shelf::Text };
        Some(Asked { shelf, expression: quoted.join(" AND ") })
    }
}

#[cfg(test)]
mod tests {
    use message::Limits;

    use super::*;

    fn document() -> Document {
        let message = b"Subject: Picnic in the park\r\nFrom: Bob <bob@y.org>\r\nX-Mailer: Quill 1\r\n\r\nKetchup?\r\n";
        Document::of(message, &Limits::default())
    }

    #[test]
    fn a_text_is_looked_for_in_its_part_only() {
        let field = |name: &str| Part::Field(name.to_owned());
        for (part, text, found) in [
            (Part::All, "KETCH", true),
            (Part::All, "quill", true),
            (Part::All, "  in   the ", true),
            (Part::All, "mustard", false),
            (Part::Body, "ketchup?", true),
            (Part::Body, "picnic", false),
            (Part::Seen, "picnic", true),
            (Part::Seen, "bob@", true),
            (Part::Seen, "subject", false),
            (Part::Seen, "quill", false),
            (field("subject"), "the park", true),
            (field("subject"), "bob", false),
            (field("from"), "bob <", true),
            (field("x-mailer"), "", true),
            (field("x-mailer"), "quill 1", true),
            (field("x-mail"), "", false),
            (field("cc"), "", false),
        ] {
            assert_eq!(
                Needle::new(part.clone(), text).is_in_document(&document()),
                found,
                "{part:?} {text}"
            );
        }
    }

    #[test]
    fn the_index_is_asked_for_groups_of_three_letters() {
        let asked = |part, text: &str| {
            Needle::new(part, text).asked(16).map(|asked| (asked.shelf, asked.expression))
        };
        let text = |expression: &str| Some((Shelf::Text, expression.to_owned()));
        let glance = |expression: &str| Some((Shelf::Glance, expression.to_owned()));
        let field = |name: &str| Part::Field(name.to_owned());
        assert_eq!(asked(Part::All, "pic"), text("\"pic\""));
        assert_eq!(asked(Part::All, "a\"b*"), text("\"a\u{e022}b\" AND \"\u{e022}b\u{e02a}\""));
        assert_eq!(asked(Part::All, "ab"), None);
        assert_eq!(asked(Part::Body, ""), None);
        assert_eq!(asked(field("subject"), "ab"), None);
        assert_eq!(asked(field("from"), "ann"), glance("\"ann\""));
        assert_eq!(asked(field("cc"), ""), glance("\"cc\u{e03a}\" AND \"c\u{e03a}\u{e020}\""));
        assert_eq!(asked(field("x-mailer"), "").map(|(shelf, _)| shelf), Some(Shelf::Text));
        assert_eq!(asked(field("dkim-signature"), "abcdef"), None);
    }
}
