//! What an account's rules, asked in their order, want done with a message.

use message::Address;

use super::{Action, MessageFacts, Rule};
use crate::value::{FlagList, Flags, MailboxId};

/// What is to be done with a message for one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ruling {
    /// Where it goes; None when no rule says. The first rule that says decides.
    pub place: Option<RulingPlace>,
    /// Flags and keywords that it gets.
    pub flags: FlagList,
    /// To whom it is sent on, each once.
    pub forward: Vec<Address>,
    /// The rules that matched, by name, for "why is this here?".
    pub rules: Vec<String>,
}

/// Where a rule puts a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulingPlace {
    /// Into this mailbox.
    Mailbox(MailboxId),
    /// Into Trash.
    Trash,
}

impl Ruling {
    /// Asks the rules in their order, until one that matches says stop.
    pub fn of<'a>(rules: impl IntoIterator<Item = &'a Rule>, facts: &MessageFacts) -> Self {
        let mut ruling = Self::default();
        for rule in rules {
            if rule.matches(facts) {
                ruling.rules.push(rule.name.clone());
                rule.actions.iter().for_each(|action| ruling.take(action));
                if rule.actions.contains(&Action::Stop) {
                    break;
                }
            }
        }
        ruling
    }

    fn take(&mut self, action: &Action) {
        match action {
            Action::File(mailbox) => self.put(RulingPlace::Mailbox(*mailbox)),
            Action::Discard => self.put(RulingPlace::Trash),
            Action::MarkRead => self.flags.flags = self.flags.flags | Flags::SEEN,
            Action::Star => self.flags.flags = self.flags.flags | Flags::FLAGGED,
            Action::Label(keyword) if self.flags.keywords.contains(keyword) => {}
            Action::Label(keyword) => self.flags.keywords.push(keyword.clone()),
            Action::Forward(address) if self.forward.contains(address) => {}
            Action::Forward(address) => self.forward.push(address.clone()),
            Action::Stop => {}
        }
    }

    fn put(&mut self, place: RulingPlace) {
        self.place.get_or_insert(place);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::filing::rule::{Condition, Matching};
    use crate::value::Keyword;

    fn rule(name: &str, holds: bool, actions: Vec<Action>) -> Rule {
        let condition = if holds { Condition::SmallerThan(1) } else { Condition::LargerThan(1) };
        Rule {
            name: name.to_owned(),
            matching: Matching::AllOf,
            conditions: vec![condition],
            actions,
        }
    }

    #[test]
    fn rules_are_asked_in_order_until_one_says_stop() {
        let to = |text| Action::Forward(Address::parse(text).unwrap());
        let label = |text| Action::Label(Keyword::parse(text).unwrap());
        let (here, there) = (MailboxId::new(1), MailboxId::new(2));
        let rules = [
            rule("not this", false, vec![Action::Star, Action::Stop]),
            rule("one", true, vec![label("Work"), Action::MarkRead, to("a@crepes.fr")]),
            rule("two", true, vec![Action::File(here), Action::Discard, label("work")]),
            rule(
                "three",
                true,
                vec![Action::Stop, Action::File(there), to("A@crepes.fr"), to("b@crepes.fr")],
            ),
            rule("never", true, vec![Action::Star]),
        ];
        let ruling = Ruling::of(&rules, &MessageFacts::default());
        assert_eq!(ruling.rules, ["one", "two", "three"]);
        assert_eq!(ruling.place, Some(RulingPlace::Mailbox(here)));
        assert_eq!(ruling.flags.flags, Flags::SEEN);
        assert_eq!(ruling.flags.keywords, [Keyword::parse("work").unwrap()]);
        assert_eq!(ruling.forward.len(), 2, "{:?}", ruling.forward);
        assert_eq!(Ruling::of(rules.first(), &MessageFacts::default()), Ruling::default());
    }
}
