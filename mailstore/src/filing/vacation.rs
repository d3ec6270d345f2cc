//! Vacation: what is answered while somebody is away, and who was answered already (RFC 3834).
//! Knows nothing of which mail deserves an answer: whoever asks has sorted out lists and robots.

use message::{Address, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::account::check_exists;
use crate::database::{Purpose, Write};
use crate::value::AccountId;
use crate::{Error, Store};

const DAY_SECONDS: i64 = 86_400;

/// Days between two answers to the same sender (RFC 5230 §4.1 asks for 7 where nothing is said).
const DAYS: std::ops::RangeInclusive<u32> = 1..=365;

/// What is answered while somebody is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacation {
    /// Whether anything is.
    pub enabled: bool,
    /// Not before; None for at once.
    pub from: Option<Timestamp>,
    /// Not from then on; None for without end.
    pub until: Option<Timestamp>,
    /// The answer's subject; empty for one made from the message's.
    pub subject: String,
    /// The answer.
    pub text: String,
    /// Nobody is answered twice within so many days: 1 to 365.
    pub days: u32,
}

impl Vacation {
    fn is_on(&self, now: Timestamp) -> bool {
        self.enabled
            && self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
    }

    /// Whether those who were answered are to be answered again.
    fn says_the_same(&self, other: &Self) -> bool {
        (self.from, self.until, &self.subject, &self.text)
            == (other.from, other.until, &other.subject, &other.text)
    }
}

impl Store {
    /// What the account answers while it is away, if it ever said.
    pub async fn vacation(&self, account: AccountId) -> Result<Option<Vacation>, Error> {
        self.read(move |connection| read(connection, account)).await
    }

    /// Changes it. When it says something else now, those who were answered are answered again.
    pub async fn set_vacation(&self, account: AccountId, vacation: Vacation) -> Result<(), Error> {
        self.check_name(&vacation.subject)?;
        let limit = self.options().limits.vacation_octets_max;
        if vacation.text.len() > limit {
            return Err(Error::TooLong { what: "the answer", limit });
        }
        if !DAYS.contains(&vacation.days) {
            return Err(Error::VacationDays);
        }
        self.write(Purpose::Grows, move |write| {
            check_exists(write, account)?;
            set(write, account, &vacation)
        })
        .await
    }

    /// Whether this sender is to be answered now. Says so once per sender within the days: whoever
    /// asks then answers. When too many were answered, nobody else is.
    pub async fn vacation_due(
        &self,
        account: AccountId,
        sender: &Address,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let folded = sender.canonical();
        // Hardly anybody is away: that is found out without the writer.
        let asked = folded.clone();
        let perhaps = self
            .read(move |connection| Ok(since(connection, account, &asked, now)?.is_some()))
            .await?;
        if !perhaps {
            return Ok(false);
        }
        let limit = self.options().limits.vacation_answers_max;
        self.write(Purpose::Grows, move |write| {
            let Some(since) = since(write, account, &folded, now)? else { return Ok(false) };
            note_answer(write, account, &folded, now, since, limit)
        })
        .await
    }
}

fn read(connection: &Connection, account: AccountId) -> Result<Option<Vacation>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT enabled, from_time, until_time, subject, text, days FROM vacation WHERE account_id = ?1",
    )?;
    let vacation = statement.query_row([account], |row| {
        Ok(Vacation {
            enabled: row.get(0)?,
            from: row.get::<_, Option<i64>>(1)?.map(Timestamp::new),
            until: row.get::<_, Option<i64>>(2)?.map(Timestamp::new),
            subject: row.get(3)?,
            text: row.get(4)?,
            days: row.get(5)?,
        })
    });
    Ok(vacation.optional()?)
}

fn set(write: &Write<'_>, account: AccountId, vacation: &Vacation) -> Result<(), Error> {
    if !read(write, account)?.is_some_and(|before| before.says_the_same(vacation)) {
        write
            .prepare_cached("DELETE FROM vacation_answer WHERE account_id = ?1")?
            .execute([account])?;
    }
    write
        .prepare_cached(
            "INSERT OR REPLACE INTO vacation (account_id, enabled, from_time, until_time, subject, text, days)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            account,
            vacation.enabled,
            vacation.from.map(Timestamp::seconds),
            vacation.until.map(Timestamp::seconds),
            vacation.subject,
            vacation.text,
            vacation.days
        ])?;
    Ok(())
}

/// When a sender is to be answered now: the time before which answers do not count any more.
fn since(
    connection: &Connection,
    account: AccountId,
    folded: &str,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    let Some(vacation) = read(connection, account)?.filter(|one| one.is_on(now)) else {
        return Ok(None);
    };
    let since = now.seconds().saturating_sub(i64::from(vacation.days) * DAY_SECONDS);
    let answered: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM vacation_answer WHERE account_id = ?1 AND folded = ?2 AND at > ?3)",
        )?
        .query_row(params![account, folded, since], |row| row.get(0))?;
    Ok((!answered).then_some(since))
}

/// Forgets answers that do not count any more, and notes this one if there is room for it.
fn note_answer(
    write: &Write<'_>,
    account: AccountId,
    folded: &str,
    now: Timestamp,
    since: i64,
    limit: u32,
) -> Result<bool, Error> {
    write
        .prepare_cached("DELETE FROM vacation_answer WHERE account_id = ?1 AND at <= ?2")?
        .execute(params![account, since])?;
    let count: u32 = write
        .prepare_cached("SELECT count(*) FROM vacation_answer WHERE account_id = ?1")?
        .query_row([account], |row| row.get(0))?;
    if count >= limit {
        tracing::warn!(%account, "too many were told that somebody is away: nobody else is");
        return Ok(false);
    }
    write
        .prepare_cached("INSERT INTO vacation_answer (account_id, folded, at) VALUES (?1, ?2, ?3)")?
        .execute(params![account, folded, now.seconds()])?;
    Ok(true)
}
