//! Small values that cannot be wrong once made: ids, UIDs, sets of them, flags, keywords, mailbox
//! names. Knows nothing of the database.

mod flag;
mod id;
mod mailbox_name;
mod uid_set;

pub use flag::{
    FLAG_BIT_FIRST_KEYWORD, FlagChange, FlagList, Flags, KEYWORDS_MAX, Keyword, KeywordInvalid,
};
pub use id::{
    AccountId, AppPasswordId, BanId, ContentId, ConversationId, DomainKeyId, MailboxId, ModSeq,
    OutboundId, OutboundRecipientId, RuleId, Uid, UidValidity, WebSessionId,
};
pub use mailbox_name::{MailboxName, NameFault};
pub use uid_set::{UidSet, UidSetInvalid};
