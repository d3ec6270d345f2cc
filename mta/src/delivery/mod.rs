//! Mail to other hosts.
pub mod client;
mod parcel;
#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
pub(crate) mod tls_world;

pub use parcel::{BodyKind, DsnWish, Notify, Parcel, Reading, Recipient, Ret, Source};
