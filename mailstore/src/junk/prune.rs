//! Forgetting tokens that say little: rare ones, the longest unseen first.

use rusqlite::{OptionalExtension, params};

use crate::Error;
use crate::database::{Write, stored};
use crate::value::AccountId;

/// Tokens forgotten in one transaction.
const SLICE: u32 = 2_000;

/// Forgets some tokens of an account that knows too many. True when there was one.
pub(crate) fn prune(write: &Write<'_>, tokens_max: u32) -> Result<bool, Error> {
    let crowded: Option<AccountId> = write
        .prepare_cached("SELECT account_id FROM junk_total WHERE tokens > ?1 LIMIT 1")?
        .query_row([tokens_max], |row| row.get(0))
        .optional()?;
    let Some(account) = crowded else { return Ok(false) };
    let some = SLICE.min(tokens_max / 10).max(1);
    let forgotten = write
        .prepare_cached(
            "DELETE FROM junk_token WHERE account_id = ?1 AND hash IN (
               SELECT hash FROM junk_token WHERE account_id = ?1 ORDER BY spam + ham, touched LIMIT ?2)",
        )?
        .execute(params![account, some])?;
    write
        .prepare_cached("UPDATE junk_total SET tokens = tokens - ?2 WHERE account_id = ?1")?
        .execute(params![account, stored(forgotten as u64)])?;
    Ok(forgotten > 0)
}
