//! Learning: a message was junk, or was not, or that was a mistake.

use rusqlite::params;

use super::{sorted, today};
use crate::account::check_exists;
use crate::database::{Purpose, Write};
use crate::value::AccountId;
use crate::{Error, Store};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JunkClass {
    /// Junk.
    Spam,
    /// Not junk.
    Ham,
}

impl JunkClass {
    /// What one message of it adds to junk, and to others.
    pub(super) const fn counts(self) -> (u32, u32) {
        match self {
            Self::Spam => (1, 0),
            Self::Ham => (0, 1),
        }
    }
}

/// Whether something is to be known, or not to be known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lesson {
    /// A message of this class was seen.
    Learn,
    /// A message was learned as this class before, and is not of it.
    Unlearn,
}

impl Store {
    /// Counts a message's tokens, each once, or takes that back. Of more tokens than a message may
    /// have only the first count.
    pub async fn junk_learn(
        &self,
        account: AccountId,
        tokens: &[u64],
        class: JunkClass,
        lesson: Lesson,
    ) -> Result<(), Error> {
        let tokens = sorted(tokens, self.options().limits.junk_message_tokens_max);
        let (spam, ham) = class.counts();
        let today = today(self.now());
        let purpose = if lesson == Lesson::Learn { Purpose::Grows } else { Purpose::Frees };
        let octets = tokens.len() * ROW_OCTETS;
        self.write_octets(purpose, octets, move |write| {
            check_exists(write, account)?;
            match lesson {
                Lesson::Learn => learn(write, account, &tokens, (spam, ham), today),
                Lesson::Unlearn => unlearn(write, account, &tokens, (spam, ham)),
            }
        })
        .await
    }
}

/// Octets of a token's row, roughly.
const ROW_OCTETS: usize = 32;

pub(super) fn learn(
    write: &Write<'_>,
    account: AccountId,
    tokens: &[u64],
    (spam, ham): (u32, u32),
    today: i64,
) -> Result<(), Error> {
    let mut update = write.prepare_cached(
        "UPDATE junk_token SET spam = spam + ?3, ham = ham + ?4, touched = ?5 WHERE account_id = ?1 AND hash = ?2",
    )?;
    let mut insert = write.prepare_cached(
        "INSERT INTO junk_token (account_id, hash, spam, ham, touched) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut new = 0_u32;
    for token in tokens {
        let row = params![account, token.cast_signed(), spam, ham, today];
        if update.execute(row)? == 0 {
            insert.execute(row)?;
            new += 1;
        }
    }
    write
        .prepare_cached(
            "INSERT INTO junk_total (account_id, spam, ham, tokens) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account_id) DO UPDATE SET spam = spam + ?2, ham = ham + ?3, tokens = tokens + ?4",
        )?
        .execute(params![account, spam, ham, new])?;
    Ok(())
}

/// A token that was pruned meanwhile stays unknown; nothing goes below none.
pub(super) fn unlearn(
    write: &Write<'_>,
    account: AccountId,
    tokens: &[u64],
    (spam, ham): (u32, u32),
) -> Result<(), Error> {
    let mut update = write.prepare_cached(
        "UPDATE junk_token SET spam = max(spam - ?3, 0), ham = max(ham - ?4, 0) WHERE account_id = ?1 AND hash = ?2",
    )?;
    for token in tokens {
        update.execute(params![account, token.cast_signed(), spam, ham])?;
    }
    write
        .prepare_cached(
            "UPDATE junk_total SET spam = max(spam - ?2, 0), ham = max(ham - ?3, 0) WHERE account_id = ?1",
        )?
        .execute(params![account, spam, ham])?;
    Ok(())
}
