//! Lessons: what people teach by moving mail. Noted in the transaction of the move, whichever client
//! asked for it; learned later by whoever reads messages.

use rusqlite::{OptionalExtension, params};

use super::learn::{learn, unlearn};
use super::{JunkClass, sorted};
use crate::database::{Purpose, Write};
use crate::mailbox::{Mailbox, SpecialUse};
use crate::messages::MessageRow;
use crate::value::{AccountId, ContentId};
use crate::{Error, Store};

/// Other mail is learned from what is filed by hand until there is so much of it for each junk message
/// that was learned, and this much at least.
const HAM_PER_SPAM: u32 = 2;
const HAM_ENOUGH: u32 = 200;
/// Lessons of one move: who files ten thousand letters away has shown enough with the first of them.
const LESSONS_OF_MOVE: usize = 500;

/// A message to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JunkLesson {
    /// Who teaches.
    pub account: AccountId,
    /// The message.
    pub content: ContentId,
    /// What it is.
    pub class: JunkClass,
}

impl Store {
    /// Lessons that nobody has learned yet, of any account.
    pub async fn junk_lessons_due(&self, limit: u32) -> Result<Vec<JunkLesson>, Error> {
        self.read(move |connection| {
            // INDEXED BY: the planner passes over a partial index.
            let mut statement = connection.prepare_cached(
                "SELECT account_id, content_id, class FROM junk_lesson INDEXED BY junk_lesson_due
                 WHERE class <> learned LIMIT ?1",
            )?;
            let lessons = statement.query_map([limit], |row| {
                let class = class(row.get(2)?).unwrap_or(JunkClass::Ham);
                Ok(JunkLesson { account: row.get(0)?, content: row.get(1)?, class })
            })?;
            Ok(lessons.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Learns a message's tokens as its lesson says, and takes back what was learned of it before. A
    /// lesson that was learned already, or that says something else by now, changes nothing. True when
    /// it was learned.
    pub async fn take_junk_lesson(
        &self,
        lesson: JunkLesson,
        tokens: &[u64],
    ) -> Result<bool, Error> {
        let tokens = sorted(tokens, self.options().limits.junk_message_tokens_max);
        let today = super::today(self.now());
        self.write(Purpose::Grows, move |write| take(write, lesson, &tokens, today)).await
    }

    /// Forgets a lesson: its message cannot be read.
    pub async fn drop_junk_lesson(&self, lesson: JunkLesson) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            write
                .prepare_cached(
                    "DELETE FROM junk_lesson WHERE account_id = ?1 AND content_id = ?2",
                )?
                .execute(params![lesson.account, lesson.content])?;
            Ok(())
        })
        .await
    }
}

fn take(write: &Write<'_>, lesson: JunkLesson, tokens: &[u64], today: i64) -> Result<bool, Error> {
    let JunkLesson { account, content, class: wanted } = lesson;
    let learned: Option<i64> = write
        .prepare_cached(
            "SELECT learned FROM junk_lesson WHERE account_id = ?1 AND content_id = ?2 AND class = ?3 AND learned <> class",
        )?
        .query_row(params![account, content, stored(wanted)], |row| row.get(0))
        .optional()?;
    let Some(learned) = learned else { return Ok(false) };
    if let Some(before) = class(learned) {
        unlearn(write, account, tokens, before.counts())?;
    }
    learn(write, account, tokens, wanted.counts(), today)?;
    write
        .prepare_cached(
            "UPDATE junk_lesson SET learned = class WHERE account_id = ?1 AND content_id = ?2",
        )?
        .execute(params![account, content])?;
    Ok(true)
}

/// Messages were moved or copied by their account. What goes into Junk is junk, what comes out of it is
/// not, but for what goes to Trash. What is filed from INBOX is not either: without that, an account whose
/// junk is never mistaken would never teach what its other mail is like.
pub(crate) fn moved(
    write: &Write<'_>,
    from: &Mailbox,
    to: &Mailbox,
    rows: &[MessageRow],
) -> Result<(), Error> {
    let (came_from, went_to) = (from.special_use, to.special_use);
    let class = match (came_from, went_to) {
        (Some(SpecialUse::Junk), Some(SpecialUse::Junk | SpecialUse::Trash)) => return Ok(()),
        (_, Some(SpecialUse::Junk)) => JunkClass::Spam,
        (Some(SpecialUse::Junk), _) => JunkClass::Ham,
        (_, Some(SpecialUse::Trash | SpecialUse::Drafts | SpecialUse::Sent)) => return Ok(()),
        _ if from.name.is_inbox() && wants_ham(write, from.account)? => JunkClass::Ham,
        _ => return Ok(()),
    };
    let mut statement = write.prepare_cached(
        "INSERT INTO junk_lesson (account_id, content_id, class) VALUES (?1, ?2, ?3)
         ON CONFLICT (account_id, content_id) DO UPDATE SET class = excluded.class",
    )?;
    for row in rows.iter().take(LESSONS_OF_MOVE) {
        statement.execute(params![from.account, row.content, stored(class)])?;
    }
    Ok(())
}

fn wants_ham(write: &Write<'_>, account: AccountId) -> Result<bool, Error> {
    let counts: Option<(u32, u32)> = write
        .prepare_cached("SELECT spam, ham FROM junk_total WHERE account_id = ?1")?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (spam, ham) = counts.unwrap_or_default();
    Ok(ham < HAM_ENOUGH.max(spam.saturating_mul(HAM_PER_SPAM)))
}

/// Forgets lessons whose message is gone. True when there were some.
pub(crate) fn prune_lessons(write: &Write<'_>) -> Result<bool, Error> {
    let gone = write
        .prepare_cached(
            "DELETE FROM junk_lesson WHERE (account_id, content_id) IN (
               SELECT account_id, content_id FROM junk_lesson
               WHERE NOT EXISTS (SELECT 1 FROM content WHERE content.id = content_id) LIMIT 500)",
        )?
        .execute([])?;
    Ok(gone > 0)
}

const fn stored(class: JunkClass) -> i64 {
    match class {
        JunkClass::Spam => 1,
        JunkClass::Ham => 2,
    }
}

const fn class(stored: i64) -> Option<JunkClass> {
    match stored {
        1 => Some(JunkClass::Spam),
        2 => Some(JunkClass::Ham),
        _ => None,
    }
}
