//! How much an account may send in a day: what a stolen password is worth to a spammer.
//!
//! Counted by the hour, over the hour that is and the 23 before it. Knows nothing of messages: only
//! to whom they go.

use std::collections::BTreeMap;
use std::time::Duration;

use message::{Address, Timestamp};
use rusqlite::{Connection, params};

use super::correspondent;
use crate::account::check_exists;
use crate::database::{Purpose, Write};
use crate::setting;
use crate::value::AccountId;
use crate::{Error, Limits, Store};

const HOUR_SECONDS: i64 = 3_600;
const HOURS: i64 = 24;

/// Which limit it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendLimitKind {
    /// Recipients in a day.
    Recipients,
    /// Recipients in a day to whom the account had never written before.
    NewRecipients,
}

/// The account has sent enough for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account may write to {limit} {which} a day")]
pub struct SendLimit {
    /// Which it was.
    pub which: SendLimitKind,
    /// How many a day.
    pub limit: u32,
    /// When it may send this; None when this is more than it may send in any day.
    pub retry_after: Option<Duration>,
}

/// Why a message may not be sent now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendingError {
    /// It would be too much for a day.
    #[error(transparent)]
    Limit(#[from] SendLimit),
    /// Ours, and temporary; or there is no such account.
    #[error(transparent)]
    Store(#[from] Error),
}

impl SendLimitKind {
    /// The setting that says another number: of an account, else of the whole house. What is no
    /// number counts as not set.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Recipients => "send.recipients_a_day",
            Self::NewRecipients => "send.new_recipients_a_day",
        }
    }

    const fn default(self, limits: &Limits) -> u32 {
        match self {
            Self::Recipients => limits.send_recipients_a_day,
            Self::NewRecipients => limits.send_new_recipients_a_day,
        }
    }
}

impl std::fmt::Display for SendLimitKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Recipients => "recipients",
            Self::NewRecipients => "recipients it never wrote to before",
        })
    }
}

impl Store {
    /// Asks whether the account may send a message to these recipients, and if so counts it and
    /// remembers them as its correspondents, all in one transaction. Whoever stands there twice
    /// counts once. To be asked just before the message is delivered or queued: what fails after
    /// that stays counted.
    pub async fn check_and_count_sending(
        &self,
        account: AccountId,
        recipients: &[Address],
        now: Timestamp,
    ) -> Result<(), SendingError> {
        let recipients: BTreeMap<String, String> =
            recipients.iter().map(|one| (one.canonical(), one.to_string())).collect();
        let options = self.options().clone();
        let refused = self
            .write(Purpose::Grows, move |write| {
                check_exists(write, account)?;
                count(write, account, &recipients, now, &options.limits)
            })
            .await?;
        refused.map_or(Ok(()), |limit| Err(limit.into()))
    }

    /// What the account may send in a day: recipients, and among them new ones.
    pub async fn send_limits(&self, account: AccountId) -> Result<(u32, u32), Error> {
        let options = self.options().clone();
        self.read(move |connection| {
            let limit = |which| limit(connection, account, which, &options.limits);
            Ok((limit(SendLimitKind::Recipients)?, limit(SendLimitKind::NewRecipients)?))
        })
        .await
    }
}

