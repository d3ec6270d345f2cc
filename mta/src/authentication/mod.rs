//! Who sent it: SPF, DKIM, DMARC and ARC, and what their policies ask for.
//!
//! [`judge`] looks at a message as it came and gives a [`Verdict`] with its reasons in words;
//! [`Verdict::field`] writes it down for readers (RFC 8601), [`forged`] finds what others wrote in our
//! name. [`dkim::Signer`] signs and seals what goes out.
//!
//! All of it is given its resolver and its time. It knows no session and no store: what is done with a
//! verdict, and where keys are kept, is for others.

pub mod arc;
mod authors;
mod body_watch;
mod canonical;
pub mod dkim;
pub mod dmarc;
mod hurried;
mod judge;
pub mod keys;
mod opened;
mod results;
mod signature;
pub mod spf;
#[cfg(test)]
mod suites;
mod tags;
#[cfg(test)]
mod tests;
mod verdict;
mod written;

pub(crate) use authors::author_domains;
pub use body_watch::{BodyHashes, BodyWatch};
pub use judge::{Inquiry, Limits, OnReject, Settings, judge};
pub use results::forged;
pub use verdict::{Action, Verdict};
