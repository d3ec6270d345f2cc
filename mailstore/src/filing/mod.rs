//! What an account wants done with what comes to it: masks.
//! Knows no message bytes and does not deliver: it says what is to be done.

mod mask;

pub use mask::Mask;
