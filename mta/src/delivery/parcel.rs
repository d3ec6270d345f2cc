//! What is carried: a message for some recipients of one destination.
//!
//! Knows what SMTP has to say of it, and how its octets are read; it does *not* know where they lie.

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::BitOr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use message::{Address, ReversePath};

/// A message for some recipients of one destination.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// What its owner calls it; nothing here looks at it.
    pub number: i64,
    /// Whom MAIL names.
    pub reverse_path: ReversePath,
    /// Whom RCPT names. All of one destination.
    pub recipients: Vec<Recipient>,
    /// What the message was declared to be made of.
    pub body: BodyKind,
    /// Whether it was submitted with SMTPUTF8.
    pub smtputf8: bool,
    /// Whether it may only go where TLS is sure all the way (RFC 8689).
    pub requiretls: bool,
    /// What its sender wants to hear of it.
    pub dsn: DsnWish,
    /// Its octets, with all fields that we add.
    pub source: Arc<dyn Source>,
}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Where to.
    pub address: Address,
    /// What the sender wants to hear of it; empty when nothing was said (RFC 3461 §4.1).
    pub notify: Notify,
    /// ORCPT, as it came: `rfc822;ann@example.org` (RFC 3461 §4.2).
    pub original: Option<String>,
}

impl Recipient {
    /// Somebody, without a wish.
    #[must_use]
    pub const fn new(address: Address) -> Self {
        Self { address, notify: Notify::NOTHING_SAID, original: None }
    }
}

/// What BODY declared (RFC 6152, RFC 3030).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyKind {
    /// `7BIT`, or nothing.
    #[default]
    SevenBit,
    /// `8BITMIME`
    EightBit,
    /// `BINARYMIME`
    Binary,
}

/// What the sender wants to hear of a message (RFC 3461 §4.3, §4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DsnWish {
    /// How much of the message a bounce carries.
    pub ret: Option<Ret>,
    /// The sender's own id of it, as it came (xtext).
    pub envid: Option<String>,
}

/// How much of a message a bounce carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

/// When the sender of a message hears of a recipient (RFC 3461 §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notify(u8);

impl Notify {
    /// No NOTIFY was given.
    pub const NOTHING_SAID: Self = Self(0);
    /// Never. It stands alone.
    pub const NEVER: Self = Self(1);
    /// When it was delivered.
    pub const SUCCESS: Self = Self(2);
    /// When it failed.
    pub const FAILURE: Self = Self(4);
    /// When it takes long.
    pub const DELAY: Self = Self(8);

    /// Whether all of `other` is asked for.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Notify {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// As the value of NOTIFY.
impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.contains(Self::NEVER) {
            return f.write_str("NEVER");
        }
        let words =
            [(Self::SUCCESS, "SUCCESS"), (Self::FAILURE, "FAILURE"), (Self::DELAY, "DELAY")];
        let mut gap = "";
        for (_, word) in words.iter().filter(|(wish, _)| self.contains(*wish)) {
            write!(f, "{gap}{word}")?;
            gap = ",";
        }
        Ok(())
    }
}

/// A read under way.
pub type Reading<'a> = Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send + 'a>>;

/// A message's octets. They are read from the beginning once for each host that is tried, and never
/// whole.
pub trait Source: Send + Sync + fmt::Debug {
    /// How many there are.
    fn octets(&self) -> u64;

    /// Some of the octets from this place on: at least one before the end, at most so many.
    fn read(&self, from: u64, octets_max: usize) -> Reading<'_>;
}

/// Octets in memory.
impl Source for Bytes {
    fn octets(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, from: u64, octets_max: usize) -> Reading<'_> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.len());
        let to = from.saturating_add(octets_max).min(self.len());
        Box::pin(std::future::ready(Ok(self.slice(from..to))))
    }
}
