//! Where a domain's mail goes (RFC 5321 §5).
//!
//! [`find`] asks for the exchanges of a domain, or takes the relay that the owner has set; [`Route::hops`]
//! asks for the addresses of those that are equally wanted, when it is their turn. It knows names and
//! addresses; it opens no connection and does not know what is sent.

mod hops;
mod relay;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use dns::{LookupError, Mx, Name, Proof, Resolver};
use message::{AddressLiteral, Host};

pub use hops::{Hop, Hops};
pub use relay::{Relay, RelayHost, RelayTls, Relays};

use super::client::reply::Status;

/// What decides about routes.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    /// The port of exchanges: 25, but in tests.
    pub port: u16,
    /// How we know ourselves.
    pub own: Own,
    /// What goes elsewhere than the world says.
    pub relays: Relays,
    /// How many.
    pub limits: RouteLimits,
}

/// How we know ourselves among the exchanges of a domain.
#[derive(Clone, Debug)]
pub struct Own {
    /// Our names.
    pub names: Vec<Name>,
    /// Our addresses, as the world sees them.
    pub addresses: Vec<IpAddr>,
    /// Whether the loopback addresses are ours, as they are unless other hosts live on this machine.
    pub loopback: bool,
}

/// How much a name server may make us try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteLimits {
    /// Exchanges of one domain.
    pub hosts_max: usize,
    /// Addresses of one host and one family.
    pub addresses_max: usize,
}

/// The hosts of a destination.
#[derive(Clone, Debug)]
pub struct Route {
    /// Those to try first come first; within a group all are equally wanted.
    groups: Vec<Vec<Target>>,
    /// Whether DNSSEC proves that these are the hosts.
    pub proof: Proof,
    /// Set when they are the owner's choice.
    pub relay: Option<Relay>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Name(Name),
    Address(IpAddr),
}

/// Why there is nowhere to go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {text}")]
pub struct NoRoute {
    /// For good (5) or for now (4).
    pub status: Status,
    /// In words.
    pub text: String,
}

impl RouteSettings {
    /// The world's routes, for a host of this name.
    #[must_use]
    pub fn new(hostname: Name) -> Self {
        let own = Own { names: vec![hostname], addresses: Vec::new(), loopback: true };
        let (relays, limits) = (Relays::default(), RouteLimits::default());
        Self { port: 25, own, relays, limits }
    }
}

impl Default for RouteLimits {
    fn default() -> Self {
        Self { hosts_max: 10, addresses_max: 3 }
    }
}

impl Own {
    fn is_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let loopback = address.is_loopback() || address.is_unspecified();
        (loopback && self.loopback) || self.addresses.contains(&address)
    }
}

impl NoRoute {
    fn new(class: u16, subject: u16, detail: u16, text: impl Into<String>) -> Self {
        Self { status: Status::new(class, subject, detail), text: text.into() }
    }

    fn ours(what: &str) -> Self {
        let text = format!("mail for {what} comes to this host, which does not take it");
        Self::new(5, 4, 6, text)
    }

    fn lookup(what: &str, error: LookupError) -> Self {
        if error.is_temporary() {
            Self::new(4, 4, 3, format!("{what}: {error}"))
        } else {
            Self::new(5, 4, 4, format!("{what}: {error}"))
        }
    }
}

/// Finds the hosts of a destination. `dice` gives a number below the one it is given.
pub async fn find(
    dns: &dyn Resolver,
    destination: &Host,
    settings: &RouteSettings,
    dice: &(dyn Fn(usize) -> usize + Send + Sync),
) -> Result<Route, NoRoute> {
    if let Some(relay) = settings.relays.of(destination) {
        let target = match &relay.host {
            RelayHost::Name(name) => Target::Name(name.clone()),
            RelayHost::Address(address) => Target::Address(*address),
        };
        let proof = Proof::Indeterminate;
        return Ok(Route { groups: vec![vec![target]], proof, relay: Some(relay.clone()) });
    }
    match destination {
        Host::Literal(AddressLiteral::Ip(address)) if settings.own.is_address(*address) => {
            Err(NoRoute::ours(&destination.to_string()))
        }
        Host::Literal(AddressLiteral::Ip(address)) => {
            let groups = vec![vec![Target::Address(*address)]];
            Ok(Route { groups, proof: Proof::Indeterminate, relay: None })
        }
        Host::Literal(AddressLiteral::General { .. }) => {
            Err(NoRoute::new(5, 1, 2, format!("{destination} is an address of an unknown kind")))
        }
        Host::Domain(domain) => {
            let name = Name::parse(domain.as_ascii())
                .map_err(|error| NoRoute::new(5, 1, 2, format!("{domain}: {error}")))?;
            exchanges(dns, &name, settings, dice).await
        }
    }
}

async fn exchanges(
    dns: &dyn Resolver,
    domain: &Name,
    settings: &RouteSettings,
    dice: &(dyn Fn(usize) -> usize + Send + Sync),
) -> Result<Route, NoRoute> {
    let (exchanges, proof) = match dns.mx(domain).await {
        Ok(answer) => (answer.records, answer.proof),
        // The host of that name, if there is one (RFC 5321 §5.1).
        Err(LookupError::NoSuchRecord(denial)) => {
            (vec![Mx { preference: 0, exchange: domain.clone() }], denial.proof)
        }
        Err(LookupError::NoSuchName(_)) => {
            return Err(NoRoute::new(5, 1, 2, format!("the domain {domain} does not exist")));
        }
        Err(error) => return Err(NoRoute::lookup(domain.as_str(), error)),
    };
    let exchanges: Vec<Mx> = exchanges.into_iter().filter(|mx| !mx.exchange.is_root()).collect();
    if exchanges.is_empty() {
        // RFC 7505 §4.
        return Err(NoRoute::new(5, 1, 10, format!("the domain {domain} takes no mail")));
    }
    let groups = grouped(exchanges, settings, dice);
    if groups.is_empty() {
        return Err(NoRoute::ours(domain.as_str()));
    }
    Ok(Route { groups, proof, relay: None })
}

/// By preference, equal ones in any order (RFC 5321 §5.1), and none that is no better than we are: mail
/// would go in circles.
fn grouped(
    mut exchanges: Vec<Mx>,
    settings: &RouteSettings,
    dice: &(dyn Fn(usize) -> usize + Send + Sync),
) -> Vec<Vec<Target>> {
    exchanges.sort();
    let is_ours = |mx: &Mx| settings.own.names.contains(&mx.exchange);
    let ours = exchanges.iter().find(|mx| is_ours(mx)).map(|mx| mx.preference);
    exchanges.retain(|mx| ours.is_none_or(|ours| mx.preference < ours));
    let (mut groups, mut room) = (Vec::new(), settings.limits.hosts_max);
    for equal in exchanges.chunk_by(|one, other| one.preference == other.preference) {
        let mut group: Vec<Target> =
            equal.iter().map(|mx| Target::Name(mx.exchange.clone())).collect();
        for place in (1..group.len()).rev() {
            group.swap(place, dice(place + 1).min(place));
        }
        group.truncate(room);
        room -= group.len();
        groups.push(group);
    }
    groups.retain(|group| !group.is_empty());
    groups
}
