//! What a rule cannot be.

use super::{Action, Condition, Rule, TextField};
use crate::Limits;

/// Why a rule is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// None, or too many.
    #[error("a rule has 1 to {limit} conditions")]
    Conditions {
        /// Conditions per rule.
        limit: usize,
    },
    /// None, or too many.
    #[error("a rule has 1 to {limit} actions")]
    Actions {
        /// Actions per rule.
        limit: usize,
    },
    /// A text to compare with is empty, which would be in everything, or too long.
    #[error("a text to compare with has 1 to {limit} octets")]
    Text {
        /// Octets of the text.
        limit: usize,
    },
    /// No field of a message can be called that (RFC 5322 §3.6.8).
    #[error("no header field can have this name")]
    HeaderName,
}

pub(super) fn check(rule: &Rule, limits: &Limits) -> Result<(), RuleFault> {
    let limit = limits.rule_conditions_max;
    if !(1..=limit).contains(&rule.conditions.len()) {
        return Err(RuleFault::Conditions { limit });
    }
    let limit = limits.rule_actions_max;
    if !(1..=limit).contains(&rule.actions.len()) {
        return Err(RuleFault::Actions { limit });
    }
    rule.conditions.iter().try_for_each(|one| check_condition(one, limits.rule_text_octets_max))
}

fn check_condition(condition: &Condition, limit: usize) -> Result<(), RuleFault> {
    let Condition::Text { field, text, .. } = condition else { return Ok(()) };
    if text.len() > limit || message::text::normalise(text).is_empty() {
        return Err(RuleFault::Text { limit });
    }
    match field {
        TextField::Header(name) if !is_field_name(name, limit) => Err(RuleFault::HeaderName),
        _ => Ok(()),
    }
}

fn is_field_name(name: &str, limit: usize) -> bool {
    (1..=limit).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_graphic() && octet != b':')
}

/// The mailboxes that a rule files into.
pub(super) fn mailboxes(rule: &Rule) -> impl Iterator<Item = crate::MailboxId> {
    rule.actions.iter().filter_map(|action| match action {
        Action::File(mailbox) => Some(*mailbox),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filing::rule::{Comparison, Matching};

    fn about(field: TextField, text: &str) -> Condition {
        Condition::Text { field, how: Comparison::Contains, text: text.to_owned() }
    }

    #[test]
    fn a_rule_has_conditions_and_actions_within_bounds() {
        let limits = Limits {
            rule_conditions_max: 2,
            rule_actions_max: 2,
            rule_text_octets_max: 5,
            ..Limits::default()
        };
        let some = || vec![Condition::HasAttachment];
        let stop = || vec![Action::Stop];
        let named = |name: &str| vec![about(TextField::Header(name.to_owned()), "x")];
        for (conditions, actions, expected) in [
            (some(), stop(), Ok(())),
            (vec![], stop(), Err(RuleFault::Conditions { limit: 2 })),
            (vec![Condition::HasAttachment; 2], stop(), Ok(())),
            (vec![Condition::HasAttachment; 3], stop(), Err(RuleFault::Conditions { limit: 2 })),
            (some(), vec![], Err(RuleFault::Actions { limit: 2 })),
            (some(), vec![Action::Star; 2], Ok(())),
            (some(), vec![Action::Star; 3], Err(RuleFault::Actions { limit: 2 })),
            (vec![about(TextField::From, "12345")], stop(), Ok(())),
            (vec![about(TextField::From, "123456")], stop(), Err(RuleFault::Text { limit: 5 })),
            (vec![about(TextField::From, "")], stop(), Err(RuleFault::Text { limit: 5 })),
            (vec![about(TextField::From, " \t")], stop(), Err(RuleFault::Text { limit: 5 })),
            (named("X-Tag"), stop(), Ok(())),
            (named("X:Tag"), stop(), Err(RuleFault::HeaderName)),
            (named("X Tag"), stop(), Err(RuleFault::HeaderName)),
            (named(""), stop(), Err(RuleFault::HeaderName)),
        ] {
            let rule = Rule { name: String::new(), matching: Matching::AllOf, conditions, actions };
            assert_eq!(check(&rule, &limits), expected, "{rule:?}");
        }
    }
}
