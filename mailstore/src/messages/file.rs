//! Filing: one content into the mailboxes of however many accounts, in the transaction of whatever
//! brings it there.

use super::Placed;
use super::arrive::{Arriving, Row, into_account, into_mailbox};
use crate::database::Write;
use crate::mailbox;
use crate::quota;
use crate::value::{AccountId, ConversationId, Flags, MailboxId};
use crate::{ConversationLimits, Error};

/// Files one content.
pub(crate) struct Filing<'a> {
    write: &'a Write<'a>,
    arriving: Arriving<'a>,
    limits: &'a ConversationLimits,
    placed: Vec<Placed>,
    conversations: Vec<(AccountId, ConversationId)>,
}

impl<'a> Filing<'a> {
    pub(crate) fn new(
        write: &'a Write<'a>,
        arriving: Arriving<'a>,
        limits: &'a ConversationLimits,
    ) -> Self {
        Self { write, arriving, limits, placed: Vec::new(), conversations: Vec::new() }
    }

    /// Puts it into a mailbox of an account, or INBOX; nothing when it put it there before.
    pub(crate) fn file(
        &mut self,
        account: AccountId,
        mailbox: Option<MailboxId>,
        flags: Flags,
    ) -> Result<(), Error> {
        let mailbox = self.mailbox_of(account, mailbox)?;
        if self.placed.iter().any(|one| one.account == account && one.mailbox == mailbox) {
            return Ok(());
        }
        let Arriving { content, octets, at, .. } = self.arriving;
        quota::take_delivered(self.write, account, octets)?;
        let conversation = self.conversation_in(account)?;
        // Keywords have no meaning outside their mailbox.
        let flags = flags.system();
        let row = Row { flags, internal_date: at, save_date: at, octets, content, conversation };
        let uid = into_mailbox(self.write, account, mailbox, &[row])?.first;
        self.placed.push(Placed { account, mailbox, uid });
        Ok(())
    }

    /// Where it lies now.
    pub(crate) fn into_placed(self) -> Vec<Placed> {
        self.placed
    }

    fn mailbox_of(
        &self,
        account: AccountId,
        mailbox: Option<MailboxId>,
    ) -> Result<MailboxId, Error> {
        let Some(mailbox) = mailbox else { return mailbox::inbox(self.write, account) };
        let found = mailbox::find(self.write, mailbox)?;
        if found.account == account { Ok(mailbox) } else { Err(Error::NoSuchMailbox) }
    }

    /// One conversation in an account, whichever of its mailboxes get the message.
    fn conversation_in(&mut self, account: AccountId) -> Result<ConversationId, Error> {
        if let Some((_, known)) = self.conversations.iter().find(|(one, _)| *one == account) {
            return Ok(*known);
        }
        let conversation = into_account(self.write, account, &self.arriving, self.limits)?;
        self.conversations.push((account, conversation));
        Ok(conversation)
    }
}
