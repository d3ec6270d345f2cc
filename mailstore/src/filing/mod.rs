//! What an account wants done with what comes to it: masks, rules.
//! Knows no message bytes and does not deliver: it says what is to be done.

mod mask;
mod rule;

pub use mask::Mask;
pub use rule::{
    Action, Comparison, Condition, KeptRule, Matching, MessageFacts, Rule, RuleFault, Ruling,
    RulingPlace, TextField,
};
