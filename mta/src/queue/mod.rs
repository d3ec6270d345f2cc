//! The queue: mail on its way to the world.
//!
//! ```text
//!  store (what is due) ──▶ worker ──▶ errand, one per destination ──▶ delivery::Courier
//!                                        │ desk: leases parcels, settles them
//!                                        ▼ report: what the sender hears
//! ```
//!
//! Knows when mail is tried ([`Schedule`]), how many tries run at once, what is told to senders. It
//! keeps nothing itself: the store has every row, and a crash at any moment means one more try later.
//! It does *not* know how mail travels (`delivery` does).

mod bounce;
mod desk;
mod errand;
mod letter;
pub mod report;
mod schedule;
mod worker;

pub use schedule::Schedule;
pub use worker::{Queue, QueueLimits, QueueSettings};
