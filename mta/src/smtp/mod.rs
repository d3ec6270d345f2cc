//! SMTP (RFC 5321): receiving mail for those who live here, and taking theirs (RFC 6409).
//!
//! A line comes from the wire, `command` makes a value of it, `session` decides, `replies` has the
//! words. A message comes through `intake` into the store's staging, watched by `header_watch`, and is
//! delivered before 250 is said.
//!
//! It is no relay: mail for elsewhere is taken only from those who live here and are logged in. It does
//! *not* send it there: it goes to the store's queue, in one transaction with the copies for those here.

mod chunk_watch;
pub mod command;
mod extensions;
mod header_watch;
mod help;
mod intake;
mod limits;
mod origin;
mod patience;
mod rates;
mod refusal;
mod replies;
mod reply;
mod role;
mod session;
mod submitted;
mod trace_fields;

pub use command::HelloName;
pub use intake::Intake;
pub use limits::SmtpLimits;
pub use origin::Judging;
pub use rates::{Rate, RateLimits, Rates};
pub use role::{Receiving, Submission};
pub use session::Session;
