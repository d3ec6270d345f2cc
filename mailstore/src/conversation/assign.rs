//! Gives an arriving message its conversation, in the transaction that stores it. By Message-ID, In-Reply-To and References;
//! a reply that has none of the latter by its subject, within some days and among the same people.
//!
//! Knows hashes of Message-IDs and subjects, not messages. It never changes what an earlier message was given: two
//! conversations that turn out to be one are tied together in the table `conversation`.

use message::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::members::root;
use super::own::OwnAddresses;
use super::{ConversationLimits, Threading};
use crate::Error;
use crate::value::{AccountId, ConversationId};

/// Finds or makes the conversation of a message that arrives for an account.
pub(crate) fn assign(
    connection: &Connection,
    account: AccountId,
    threading: &Threading,
    at: Timestamp,
    limits: &ConversationLimits,
) -> Result<ConversationId, Error> {
    let arrival = Arrival { connection, account, threading, at, limits };
    let Referred { known, unknown } = arrival.referred()?;
    let conversation = match known.split_first() {
        Some((first, others)) => {
            let joined = arrival.join(*first, others)?;
            arrival.enter(joined, false)?;
            joined
        }
        None => match arrival.by_subject()? {
            Some(found) => {
                arrival.enter(found, true)?;
                found
            }
            None => arrival.begin()?,
        },
    };
    arrival.remember(&unknown, conversation)?;
    Ok(conversation)
}

struct Arrival<'a> {
    connection: &'a Connection,
    account: AccountId,
    threading: &'a Threading,
    at: Timestamp,
    limits: &'a ConversationLimits,
}

/// What the Message-IDs of a message are known to belong to.
struct Referred {
    /// Conversations, each once: that of its own Message-ID first, then its parent's, and so on back.
    known: Vec<ConversationId>,
    /// Hashes never seen before.
    unknown: Vec<i64>,
}

