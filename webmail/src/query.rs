//! What somebody typed into the search box, understood: operators, words, phrases, and what could not be read.
//!
//! Pure. Knows no index and no mailboxes: a mailbox is a name here. Whatever is not an operator is text to look for,
//! however much it looks like SQL or like another engine's syntax.

mod amount;
mod scan;

use crate::dates::Zone;
use message::Timestamp;

/// A search as understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// All of them must hold.
    pub terms: Vec<Term>,
    /// What was not understood, in words for the person.
    pub notes: Vec<String>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Must *not* hold: it was written with a minus.
    pub not: bool,
    /// What.
    pub what: What,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// This text anywhere.
    Text(String),
    /// In the sender's name or address.
    From(String),
    /// In the name or address of somebody it went to.
    To(String),
    /// In the subject.
    Subject(String),
    /// Something is attached.
    HasAttachment,
    /// Not read yet.
    Unread,
    /// With a star.
    Starred,
    /// Answered.
    Answered,
    /// In the mailbox of this name.
    In(String),
    /// In any mailbox, Trash and Junk included.
    Anywhere,
    /// Arrived before this moment.
    Before(Timestamp),
    /// Arrived at this moment or later.
    After(Timestamp),
    /// More octets than this.
    Larger(u64),
    /// Fewer octets than this.
    Smaller(u64),
}

/// Longest search, in characters; what goes over is not looked for, and the page says so.
pub const CHARACTERS_MAX: usize = 500;

/// Most conditions in one search.
pub const TERMS_MAX: usize = 40;

/// Reads a search. `now` and `zone` give `today` and dates their meaning.
pub fn parse(typed: &str, now: Timestamp, zone: &Zone) -> Search {
    let mut search = Search::default();
    let cut = typed.char_indices().nth(CHARACTERS_MAX).map(|(at, _)| at);
    if cut.is_some() {
        search.notes.push(format!("Only the first {CHARACTERS_MAX} characters were looked for."));
    }
    for word in scan::words(typed.get(..cut.unwrap_or(typed.len())).unwrap_or_default()) {
        if search.terms.len() == TERMS_MAX {
            search.notes.push(format!("Only the first {TERMS_MAX} words were looked for."));
            break;
        }
        let reading = Reading { now, zone };
        match reading.term(&word) {
            Ok(term) => search.terms.push(term),
            Err(note) => search.notes.push(note),
        }
    }
    search
}

struct Reading<'z> {
    now: Timestamp,
    zone: &'z Zone,
}

impl Reading<'_> {
    fn term(&self, word: &scan::Word) -> Result<Term, String> {
        let what = match word.operator.as_deref() {
            None => What::Text(word.text.clone()),
            Some(operator) => self.operator(operator, word.text.trim())?,
        };
        // "is:read" is "not unread".
        let says = |value: &str| word.text.trim().eq_ignore_ascii_case(value);
        let turned = word.operator.as_deref() == Some("is") && (says("read") || says("unstarred"));
        Ok(Term { not: word.not != turned, what })
    }

    fn operator(&self, operator: &str, value: &str) -> Result<What, String> {
        if value.is_empty() {
            return Err(format!("“{operator}:” wants something right after the colon."));
        }
        match operator {
            "from" => Ok(What::From(value.to_owned())),
            "to" | "cc" => Ok(What::To(value.to_owned())),
            "subject" => Ok(What::Subject(value.to_owned())),
            "in" if value.eq_ignore_ascii_case("anywhere") => Ok(What::Anywhere),
            "in" => Ok(What::In(value.to_owned())),
            "has" => has(value),
            "is" => is(value),
            "before" => self.day(operator, value).map(What::Before),
            "after" => self.day(operator, value).map(What::After),
            "larger" => size(operator, value).map(What::Larger),
            "smaller" => size(operator, value).map(What::Smaller),
            other => Err(format!("“{other}:” is not something that can be searched by.")),
        }
    }

    fn day(&self, operator: &str, value: &str) -> Result<Timestamp, String> {
        amount::day(value, self.now, self.zone).ok_or_else(|| {
            format!("“{operator}:{value}” is not a day that I can read. Try {operator}:2026-03-12, {operator}:2026, {operator}:yesterday or {operator}:7d.")
        })
    }
}

fn has(value: &str) -> Result<What, String> {
    match value.to_lowercase().as_str() {
        "attachment" | "attachments" | "file" => Ok(What::HasAttachment),
        _ => Err(format!("“has:{value}” is not known. There is has:attachment.")),
    }
}

fn is(value: &str) -> Result<What, String> {
    match value.to_lowercase().as_str() {
        "unread" | "read" => Ok(What::Unread),
        "starred" | "unstarred" => Ok(What::Starred),
        "answered" => Ok(What::Answered),
        _ => Err(format!(
            "“is:{value}” is not known. There are is:unread, is:read, is:starred and is:answered."
        )),
    }
}

