//! Queueing, in the transaction that accepts the message.

use std::collections::HashSet;

use message::{Address, Host, Timestamp};
use rusqlite::params;

use super::request::ret_stored;
use super::rows::path_stored;
use super::{Outgoing, OutgoingRecipient, destination};
use crate::Error;
use crate::account::check_exists;
use crate::database::{Told, Write};
use crate::value::{ContentId, OutboundId};

/// Queues a content for the recipients of one sender.
pub(crate) fn enqueue(
    write: &Write<'_>,
    outgoing: &Outgoing,
    trace: &str,
    content: ContentId,
    accepted: Timestamp,
) -> Result<OutboundId, Error> {
    if let Some(account) = outgoing.account {
        check_exists(write, account)?;
    }
    let mut seen = HashSet::new();
    let recipients: Vec<&OutgoingRecipient> =
        outgoing.recipients.iter().filter(|one| seen.insert(&one.address)).collect();
    let outbound = insert(write, outgoing, trace, content, accepted, recipients.len())?;
    let due = outgoing.not_before.max(accepted);
    for recipient in recipients {
        insert_recipient(write, outgoing, outbound, recipient, due)?;
    }
    write.tell(Told::ToSend);
    Ok(outbound)
}

fn insert(
    write: &Write<'_>,
    outgoing: &Outgoing,
    trace: &str,
    content: ContentId,
    accepted: Timestamp,
    pending: usize,
) -> Result<OutboundId, Error> {
    let mut statement = write.prepare_cached(
        "INSERT INTO outbound (trace, content_id, account_id, reverse_path, accepted, not_before, expires, priority, pending,
                               body, smtputf8, requiretls, dsn_return, dsn_envelope)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    statement.execute(params![
        trace,
        content,
        outgoing.account,
        path_stored(&outgoing.reverse_path),
        accepted.seconds(),
        outgoing.not_before.seconds(),
        outgoing.expires.seconds(),
        outgoing.priority,
        u32::try_from(pending).unwrap_or(u32::MAX),
        outgoing.body,
        outgoing.smtputf8,
        outgoing.requiretls,
        ret_stored(outgoing.dsn.ret),
        outgoing.dsn.envid,
    ])?;
    Ok(OutboundId::new(write.last_insert_rowid()))
}

fn insert_recipient(
    write: &Write<'_>,
    outgoing: &Outgoing,
    outbound: OutboundId,
    recipient: &OutgoingRecipient,
    due: Timestamp,
) -> Result<(), Error> {
    let domain = domain(&recipient.address);
    write
        .prepare_cached(
            "INSERT INTO outbound_recipient (outbound_id, address, domain, priority, next_attempt, dsn_notify, dsn_original)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            outbound,
            recipient.address.to_string(),
            domain,
            outgoing.priority,
            due.seconds(),
            recipient.notify,
            recipient.original,
        ])?;
    destination::expect(write, &domain, outgoing.priority, due)
}

/// A destination as it is stored, from what a person wrote: in any case, in any script.
pub(super) fn destination_named(text: &str) -> String {
    Host::parse(text).map_or_else(|_| text.to_owned(), |host| host.to_string())
}

/// What is sent together: a domain, or an address literal with its brackets.
fn domain(address: &Address) -> String {
    address.host().to_string()
}
