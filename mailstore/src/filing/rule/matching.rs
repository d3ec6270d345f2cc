//! Whether a rule is about a message.

use message::text::normalise;

use super::{Comparison, Condition, Matching, MessageFacts, Rule, TextField};

impl Rule {
    /// Whether the rule's conditions hold for a message.
    pub fn matches(&self, facts: &MessageFacts) -> bool {
        let mut conditions = self.conditions.iter();
        match self.matching {
            // A rule without conditions was not made by us, and is about nothing.
            Matching::AllOf => {
                !self.conditions.is_empty() && conditions.all(|one| one.holds(facts))
            }
            Matching::AnyOf => conditions.any(|one| one.holds(facts)),
        }
    }
}

impl Condition {
    fn holds(&self, facts: &MessageFacts) -> bool {
        match self {
            Self::Text { field, how, text } => {
                let text = normalise(text);
                field.texts(facts).into_iter().any(|found| how.holds(found, &text))
            }
            Self::LargerThan(octets) => facts.octets > *octets,
            Self::SmallerThan(octets) => facts.octets < *octets,
            Self::HasAttachment => facts.has_attachment,
        }
    }
}

impl TextField {
    fn texts<'a>(&self, facts: &'a MessageFacts) -> Vec<&'a str> {
        let all = |texts: &'a [String]| texts.iter().map(String::as_str).collect();
        match self {
            Self::From => all(&facts.from),
            Self::To => all(&facts.to),
            Self::Cc => all(&facts.cc),
            Self::Subject => vec![&facts.subject],
            Self::ListId => facts.list_id.as_deref().into_iter().collect(),
            Self::Header(name) => {
                let named = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
                facts.header.iter().filter(named).map(|(_, text)| text.as_str()).collect()
            }
        }
    }
}

impl Comparison {
    /// Both in normal form.
    fn holds(self, found: &str, text: &str) -> bool {
        match self {
            Self::Is => found == text,
            Self::Contains => found.contains(text),
            Self::Begins => found.starts_with(text),
            Self::Ends => found.ends_with(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use message::Summary;

    use super::Comparison::{Begins, Contains, Ends, Is};
    use super::*;
    use crate::filing::rule::Action;

    const LETTER: &[u8] = b"From: =?utf-8?q?J=C3=B6rg_K?= <Joerg@Shop.Example>\r\n\
        To: Bob <bob@hamburger.edu>, ann@hamburger.edu\r\nCc: list@crepes.fr\r\n\
        Subject: =?utf-8?q?Your_order_=E2=84=96_7?=\r\n\tis  here\r\nList-Id: News <news.shop.example>\r\n\
        X-Tag: one\r\nx-tag: Two Words\r\n\r\nbody\r\n";

    fn facts() -> MessageFacts {
        let limits = message::Limits::default();
        let summary = Summary::of(LETTER, &limits);
        let header = LETTER.get(..summary.header_octets).unwrap_or_default();
        MessageFacts::of(&summary, header, 1_000, &limits)
    }

    fn text(field: TextField, how: Comparison, text: &str) -> Condition {
        Condition::Text { field, how, text: text.to_owned() }
    }

    fn header(name: &str) -> TextField {
        TextField::Header(name.to_owned())
    }

    #[test]
    fn each_condition_holds_for_what_it_says_and_for_nothing_else() {
        use TextField::{Cc, From, ListId, Subject, To};
        let facts = facts();
        for (condition, holds) in [
            (text(From, Is, "joerg@shop.example"), true),
            (text(From, Is, "JÖRG k"), true),
            (text(From, Is, "shop.example"), false),
            (text(From, Ends, "@SHOP.example"), true),
            (text(From, Ends, "@shop"), false),
            (text(From, Begins, "jörg"), true),
            (text(From, Begins, "shop"), false),
            (text(From, Contains, "oerg@"), true),
            (text(To, Is, "ann@hamburger.edu"), true),
            (text(To, Contains, "list@"), false),
            (text(Cc, Contains, "list@"), true),
            (text(Subject, Is, "your order no 7 is here"), true),
            (text(Subject, Begins, "your ORDER"), true),
            (text(Subject, Contains, "order 7"), false),
            (text(ListId, Is, "news.shop.example"), true),
            (text(ListId, Begins, "news <"), false),
            (text(header("X-TAG"), Is, "two words"), true),
            (text(header("x-tag"), Is, "one"), true),
            (text(header("x-tag"), Contains, "three"), false),
            (text(header("x-other"), Contains, "o"), false),
            (Condition::LargerThan(999), true),
            (Condition::LargerThan(1_000), false),
            (Condition::SmallerThan(1_001), true),
            (Condition::SmallerThan(1_000), false),
            (Condition::HasAttachment, false),
        ] {
            assert_eq!(condition.holds(&facts), holds, "{condition:?}");
        }
        assert!(Condition::HasAttachment.holds(&MessageFacts { has_attachment: true, ..facts }));
    }

    #[test]
    fn all_or_any_of_the_conditions_must_hold_and_no_conditions_hold_never() {
        let facts = facts();
        let (yes, no) = (Condition::LargerThan(1), Condition::SmallerThan(1));
        for (conditions, all, any) in [
            (vec![], false, false),
            (vec![yes.clone()], true, true),
            (vec![yes.clone(), no.clone()], false, true),
            (vec![no.clone()], false, false),
            (vec![yes.clone(), yes], true, true),
        ] {
            for (matching, expected) in [(Matching::AllOf, all), (Matching::AnyOf, any)] {
                let rule = Rule {
                    name: String::new(),
                    matching,
                    conditions: conditions.clone(),
                    actions: vec![Action::Stop],
                };
                assert_eq!(rule.matches(&facts), expected, "{rule:?}");
            }
        }
    }
}
