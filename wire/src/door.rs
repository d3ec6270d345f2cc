//! Who is let in at all.

use std::future::Future;
use std::net::IpAddr;

/// Asked once for each connection, before the first word and before TLS.
pub trait Door: Send + Sync + 'static {
    /// Whether this address may come in.
    fn admits(&self, address: IpAddr) -> impl Future<Output = bool> + Send;
}

/// A door that lets everybody in.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenDoor;

impl Door for OpenDoor {
    async fn admits(&self, _address: IpAddr) -> bool {
        true
    }
}
