//! Delivering: one message, however many of our accounts get it, in one transaction with the facts
//! of how it came.

use message::{ReversePath, Timestamp};
use rusqlite::params;

use super::arrive::{Row, into_account, into_mailbox};
use super::facts;
use super::{Delivered, Delivery, LocalRecipient, PeerFacts, Placed};
use crate::content::{self, Prepared};
use crate::database::{Purpose, Write, stored};
use crate::mailbox;
use crate::quota;
use crate::value::{AccountId, ContentId, ConversationId, Flags, MailboxId};
use crate::{ConversationLimits, Error, Store};

impl Store {
    /// Delivers a message to all its local recipients or to none, in one transaction. On disk when
    /// it returns.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Delivered, Error> {
        let Delivery { trace, envelope, staged, local, peer } = delivery;
        if local.is_empty() {
            return Err(Error::NoRecipients);
        }
        let facts = Facts {
            trace: trace.to_string(),
            reverse_path: match &envelope.reverse_path {
                ReversePath::Null => String::new(),
                ReversePath::Address(address) => address.to_string(),
            },
            peer,
            at: self.now(),
        };
        let (prepared, file) = staged.place().await?;
        let (octets, options) = (prepared.stored_octets(), self.options().clone());
        let held = file.clone();
        let delivered = self.write_octets(Purpose::Grows, octets, move |write| {
            content::with_file(held.as_ref(), || {
                deliver(write, &facts, &local, &prepared, &options.conversation)
            })
        });
        content::answered(file, delivered.await)
    }
}

/// How the message came.
struct Facts {
    trace: String,
    reverse_path: String,
    peer: PeerFacts,
    at: Timestamp,
}

fn deliver(
    write: &Write<'_>,
    facts: &Facts,
    local: &[LocalRecipient],
    prepared: &Prepared,
    limits: &ConversationLimits,
) -> Result<Delivered, Error> {
    let content = content::insert(write, prepared)?;
    insert_facts(write, facts, content, local, prepared)?;
    let mut placed: Vec<Placed> = Vec::new();
    let mut conversations: Vec<(AccountId, ConversationId)> = Vec::new();
    for recipient in local {
        let account = recipient.account;
        let mailbox = mailbox_of(write, recipient)?;
        if placed.iter().any(|one| one.account == account && one.mailbox == mailbox) {
            continue;
        }
        quota::take_delivered(write, account, prepared.octets)?;
        let known = conversations.iter().find(|(one, _)| *one == account).map(|(_, id)| *id);
        let conversation = match known {
            Some(conversation) => conversation,
            None => into_account(write, account, content, prepared, facts.at, limits)?,
        };
        conversations.push((account, conversation));
        let row = row(prepared, content, conversation, facts.at);
        let uid = into_mailbox(write, account, mailbox, &[row])?.first;
        placed.push(Placed { account, mailbox, uid });
    }
    Ok(Delivered { content, placed })
}

/// The mailbox that the caller chose, or INBOX.
fn mailbox_of(write: &Write<'_>, recipient: &LocalRecipient) -> Result<MailboxId, Error> {
    let Some(mailbox) = recipient.mailbox else { return mailbox::inbox(write, recipient.account) };
    let found = mailbox::find(write, mailbox)?;
    if found.account == recipient.account { Ok(mailbox) } else { Err(Error::NoSuchMailbox) }
}

fn row(
    prepared: &Prepared,
    content: ContentId,
    conversation: ConversationId,
    at: Timestamp,
) -> Row {
    Row {
        flags: Flags::NONE,
        internal_date: at,
        save_date: at,
        octets: prepared.octets,
        content,
        conversation,
    }
}

fn insert_facts(
    write: &Write<'_>,
    facts: &Facts,
    content: ContentId,
    local: &[LocalRecipient],
    prepared: &Prepared,
) -> Result<(), Error> {
    let mut statement = write.prepare_cached(
        "INSERT INTO delivery (content_id, trace, at, reverse_path, peer, helo, tls, protocol, octets, message_id, recipients)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let peer = &facts.peer;
    statement.execute(params![
        content,
        facts.trace,
        facts.at.seconds(),
        facts.reverse_path,
        peer.address.to_string(),
        peer.helo,
        peer.tls,
        peer.protocol,
        stored(prepared.octets),
        prepared.summary.message_id,
        facts::encode(local),
    ])?;
    for recipient in local {
        write
            .prepare_cached(
                "INSERT OR IGNORE INTO delivery_recipient (folded, content_id) VALUES (?1, ?2)",
            )?
            .execute(params![recipient.address.canonical(), content])?;
    }
    Ok(())
}
