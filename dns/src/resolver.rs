//! The one door to DNS.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;

use crate::{Answer, Kind, LookupError, Mx, Name, Record, Tlsa};

/// A lookup under way.
pub type Looking<'a> =
    Pin<Box<dyn Future<Output = Result<Answer<Record>, LookupError>> + Send + 'a>>;

/// Answers questions about names. Handed down as `&dyn Resolver` or `Arc<dyn Resolver>`.
pub trait Resolver: Send + Sync + fmt::Debug {
    /// Looks a name up, follows its aliases (unless they are asked for), and gives at least one record
    /// of this kind and none of another.
    fn lookup<'a>(&'a self, name: &'a Name, kind: Kind) -> Looking<'a>;
}

impl dyn Resolver + '_ {
    /// The texts of a name.
    pub async fn txt(&self, name: &Name) -> Result<Answer<Vec<u8>>, LookupError> {
        let pick = |record| if let Record::Txt(text) = record { Some(text) } else { None };
        self.lookup(name, Kind::Txt).await.map(|answer| answer.map(pick))
    }

    /// Where a domain's mail goes, the most wanted host first.
    pub async fn mx(&self, name: &Name) -> Result<Answer<Mx>, LookupError> {
        let pick = |record| if let Record::Mx(mx) = record { Some(mx) } else { None };
        self.lookup(name, Kind::Mx).await.map(|answer| answer.map(pick))
    }

    /// The IPv4 addresses of a host.
    pub async fn a(&self, name: &Name) -> Result<Answer<Ipv4Addr>, LookupError> {
        let pick = |record| if let Record::A(address) = record { Some(address) } else { None };
        self.lookup(name, Kind::A).await.map(|answer| answer.map(pick))
    }

    /// The IPv6 addresses of a host.
    pub async fn aaaa(&self, name: &Name) -> Result<Answer<Ipv6Addr>, LookupError> {
        let pick = |record| if let Record::Aaaa(address) = record { Some(address) } else { None };
        self.lookup(name, Kind::Aaaa).await.map(|answer| answer.map(pick))
    }

    /// The names that an address claims. Whoever holds the address may claim any: they mean something
    /// only when the name has the address too.
    pub async fn ptr(&self, address: IpAddr) -> Result<Answer<Name>, LookupError> {
        let pick = |record| if let Record::Ptr(name) = record { Some(name) } else { None };
        self.lookup(&Name::reverse(address), Kind::Ptr).await.map(|answer| answer.map(pick))
    }

    /// What a name is an alias of, one step.
    pub async fn cname(&self, name: &Name) -> Result<Answer<Name>, LookupError> {
        let pick = |record| if let Record::Cname(name) = record { Some(name) } else { None };
        self.lookup(name, Kind::Cname).await.map(|answer| answer.map(pick))
    }

    /// The certificates of a service. `name` has port and protocol in front, as
    /// `_25._tcp.mx.example.org`. To be used only when the proof is
    /// [`Secure`](crate::Proof::Secure) (RFC 6698 §4.1).
    pub async fn tlsa(&self, name: &Name) -> Result<Answer<Tlsa>, LookupError> {
        let pick = |record| if let Record::Tlsa(tlsa) = record { Some(tlsa) } else { None };
        self.lookup(name, Kind::Tlsa).await.map(|answer| answer.map(pick))
    }
}
