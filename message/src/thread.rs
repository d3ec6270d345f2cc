//! What ties messages together: base subject (RFC 5256 §2.1), Message-IDs and references.

use crate::header::{Field, Fields};
use crate::{Limits, text};

/// A subject without what replying and forwarding put around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseSubject {
    /// What is left, as written.
    pub text: String,
    /// Whether anything said "this is a reply or has been forwarded".
    pub is_reply: bool,
}

/// Strips a decoded subject of `Re:`, `Fwd:`, `[list]` and their like, by the letter of RFC 5256.
#[must_use]
pub fn base_subject(subject: &str) -> BaseSubject {
    let spaced: Vec<&str> = subject.split_whitespace().collect();
    let spaced = spaced.join(" ");
    let mut rest = spaced.as_str();
    let mut is_reply = false;
    loop {
        // Step 2: what stands at the end.
        while let Some(shorter) = without_trailer(rest) {
            is_reply |= rest.ends_with(')');
            rest = shorter;
        }
        // Steps 3 to 5: what stands in front, and a list's tag if it is not all there is.
        loop {
            if let Some(shorter) = without_leader(rest) {
                is_reply = true;
                rest = shorter;
            } else if let Some(shorter) = without_blob(rest).filter(|shorter| !shorter.is_empty()) {
                rest = shorter;
            } else {
                break;
            }
        }
        // Step 6: `[fwd: …]`.
        let Some(inner) = strip_prefix_any_case(rest, "[fwd:").and_then(|r| r.strip_suffix(']'))
        else {
            return BaseSubject { text: rest.to_owned(), is_reply };
        };
        is_reply = true;
        rest = inner.trim();
    }
}

/// `subj-trailer = "(fwd)" / WSP`
fn without_trailer(text: &str) -> Option<&str> {
    let shorter = text.trim_end();
    if shorter.len() < text.len() {
        return Some(shorter);
    }
    let at = text.len().checked_sub(5)?;
    text.get(at..).filter(|end| end.eq_ignore_ascii_case("(fwd)")).and_then(|_| text.get(..at))
}

/// `subj-leader = (*subj-blob subj-refwd) / WSP`
fn without_leader(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    while let Some(shorter) = without_blob(rest) {
        rest = shorter;
    }
    let rest = strip_prefix_any_case(rest, "re")
        .or_else(|| strip_prefix_any_case(rest, "fwd"))
        .or_else(|| strip_prefix_any_case(rest, "fw"))?;
    let rest = rest.trim_start();
    let rest = without_blob(rest).unwrap_or(rest).strip_prefix(':')?;
    Some(rest.trim_start())
}

/// `subj-blob = "[" *BLOBCHAR "]" *WSP`, without brackets inside.
fn without_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    let rest = inner.get(end..)?.strip_prefix(']')?;
    Some(rest.trim_start())
}

fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    if start.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

/// The Message-IDs in a value, without their angle brackets, in their order. The quotes of an
/// obsolete local part go: `<"a"@b>` and `<a@b>` are one (RFC 5256 §2.2).
#[must_use]
pub fn message_ids(value: &str, limits: &Limits) -> Vec<String> {
    let mut ids = Vec::new();
    for piece in value.split_inclusive('>') {
        let opened = piece.strip_suffix('>').and_then(|piece| piece.rsplit_once('<'));
        ids.extend(opened.and_then(|(_, id)| message_id_of(id, limits)));
    }
    ids
}

fn message_id_of(id: &str, limits: &Limits) -> Option<String> {
    if id.len() > limits.message_id_octets_max {
        return None;
    }
    let unneeded = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\');
    let id: String = id.chars().filter(|c| !unneeded(*c)).collect();
    Some(id).filter(|id| !id.is_empty())
}

/// The value of a `Message-ID` field, without its brackets; some programs forget these.
#[must_use]
pub fn message_id(value: &str, limits: &Limits) -> Option<String> {
    let bare = || Some(value.trim()).filter(|v| !v.contains(char::is_whitespace));
    let found = message_ids(value, limits).into_iter().next();
    found.or_else(|| message_id_of(bare()?.trim_matches(['<', '>']), limits))
}

