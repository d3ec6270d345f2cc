//! The kinds of records that mail asks for, and what they hold.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::Name;

/// What to ask a name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The alias itself; all other kinds follow it.
    Cname,
    /// Where mail goes.
    Mx,
    /// The name of an address.
    Ptr,
    /// Certificates of a service (RFC 6698).
    Tlsa,
    /// Text.
    Txt,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Record {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// What the alias stands for.
    Cname(Name),
    /// Where mail goes.
    Mx(Mx),
    /// The name of an address.
    Ptr(Name),
    /// A certificate, or what is needed to know it.
    Tlsa(Tlsa),
    /// Text: the strings of one record without anything between them, as SPF (RFC 7208 §3.3) and DKIM
    /// (RFC 6376 §3.6.2.2) read them. Octets, because nothing holds it to UTF-8.
    Txt(Vec<u8>),
}

/// One mail exchange. They sort by preference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mx {
    /// The lower, the sooner tried.
    pub preference: u16,
    /// The host. The root says that the domain takes no mail (RFC 7505).
    pub exchange: Name,
}

/// One association of a certificate (RFC 6698 §2.1). The numbers are as they came: their meaning is for
/// whoever checks a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tlsa {
    /// 2 is a trust anchor, 3 the end entity's own.
    pub usage: u8,
    /// 0 the whole certificate, 1 its public key.
    pub selector: u8,
    /// 0 the octets themselves, 1 their SHA-256, 2 their SHA-512.
    pub matching: u8,
    /// What to match.
    pub association: Vec<u8>,
}

impl Record {
    /// What one has to ask for to get it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::A(_) => Kind::A,
            Self::Aaaa(_) => Kind::Aaaa,
            Self::Cname(_) => Kind::Cname,
            Self::Mx(_) => Kind::Mx,
            Self::Ptr(_) => Kind::Ptr,
            Self::Tlsa(_) => Kind::Tlsa,
            Self::Txt(_) => Kind::Txt,
        }
    }

    /// About how much memory it takes, for whoever keeps many.
    pub(crate) fn octets(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::A(_) | Self::Aaaa(_) => 0,
                Self::Cname(name) | Self::Ptr(name) => name.as_str().len(),
                Self::Mx(mx) => mx.exchange.as_str().len(),
                Self::Tlsa(tlsa) => tlsa.association.len(),
                Self::Txt(text) => text.len(),
            }
    }
}

impl Kind {
    /// Its name in a zone file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ptr => "PTR",
            Self::Tlsa => "TLSA",
            Self::Txt => "TXT",
        }
    }

    const ALL: [Self; 7] =
        [Self::A, Self::Aaaa, Self::Cname, Self::Mx, Self::Ptr, Self::Tlsa, Self::Txt];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text)).ok_or(())
    }
}
