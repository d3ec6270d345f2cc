//! Leasing: taking recipients out to be tried. Their next try is written first, so that a crash in
//! the middle of this one means one more try later, never a loop and never a loss.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use message::{Address, ReversePath, Timestamp, TraceId};
use rusqlite::{Row, params};

use super::flights::{Flights, Lease};
use super::ledger::{Ledger, entry};
use super::request::{BodyType, DsnRequest, Notify, Priority, ret_from_stored};
use super::rows::{address, path, text, time, trace};
use crate::database::{Purpose, Told, Write, length};
use crate::value::{AccountId, ContentId, OutboundId, OutboundRecipientId};
use crate::{Error, Store};

/// What the schedule is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// Tries, with the one that is about to begin.
    pub attempts: u32,
    /// When the message could be tried first: accepted, or sent later than that.
    pub accepted: Timestamp,
}

/// A message whose recipients at one destination are to be tried now.
#[derive(Debug)]
pub struct Leased {
    /// Which.
    pub outbound: OutboundId,
    /// The message's one id.
    pub trace: TraceId,
    /// Its bytes.
    pub content: ContentId,
    /// Octets of the message.
    pub octets: u64,
    /// Who submitted it.
    pub account: Option<AccountId>,
    /// MAIL FROM.
    pub reverse_path: ReversePath,
    /// When it came.
    pub accepted: Timestamp,
    /// When it could be tried first.
    pub not_before: Timestamp,
    /// When it is given up.
    pub expires: Timestamp,
    /// What the bytes need of a peer.
    pub body: BodyType,
    /// It needs SMTPUTF8.
    pub smtputf8: bool,
    /// It must not travel in the clear.
    pub requiretls: bool,
    /// What the sender wants to hear of it.
    pub dsn: DsnRequest,
    /// Whom.
    pub recipients: Vec<LeasedRecipient>,
    /// To be kept as long as they are being tried.
    pub lease: Lease,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedRecipient {
    /// Which.
    pub id: OutboundRecipientId,
    /// RCPT TO.
    pub address: Address,
    /// Tries, with this one.
    pub attempts: u32,
    /// When the sender wants to hear of it.
    pub notify: Notify,
    /// ORCPT.
    pub original: Option<String>,
    /// The sender knows that it takes longer.
    pub delay_told: bool,
}

impl Store {
    /// Takes up to so many due recipients of a destination to be tried now, letters first, grouped
    /// by message. Whoever is being tried already is passed over and put off a little.
    ///
    /// `next` tells when each is tried again should nobody tell what became of this try. It is at
    /// least a second from now, and no later than when the message is given up.
    pub async fn lease_outbound(
        &self,
        domain: &str,
        limit: u32,
        next: impl Fn(&Tried) -> Timestamp + Send + 'static,
    ) -> Result<Vec<Leased>, Error> {
        let (domain, now, flights) = (domain.to_owned(), self.now(), self.flights().clone());
        let still_trying = self.options().outbound.still_trying.as_secs();
        let put_off = Timestamp::new(
            now.seconds().saturating_add(i64::try_from(still_trying).unwrap_or(i64::MAX).max(1)),
        );
        // Not refused on a full disk: only what leaves makes room on it.
        self.write(Purpose::Frees, move |write| {
            let mut taking = Taking { write, now, put_off, ledger: Ledger::new(write, now) };
            let due = taking.due(&domain, limit, &flights)?;
            let leased = taking.take(due, &next)?;
            taking.ledger.close()?;
            Ok(leased.into_values().map(|leased| take_off(write, &flights, leased)).collect())
        })
        .await
    }
}

impl Store {
    /// Gives back recipients that were leased and not tried after all: they are due at once, and this
    /// was no try.
    pub async fn give_back_outbound(
        &self,
        recipients: Vec<OutboundRecipientId>,
    ) -> Result<(), Error> {
        let (now, flights) = (self.now(), self.flights().clone());
        self.write(Purpose::Frees, move |write| {
            let mut ledger = Ledger::new(write, now);
            for recipient in &recipients {
                let Some(entry) = entry(write, *recipient)? else { continue };
                write
                    .prepare_cached(
                        "UPDATE outbound_recipient SET attempts = max(attempts - 1, 0), next_attempt = ?2
                         WHERE id = ?1 AND state = 0",
                    )?
                    .execute(params![recipient, now.seconds()])?;
                ledger.touch(&entry.domain, entry.priority);
            }
            ledger.close()?;
            let (flights, landed) = (flights.clone(), recipients.clone());
            write.after_commit(move || flights.landed(&landed));
            write.tell(Told::ToSend);
            Ok(())
        })
        .await
    }
}

struct Taking<'a> {
    write: &'a Write<'a>,
    now: Timestamp,
    put_off: Timestamp,
    ledger: Ledger<'a>,
}

/// A due recipient and its message.
struct Due {
    outbound: OutboundId,
    recipient: LeasedRecipient,
}

