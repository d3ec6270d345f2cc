//! What comes back from a lookup, and the ways it can fail.

use std::time::Duration;

use crate::Name;

/// Records of one kind, with what is known about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// The records, at least one, at most [`Limits::records_max`](crate::Limits). MX sorted by
    /// preference.
    pub records: Vec<T>,
    /// How many more there were.
    pub left_out: usize,
    /// The aliases that were followed, in order. The last target is the name that has the records.
    pub aliases: Vec<Alias>,
    /// Whether DNSSEC proves all of it, records and aliases.
    pub proof: Proof,
    /// How long it stays true.
    pub ttl: Duration,
}

/// A step from a name to another (CNAME).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Where it leads.
    pub target: Name,
    /// Whether DNSSEC proves this step: DANE for an aliased host depends on it (RFC 7672 §2.2.2).
    pub proof: Proof,
}

/// What DNSSEC says of data (RFC 4033 §5). Bogus is no state of an answer but a
/// [`LookupError`]: nobody may use such data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// Nobody looked, or the resolver could not tell.
    Indeterminate,
    /// It is proved that there is no proof: the zone is not signed.
    Insecure,
    /// A chain of signatures leads here from the root.
    Secure,
}

/// That something is not there, according to whoever has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Whether DNSSEC proves that it is not there.
    pub proof: Proof,
    /// How long this stays true; zero when the answer did not say.
    pub ttl: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Neither the name nor anything below it exists (NXDOMAIN, RFC 8020).
    #[error("the name does not exist")]
    NoSuchName(Denial),
    /// The name exists and has nothing of this kind (NODATA, RFC 2308 §2.2).
    #[error("the name has no such record")]
    NoSuchRecord(Denial),
    /// Aliases that lead in a circle, or through too many names.
    #[error("the name is an alias that leads nowhere")]
    Aliases,
    /// Nobody answered in time.
    #[error("no name server answered in time")]
    Timeout,
    /// The name servers could not or would not tell (SERVFAIL, REFUSED, no network).
    #[error("the name servers failed")]
    ServerFailure,
    /// There is an answer, and signatures prove it false (RFC 4033 §5). It may be an attack, and it may
    /// be a zone whose signatures expired: later it may be different.
    #[error("the answer contradicts its DNSSEC signatures")]
    Bogus,
}

impl LookupError {
    /// Whether asking again later may give an answer.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        match self {
            Self::Timeout | Self::ServerFailure | Self::Bogus => true,
            Self::NoSuchName(_) | Self::NoSuchRecord(_) | Self::Aliases => false,
        }
    }

    /// That there is nothing, if that is what the name servers said.
    #[must_use]
    pub const fn denial(self) -> Option<Denial> {
        match self {
            Self::NoSuchName(denial) | Self::NoSuchRecord(denial) => Some(denial),
            Self::Aliases | Self::Timeout | Self::ServerFailure | Self::Bogus => None,
        }
    }
}

impl<T> Answer<T> {
    /// The name that has the records, when `asked` was asked.
    #[must_use]
    pub fn owner<'a>(&'a self, asked: &'a Name) -> &'a Name {
        self.aliases.last().map_or(asked, |alias| &alias.target)
    }

    /// The same answer about other values, without those that have none.
    pub fn map<U>(self, change: impl FnMut(T) -> Option<U>) -> Answer<U> {
        let Self { records, left_out, aliases, proof, ttl } = self;
        Answer {
            records: records.into_iter().filter_map(change).collect(),
            left_out,
            aliases,
            proof,
            ttl,
        }
    }
}
