//! Whose fault it is when a verb fails: the caller's, with what to tell; or ours and temporary.
//! Knows no protocol: each session words its own replies.

use std::path::PathBuf;
use std::sync::Arc;

use message::{Address, Domain};

use crate::value::{AccountId, KEYWORDS_MAX, NameFault};

/// Why a verb did not do what it was asked. Nothing of it is half done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No account of that id or name.
    #[error("no such account")]
    NoSuchAccount,
    /// No mailbox of that id or name, or it is another account's.
    #[error("no such mailbox")]
    NoSuchMailbox,
    /// The message was expunged meanwhile.
    #[error("no such message")]
    NoSuchMessage,
    /// Not one of ours: add it first.
    #[error("{0} is not a domain of this host")]
    NoSuchDomain(Domain),
    /// No such alias, app password, web session or ban.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The name is another mailbox's.
    #[error("a mailbox of that name exists")]
    MailboxExists,
    /// It has mailboxes below it: delete those first.
    #[error("the mailbox has others below it")]
    MailboxHasChildren,
    /// INBOX can be neither deleted nor made.
    #[error("INBOX cannot be deleted")]
    MailboxIsInbox,
    /// No mailbox can be called that.
    #[error("no mailbox can have this name: {0}")]
    NameInvalid(#[from] NameFault),
    /// The account has as many mailboxes as it may.
    #[error("the account has {limit} mailboxes, which is the limit")]
    TooManyMailboxes {
        /// Mailboxes per account.
        limit: u32,
    },
    /// The account has as many app passwords as it may.
    #[error("the account has {limit} app passwords, which is the limit")]
    TooManyAppPasswords {
        /// App passwords per account.
        limit: u32,
    },
    /// The account has as many of these as it may.
    #[error("the account has {limit} {what}, which is the limit")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: u32,
    },
    /// The mailbox knows as many keywords as it can.
    #[error("the mailbox has {KEYWORDS_MAX} keywords, which is the limit")]
    TooManyKeywords,
    /// The mailbox gave its last UID.
    #[error("the mailbox has no UID left to give")]
    NoUidLeft,
    /// It was tried already, or its time has come: it cannot be called back or put off any more.
    #[error("the message is on its way already")]
    OnItsWay,
    /// A delivery without anybody to deliver to.
    #[error("nobody to deliver to")]
    NoRecipients,
    /// It would not fit any more.
    #[error("the account holds {used} of {limit} octets")]
    OverQuota {
        /// Whose.
        account: AccountId,
        /// Octets held now.
        used: u64,
        /// Octets that it may hold.
        limit: u64,
    },
    /// An account or alias has that address already.
    #[error("{0} is taken")]
    AddressTaken(Box<Address>),
    /// The domain's catch-all exists already.
    #[error("{0} has a catch-all already")]
    CatchAllTaken(Domain),
    /// An account's address must be at a domain, not at an address literal, and in plain form.
    #[error("{0} cannot be an address of this host")]
    AddressInvalid(Box<Address>),
    /// The alias would lead back to itself.
    #[error("the alias would lead back to itself through {0}")]
    AliasLoop(Box<Address>),
    /// The target is at a domain of ours and nobody has it, or it is an address literal.
    #[error("nobody here has the address {0}")]
    AliasTargetUnknown(Box<Address>),
    /// An alias with no target, or with more than it may have.
    #[error("an alias has 1 to {limit} targets")]
    AliasTargets {
        /// Targets per alias.
        limit: usize,
    },
    /// Not labels of a domain name, or too long.
    #[error("a selector is labels of a domain name, 63 octets in all")]
    SelectorInvalid,
    /// Another key of the domain has it.
    #[error("the domain has a key with that selector already")]
    SelectorTaken,
    /// The domain has as many keys as it may.
    #[error("the domain has {limit} keys, which is the limit")]
    TooManyDomainKeys {
        /// Keys per domain.
        limit: u32,
    },
    /// Not a rule that can be kept.
    #[error("this cannot be a rule: {0}")]
    RuleInvalid(#[from] crate::filing::RuleFault),
    /// None, or more than a year.
    #[error("the days between two answers are 1 to 365")]
    VacationDays,
    /// What is sent on to it would come back.
    #[error("what is forwarded to {0} would come back")]
    ForwardLoop(Box<Address>),
    /// The word in front of a mask has other characters, or too many.
    #[error("the word of a mask has 1 to 32 letters, digits and hyphens")]
    MaskWordInvalid,
    /// Other aliases lead to it: change those first.
    #[error("{0} still leads to it")]
    AliasInUse(Box<Address>),
    /// Accounts or aliases have addresses at it.
    #[error("{0} still has addresses")]
    DomainInUse(Domain),
    /// Empty or over 1,024 octets.
    #[error("a password has 1 to 1,024 octets")]
    PasswordInvalid,
    /// A name or value over its limit.
    #[error("{what} has more than {limit} octets")]
    TooLong {
        /// What.
        what: &'static str,
        /// Octets.
        limit: usize,
    },
    /// A search with more conditions, or deeper ones, or longer words than there may be.
    #[error("a search has at most {limit} {what}")]
    TooComplex {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// The bytes on the disk are not those that were stored, or cannot be read.
    #[error("what was stored cannot be read as it was: {0}")]
    Corrupt(Arc<str>),
    /// The disk is full. Temporary: the store goes on by itself when there is space.
    #[error("the disk is full")]
    Full,
    /// Something else of ours failed; it may well work later.
    #[error("the store is unavailable: {0}")]
    Unavailable(Arc<str>),
}

impl Error {
    /// True when it is ours and may work later; false when the caller has to ask for something
    /// else.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Full | Self::Unavailable(_) | Self::Corrupt(_))
    }

    pub(crate) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(cause.to_string().into())
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string().into())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            Some(DatabaseCorrupt | NotADatabase) => Self::corrupt(error),
            _ if ran_out_of_space(&error) => Self::Full,
            _ => Self::unavailable(error),
        }
    }
}

/// SQLite says "disk I/O error" where a quota, not the disk, is used up, and where the log's index
/// cannot grow. A disk that takes no write because it is broken looks the same here, and nothing
/// may grow on it either.
fn ran_out_of_space(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        matches!(
            error.extended_code,
            rusqlite::ffi::SQLITE_IOERR_WRITE | rusqlite::ffi::SQLITE_IOERR_SHMSIZE
        )
    })
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::Full,
            _ => Self::unavailable(error),
        }
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Full => std::io::ErrorKind::StorageFull,
            Error::Corrupt(_) => std::io::ErrorKind::InvalidData,
            Error::NoSuchMessage => std::io::ErrorKind::NotFound,
            _ => std::io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// Why a store could not be opened. The operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it cannot be made, read or written.
    #[error("cannot use {path}: {cause}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// SQLite refuses the file.
    #[error("cannot open the database {path}: {cause}")]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: rusqlite::Error,
    },
    /// Written by a later version of posthouse.
    #[error("the database is of version {found}; this posthouse knows versions up to {known}")]
    TooNew {
        /// The file's.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A step from one version to the next failed; the file is as it was.
    #[error("bringing the database to version {version} failed: {cause}")]
    Migration {
        /// The version that could not be reached.
        version: u32,
        /// Why.
        cause: rusqlite::Error,
    },
}

impl OpenError {
    /// True when there was no space to open it.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Folder { cause, .. } => cause.kind() == std::io::ErrorKind::StorageFull,
            Self::Database { cause, .. } | Self::Migration { cause, .. } => {
                cause.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
                    || ran_out_of_space(cause)
            }
            Self::TooNew { .. } => false,
        }
    }
}