fn size(operator: &str, value: &str) -> Result<u64, String> {
    amount::octets(value).ok_or_else(|| {
        format!("“{operator}:{value}” is not a size. Try {operator}:500K or {operator}:5M.")
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Monday 23 November 2026, 11:40:18 UTC.
    const NOW: Timestamp = Timestamp::new(1_795_434_018);
    const DAY: i64 = 86_400;
    const TODAY: i64 = 1_795_434_018 - 42_018;

    fn read(typed: &str) -> Search {
        parse(typed, NOW, &Zone::named("UTC").unwrap())
    }

    fn only(typed: &str) -> Option<(bool, What)> {
        let search = read(typed);
        assert_eq!((search.terms.len(), search.notes.len()), (1, 0), "{typed}: {search:?}");
        search.terms.into_iter().next().map(|term| (term.not, term.what))
    }

    fn text(text: &str) -> What {
        What::Text(text.to_owned())
    }

    #[test]
    fn each_operator_is_understood() {
        for (typed, expected) in [
            ("tea", text("tea")),
            ("\"afternoon tea\"", text("afternoon tea")),
            ("“afternoon tea”", text("afternoon tea")),
            ("from:ann", What::From("ann".to_owned())),
            ("FROM:\"Ann Lee\"", What::From("Ann Lee".to_owned())),
            ("to:bob@example.org", What::To("bob@example.org".to_owned())),
            ("subject:tea", What::Subject("tea".to_owned())),
            ("has:attachment", What::HasAttachment),
            ("is:unread", What::Unread),
            ("is:starred", What::Starred),
            ("in:archive", What::In("archive".to_owned())),
            ("in:\"My Folder\"", What::In("My Folder".to_owned())),
            ("in:anywhere", What::Anywhere),
            ("before:2026-11-23", What::Before(Timestamp::new(TODAY))),
            ("after:2026/11/22", What::After(Timestamp::new(TODAY - DAY))),
            ("after:today", What::After(Timestamp::new(TODAY))),
            ("after:yesterday", What::After(Timestamp::new(TODAY - DAY))),
            ("after:7d", What::After(Timestamp::new(TODAY - 7 * DAY))),
            ("before:2w", What::Before(Timestamp::new(TODAY - 14 * DAY))),
            ("after:2026-11", What::After(Timestamp::new(TODAY - 22 * DAY))),
            ("after:2026", What::After(Timestamp::new(1_767_225_600))),
            ("larger:5M", What::Larger(5 * 1024 * 1024)),
            ("larger:500kb", What::Larger(500 * 1024)),
            ("smaller:100", What::Smaller(100)),
        ] {
            assert_eq!(only(typed), Some((false, expected)), "{typed}");
        }
    }

    #[test]
    fn a_minus_turns_a_condition_round() {
        assert_eq!(only("-tea"), Some((true, text("tea"))));
        assert_eq!(only("-from:ann"), Some((true, What::From("ann".to_owned()))));
        assert_eq!(only("is:read"), Some((true, What::Unread)));
        assert_eq!(only("IS:Read"), Some((true, What::Unread)));
        assert_eq!(only("-is:read"), Some((false, What::Unread)));
        assert_eq!(only("-\"a b\""), Some((true, text("a b"))));
        assert_eq!(only("a-b"), Some((false, text("a-b"))));
        assert_eq!(only("-"), Some((false, text("-"))));
    }

    #[test]
    fn other_engines_syntax_is_only_text() {
        for typed in [
            "'; DROP TABLE message; --",
            "NEAR(a, b)",
            "col : x",
            "a* OR b*",
            "^first",
            "{a b}:c",
            "x AND NOT y",
            "%_%",
            "\\",
            "NULL",
            "(((",
            "1:2:3",
            "http://example.org",
            "12:30",
            "a\0b",
        ] {
            let search = read(typed);
            assert!(search.notes.is_empty(), "{typed}: {search:?}");
            assert!(
                search.terms.iter().all(|term| matches!(term.what, What::Text(_))),
                "{typed}: {search:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_explained_and_the_rest_still_searched() {
        for typed in [
            "before:never",
            "larger:huge",
            "is:purple",
            "has:cheese",
            "from:",
            "before:2026-13-01",
            "after:99999999999d",
        ] {
            let search = read(&format!("tea {typed}"));
            assert_eq!(search.terms.len(), 1, "{typed}: {search:?}");
            assert_eq!(search.notes.len(), 1, "{typed}: {search:?}");
        }
    }

    #[test]
    fn length_and_number_of_words_are_bounded() {
        assert!(read(&"x".repeat(CHARACTERS_MAX)).notes.is_empty());
        assert_eq!(read(&"x".repeat(CHARACTERS_MAX + 1)).notes.len(), 1);
        assert!(read(&"x ".repeat(TERMS_MAX)).notes.is_empty());
        let many = read(&"x ".repeat(TERMS_MAX + 1));
        assert_eq!((many.terms.len(), many.notes.len()), (TERMS_MAX, 1));
    }

    #[test]
    fn nothing_typed_is_no_condition() {
        for typed in ["", "   ", "\"\"", "\u{a0}"] {
            assert_eq!(read(typed), Search::default(), "{typed:?}");
        }
    }
}
