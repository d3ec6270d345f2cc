//! What becomes of mail that comes for somebody here: is it junk (`junk`), and what does its recipient want
//! done with it (`filing`)?
//!
//! Knows what the account has taught, what it wants done, and the message. It does *not* know how the
//! message came, nor whether its author is who it says: that is told.

pub mod filing;
pub mod junk;
mod trainer;

pub use trainer::Trainer;
