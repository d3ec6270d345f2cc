//! What the owner wants to be done with those who wait: hold, release, retry, drop. Some at a time,
//! so that a queue of a million keeps nobody's mail waiting for the writer.

use message::Timestamp;
use rusqlite::{Connection, params};

use super::RecipientState;
use super::ledger::{Entry, Ledger, entry};
use super::queue::destination_named;
use crate::database::{Purpose, Told, Write};
use crate::value::{AccountId, OutboundId, OutboundRecipientId};
use crate::{Error, Store};

/// Recipients changed in one transaction.
const SLICE: usize = 1_000;

/// Whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of a message that are pending.
    Message(OutboundId),
    /// One.
    Recipient(OutboundRecipientId),
    /// All at a destination.
    Domain(String),
    /// All that an account submitted.
    Account(AccountId),
    /// The whole queue.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Hold,
    Release,
    Retry,
    Drop,
}

impl Store {
    /// Keeps recipients from being tried until they are released. Gives how many.
    pub async fn hold_outbound(&self, selection: Selection) -> Result<u64, Error> {
        self.do_outbound(Deed::Hold, selection).await
    }

    /// Has held recipients tried now, or when their time comes. Gives how many.
    pub async fn release_outbound(&self, selection: Selection) -> Result<u64, Error> {
        self.do_outbound(Deed::Release, selection).await
    }

    /// Has waiting recipients tried now, or when their time comes. Gives how many were to wait
    /// longer.
    pub async fn retry_outbound(&self, selection: Selection) -> Result<u64, Error> {
        self.do_outbound(Deed::Retry, selection).await
    }

    /// Takes recipients out of the queue; nobody is told. Gives how many. Who is just being tried
    /// may get the message all the same.
    pub async fn drop_outbound(&self, selection: Selection) -> Result<u64, Error> {
        self.do_outbound(Deed::Drop, selection).await
    }

    async fn do_outbound(&self, deed: Deed, selection: Selection) -> Result<u64, Error> {
        let now = self.now();
        let selected = self.read(move |connection| select(connection, &selection, deed.from()));
        let mut changed = 0;
        for slice in selected.await?.chunks(SLICE) {
            let slice = slice.to_vec();
            changed +=
                self.write(Purpose::Frees, move |write| do_slice(write, deed, &slice, now)).await?;
        }
        Ok(changed)
    }
}

impl Deed {
    /// In which states a recipient is changed by it.
    const fn from(self) -> &'static [RecipientState] {
        match self {
            Self::Hold | Self::Retry => &[RecipientState::Waiting],
            Self::Release => &[RecipientState::Held],
            Self::Drop => &[RecipientState::Waiting, RecipientState::Held],
        }
    }

    /// True when it did anything.
    fn apply(
        self,
        write: &Write<'_>,
        ledger: &mut Ledger<'_>,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const RELEASE: &str = "UPDATE outbound_recipient SET state = 0,
            next_attempt = max(?2, (SELECT not_before FROM outbound WHERE outbound.id = outbound_id)) WHERE id = ?1";
        const RETRY: &str = "UPDATE outbound_recipient SET
            next_attempt = max(?2, (SELECT not_before FROM outbound WHERE outbound.id = outbound_id))
            WHERE id = ?1 AND next_attempt > max(?2, (SELECT not_before FROM outbound WHERE outbound.id = outbound_id))";
        if !self.from().contains(&entry.state) {
            return Ok(false);
        }
        ledger.touch(&entry.domain, entry.priority);
        let changed = match self {
            Self::Drop => {
                ledger.settle(entry, RecipientState::Dropped)?;
                1
            }
            Self::Hold => write
                .prepare_cached("UPDATE outbound_recipient SET state = 1 WHERE id = ?1")?
                .execute([entry.id])?,
            Self::Release => {
                write.prepare_cached(RELEASE)?.execute(params![entry.id, now.seconds()])?
            }
            Self::Retry => {
                write.prepare_cached(RETRY)?.execute(params![entry.id, now.seconds()])?
            }
        };
        Ok(changed > 0)
    }
}

fn do_slice(
    write: &Write<'_>,
    deed: Deed,
    slice: &[OutboundRecipientId],
    now: Timestamp,
) -> Result<u64, Error> {
    let mut ledger = Ledger::new(write, now);
    let mut changed = 0;
    for recipient in slice {
        if let Some(entry) = entry(write, *recipient)?
            && deed.apply(write, &mut ledger, &entry, now)?
        {
            changed += 1;
        }
    }
    ledger.close()?;
    if changed > 0 && matches!(deed, Deed::Release | Deed::Retry) {
        write.tell(Told::ToSend);
    }
    Ok(changed)
}

/// Who is selected now, eight octets each: who comes later is not.
fn select(
    connection: &Connection,
    selection: &Selection,
    states: &[RecipientState],
) -> Result<Vec<OutboundRecipientId>, Error> {
    let mut all = Vec::new();
    for state in states {
        match selection {
            Selection::Recipient(recipient) => all.push(*recipient),
            Selection::Message(outbound) => all.extend(ids(
                connection,
                "SELECT id FROM outbound_recipient INDEXED BY outbound_recipient_outbound WHERE state = ?1 AND outbound_id = ?2",
                params![state, outbound],
            )?),
            Selection::Domain(domain) => all.extend(ids(
                connection,
                "SELECT id FROM outbound_recipient INDEXED BY outbound_recipient_due
                 WHERE state < 2 AND state = ?1 AND domain = ?2",
                params![state, destination_named(domain)],
            )?),
            Selection::Account(account) => all.extend(ids(
                connection,
                "SELECT outbound_recipient.id FROM outbound INDEXED BY outbound_account
                 CROSS JOIN outbound_recipient INDEXED BY outbound_recipient_outbound
                   ON outbound_recipient.outbound_id = outbound.id
                 WHERE outbound.account_id = ?2 AND outbound.pending > 0 AND state = ?1",
                params![state, account],
            )?),
            Selection::All => all.extend(ids(
                connection,
                "SELECT id FROM outbound_recipient INDEXED BY outbound_recipient_due WHERE state < 2 AND state = ?1",
                params![state],
            )?),
        }
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn ids(
    connection: &Connection,
    query: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> Result<Vec<OutboundRecipientId>, Error> {
    let mut statement = connection.prepare_cached(query)?;
    Ok(statement.query_map(parameters, |row| row.get(0))?.collect::<Result<_, _>>()?)
}
