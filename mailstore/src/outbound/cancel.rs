//! Undo and send later: a message that nothing was tried for yet can be called back or put off.

use message::{Address, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::RecipientState;
use super::here::arriving;
use super::ledger::{Ledger, entry};
use super::rows::{address, collect, text};
use crate::content::Known;
use crate::database::{Purpose, Told, Write};
use crate::messages::{Filing, Placed};
use crate::value::{AccountId, ContentId, Flags, MailboxId, OutboundId, OutboundRecipientId};
use crate::{ConversationLimits, Error, Store};

/// A message was called back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// Its bytes, to be made a draft again. They may go soon unless a mailbox has them.
    pub content: ContentId,
    /// Who would have got it: the header does not name them all.
    pub recipients: Vec<Address>,
    /// Where it was put.
    pub placed: Option<Placed>,
}

impl Store {
    /// Calls a message back, as long as its time has not come and nothing was tried. With a mailbox,
    /// it is put there in the same transaction, as a draft, so that it is never nowhere.
    pub async fn cancel_outbound(
        &self,
        account: AccountId,
        outbound: OutboundId,
        keep_in: Option<MailboxId>,
    ) -> Result<Cancelled, Error> {
        let content = self.content_of_outbound(account, outbound).await?;
        let known = match keep_in {
            Some(_) => Some(self.known(content).await.map_err(|error| match error {
                Error::NoSuchMessage => Error::OnItsWay,
                other => other,
            })?),
            None => None,
        };
        let (now, limits) = (self.now(), self.options().conversation.clone());
        let purpose = if keep_in.is_some() { Purpose::Grows } else { Purpose::Frees };
        self.write(purpose, move |write| {
            let recipients = untried(write, account, outbound, now)?;
            let placed = match &known {
                Some(known) => keep(write, account, keep_in, known, now, &limits)?,
                None => None,
            };
            drop_all(write, &recipients, now)?;
            let recipients = recipients.into_iter().map(|(_, address)| address).collect();
            Ok(Cancelled { content, recipients, placed })
        })
        .await
    }

    /// Changes when a message may be sent, as long as its time has not come and nothing was tried.
    /// It is given up as much later, or earlier.
    pub async fn reschedule_outbound(
        &self,
        account: AccountId,
        outbound: OutboundId,
        not_before: Timestamp,
    ) -> Result<(), Error> {
        let now = self.now();
        let not_before = not_before.max(now);
        self.write(Purpose::Grows, move |write| {
            let recipients = untried(write, account, outbound, now)?;
            write
                .prepare_cached(
                    "UPDATE outbound SET expires = expires + ?2 - not_before, not_before = ?2 WHERE id = ?1",
                )?
                .execute(params![outbound, not_before.seconds()])?;
            reschedule(write, &recipients, not_before)
        })
        .await
    }

    async fn content_of_outbound(
        &self,
        account: AccountId,
        outbound: OutboundId,
    ) -> Result<ContentId, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT content_id FROM outbound WHERE id = ?1 AND account_id = ?2",
            )?;
            let content = statement.query_row(params![outbound, account], |row| row.get(0));
            content.optional()?.ok_or(Error::NotFound("message on its way out"))
        })
        .await
    }
}

/// Its recipients, if none was tried or settled, and its time has not come.
fn untried(
    write: &Write<'_>,
    account: AccountId,
    outbound: OutboundId,
    now: Timestamp,
) -> Result<Vec<(OutboundRecipientId, Address)>, Error> {
    let not_before: Option<i64> = write
        .prepare_cached("SELECT not_before FROM outbound WHERE id = ?1 AND account_id = ?2")?
        .query_row(params![outbound, account], |row| row.get(0))
        .optional()?;
    let not_before = not_before.ok_or(Error::NotFound("message on its way out"))?;
    let mut statement = write.prepare_cached(
        "SELECT id, address, state < 2 AND attempts = 0 FROM outbound_recipient INDEXED BY outbound_recipient_outbound
         WHERE outbound_id = ?1 ORDER BY id",
    )?;
    let recipients = collect(statement.query([outbound])?, |row| {
        if !row.get::<_, bool>(2)? {
            return Err(Error::OnItsWay);
        }
        Ok((row.get(0)?, address(text(row, 1)?)?))
    })?;
    if now.seconds() < not_before { Ok(recipients) } else { Err(Error::OnItsWay) }
}

fn keep(
    write: &Write<'_>,
    account: AccountId,
    mailbox: Option<MailboxId>,
    known: &Known,
    now: Timestamp,
    limits: &ConversationLimits,
) -> Result<Option<Placed>, Error> {
    let mut filing = Filing::new(write, arriving(known, now), limits);
    filing.file(account, mailbox, Flags::DRAFT | Flags::SEEN)?;
    Ok(filing.into_placed().pop())
}

fn drop_all(
    write: &Write<'_>,
    recipients: &[(OutboundRecipientId, Address)],
    now: Timestamp,
) -> Result<(), Error> {
    let mut ledger = Ledger::new(write, now);
    for (id, _) in recipients {
        if let Some(entry) = entry(write, *id)? {
            ledger.settle(&entry, RecipientState::Dropped)?;
        }
    }
    ledger.close()
}

fn reschedule(
    write: &Write<'_>,
    recipients: &[(OutboundRecipientId, Address)],
    due: Timestamp,
) -> Result<(), Error> {
    let mut ledger = Ledger::new(write, due);
    for (id, _) in recipients {
        if let Some(entry) = entry(write, *id)? {
            write
                .prepare_cached("UPDATE outbound_recipient SET next_attempt = ?2 WHERE id = ?1")?
                .execute(params![id, due.seconds()])?;
            ledger.touch(&entry.domain, entry.priority);
        }
    }
    ledger.close()?;
    write.tell(Told::ToSend);
    Ok(())
}