/// Counts, or says what is in the way; then nothing was counted.
fn count(
    write: &Write<'_>,
    account: AccountId,
    recipients: &BTreeMap<String, String>,
    now: Timestamp,
    limits: &Limits,
) -> Result<Option<SendLimit>, Error> {
    let hour = now.seconds().div_euclid(HOUR_SECONDS);
    write
        .prepare_cached("DELETE FROM sending WHERE account_id = ?1 AND hour <= ?2")?
        .execute(params![account, hour - HOURS])?;
    let mut new = 0;
    for folded in recipients.keys() {
        new += u32::from(!correspondent::is_known(write, account, folded)?);
    }
    let all = u32::try_from(recipients.len()).unwrap_or(u32::MAX);
    let day = day(write, account)?;
    for (which, more) in [(SendLimitKind::Recipients, all), (SendLimitKind::NewRecipients, new)] {
        let limit = limit(write, account, which, limits)?;
        let sent: Vec<(i64, u32)> = day.iter().map(|hour| hour.sent(which)).collect();
        if let Err(wait) = fits(&sent, more, limit, now) {
            return Ok(Some(SendLimit { which, limit, retry_after: wait }));
        }
    }
    write
        .prepare_cached(
            "INSERT INTO sending (account_id, hour, recipients, new_recipients) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account_id, hour) DO UPDATE SET recipients = recipients + excluded.recipients,
                                                          new_recipients = new_recipients + excluded.new_recipients",
        )?
        .execute(params![account, hour, all, new])?;
    correspondent::remember(write, account, recipients, now, limits.correspondents_max)?;
    Ok(None)
}

/// What was sent in one hour.
struct Hour {
    hour: i64,
    recipients: u32,
    new_recipients: u32,
}

impl Hour {
    fn sent(&self, which: SendLimitKind) -> (i64, u32) {
        match which {
            SendLimitKind::Recipients => (self.hour, self.recipients),
            SendLimitKind::NewRecipients => (self.hour, self.new_recipients),
        }
    }
}

fn day(connection: &Connection, account: AccountId) -> Result<Vec<Hour>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT hour, recipients, new_recipients FROM sending WHERE account_id = ?1 ORDER BY hour",
    )?;
    let hours = statement.query_map([account], |row| {
        Ok(Hour { hour: row.get(0)?, recipients: row.get(1)?, new_recipients: row.get(2)? })
    })?;
    Ok(hours.collect::<rusqlite::Result<_>>()?)
}

/// Whether so many more fit under the limit; else how long until enough of the day is over, or None
/// when it never will be enough. `sent` is by hour, oldest first.
fn fits(
    sent: &[(i64, u32)],
    more: u32,
    limit: u32,
    now: Timestamp,
) -> Result<(), Option<Duration>> {
    let mut used: u64 = sent.iter().map(|(_, count)| u64::from(*count)).sum();
    let room = |used: u64| used.saturating_add(u64::from(more)) <= u64::from(limit);
    // Nothing more is nothing too much, even when the limit was lowered meanwhile.
    if more == 0 || room(used) {
        return Ok(());
    }
    for (hour, count) in sent {
        used = used.saturating_sub(u64::from(*count));
        if room(used) {
            let over = (hour + HOURS) * HOUR_SECONDS;
            let wait = u64::try_from(over - now.seconds()).unwrap_or(1).max(1);
            return Err(Some(Duration::from_secs(wait)));
        }
    }
    Err(None)
}

fn limit(
    connection: &Connection,
    account: AccountId,
    which: SendLimitKind,
    limits: &Limits,
) -> Result<u32, Error> {
    for whose in [Some(account), None] {
        let set = setting::read(connection, whose, which.setting())?;
        if let Some(limit) = set.and_then(|value| value.trim().parse().ok()) {
            return Ok(limit);
        }
    }
    Ok(which.default(limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_now_may_be_sent_when_enough_of_the_day_is_over() {
        let now = Timestamp::new(100 * HOUR_SECONDS + 600);
        let sent = [(80, 10), (99, 5), (100, 5)];
        let hours = |count: i64| {
            Err(Some(Duration::from_secs(u64::try_from(count * HOUR_SECONDS - 600).unwrap_or(0))))
        };
        for (more, limit, expected) in [
            (0, 0, Ok(())),
            (1, 21, Ok(())),
            (1, 20, hours(4)),
            (10, 20, hours(4)),
            (11, 20, hours(23)),
            (16, 20, hours(24)),
            (20, 20, hours(24)),
            (21, 20, Err(None)),
        ] {
            assert_eq!(fits(&sent, more, limit, now), expected, "{more} of {limit}");
        }
        assert_eq!(fits(&[], 5, 5, now), Ok(()));
        assert_eq!(fits(&[], 6, 5, now), Err(None));
    }
}
