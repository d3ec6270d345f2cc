//! Mail to other hosts (RFC 5321 §3.6, §5).
//!
//! ```text
//!  Courier ── route (MX, relays) ── tls (MTA-STS, DANE) ── Dial ── client (EHLO … DATA)
//!     ▲ parcels from a Desk, what is remembered of the destination
//!     ▼ an outcome for each recipient, what to remember, what TLS-RPT is told
//! ```
//!
//! Values in, outcomes out: it knows no store and no schedule. When something is tried again, what a
//! bounce says and what is remembered is for the queue.

pub mod client;
mod courier;
mod dial;
mod outcome;
mod parcel;
pub mod route;
#[cfg(test)]
pub(crate) mod script;
pub mod tls;
#[cfg(test)]
pub(crate) mod tls_world;
#[cfg(test)]
pub(crate) mod world;

pub use courier::{
    Courier, CourierLimits, Desk, Desking, Destination, Dice, Memory, Report, Settings, Settled,
    Surroundings,
};
pub use dial::{Connection, Dial, Dialling, Network, Stream};
pub use outcome::{Outcome, TlsUsed, Verdict};
pub use parcel::{BodyKind, DsnWish, Notify, Parcel, Reading, Recipient, Ret, Source};
