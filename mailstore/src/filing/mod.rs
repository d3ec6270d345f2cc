//! What an account wants done with what comes to it: masks, rules, vacation, forwarding.
//! Knows no message bytes and does not deliver: it says what is to be done.

mod forward;
mod mask;
mod rule;
mod vacation;

pub use forward::{ForwardTarget, Forwarding};
pub use mask::Mask;
pub use rule::{
    Action, Comparison, Condition, KeptRule, Matching, MessageFacts, Rule, RuleFault, Ruling,
    RulingPlace, TextField,
};
pub use vacation::Vacation;
