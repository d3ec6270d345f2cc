//! Settings that live in the store: of an account, or of the whole house. Knows none of their
//! meanings.

use rusqlite::{Connection, OptionalExtension, params};

use crate::account::check_exists;
use crate::database::Purpose;
use crate::value::AccountId;
use crate::{Error, Store};

impl Store {
    /// A setting's value: of an account, or of the house.
    pub async fn setting(
        &self,
        account: Option<AccountId>,
        key: &str,
    ) -> Result<Option<String>, Error> {
        let key = key.to_owned();
        self.read(move |connection| read(connection, account, &key)).await
    }

    /// Changes a setting; None takes it away.
    pub async fn set_setting(
        &self,
        account: Option<AccountId>,
        key: &str,
        value: Option<&str>,
    ) -> Result<(), Error> {
        let limits = &self.options().limits;
        let limit = limits.setting_octets_max;
        if value.is_some_and(|value| value.len() > limit) {
            return Err(Error::TooLong { what: "the setting", limit });
        }
        self.check_name(key)?;
        let (key, value) = (key.to_owned(), value.map(str::to_owned));
        let purpose = if value.is_some() { Purpose::Grows } else { Purpose::Frees };
        self.write(purpose, move |write| {
            if let Some(account) = account {
                check_exists(write, account)?;
            }
            write
                .prepare_cached(
                    "DELETE FROM setting WHERE ifnull(account_id, 0) = ifnull(?1, 0) AND key = ?2",
                )?
                .execute(params![account, key])?;
            if let Some(value) = &value {
                write
                    .prepare_cached(
                        "INSERT INTO setting (account_id, key, value) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![account, key, value])?;
            }
            Ok(())
        })
        .await
    }
}

/// The same within a transaction.
pub(crate) fn read(
    connection: &Connection,
    account: Option<AccountId>,
    key: &str,
) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT value FROM setting WHERE ifnull(account_id, 0) = ifnull(?1, 0) AND key = ?2",
    )?;
    Ok(statement.query_row(params![account, key], |row| row.get(0)).optional()?)
}