/// Everything that a message says it answers: `References`, then what `In-Reply-To` adds, the
/// parent last. Of too many the first, which began the conversation, and the latest are kept.
#[must_use]
pub fn references(message: &[u8], limits: &Limits) -> Vec<String> {
    let fields = Fields::of(message, limits);
    let ids = |field: Field<'_>| message_ids(&field.unfolded(), limits);
    let mut all = fields.get("References").map(ids).unwrap_or_default();
    let most = limits.references_max.max(1);
    if all.len() > most {
        all.drain(1..=all.len() - most);
    }
    for id in fields.get("In-Reply-To").map(ids).unwrap_or_default().into_iter().take(10) {
        if all.len() < most + 10 {
            all.push(id);
        }
    }
    let mut kept: Vec<String> = Vec::with_capacity(all.len());
    for id in all {
        if !kept.contains(&id) {
            kept.push(id);
        }
    }
    kept
}

/// The form of a base subject by which conversations are compared.
#[must_use]
pub fn subject_key(subject: &str) -> BaseSubject {
    let base = base_subject(subject);
    BaseSubject { text: text::normalise(&base.text), is_reply: base.is_reply }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn subjects_lose_what_replying_and_forwarding_added() {
        for (subject, base, is_reply) in [
            ("Hello", "Hello", false),
            ("Re: Hello", "Hello", true),
            ("RE : Re:  hello  world ", "hello world", true),
            ("Fwd: FW: Re[2]: Hello", "Hello", true),
            ("Re [x] : Hello", "Hello", true),
            ("[list] Re: Hello", "Hello", true),
            ("[list] Hello", "Hello", false),
            ("[a] [b] Hello", "Hello", false),
            ("[list]", "[list]", false),
            ("Re: [list]", "[list]", true),
            ("Hello (fwd) (FWD)", "Hello", true),
            ("[Fwd: Hello]", "Hello", true),
            ("[Fwd: Re: [x] Hello (fwd)]", "Hello", true),
            ("Regarding: x", "Regarding: x", false),
            ("Re", "Re", false),
            ("Re:", "", true),
            ("(fwd)", "", true),
            ("", "", false),
            ("é(fwd", "é(fwd", false),
            ("\u{e9}\u{e9}\u{e9}", "\u{e9}\u{e9}\u{e9}", false),
        ] {
            let found = base_subject(subject);
            assert_eq!((found.text.as_str(), found.is_reply), (base, is_reply), "{subject}");
        }
        assert_eq!(subject_key("Re: GRÜN  x").text, "grün x");
    }

    #[test]
    fn message_ids_are_found_among_anything() {
        for (value, ids) in [
            ("<a@b>", &["a@b"][..]),
            ("<a@b> <c@d>\r\n <e@f>", &["a@b", "c@d", "e@f"]),
            ("Your message of Monday <a@b> (x)", &["a@b"]),
            ("<a@b><\"c\"@d>", &["a@b", "c@d"]),
            ("<a@b <c@d>", &["c@d"]),
            ("<a@\r\n b>", &["a@b"]),
            ("<>", &[]),
            ("a@b", &[]),
            ("<a@b", &[]),
            ("", &[]),
        ] {
            assert_eq!(message_ids(value, &Limits::default()), ids, "{value}");
        }
        assert_eq!(message_id(" a@b ", &Limits::default()).as_deref(), Some("a@b"));
        assert_eq!(message_id("<a@b", &Limits::default()).as_deref(), Some("a@b"));
        assert_eq!(message_id("no id", &Limits::default()), None);
    }

    #[test]
    fn references_end_with_the_parent_and_say_nothing_twice() {
        let message = b"References: <a@x> <b@x>\r\n <a@x>\r\nIn-Reply-To: <b@x> <c@x>\r\n\r\n";
        assert_eq!(references(message, &Limits::default()), ["a@x", "b@x", "c@x"]);
        assert_eq!(references(b"Subject: x\r\n\r\n", &Limits::default()), [""; 0]);
    }

    #[test]
    fn of_too_many_references_the_first_and_the_latest_stay() {
        let limits = Limits { references_max: 3, message_id_octets_max: 3, ..Limits::default() };
        let read = |value: &str| references(format!("References: {value}\n\n").as_bytes(), &limits);
        assert_eq!(read("<1@x> <2@x> <3@x>"), ["1@x", "2@x", "3@x"]);
        assert_eq!(read("<1@x> <2@x> <3@x> <4@x> <5@x>"), ["1@x", "4@x", "5@x"]);
        assert_eq!(read("<1@x> <22@x>"), ["1@x"]);
    }

    proptest! {
        #[test]
        fn a_base_subject_is_its_own_base(subject in "[\\PC\\[\\]:refwdREFWD() ]{0,60}") {
            let base = base_subject(&subject);
            prop_assert_eq!(base_subject(&base.text).text, base.text);
        }
    }
}
