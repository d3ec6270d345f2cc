//! What a courier is told once.

use std::time::Duration;

use dns::Name;

use super::super::client::ClientLimits;
use super::super::route::RouteSettings;

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What we call ourselves.
    pub hostname: Name,
    /// Where mail goes.
    pub route: RouteSettings,
    /// How hosts are talked to.
    pub client: ClientLimits,
    /// How long and how often.
    pub limits: CourierLimits,
}

/// How long and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourierLimits {
    /// For a connection to come about.
    pub connect_timeout: Duration,
    /// Connections of one delivery, those that fail included.
    pub connections_max: usize,
    /// After this no further parcel is asked for: others wait for the same seat.
    pub serving_time: Duration,
    /// After this everything ends, in the middle of a message too.
    pub time_max: Duration,
    /// Octets of a host's reply that are kept.
    pub reply_octets_max: usize,
}

impl Settings {
    /// The defaults of a host of this name.
    #[must_use]
    pub fn new(hostname: Name) -> Self {
        let route = RouteSettings::new(hostname.clone());
        let (client, limits) = (ClientLimits::default(), CourierLimits::default());
        Self { hostname, route, client, limits }
    }
}

impl Default for CourierLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            connections_max: 20,
            serving_time: Duration::from_secs(10 * 60),
            time_max: Duration::from_secs(60 * 60),
            reply_octets_max: 900,
        }
    }
}