impl Arrival<'_> {
    fn referred(&self) -> Result<Referred, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT conversation_id FROM message_reference WHERE account_id = ?1 AND hash = ?2",
        )?;
        let mut referred = Referred { known: Vec::new(), unknown: Vec::new() };
        for hash in self.threading.own.iter().chain(self.threading.references.iter().rev()) {
            let found: Option<ConversationId> =
                statement.query_row((self.account, hash), |row| row.get(0)).optional()?;
            match found {
                None => referred.unknown.push(*hash),
                Some(_) if referred.known.len() >= self.limits.joined_at_once_max => {}
                Some(found) => {
                    let found = root(self.connection, found)?;
                    if !referred.known.contains(&found) {
                        referred.known.push(found);
                    }
                }
            }
        }
        Ok(referred)
    }

    fn remember(&self, hashes: &[i64], conversation: ConversationId) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO message_reference (account_id, hash, conversation_id) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )?;
        for hash in hashes {
            statement.execute((self.account, hash, conversation))?;
        }
        Ok(())
    }

    fn begin(&self) -> Result<ConversationId, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO conversation (account_id, subject_hash, newest, participants) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let participants = self.threading.participants.join("\n");
        let id = statement.insert((
            self.account,
            self.threading.subject,
            self.at.seconds(),
            participants,
        ))?;
        Ok(ConversationId::new(id))
    }

    /// Notes who takes part and how young the conversation is now.
    fn enter(&self, conversation: ConversationId, by_subject: bool) -> Result<(), Error> {
        let mut read = self
            .connection
            .prepare_cached("SELECT newest, participants FROM conversation WHERE id = ?1")?;
        let (newest, participants): (i64, String) =
            read.query_row([conversation], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let together =
            union(&participants, self.threading.participants.iter(), self.limits.participants_max);
        if newest >= self.at.seconds() && together == participants && !by_subject {
            return Ok(());
        }
        let mut write = self.connection.prepare_cached(
            "UPDATE conversation SET newest = max(newest, ?2), participants = ?3, by_subject = by_subject + ?4
             WHERE id = ?1",
        )?;
        write.execute((conversation, self.at.seconds(), together, by_subject))?;
        Ok(())
    }

    /// Makes one of several. The one with the most others behind it stays, so that the fewest rows change hands.
    fn join(
        &self,
        first: ConversationId,
        others: &[ConversationId],
    ) -> Result<ConversationId, Error> {
        let mut stays = first;
        for other in others {
            let (greater, lesser) = if self.behind(*other)? > self.behind(stays)? {
                (*other, stays)
            } else {
                (stays, *other)
            };
            self.point(lesser, greater)?;
            stays = greater;
        }
        Ok(stays)
    }

    fn behind(&self, conversation: ConversationId) -> Result<i64, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT count(*) FROM conversation WHERE joined_id = ?1")?;
        Ok(statement.query_row([conversation], |row| row.get(0))?)
    }

    /// The lesser one and all behind it now belong to the greater.
    fn point(&self, lesser: ConversationId, greater: ConversationId) -> Result<(), Error> {
        let mut read = self.connection.prepare_cached(
            "SELECT newest, participants, by_subject FROM conversation WHERE id = ?1",
        )?;
        let facts = |id: ConversationId| {
            read.query_row([id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            })
        };
        let [(newest, here, by_subject), (newest_there, there, by_subject_there)] =
            [greater, lesser]
                .map(facts)
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?
                .try_into()
                .map_err(|_| Error::unavailable("two conversations are not two"))?;
        let together = union(&here, there.lines(), self.limits.participants_max);
        self.connection
            .prepare_cached("UPDATE conversation SET newest = ?2, participants = ?3, by_subject = ?4 WHERE id = ?1")?
            .execute((greater, newest.max(newest_there), together, by_subject + by_subject_there))?;
        self.connection
            .prepare_cached(
                "UPDATE conversation SET joined_id = ?2 WHERE joined_id = ?1 OR id = ?1",
            )?
            .execute((lesser, greater))?;
        Ok(())
    }

    /// The conversation that a reply without references answers, most likely: the one of its subject nearest in time that has
    /// people in common with it, the account's own addresses not counted. Two newsletters of one subject are no replies and
    /// never come here.
    fn by_subject(&self) -> Result<Option<ConversationId>, Error> {
        let Some(subject) = self.threading.subject.filter(|_| self.threading.lost_reply) else {
            return Ok(None);
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT root.id, root.newest, root.by_subject, root.participants
             FROM conversation AS named INDEXED BY conversation_subject
             CROSS JOIN conversation AS root ON root.id = ifnull(named.joined_id, named.id)
             WHERE named.account_id = ?1 AND named.subject_hash = ?2 ORDER BY named.id DESC LIMIT ?3",
        )?;
        let mut rows =
            statement.query((self.account, subject, self.limits.by_subject_tried_max))?;
        let window = i64::try_from(self.limits.subject_window.as_secs()).unwrap_or(i64::MAX);
        let mut others: Option<Vec<&str>> = None;
        let mut best: Option<(i64, ConversationId)> = None;
        while let Some(row) = rows.next()? {
            let distance = self.at.seconds().abs_diff(row.get(1)?);
            let distance = i64::try_from(distance).unwrap_or(i64::MAX);
            let full = row.get::<_, u32>(2)? >= self.limits.by_subject_max;
            if full || distance > window || best.is_some_and(|(nearest, _)| nearest <= distance) {
                continue;
            }
            let others = match &mut others {
                Some(others) => others,
                none => none.insert(self.others()?),
            };
            let participants: String = row.get(3)?;
            if participants.lines().any(|participant| others.contains(&participant)) {
                best = Some((distance, row.get(0)?));
            }
        }
        Ok(best.map(|(_, found)| found))
    }

    /// Those who take part, without the account itself.
    fn others(&self) -> Result<Vec<&str>, Error> {
        let own = OwnAddresses::of(self.connection, self.account)?;
        let all = self.threading.participants.iter().map(String::as_str);
        Ok(all.filter(|address| !own.contains(address)).collect())
    }
}

/// Both, each once, one a line, as many as are remembered.
fn union<S: AsRef<str>>(known: &str, new: impl Iterator<Item = S>, max: usize) -> String {
    let mut all: Vec<&str> = known.lines().collect();
    let new: Vec<S> = new.collect();
    for address in &new {
        let address = address.as_ref();
        if all.len() >= max {
            break;
        }
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all.join("\n")
}

#[cfg(test)]
mod tests;
