//! Putting a message into a mailbox without a delivery: what a client uploads, what is imported.

use std::sync::Arc;

use message::Timestamp;
use rusqlite::params;

use super::arrive::{Arriving, Given, Row, into_account, into_mailbox};
use super::keyword::{self, OnMissing};
use super::{Appended, Imported};
use crate::content::{self, PlacedFile, Prepared, Staged};
use crate::database::{Purpose, Write};
use crate::mailbox;
use crate::quota;
use crate::value::{AccountId, FlagList, MailboxId};
use crate::{ConversationLimits, Error, Store};

impl Store {
    /// Puts a message into a mailbox. On disk when it returns. Without a date it arrived now.
    pub async fn append(
        &self,
        mailbox: MailboxId,
        staged: Staged,
        flags: FlagList,
        internal_date: Option<Timestamp>,
    ) -> Result<Appended, Error> {
        let upload = self.upload(mailbox, staged, flags, internal_date).await?;
        let file = upload.file.clone();
        let octets = upload.prepared.stored_octets();
        let appended = self.write_octets(Purpose::Grows, octets, move |write| {
            let account = mailbox::find(write, upload.mailbox)?.account;
            let given = upload.store(write, account)?;
            Ok(Appended { uid_validity: given.uid_validity, uid: given.first })
        });
        content::answered(file, appended.await)
    }

    /// Puts a message into a mailbox unless the account has it already: by Message-ID, or by its
    /// bytes when it has none.
    pub async fn import(
        &self,
        mailbox: MailboxId,
        staged: Staged,
        flags: FlagList,
        internal_date: Option<Timestamp>,
    ) -> Result<Imported, Error> {
        let (identity, message_id) = staged.identity();
        let upload = self.upload(mailbox, staged, flags, internal_date).await?;
        let file = upload.file.clone();
        let octets = upload.prepared.stored_octets();
        let imported = self.write_octets(Purpose::Grows, octets, move |write| {
            let account = mailbox::find(write, mailbox)?.account;
            if is_known(write, account, identity, message_id.as_deref())? {
                return Ok(Imported::AlreadyThere);
            }
            Ok(Imported::Stored(upload.store(write, account)?.first))
        });
        content::answered(file, imported.await)
    }

    async fn upload(
        &self,
        mailbox: MailboxId,
        staged: Staged,
        flags: FlagList,
        internal_date: Option<Timestamp>,
    ) -> Result<Upload, Error> {
        let (prepared, file) = staged.place().await?;
        let now = self.now();
        let internal_date = internal_date.unwrap_or(now);
        let limits = self.options().conversation.clone();
        Ok(Upload { mailbox, prepared, file, flags, internal_date, now, limits })
    }
}

/// A message on its way into a mailbox.
struct Upload {
    mailbox: MailboxId,
    prepared: Prepared,
    file: Option<Arc<PlacedFile>>,
    flags: FlagList,
    internal_date: Timestamp,
    now: Timestamp,
    limits: ConversationLimits,
}

impl Upload {
    fn store(&self, write: &Write<'_>, account: AccountId) -> Result<Given, Error> {
        content::with_file(self.file.as_ref(), || {
            quota::take(write, account, self.prepared.octets)?;
            let flags = keyword::resolve(write, self.mailbox, &self.flags, OnMissing::Add)?;
            let content = content::insert(write, &self.prepared)?;
            let arriving = Arriving {
                content,
                octets: self.prepared.octets,
                identity: self.prepared.identity,
                threading: &self.prepared.threading,
                at: self.internal_date,
            };
            let conversation = into_account(write, account, &arriving, &self.limits)?;
            let row = Row {
                flags,
                internal_date: self.internal_date,
                save_date: self.now,
                octets: self.prepared.octets,
                content,
                conversation,
            };
            into_mailbox(write, account, self.mailbox, &[row])
        })
    }
}

/// True when the account has a message of this Message-ID, or of these bytes if it has none.
fn is_known(
    connection: &rusqlite::Connection,
    account: AccountId,
    identity: i64,
    message_id: Option<&str>,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (
           SELECT 1 FROM message_reference AS known
           CROSS JOIN content ON content.id = known.content_id AND content.message_id IS ?3
           CROSS JOIN message INDEXED BY message_content ON message.content_id = content.id
           CROSS JOIN mailbox ON mailbox.id = message.mailbox_id AND mailbox.account_id = ?1 AND mailbox.removed = 0
           WHERE known.account_id = ?1 AND known.hash = ?2)",
    )?;
    Ok(statement.query_row(params![account, identity, message_id], |row| row.get(0))?)
}
