//! Accounts, mailboxes, messages, flags, changes, search, outbound rows, in SQLite.
//!
//! The store makes one promise: when a verb that takes a message has returned, the message and
//! everything that belongs to it are on disk. One writer thread commits everything that waits in
//! one transaction with `synchronous=FULL`, and answers after the commit. It knows no protocol: no
//! reply code, no status line, no HTTP.
//!
//! Start at [`Store`]: every verb is a method of it.

mod account;
mod address;
mod backup;
mod change;
mod chore;
mod content;
mod conversation;
mod database;
mod error;
mod filing;
mod index;
mod junk;
mod login;
mod mailbox;
mod messages;
mod options;
mod outbound;
mod outside;
mod quota;
mod search;
mod sending;
mod setting;
mod store;
mod value;
mod verify;
mod web_session;

pub use account::{Account, NewAccount, Password};
pub use address::{Alias, AliasSource, LocalTarget, Resolution, Targets};
pub use change::{Change, ChangeFeed, Notice, What};
pub use content::{Content, Staged, Staging};
pub use conversation::{
    ConversationLimits, ConversationMessage, ConversationSummary, Cursor, CursorInvalid, Page,
    Participant, Scope,
};
pub use error::{Error, OpenError};
pub use filing::{
    Action, Comparison, Condition, ForwardTarget, Forwarding, KeptRule, Mask, Matching,
    MessageFacts, Rule, RuleFault, Ruling, RulingPlace, TextField, Vacation,
};
pub use index::SearchLimits;
pub use junk::{JunkClass, JunkCounts, JunkLesson, Lesson};
pub use login::{
    AppPassword, Ban, BanScope, Login, LoginAttempt, LoginError, LoginEvent, LoginOutcome,
    ProofAttempt, Scopes, ScramChallenge, Service,
};
pub use mailbox::{Mailbox, SpecialUse};
pub use messages::{
    Appended, Changes, Copied, Delivered, Delivery, DeliveryFacts, Expunge, FlagsChanged, Imported,
    Line, LocalRecipient, MessageRow, Overview, OverviewFields, PeerFacts, Place, Placed,
};
pub use options::{Limits, LoginLimits, Options};
pub use outbound::{
    BodyType, Cancelled, DeliveredHere, DsnRequest, DsnReturn, DueDomain, Lease, Leased,
    LeasedRecipient, Notify, Outbound, OutboundAttempt, OutboundDestination, OutboundFilter,
    OutboundHistory, OutboundLimits, OutboundRecipient, OutboundStats, Outcome, Outgoing,
    OutgoingRecipient, Priority, RecipientState, Selection, Settled, Settlement, Tried,
};
pub use outside::{Clock, Entropy, Outside, SystemClock, SystemEntropy};
pub use quota::Quota;
pub use search::{Day, Hit, Order, Query, Within};
pub use sending::{
    Correspondent, DomainKey, KeyAlgorithm, KeyState, NewDomainKey, SendLimit, SendLimitKind,
    SendingError,
};
pub use store::Store;
pub use value::*;
pub use verify::Broken;
pub use web_session::WebSession;
