//! Salts and keys as rows: one salt for an account, one pair of keys for each of its passwords.

use rusqlite::{Connection, OptionalExtension, params};

use super::Salted;
use super::keys::{KEY_OCTETS, Keys};
use crate::Error;
use crate::database::Write;
use crate::login::Service;
use crate::login::app_password;
use crate::value::{AccountId, AppPasswordId};

/// What keys are made under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Salt {
    pub(crate) octets: Vec<u8>,
    pub(crate) iterations: u32,
}

/// The account's, if it has keys.
pub(crate) fn salt_of(connection: &Connection, account: AccountId) -> Result<Option<Salt>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT salt, iterations FROM scram WHERE account_id = ?1
         AND EXISTS (SELECT 1 FROM scram_key WHERE scram_key.account_id = ?1)",
    )?;
    let salt = statement
        .query_row([account], |row| Ok(Salt { octets: row.get(0)?, iterations: row.get(1)? }));
    Ok(salt.optional()?)
}

/// The same, but only when keys of app passwords hang on it: those cannot be made again, because
/// nobody has their passwords.
pub(crate) fn salt_of_app_passwords(
    connection: &Connection,
    account: AccountId,
) -> Result<Option<Salt>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM scram_key WHERE account_id = ?1 AND app_password_id <> 0)",
    )?;
    let any: bool = statement.query_row([account], |row| row.get(0))?;
    if any { salt_of(connection, account) } else { Ok(None) }
}

pub(crate) fn has_keys(
    connection: &Connection,
    account: AccountId,
    app_password: Option<AppPasswordId>,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM scram_key WHERE account_id = ?1 AND app_password_id = ?2)",
    )?;
    Ok(statement.query_row(params![account, number(app_password)], |row| row.get(0))?)
}

/// Keeps a password's keys. If meanwhile the account got another salt, they are of no use and
/// dropped: the next login with the password makes new ones.
pub(crate) fn put(
    write: &Write<'_>,
    account: AccountId,
    app_password: Option<AppPasswordId>,
    salted: &Salted,
) -> Result<(), Error> {
    let (salt, keys) = (&salted.salt, &salted.keys);
    drop_salt_without_keys(write, account)?;
    write
        .prepare_cached(
            "INSERT OR IGNORE INTO scram (account_id, salt, iterations) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![account, salt.octets, salt.iterations])?;
    write
        .prepare_cached(
            "INSERT OR REPLACE INTO scram_key (account_id, app_password_id, stored_key, server_key)
             SELECT ?1, ?2, ?3, ?4 FROM scram WHERE account_id = ?1 AND salt = ?5 AND iterations = ?6",
        )?
        .execute(params![
            account,
            number(app_password),
            keys.stored,
            keys.server,
            salt.octets,
            salt.iterations
        ])?;
    Ok(())
}

/// The main password is another one. The salt changes with it when nothing else hangs on it.
pub(crate) fn replace_main(
    write: &Write<'_>,
    account: AccountId,
    salted: &Salted,
) -> Result<(), Error> {
    forget(write, account, None)?;
    put(write, account, None, salted)
}

/// Nothing hangs on it any more, and new keys come with a salt of their own.
fn drop_salt_without_keys(write: &Write<'_>, account: AccountId) -> Result<(), Error> {
    write
        .prepare_cached(
            "DELETE FROM scram WHERE account_id = ?1
             AND NOT EXISTS (SELECT 1 FROM scram_key WHERE scram_key.account_id = ?1)",
        )?
        .execute([account])?;
    Ok(())
}

/// A password is none any more.
pub(crate) fn forget(
    write: &Write<'_>,
    account: AccountId,
    app_password: Option<AppPasswordId>,
) -> Result<(), Error> {
    write
        .prepare_cached("DELETE FROM scram_key WHERE account_id = ?1 AND app_password_id = ?2")?
        .execute(params![account, number(app_password)])?;
    Ok(())
}

/// The keys of all passwords that open the service: the main one's, then app passwords'.
pub(super) fn keys_for(
    connection: &Connection,
    account: AccountId,
    service: Service,
) -> Result<Vec<(Option<AppPasswordId>, Keys)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT stored_key, server_key, app_password.id, scopes FROM scram_key
         LEFT JOIN app_password ON app_password.id = app_password_id
         WHERE scram_key.account_id = ?1 AND (app_password_id = 0 OR app_password.id IS NOT NULL)
         ORDER BY app_password_id",
    )?;
    let rows = statement.query_map([account], |row| {
        let keys = Keys {
            stored: row.get::<_, [u8; KEY_OCTETS]>(0)?,
            server: row.get::<_, [u8; KEY_OCTETS]>(1)?,
        };
        let (id, scopes): (Option<AppPasswordId>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let opens = scopes.is_none_or(|scopes| app_password::opens(scopes, service));
        Ok(opens.then_some((id, keys)))
    })?;
    Ok(rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
}

/// The main password's keys stand at 0, which no app password has.
fn number(app_password: Option<AppPasswordId>) -> i64 {
    app_password.map_or(0, AppPasswordId::get)
}
