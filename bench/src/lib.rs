//! What the measuring programs share: the letters they send and the figures they print.
//!
//! Knows nothing of any protocol or store, so that every contestant gets the same octets.

mod figures;
mod letters;

pub use figures::{Figures, Stopwatch};
pub use letters::{Letters, PoolTooSmall};