impl Taking<'_> {
    fn due(&mut self, domain: &str, limit: u32, flights: &Flights) -> Result<Vec<Due>, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut due, mut flying) = (Vec::new(), Vec::new());
        for priority in Priority::ALL {
            if due.len() == limit {
                break;
            }
            // Also when nobody is found: a destination that is said to be due, and is not, is mended so.
            self.ledger.touch(domain, priority);
            let mut statement = self.write.prepare_cached(
                "SELECT id, outbound_id, address, attempts, dsn_notify, dsn_original, delay_told
                 FROM outbound_recipient INDEXED BY outbound_recipient_due
                 WHERE state < 2 AND state = 0 AND domain = ?1 AND priority = ?2 AND next_attempt <= ?3 ORDER BY next_attempt",
            )?;
            let mut rows = statement.query(params![domain, priority, self.now.seconds()])?;
            while due.len() < limit
                && let Some(row) = rows.next()?
            {
                let id = row.get(0)?;
                match self::due(row) {
                    Ok(one) if !flights.is_flying(id) => due.push(one),
                    Ok(_) => flying.push(id),
                    // One bad row does not stop all others of its destination.
                    Err(error) => {
                        tracing::error!(%error, recipient = %id, "cannot be read, is put off");
                        flying.push(id);
                    }
                }
            }
        }
        for id in flying {
            self.put_off(id)?;
        }
        Ok(due)
    }

    fn put_off(&self, recipient: OutboundRecipientId) -> Result<(), Error> {
        self.write
            .prepare_cached("UPDATE outbound_recipient SET next_attempt = ?2 WHERE id = ?1")?
            .execute(params![recipient, self.put_off.seconds()])?;
        Ok(())
    }

    /// Writes their next tries and reads their messages.
    fn take(
        &self,
        due: Vec<Due>,
        next: &impl Fn(&Tried) -> Timestamp,
    ) -> Result<BTreeMap<OutboundId, Leased>, Error> {
        let mut messages: BTreeMap<OutboundId, Leased> = BTreeMap::new();
        for Due { outbound, recipient } in due {
            let leased = match messages.entry(outbound) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => match message(self.write, outbound) {
                    Ok(message) => new.insert(message),
                    Err(error) => {
                        tracing::error!(%error, message = %outbound, "cannot be read, is put off");
                        self.put_off(recipient.id)?;
                        continue;
                    }
                },
            };
            let accepted = leased.accepted.max(leased.not_before);
            let planned = next(&Tried { attempts: recipient.attempts, accepted });
            let planned = plan(planned, self.now, leased.expires);
            self.write
                .prepare_cached(
                    "UPDATE outbound_recipient SET attempts = ?2, last_attempt = ?3, next_attempt = ?4 WHERE id = ?1",
                )?
                .execute(params![
                    recipient.id,
                    recipient.attempts,
                    self.now.seconds(),
                    planned.seconds()
                ])?;
            leased.recipients.push(recipient);
        }
        Ok(messages)
    }
}

fn due(row: &Row<'_>) -> Result<Due, Error> {
    Ok(Due {
        outbound: row.get(1)?,
        recipient: LeasedRecipient {
            id: row.get(0)?,
            address: address(text(row, 2)?)?,
            attempts: row.get::<_, u32>(3)?.saturating_add(1),
            notify: row.get(4)?,
            original: row.get(5)?,
            delay_told: row.get(6)?,
        },
    })
}

/// In the future; and once more when it is given up, to be told so, rather than later.
fn plan(next: Timestamp, now: Timestamp, expires: Timestamp) -> Timestamp {
    let next = next.max(Timestamp::new(now.seconds().saturating_add(1)));
    if expires > now { next.min(expires) } else { next }
}

fn message(write: &Write<'_>, outbound: OutboundId) -> Result<Leased, Error> {
    let mut statement = write.prepare_cached(
        "SELECT trace, content_id, ifnull((SELECT octets FROM content WHERE content.id = content_id), 0), account_id, reverse_path,
                accepted, not_before, expires, body, smtputf8, requiretls, dsn_return, dsn_envelope
         FROM outbound WHERE id = ?1",
    )?;
    let mut rows = statement.query([outbound])?;
    let row = rows.next()?.ok_or_else(|| Error::corrupt("a recipient without its message"))?;
    Ok(Leased {
        outbound,
        trace: trace(text(row, 0)?)?,
        content: row.get(1)?,
        octets: length(row.get(2)?),
        account: row.get(3)?,
        reverse_path: path(text(row, 4)?)?,
        accepted: time(row, 5)?,
        not_before: time(row, 6)?,
        expires: time(row, 7)?,
        body: row.get(8)?,
        smtputf8: row.get(9)?,
        requiretls: row.get(10)?,
        dsn: DsnRequest { ret: ret_from_stored(row.get(11)?), envid: row.get(12)? },
        recipients: Vec::new(),
        lease: Lease::default(),
    })
}

/// From the commit on they are being tried.
fn take_off(write: &Write<'_>, flights: &Arc<Flights>, leased: Leased) -> Leased {
    let ids: Vec<OutboundRecipientId> = leased.recipients.iter().map(|one| one.id).collect();
    let (number, lease) = flights.lease(ids.clone());
    let flights = flights.clone();
    write.after_commit(move || flights.took_off(number, &ids));
    Leased { lease, ..leased }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_try_is_in_the_future_and_no_later_than_the_end() {
        let at = Timestamp::new;
        for (next, now, expires, planned) in [
            (160, 100, 1_000, 160),
            (100, 100, 1_000, 101),
            (-5, 100, 1_000, 101),
            (1_001, 100, 1_000, 1_000),
            (160, 1_000, 1_000, 1_001),
            (1_160, 1_000, 1_000, 1_160),
        ] {
            assert_eq!(plan(at(next), at(now), at(expires)), at(planned));
        }
    }
}
