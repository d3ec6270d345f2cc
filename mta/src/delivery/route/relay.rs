//! Where the owner wants mail to go, whatever the world says: smarthosts and fixed routes.

use std::collections::HashMap;
use std::net::IpAddr;

use dns::Name;
use message::{Domain, Host};

use super::super::client::Credentials;

/// A host that takes mail for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Which.
    pub host: RelayHost,
    /// At which port: 25, 465 or 587.
    pub port: u16,
    /// How TLS begins.
    pub tls: RelayTls,
    /// Who we are there; they go through TLS only.
    pub credentials: Option<Credentials>,
}

/// A name, of which only the addresses are asked, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayHost {
    /// `smtp.example.net`
    Name(Name),
    /// `192.0.2.1`
    Address(IpAddr),
}

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayTls {
    /// From the first octet on; the certificate must be right.
    Implicit,
    /// With STARTTLS; the certificate must be right.
    Required,
    /// With STARTTLS where it is offered, whatever the certificate, and else in clear.
    IfOffered,
}

/// What goes through which relay.
#[derive(Clone, Debug, Default)]
pub struct Relays {
    /// Mail for these domains.
    pub by_domain: HashMap<Domain, Relay>,
    /// All other mail: the smarthost.
    pub all_other: Option<Relay>,
}

impl Relays {
    pub(super) fn of(&self, destination: &Host) -> Option<&Relay> {
        let domain = destination.domain();
        domain.and_then(|domain| self.by_domain.get(domain)).or(self.all_other.as_ref())
    }
}
