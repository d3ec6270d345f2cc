//! What a sender asks for, as values and as they are stored.

use std::ops::BitOr;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// What goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// To many at once; it can wait.
    Bulk,
    /// From one person to some.
    #[default]
    Letter,
}

impl Priority {
    /// What goes first in front.
    pub(super) const ALL: [Self; 2] = [Self::Letter, Self::Bulk];
}

/// What the bytes need of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BodyType {
    /// Nothing.
    #[default]
    SevenBit,
    /// 8BITMIME (RFC 6152).
    EightBitMime,
    /// BINARYMIME (RFC 3030).
    Binary,
}

/// How much of the message comes back with the news (RFC 3461 §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DsnReturn {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

/// What a sender wants to hear of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DsnRequest {
    /// RET
    pub ret: Option<DsnReturn>,
    /// ENVID (RFC 3461 §4.4)
    pub envid: Option<String>,
}

/// When a sender wants to hear of a recipient (RFC 3461 §4.1). Empty when it was not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Notify(u8);

impl Notify {
    /// Not said.
    pub const NOT_GIVEN: Self = Self(0);
    /// When it arrived.
    pub const SUCCESS: Self = Self(1);
    /// When it was given up.
    pub const FAILURE: Self = Self(2);
    /// When it takes longer.
    pub const DELAY: Self = Self(4);
    /// Whatever happens: nothing.
    pub const NEVER: Self = Self(8);

    /// True when all of `other` are here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when it was not said.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Notify {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl ToSql for Notify {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Notify {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u8::column_result(value).map(Self)
    }
}

/// Stores an enum by a table of its values.
macro_rules! stored {
    ($type:ty, $($value:path => $number:literal),+ $(,)?) => {
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let number: i64 = match self {
                    $($value => $number,)+
                };
                Ok(number.into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_i64()? {
                    $($number => Ok($value),)+
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}
pub(super) use stored;

stored!(Priority, Self::Letter => 0, Self::Bulk => -1);
stored!(BodyType, Self::SevenBit => 0, Self::EightBitMime => 1, Self::Binary => 2);

/// RET as it is stored.
pub(super) fn ret_stored(ret: Option<DsnReturn>) -> i64 {
    match ret {
        None => 0,
        Some(DsnReturn::Full) => 1,
        Some(DsnReturn::Headers) => 2,
    }
}

/// From what is stored.
pub(super) fn ret_from_stored(number: i64) -> Option<DsnReturn> {
    match number {
        1 => Some(DsnReturn::Full),
        2 => Some(DsnReturn::Headers),
        _ => None,
    }
}
