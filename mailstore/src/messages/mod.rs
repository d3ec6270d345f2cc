//! Messages in mailboxes: how they come in, change, go, and are read as rows. Knows nothing of
//! their bytes.

mod append;
mod arrive;
mod change_flags;
mod changes;
mod copy;
mod deliver;
mod expunge;
mod facts;
mod file;
mod findings;
mod keyword;
mod list;
mod overview;
mod prune;
mod slice;

use std::net::IpAddr;

use message::{Address, Envelope, ReversePath, Timestamp, TraceId};

pub use overview::{Line, Overview, OverviewFields};

pub(crate) use arrive::Arriving;
pub(crate) use file::Filing;
pub(crate) use keyword::read as read_keywords;
pub(crate) use overview::read as read_overviews;
pub(crate) use prune::{prune_deliveries, prune_expunged};
pub(crate) use slice::{COLUMNS as MESSAGE_COLUMNS, row as message_row};

use crate::content::Staged;
use crate::outbound::Outgoing;
use crate::value::{
    AccountId, ContentId, ConversationId, Flags, MailboxId, ModSeq, OutboundId, Uid, UidSet,
    UidValidity,
};

/// Who handed a message to us, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerFacts {
    /// From where.
    pub address: IpAddr,
    /// The name it gave itself.
    pub helo: Option<String>,
    /// TLS version and cipher, if it was encrypted.
    pub tls: Option<String>,
    /// As in `Received … with` (RFC 3848): `ESMTPS`.
    pub protocol: String,
}

/// One local recipient of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRecipient {
    /// Whose.
    pub account: AccountId,
    /// The address it came to.
    pub address: Address,
    /// Where it goes; None for INBOX.
    pub mailbox: Option<MailboxId>,
    /// IMAP's own flags that it has from the beginning: a copy of what was sent is `\Seen`.
    pub flags: Flags,
    /// Why there, for "why is this here?": a rule's name, a verdict.
    pub reason: Option<String>,
}

/// A message to be delivered.
#[derive(Debug)]
pub struct Delivery {
    /// Its id, made when it was accepted.
    pub trace: TraceId,
    /// Sender and recipients as given.
    pub envelope: Envelope,
    /// The message.
    pub staged: Staged,
    /// Who gets it here. An account that stands here twice for one mailbox gets it once.
    pub local: Vec<LocalRecipient>,
    /// What of it is to leave this house. One of both must be there.
    pub outgoing: Vec<Outgoing>,
    /// Who handed it to us.
    pub peer: PeerFacts,
    /// What was found out about it, as JSON.
    pub findings: Option<String>,
}

/// A message is where it belongs, on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its bytes.
    pub content: ContentId,
    /// Where it lies, in the order of the recipients; one account and mailbox once.
    pub placed: Vec<Placed>,
    /// What waits to leave, in the order of `outgoing`.
    pub outbound: Vec<OutboundId>,
}

/// Where a message lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Whose.
    pub account: AccountId,
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// As what.
    pub uid: Uid,
}

/// A message was put into a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The mailbox's.
    pub uid_validity: UidValidity,
    /// The message's.
    pub uid: Uid,
}

/// What became of a message that was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It is in the mailbox now.
    Stored(Uid),
    /// The account has it already, in whatever mailbox.
    AlreadyThere,
}

/// Messages were copied or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Of the mailbox they went to.
    pub uid_validity: UidValidity,
    /// UID here, UID there, by the first.
    pub pairs: Vec<(Uid, Uid)>,
}

/// Flags were changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagsChanged {
    /// The messages that are different now, as they are now.
    pub changed: Vec<(Uid, Flags, ModSeq)>,
    /// Left alone because they changed since the modseq that the caller named (RFC 7162 §3.1.3).
    pub modified: UidSet,
}

/// What to expunge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expunge {
    /// All with `\Deleted`.
    Deleted,
    /// Those of the set with `\Deleted`.
    DeletedAmong(UidSet),
    /// These, whatever their flags.
    Uids(UidSet),
}

/// A message in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRow {
    /// Its number.
    pub uid: Uid,
    /// When it last changed.
    pub modseq: ModSeq,
    /// Its flags and keywords.
    pub flags: Flags,
    /// When it arrived on this earth (INTERNALDATE).
    pub internal_date: Timestamp,
    /// When it came into this mailbox (RFC 8514).
    pub save_date: Timestamp,
    /// Octets of the message.
    pub octets: u64,
    /// Its bytes.
    pub content: ContentId,
    /// Its conversation.
    pub conversation: ConversationId,
}

/// What changed in a mailbox since a modseq.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// New and changed messages, by UID.
    pub rows: Vec<MessageRow>,
    /// UIDs that went.
    pub expunged: UidSet,
    /// False when the modseq is so old that `expunged` is not known any more: then it holds every
    /// UID that is not there.
    pub expunged_exact: bool,
    /// The mailbox's modseq now.
    pub highest_modseq: ModSeq,
}

/// A message's place in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// As what.
    pub uid: Uid,
    /// With which flags.
    pub flags: Flags,
}

/// How a message came to be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFacts {
    /// Its id.
    pub trace: TraceId,
    /// When it was accepted.
    pub at: Timestamp,
    /// From whom.
    pub reverse_path: ReversePath,
    /// Who handed it to us.
    pub peer: PeerFacts,
    /// Octets of the message.
    pub octets: u64,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// Who got it, and by which address.
    pub recipients: Vec<(AccountId, Address)>,
    /// Whom it was to be sent to elsewhere.
    pub elsewhere: Vec<Address>,
    /// What was found out about it, as JSON.
    pub findings: Option<String>,
    /// Why it was filed where it was, for those who were given a reason.
    pub reasons: Vec<(AccountId, String)>,
}
