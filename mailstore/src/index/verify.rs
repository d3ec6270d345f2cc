//! Does the index know what it should? For [`crate::Store::verify`].

use std::path::Path;

use rusqlite::Connection;

use super::file::holder_row;
use super::todo;
use crate::Error;
use crate::database::open_for_once;
use crate::value::{AccountId, ContentId};

/// Rules within the file: what is wrong, and a query that gives one row, of one text, for each case.
const RULES: [(&str, &str); 4] = [
    ("the search index", "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'"),
    (
        "a text in the search index that nobody holds",
        "SELECT content_id FROM document WHERE NOT EXISTS
           (SELECT 1 FROM holder WHERE holder.content_id = document.content_id)",
    ),
    (
        "a holder without a text in the search index",
        "SELECT content_id FROM holder WHERE NOT EXISTS
           (SELECT 1 FROM document WHERE document.content_id = holder.content_id)",
    ),
    (
        "holders and rows of the search index are not as many",
        "SELECT holders || ' and ' || texts || ' and ' || glances FROM (SELECT (SELECT count(*) FROM holder) AS holders,
           (SELECT count(*) FROM text_trigram_docsize) AS texts, (SELECT count(*) FROM glance_trigram_docsize) AS glances)
         WHERE holders <> texts OR holders <> glances",
    ),
];

/// What is wrong with the index, in words. Nothing is said of an index that is being made again, or has gone on meanwhile.
pub(crate) fn check(mail: &Connection, path: &Path) -> Result<Vec<String>, Error> {
    let Some((identity, done)) = todo::state(mail)? else { return Ok(Vec::new()) };
    if !path.exists() {
        return Ok(Vec::new());
    }
    let index = open_for_once(path)?;
    index.execute_batch("BEGIN")?;
    if !index.table_exists(None, "state")? {
        return Ok(Vec::new());
    }
    let (found, batch): (i64, i64) =
        index.query_row("SELECT identity, batch FROM state", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if found != identity || batch > done + 1 {
        return Ok(Vec::new());
    }
    let mut broken = Vec::new();
    if batch < done {
        broken.push("the search index is older than its store".to_owned());
    }
    for (what, rule) in RULES {
        let mut statement = index.prepare(rule)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            broken.push(format!("{what}: {:?}", row.get_ref(0)?));
        }
    }
    missing(mail, &index, &mut broken)?;
    Ok(broken)
}

/// Each message is in the index, or waits to be put there.
fn missing(mail: &Connection, index: &Connection, broken: &mut Vec<String>) -> Result<(), Error> {
    let mut statement = mail.prepare(
        "SELECT DISTINCT message.content_id, mailbox.account_id
         FROM message CROSS JOIN mailbox ON mailbox.id = message.mailbox_id
         WHERE NOT EXISTS (SELECT 1 FROM index_todo WHERE index_todo.content_id = message.content_id
                           AND index_todo.account_id = mailbox.account_id AND operation = 1)",
    )?;
    let mut known = index.prepare(
        "SELECT EXISTS (SELECT 1 FROM holder WHERE content_id = ?1 AND account_id = ?2)
            AND EXISTS (SELECT 1 FROM text_trigram_docsize WHERE id = ?3)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (content, account): (ContentId, AccountId) = (row.get(0)?, row.get(1)?);
        let row = holder_row(account, content)?;
        if !known.query_row((content, account, row), |row| row.get::<_, bool>(0))? {
            broken.push(format!(
                "a message that no search finds: content {content} of account {account}"
            ));
        }
    }
    Ok(())
}
