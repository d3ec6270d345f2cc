//! Mail to other hosts.
pub mod client;
mod dial;
mod parcel;
pub mod route;
#[cfg(test)]
pub(crate) mod script;
pub mod tls;
#[cfg(test)]
pub(crate) mod tls_world;
#[cfg(test)]
pub(crate) mod world;

pub use dial::{Connection, Dial, Dialling, Network, Stream};
pub use parcel::{BodyKind, DsnWish, Notify, Parcel, Reading, Recipient, Ret, Source};
