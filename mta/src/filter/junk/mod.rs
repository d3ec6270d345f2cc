//! Junk: what a message's words say of it, going by what its account has taught.
//!
//! A message is a set of words ([`Words`]); the store knows, for each account, in how many junk messages
//! and in how many others each of them was; [`Judgement`] combines these (Robinson's probabilities, Fisher's
//! method). Knows nothing of who may send what: an address that the account has written to is not judged.

mod chi_square;
mod judgement;
mod links;
mod words;

use mailstore::{AccountId, Error, Store};

pub use judgement::{Judgement, Opinion, Telling};
pub use words::Words;

/// How much is looked at, and when an opinion is had.
#[derive(Clone, Debug, PartialEq)]
pub struct JunkLimits {
    /// Octets of the message that are looked at.
    pub message_octets_max: usize,
    /// Octets of its text that are looked at.
    pub text_octets_max: usize,
    /// Words of a message; the store takes no more than its `junk_message_tokens_max`.
    pub words_max: usize,
    /// Links whose hosts count.
    pub links_max: usize,
    /// The words that decide: those that say most.
    pub deciding_words_max: usize,
    /// Words told as reasons.
    pub told_words_max: usize,
    /// Messages of either kind that an account must have taught before there is an opinion.
    pub lessons_min: u32,
    /// From this score on (0 to 1) a message is junk.
    pub junk_from: f64,
    /// Below this one it is not.
    pub good_below: f64,
}

impl Default for JunkLimits {
    fn default() -> Self {
        Self {
            message_octets_max: 256 << 10,
            text_octets_max: 32 << 10,
            words_max: 800,
            links_max: 50,
            deciding_words_max: 150,
            told_words_max: 6,
            lessons_min: 30,
            // Chosen on both halves of the SpamAssassin corpus: `bench/src/bin/junk.rs` shows what others give.
            junk_from: 0.6,
            good_below: 0.2,
        }
    }
}

/// Whether the account has learned enough to have an opinion.
///
/// # Errors
/// The store cannot be read.
pub async fn is_taught(
    store: &Store,
    account: AccountId,
    limits: &JunkLimits,
) -> Result<bool, Error> {
    let counts = store.junk_counts(account, &[]).await?;
    Ok(counts.spam.min(counts.ham) >= limits.lessons_min)
}

/// What the account's lessons say of a message.
///
/// # Errors
/// The store cannot be read.
pub async fn judge(
    store: &Store,
    account: AccountId,
    words: &Words,
    limits: &JunkLimits,
) -> Result<Judgement, Error> {
    let counts = store.junk_counts(account, &words.tokens(account)).await?;
    Ok(Judgement::of(words, &counts, limits))
}
