//! Rules: what an account wants done with which mail. A rule is a value; whether it matches is asked
//! without any I/O. Knows nothing of how a message is delivered.

mod check;
mod facts;
mod matching;
mod rows;
mod ruling;
mod stored;

use message::Address;
use serde::{Deserialize, Serialize};

pub use check::RuleFault;
pub use facts::MessageFacts;
pub use rows::KeptRule;
pub use ruling::{Ruling, RulingPlace};

use crate::value::{Keyword, MailboxId};

/// When something comes for which the conditions hold, these actions are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What its owner calls it.
    pub name: String,
    /// How many of the conditions must hold.
    pub matching: Matching,
    /// The conditions; at least one.
    pub conditions: Vec<Condition>,
    /// What is done; at least one.
    pub actions: Vec<Action>,
}

/// How many of the conditions must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// All.
    AllOf,
    /// One is enough.
    AnyOf,
}

/// One thing to be asked of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A text of the message's header is this.
    Text {
        /// Which text.
        field: TextField,
        /// How they are compared: without regard to case, as a search does.
        how: Comparison,
        /// With what; not empty.
        text: String,
    },
    /// It has more octets than this.
    LargerThan(u64),
    /// It has fewer octets than this.
    SmallerThan(u64),
    /// It has an attachment.
    HasAttachment,
}

/// A text of the header. Of people the address, the name, or either is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextField {
    /// The author.
    From,
    /// Whom it is to.
    To,
    /// Who else gets it.
    Cc,
    /// The subject, decoded.
    Subject,
    /// The mailing list's identifier.
    ListId,
    /// A field of this name, decoded; if there are several, any of them.
    Header(String),
}

/// How two texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// It is the text.
    Is,
    /// The text is in it.
    Contains,
    /// It begins with the text.
    Begins,
    /// It ends with the text.
    Ends,
}

/// Something to be done with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Goes into this mailbox of the account.
    File(#[serde(with = "stored::mailbox")] MailboxId),
    /// Goes into Trash.
    Discard,
    /// Gets this keyword.
    Label(#[serde(with = "stored::keyword")] Keyword),
    /// Is `\Seen` from the beginning.
    MarkRead,
    /// Is `\Flagged`.
    Star,
    /// Is sent on to this address, too.
    Forward(#[serde(with = "stored::address")] Address),
    /// No later rule is asked.
    Stop,
}
