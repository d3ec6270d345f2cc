//! Numbers that name things. None of them is ever used twice for two things of one kind.

use std::fmt;
use std::num::NonZeroU32;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// From the number that `get` gave.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The bare number, to be put into a URL or an object id.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    };
}

row_id!(
    /// One who logs in.
    AccountId
);
row_id!(
    /// One IMAP mailbox ("folder" to people).
    MailboxId
);
row_id!(
    /// One accepted message's bytes, however many mailboxes point to it.
    ContentId
);
row_id!(
    /// One conversation within one account.
    ConversationId
);
row_id!(
    /// One app password.
    AppPasswordId
);
row_id!(
    /// One key that a domain's mail is signed with.
    DomainKeyId
);
row_id!(
    /// One rule of an account.
    RuleId
);
row_id!(
    /// One browser's session.
    WebSessionId
);
row_id!(
    /// One ban.
    BanId
);
row_id!(
    /// One message on its way out, from one sender.
    OutboundId
);
row_id!(
    /// One recipient of a message on its way out.
    OutboundRecipientId
);

/// A message's number within its mailbox: never zero, never used again (RFC 9051 §2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(NonZeroU32);

impl Uid {
    /// The first a mailbox gives.
    pub const FIRST: Self = Self(NonZeroU32::MIN);
    /// The last a mailbox can give.
    pub const LAST: Self = Self(NonZeroU32::MAX);

    /// None for zero.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The bare number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The one after, None after the last.
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl rusqlite::ToSql for Uid {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.get().into())
    }
}

impl rusqlite::types::FromSql for Uid {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        let number = value.as_i64()?;
        u32::try_from(number)
            .ok()
            .and_then(Self::new)
            .ok_or(rusqlite::types::FromSqlError::OutOfRange(number))
    }
}

/// Changes when a mailbox's UIDs can no longer be trusted; never the same for two mailboxes of one
/// name (RFC 9051 §2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UidValidity(u32);

impl UidValidity {
    /// From a bare number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The bare number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for UidValidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A mailbox's change counter: grows with every committed change, 63 bits (RFC 7162 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ModSeq(u64);

impl ModSeq {
    /// From a bare number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The bare number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// As SQLite keeps it. A client may send anything up to 2^63-1 and beyond: what is beyond is
    /// later than everything.
    pub(crate) fn stored(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// From what SQLite keeps.
    pub(crate) fn from_stored(number: i64) -> Self {
        Self(u64::try_from(number).unwrap_or(0))
    }
}

impl fmt::Display for ModSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_never_zero_and_the_last_has_no_next() {
        assert_eq!(Uid::new(0), None);
        assert_eq!(Uid::FIRST.next().map(Uid::get), Some(2));
        assert_eq!(Uid::LAST.next(), None);
    }

    #[test]
    fn a_modseq_beyond_what_is_stored_is_later_than_everything() {
        assert_eq!(ModSeq::new(u64::MAX).stored(), i64::MAX);
        assert_eq!(ModSeq::from_stored(7).get(), 7);
    }
}
