//! Rules as rows, in the order in which they are asked.

use rusqlite::{Connection, params};

use super::check::{check, mailboxes};
use super::{Action, Rule};
use crate::account::check_exists;
use crate::database::{Purpose, Write};
use crate::value::{AccountId, MailboxId, RuleId};
use crate::{Error, Store};

/// A rule that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRule {
    /// Which.
    pub id: RuleId,
    /// Whether it is asked.
    pub enabled: bool,
    /// What it says.
    pub rule: Rule,
}

impl Store {
    /// Makes a rule, to be asked after all others.
    pub async fn add_rule(&self, account: AccountId, rule: Rule) -> Result<RuleId, Error> {
        let body = self.checked(&rule)?;
        let limit = self.options().limits.rules_max;
        self.write(Purpose::Grows, move |write| {
            check_exists(write, account)?;
            let count = order(write, account)?.len();
            if count >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Err(Error::TooMany { what: "rules", limit });
            }
            check_mailboxes(write, account, &rule)?;
            write
                .prepare_cached("INSERT INTO rule (account_id, place, body) VALUES (?1, ?2, ?3)")?
                .execute(params![account, i64::try_from(count).unwrap_or(i64::MAX), body])?;
            Ok(RuleId::new(write.last_insert_rowid()))
        })
        .await
    }

    /// The account's rules, in the order in which they are asked.
    pub async fn rules(&self, account: AccountId) -> Result<Vec<KeptRule>, Error> {
        self.read(move |connection| read(connection, account)).await
    }

    /// The rules that are to be asked about a message: those that are switched on, without the
    /// mailboxes that are gone.
    pub async fn rules_in_force(&self, account: AccountId) -> Result<Vec<Rule>, Error> {
        self.read(move |connection| {
            let mut rules = Vec::new();
            for KeptRule { mut rule, .. } in
                read(connection, account)?.into_iter().filter(|one| one.enabled)
            {
                let mut gone = Vec::new();
                for mailbox in mailboxes(&rule) {
                    if !has_mailbox(connection, account, mailbox)? {
                        gone.push(Action::File(mailbox));
                    }
                }
                rule.actions.retain(|action| !gone.contains(action));
                rules.push(rule);
            }
            Ok(rules)
        })
        .await
    }

    /// Makes a rule say something else, in its place.
    pub async fn replace_rule(
        &self,
        account: AccountId,
        id: RuleId,
        rule: Rule,
    ) -> Result<(), Error> {
        let body = self.checked(&rule)?;
        self.write(Purpose::Grows, move |write| {
            check_mailboxes(write, account, &rule)?;
            let mut statement = write
                .prepare_cached("UPDATE rule SET body = ?3 WHERE id = ?1 AND account_id = ?2")?;
            found(statement.execute(params![id, account, body])?)
        })
        .await
    }

    /// Puts a rule where so many others are asked before it.
    pub async fn move_rule(
        &self,
        account: AccountId,
        id: RuleId,
        before_it: usize,
    ) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let mut ids = order(write, account)?;
            let count = ids.len();
            ids.retain(|one| *one != id);
            found(count - ids.len())?;
            ids.insert(before_it.min(ids.len()), id);
            renumber(write, &ids)
        })
        .await
    }

    /// Switches a rule off or on again.
    pub async fn set_rule_enabled(
        &self,
        account: AccountId,
        id: RuleId,
        enabled: bool,
    ) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let mut statement = write
                .prepare_cached("UPDATE rule SET enabled = ?3 WHERE id = ?1 AND account_id = ?2")?;
            found(statement.execute(params![id, account, enabled])?)
        })
        .await
    }

    /// Takes a rule away.
    pub async fn remove_rule(&self, account: AccountId, id: RuleId) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let removed = write
                .prepare_cached("DELETE FROM rule WHERE id = ?1 AND account_id = ?2")?
                .execute(params![id, account])?;
            found(removed)?;
            renumber(write, &order(write, account)?)
        })
        .await
    }

    /// The rule as it is stored, if it is one.
    fn checked(&self, rule: &Rule) -> Result<String, Error> {
        self.check_name(&rule.name)?;
        check(rule, &self.options().limits)?;
        serde_json::to_string(rule).map_err(Error::unavailable)
    }
}

fn found(rows: usize) -> Result<(), Error> {
    if rows == 0 { Err(Error::NotFound("rule")) } else { Ok(()) }
}

fn read(connection: &Connection, account: AccountId) -> Result<Vec<KeptRule>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, enabled, body FROM rule WHERE account_id = ?1 ORDER BY place, id",
    )?;
    let rows: Vec<(RuleId, bool, String)> = statement
        .query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let kept = |(id, enabled, body): (RuleId, bool, String)| {
        Ok(KeptRule { id, enabled, rule: serde_json::from_str(&body).map_err(Error::corrupt)? })
    };
    rows.into_iter().map(kept).collect()
}

fn order(connection: &Connection, account: AccountId) -> Result<Vec<RuleId>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM rule WHERE account_id = ?1 ORDER BY place, id")?;
    Ok(statement.query_map([account], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

fn renumber(write: &Write<'_>, ids: &[RuleId]) -> Result<(), Error> {
    for (place, id) in (0_i64..).zip(ids) {
        write
            .prepare_cached("UPDATE rule SET place = ?2 WHERE id = ?1")?
            .execute(params![id, place])?;
    }
    Ok(())
}

fn check_mailboxes(connection: &Connection, account: AccountId, rule: &Rule) -> Result<(), Error> {
    for mailbox in mailboxes(rule) {
        if !has_mailbox(connection, account, mailbox)? {
            return Err(Error::NoSuchMailbox);
        }
    }
    Ok(())
}

fn has_mailbox(
    connection: &Connection,
    account: AccountId,
    mailbox: MailboxId,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM mailbox WHERE id = ?1 AND account_id = ?2 AND removed = 0)",
    )?;
    Ok(statement.query_row(params![mailbox, account], |row| row.get(0))?)
}
