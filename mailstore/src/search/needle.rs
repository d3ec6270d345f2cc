//! One text that is looked for, and how it is looked for: by the index, then in the document itself.

use memchr::memmem::Finder;
use message::text::normalise;

use crate::index::{Document, is_for_machines};

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

/// Header fields that a person sees.
const SEEN: [&str; 8] = ["subject", "from", "to", "cc", "bcc", "reply-to", "sender", "list-id"];

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

    /// True when the document has it.
    pub(super) fn is_in_document(&self, document: &Document) -> bool {
        match &self.part {
            Part::All => self.finder.find(document.all()).is_some(),
            Part::Body => self.finder.find(document.body()).is_some(),
            Part::Seen => {
                self.finder.find(document.body()).is_some()
                    || self.is_in_fields(document, |name| {
                        SEEN.iter().any(|seen| seen.as_bytes() == name)
                    })
            }
            Part::Field(wanted) => self.is_in_fields(document, |name| name == wanted.as_bytes()),
        }
    }

    fn is_in_fields(&self, document: &Document, wanted: impl Fn(&[u8]) -> bool) -> bool {
        document.header().split(|octet| *octet == b'\n').any(|line| {
            let Some(colon) = memchr::memchr(b':', line) else { return false };
            let (name, value) = line.split_at(colon);
            wanted(name) && value.get(2..).is_some_and(|value| self.finder.find(value).is_some())
        })
    }

    /// What to ask the index: an expression of FTS5 that every document with this text fulfils. None when the index cannot
    /// help: it knows groups of three letters only.
    pub(super) fn expression(&self, trigrams_max: usize) -> Option<String> {
        let mut asked = trigrams(&self.text, trigrams_max);
        match &self.part {
            Part::Field(name) if is_for_machines(name) => return None,
            Part::Field(name) if !COMMON.contains(&name.as_str()) => {
                asked.extend(trigrams(&format!("{name}: "), trigrams_max));
            }
            _ => {}
        }
        if asked.is_empty() {
            return None;
        }
        let quoted: Vec<String> =
            asked.iter().map(|trigram| format!("\"{}\"", trigram.replace('"', "\"\""))).collect();
        Some(quoted.join(" AND "))
    }
}

/// Groups of three letters of a text; when they are too many, some from its whole length.
fn trigrams(text: &str, most: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let all: Vec<&[char]> = letters.windows(3).filter(|three| !three.contains(&'\0')).collect();
    let step = all.len().div_ceil(most.max(1)).max(1);
    let mut some: Vec<String> =
        all.iter().step_by(step).map(|three| three.iter().collect()).collect();
    some.sort_unstable();
    some.dedup();
    some
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
    fn the_index_is_asked_for_groups_of_three_letters_quoted() {
        let asked = |part, text: &str| Needle::new(part, text).expression(16);
        assert_eq!(asked(Part::All, "pic").as_deref(), Some("\"pic\""));
        assert_eq!(
            asked(Part::All, "a\"b OR").as_deref(),
            Some("\" or\" AND \"\"\"b \" AND \"a\"\"b\" AND \"b o\"")
        );
        assert_eq!(asked(Part::All, "ab"), None);
        assert_eq!(asked(Part::Body, ""), None);
        assert_eq!(asked(Part::Field("subject".into()), "ab"), None);
        assert_eq!(
            asked(Part::Field("x-a".into()), "").as_deref(),
            Some("\"-a:\" AND \"a: \" AND \"x-a\"")
        );
        assert_eq!(asked(Part::Field("dkim-signature".into()), "abcdef"), None);
        assert_eq!(
            Needle::new(Part::All, &"abcdefgh".repeat(50))
                .expression(4)
                .map(|e| e.matches("AND").count()),
            Some(3)
        );
    }
}
