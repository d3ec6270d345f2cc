//! Points in time as mail writes them. Nothing here reads a clock.

mod calendar;
mod rfc5322;

use std::fmt;
use std::ops::{Add, Sub};

pub use calendar::Calendar;

/// Seconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A time with the offset of the place where it was written, as a `Date` field has it. IMAP's
/// SENTBEFORE and its kin ask for the day of that place (RFC 9051 §6.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ZonedTime {
    /// When.
    pub at: Timestamp,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl Timestamp {
    /// A time by its seconds.
    #[must_use]
    pub const fn new(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Reads the value of a `Date` field: RFC 5322 §3.3 with the obsolete forms of §4.3, and the
    /// forms without commas or with hyphens that old programs write.
    #[must_use]
    pub fn parse_rfc5322(text: &str) -> Option<Self> {
        ZonedTime::parse_rfc5322(text).map(|time| time.at)
    }

    /// `Mon, 23 Nov 2026 11:40:18 +0000`
    #[must_use]
    pub fn to_rfc5322(self) -> String {
        ZonedTime { at: self, offset_minutes: 0 }.to_rfc5322()
    }

    /// Year, month, day and so on in UTC.
    #[must_use]
    pub fn calendar(self) -> Calendar {
        Calendar::of(self.0)
    }
}

impl ZonedTime {
    /// Reads the value of a `Date` field: see [`Timestamp::parse_rfc5322`].
    #[must_use]
    pub fn parse_rfc5322(text: &str) -> Option<Self> {
        rfc5322::parse(text)
    }

    /// `Mon, 23 Nov 2026 12:40:18 +0100`
    #[must_use]
    pub fn to_rfc5322(self) -> String {
        rfc5322::format(self)
    }

    /// Year, month, day and so on at the place of writing.
    #[must_use]
    pub fn calendar(self) -> Calendar {
        Calendar::of(self.at.0.saturating_add(i64::from(self.offset_minutes) * 60))
    }
}

impl Add<i64> for Timestamp {
    type Output = Self;

    fn add(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

impl Sub<i64> for Timestamp {
    type Output = Self;

    fn sub(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }
}

impl Sub for Timestamp {
    type Output = i64;

    fn sub(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

impl fmt::Display for Timestamp {
    /// `2026-11-23T11:40:18Z`, for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calendar { year, month, day, hour, minute, second, .. } = self.calendar();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}
