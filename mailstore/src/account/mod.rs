//! Accounts: who logs in, what they may hold.

mod create;
mod find;
mod password;
mod remove;

pub use password::Password;

pub(crate) use find::{Credentials, check_exists, credentials, has_hash};
pub(crate) use remove::tidy_removed;

use message::{Address, Timestamp};
use rusqlite::params;

use crate::database::{Purpose, Write};
use crate::login::{replace_scram_keys, salt_of_app_passwords};
use crate::value::AccountId;
use crate::{Error, Store};

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its main address; the domain becomes one of this host's.
    pub address: Address,
    /// The name shown in front of the address; may be empty.
    pub display_name: String,
    /// The main password.
    pub password: Password,
    /// Octets of mail that it may hold; None for no limit.
    pub quota_octets: Option<u64>,
}

/// One who logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// Its main address.
    pub address: Address,
    /// The name shown in front of the address; may be empty.
    pub display_name: String,
    /// Octets of mail that it may hold; None for no limit.
    pub quota_octets: Option<u64>,
    /// Octets of mail that it holds.
    pub used_octets: u64,
    /// Gets the postmaster's mail. The first account is the owner's.
    pub owner: bool,
    /// When it was made.
    pub created: Timestamp,
}

impl Store {
    /// Changes the main password. Every web session of the account ends.
    pub async fn set_password(&self, account: AccountId, password: Password) -> Result<(), Error> {
        if !password.is_acceptable() {
            return Err(Error::PasswordInvalid);
        }
        let phc = self.door().hasher().hash(&password).await?;
        let salt = self.read(move |connection| salt_of_app_passwords(connection, account)).await?;
        let salted = self.scram_keys(&password, salt).await?;
        self.write(Purpose::Grows, move |write| {
            update(
                write,
                account,
                "UPDATE account SET password = ?2 WHERE id = ?1 AND removed = 0",
                &phc,
            )?;
            replace_scram_keys(write, account, &salted)?;
            write
                .prepare_cached("DELETE FROM web_session WHERE account_id = ?1")?
                .execute([account])?;
            Ok(())
        })
        .await
    }

    /// Changes the name shown in front of the address.
    pub async fn set_display_name(&self, account: AccountId, name: &str) -> Result<(), Error> {
        self.check_name(name)?;
        let name = name.to_owned();
        self.write(Purpose::Grows, move |write| {
            update(
                write,
                account,
                "UPDATE account SET display_name = ?2 WHERE id = ?1 AND removed = 0",
                &name,
            )
        })
        .await
    }

    /// Names are for people: not endless.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Error> {
        let limit = self.options().limits.name_octets_max;
        if name.len() > limit { Err(Error::TooLong { what: "the name", limit }) } else { Ok(()) }
    }
}

fn update(write: &Write<'_>, account: AccountId, sql: &str, value: &str) -> Result<(), Error> {
    let updated = write.prepare_cached(sql)?.execute(params![account, value])?;
    if updated == 0 { Err(Error::NoSuchAccount) } else { Ok(()) }
}
