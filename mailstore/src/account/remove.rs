//! Removing an account. What lets anybody in and brings mail goes at once; the messages, which may
//! be many, in the background.

use rusqlite::{OptionalExtension, params};

use crate::address;
use crate::database::{Purpose, Write};
use crate::mailbox;
use crate::value::AccountId;
use crate::{Error, Selection, Store};

/// What goes at once.
const FEW_ROWS: [&str; 12] = [
    "mask",
    "rule",
    "vacation",
    "vacation_answer",
    "forward_target",
    "scram_key",
    "scram",
    "app_password",
    "web_session",
    "setting",
    "sending",
    "junk_total",
];

/// What an account has left when its last message is gone, and that may be many rows: deleted this
/// many at a time.
const LEFT_OVERS: [&str; 8] = [
    "UPDATE outbound SET account_id = NULL WHERE id IN
       (SELECT id FROM outbound WHERE account_id = ?1 LIMIT 500)",
    "DELETE FROM index_todo WHERE (content_id, account_id) IN
       (SELECT content_id, account_id FROM index_todo WHERE account_id = ?1 AND operation = 1 LIMIT 500)",
    "DELETE FROM message_reference WHERE account_id = ?1 AND hash IN
       (SELECT hash FROM message_reference WHERE account_id = ?1 LIMIT 500)",
    "DELETE FROM conversation WHERE id IN (SELECT id FROM conversation WHERE account_id = ?1 LIMIT 500)",
    "DELETE FROM junk_lesson WHERE account_id = ?1 AND content_id IN
       (SELECT content_id FROM junk_lesson WHERE account_id = ?1 LIMIT 500)",
    "DELETE FROM junk_token WHERE account_id = ?1 AND hash IN
       (SELECT hash FROM junk_token WHERE account_id = ?1 LIMIT 500)",
    "DELETE FROM correspondent WHERE account_id = ?1 AND folded IN
       (SELECT folded FROM correspondent WHERE account_id = ?1 LIMIT 500)",
    "DELETE FROM login_history WHERE id IN (SELECT id FROM login_history WHERE account_id = ?1 LIMIT 500)",
];

impl Store {
    /// Removes an account: its addresses, logins and settings at once, its messages in the
    /// background. Aliases that led only to it go too, and what it wanted to send does not leave any
    /// more. If it was the owner's, the oldest one left becomes the owner's.
    pub async fn remove_account(&self, account: AccountId) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| remove(write, account)).await?;
        self.drop_outbound(Selection::Account(account)).await?;
        Ok(())
    }
}

fn remove(write: &Write<'_>, account: AccountId) -> Result<(), Error> {
    let removed = write
        .prepare_cached("UPDATE account SET removed = 1, owner = 0, used_octets = 0 WHERE id = ?1 AND removed = 0")?
        .execute([account])?;
    if removed == 0 {
        return Err(Error::NoSuchAccount);
    }
    write
        .prepare_cached(
            "UPDATE account SET owner = 1 WHERE id = (SELECT min(id) FROM account WHERE removed = 0)
             AND NOT EXISTS (SELECT 1 FROM account WHERE owner = 1 AND removed = 0)",
        )?
        .execute([])?;
    address::remove_of_account(write, account)?;
    for table in FEW_ROWS {
        write
            .prepare_cached(&format!("DELETE FROM {table} WHERE account_id = ?1"))?
            .execute([account])?;
    }
    mailbox::remove_all(write, account)
}

/// Tidies what removed accounts left, some at a time. True when there was anything.
pub(crate) fn tidy_removed(write: &Write<'_>) -> Result<bool, Error> {
    let Some(account) = next_removed(write)? else { return Ok(false) };
    for left_overs in LEFT_OVERS {
        if write.prepare_cached(left_overs)?.execute([account])? > 0 {
            return Ok(true);
        }
    }
    write.prepare_cached("DELETE FROM account WHERE id = ?1")?.execute([account])?;
    Ok(true)
}

/// A removed account whose mailboxes are all tidied away and whose messages are let go of.
fn next_removed(write: &Write<'_>) -> Result<Option<AccountId>, Error> {
    let mut statement = write.prepare_cached(
        "SELECT id FROM account WHERE removed = 1
         AND NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.account_id = account.id)
         AND NOT EXISTS (SELECT 1 FROM reclaim WHERE reclaim.account_id = account.id) LIMIT 1",
    )?;
    Ok(statement.query_row(params![], |row| row.get(0)).optional()?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn what_an_account_leaves_is_found_without_going_through_everybody_elses() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::database::migrate(&mut connection).unwrap();
        for left_overs in LEFT_OVERS {
            let mut explained =
                connection.prepare(&format!("EXPLAIN QUERY PLAN {left_overs}")).unwrap();
            let steps = explained.query_map([1], |row| row.get::<_, String>(3)).unwrap();
            for step in steps.map(Result::unwrap) {
                assert!(!step.starts_with("SCAN"), "{step}: {left_overs}");
            }
        }
    }
}
