//! What an account's mail has taught about junk: for each token, in how many junk messages and in
//! how many others it was. Knows no text and no probability: a token is a number here, made by
//! whoever reads messages, of the account and the word, so that no table tells what was written.

mod count;
mod learn;
mod prune;

pub use count::JunkCounts;
pub use learn::{JunkClass, Lesson};

pub(crate) use prune::prune;
