//! Carrying parcels to a destination: routes, TLS policy and conversations put together.
//!
//! A [`Courier`] tries the hosts of a destination in order until one takes the conversation, gives it one
//! parcel after the other over one connection, and goes on to the next host when a connection breaks. A
//! host's refusal of a message is the last word: nobody is asked a second time (RFC 5321 §5.1). It keeps
//! nothing between deliveries: what is to be remembered of a destination is given to it and comes back.

mod desk;
mod run;
mod session;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use dns::{Name, Resolver};
use message::{Host, Timestamp};
use rustls::RootCertStore;

pub use desk::{Desk, Desking, Settled};
pub use settings::{CourierLimits, Settings};

use self::desk::Pile;
use self::run::Run;
use super::dial::Dial;
use super::outcome::Outcome;
use super::parcel::Parcel;
use super::tls::TlsRecord;
use super::tls::sts::{Fetcher, Known};

/// A number below the one it is given, by chance.
pub type Dice = Arc<dyn Fn(usize) -> usize + Send + Sync>;

/// Carries parcels.
#[derive(Clone)]
pub struct Courier {
    settings: Arc<Settings>,
    world: Surroundings,
}

/// What a courier needs of the world.
#[derive(Clone)]
pub struct Surroundings {
    /// Name service.
    pub dns: Arc<dyn Resolver>,
    /// Connections.
    pub dial: Arc<dyn Dial>,
    /// MTA-STS policies; none: they are not looked for.
    pub policies: Option<Arc<dyn Fetcher>>,
    /// The authorities that this machine trusts.
    pub roots: Arc<RootCertStore>,
    /// Chance.
    pub dice: Dice,
}

/// Where to.
#[derive(Clone, Debug)]
pub struct Destination {
    /// What stands right of the `@` of all recipients.
    pub host: Host,
    /// What is remembered of it.
    pub memory: Memory,
}

/// What is remembered of a destination between deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Whether it had TLS: then it gets no mail in clear any more. Whoever keeps this may forget it.
    pub had_tls: bool,
    /// Its MTA-STS policy.
    pub sts: Option<Known>,
}

/// What a delivery has shown of a destination.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What to remember from now on.
    pub memory: Memory,
    /// What TLS-RPT wants to be told.
    pub tls: Vec<TlsRecord>,
    /// Whether a host listened at all.
    pub was_served: bool,
    /// What stood in the way last, if something did. When no host listened it stands in the way of every
    /// other parcel for this destination, too.
    pub obstacle: Option<Outcome>,
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Courier {
    /// A courier in this world.
    #[must_use]
    pub fn new(settings: Settings, world: Surroundings) -> Self {
        Self { settings: Arc::new(settings), world }
    }

    /// Carries these parcels, and says for each what became of it, in no particular order.
    pub async fn deliver(
        &self,
        now: Timestamp,
        destination: &Destination,
        parcels: Vec<Parcel>,
    ) -> (Vec<Settled>, Report) {
        let mut pile = Pile::new(parcels);
        let report = self.serve(now, destination, &mut pile).await;
        let rest = match report.obstacle.clone() {
            Some(obstacle) if report.was_served => obstacle.softened(),
            Some(obstacle) => obstacle,
            None => Outcome::out_of_time(),
        };
        (pile.settle_rest(&rest), report)
    }

    /// Carries parcels as long as the desk hands them out and a connection is open, and settles each as
    /// soon as it is known what became of it. Every parcel that was handed out is settled at the end.
    pub async fn serve(
        &self,
        now: Timestamp,
        destination: &Destination,
        desk: &mut dyn Desk,
    ) -> Report {
        let domain = destination.host.domain();
        let domain = domain.and_then(|domain| Name::parse(domain.as_ascii()).ok());
        Run::new(self, destination, domain, desk).carry(now).await
    }
}
