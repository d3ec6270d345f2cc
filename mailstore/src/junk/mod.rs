//! What an account's mail has taught about junk: for each token, in how many junk messages and in
//! how many others it was. Knows no text and no probability: a token is a number here, made by
//! whoever reads messages, of the account and the word, so that no table tells what was written.

mod count;
mod learn;
mod lesson;
mod prune;

pub use count::JunkCounts;
pub use learn::{JunkClass, Lesson};
pub use lesson::JunkLesson;

pub(crate) use lesson::{moved, prune_lessons};
pub(crate) use prune::prune;

use message::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// A message's tokens, each once, in the order in which they lie: neighbours share pages. Of more than
/// the limit the first count.
fn sorted(tokens: &[u64], limit: usize) -> Vec<u64> {
    let mut tokens = tokens.get(..limit).unwrap_or(tokens).to_vec();
    tokens.sort_unstable_by_key(|token| token.cast_signed());
    tokens.dedup();
    tokens
}

fn today(now: Timestamp) -> i64 {
    now.seconds().div_euclid(DAY_SECONDS)
}
