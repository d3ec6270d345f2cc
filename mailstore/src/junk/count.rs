//! Asking: how often was each of these tokens seen?

use rusqlite::{Connection, OptionalExtension, params};

use crate::value::AccountId;
use crate::{Error, Store};

/// What an account has learned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JunkCounts {
    /// Junk messages learned.
    pub spam: u32,
    /// Other messages learned.
    pub ham: u32,
    /// For each token asked for, in that order: in how many junk messages, and in how many others.
    pub tokens: Vec<(u32, u32)>,
}

impl Store {
    /// What the account has learned of these tokens, and in all, in one read. Of more tokens than a
    /// message may have only the first are looked up.
    pub async fn junk_counts(
        &self,
        account: AccountId,
        tokens: &[u64],
    ) -> Result<JunkCounts, Error> {
        let limit = self.options().limits.junk_message_tokens_max;
        let tokens = tokens.get(..limit).unwrap_or(tokens).to_vec();
        self.read(move |connection| read(connection, account, &tokens)).await
    }
}

fn read(connection: &Connection, account: AccountId, tokens: &[u64]) -> Result<JunkCounts, Error> {
    let mut statement =
        connection.prepare_cached("SELECT spam, ham FROM junk_total WHERE account_id = ?1")?;
    let total = statement.query_row([account], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    // Who learned nothing knows nothing: the case of every new account.
    let Some((spam, ham)) = total else {
        return Ok(JunkCounts { tokens: vec![(0, 0); tokens.len()], ..JunkCounts::default() });
    };
    let mut statement = connection
        .prepare_cached("SELECT spam, ham FROM junk_token WHERE account_id = ?1 AND hash = ?2")?;
    let mut counts = Vec::with_capacity(tokens.len());
    for token in tokens {
        let seen = statement
            .query_row(params![account, token.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        counts.push(seen.unwrap_or_default());
    }
    Ok(JunkCounts { spam, ham, tokens: counts })
}
