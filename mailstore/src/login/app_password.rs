//! App passwords: random, one for each program, limited to what the program does, taken back one by
//! one.

use std::net::IpAddr;

use message::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Service, scram};
use crate::account::Password;
use crate::database::Purpose;
use crate::value::{AccountId, AppPasswordId};
use crate::{Error, Store};

/// What an app password may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes {
    /// POP3.
    pub pop: bool,
    /// IMAP.
    pub imap: bool,
    /// Submission.
    pub smtp: bool,
}

/// An app password, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPassword {
    /// Which.
    pub id: AppPasswordId,
    /// What the account calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used, to within the hour.
    pub last_used: Option<Timestamp>,
    /// From where it was last used.
    pub last_peer: Option<IpAddr>,
}

impl Scopes {
    /// Everything that a mail program does.
    pub const MAIL: Self = Self { pop: true, imap: true, smtp: true };

    fn stored(self) -> i64 {
        i64::from(self.pop) | i64::from(self.imap) << 1 | i64::from(self.smtp) << 2
    }

    fn from_stored(bits: i64) -> Self {
        Self { pop: bits & 1 != 0, imap: bits & 2 != 0, smtp: bits & 4 != 0 }
    }

    /// Never the webmail: an app password that leaks does not open the account's settings.
    const fn allow(self, service: Service) -> bool {
        match service {
            Service::Pop => self.pop,
            Service::Imap => self.imap,
            Service::Smtp => self.smtp,
            Service::Web => false,
        }
    }
}

impl Store {
    /// Makes an app password and gives it, this once.
    pub async fn create_app_password(
        &self,
        account: AccountId,
        name: &str,
        scopes: Scopes,
    ) -> Result<String, Error> {
        let limits = &self.options().limits;
        let (limit, count_max) = (limits.name_octets_max, limits.app_passwords_max);
        if name.len() > limit {
            return Err(Error::TooLong { what: "the name", limit });
        }
        let secret = new_secret(self.random());
        let salt = self.read(move |connection| scram::salt_of(connection, account)).await?;
        let salted = self.scram_keys(&Password::new(secret.as_str()), salt).await?;
        let (name, hash, now) = (name.to_owned(), hash(&secret), self.now());
        self.write(Purpose::Grows, move |write| {
            crate::account::check_exists(write, account)?;
            let count: u32 = write
                .prepare_cached("SELECT count(*) FROM app_password WHERE account_id = ?1")?
                .query_row([account], |row| row.get(0))?;
            if count >= count_max {
                return Err(Error::TooManyAppPasswords { limit: count_max });
            }
            write
                .prepare_cached(
                    "INSERT INTO app_password (account_id, name, hash, scopes, created) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![account, name, hash, scopes.stored(), now.seconds()])?;
            let id = AppPasswordId::new(write.last_insert_rowid());
            scram::put(write, account, Some(id), &salted)
        })
        .await?;
        Ok(secret)
    }

    /// The account's app passwords, oldest first.
    pub async fn app_passwords(&self, account: AccountId) -> Result<Vec<AppPassword>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, scopes, created, last_used, last_peer FROM app_password
                 WHERE account_id = ?1 ORDER BY id",
            )?;
            Ok(statement.query_map([account], from_row)?.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Takes an app password back.
    pub async fn revoke_app_password(
        &self,
        account: AccountId,
        app_password: AppPasswordId,
    ) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let revoked = write
                .prepare_cached("DELETE FROM app_password WHERE id = ?1 AND account_id = ?2")?
                .execute(params![app_password, account])?;
            if revoked == 0 {
                return Err(Error::NotFound("app password"));
            }
            scram::forget(write, account, Some(app_password))
        })
        .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AppPassword> {
    Ok(AppPassword {
        id: row.get(0)?,
        name: row.get(1)?,
        scopes: Scopes::from_stored(row.get(2)?),
        created: Timestamp::new(row.get(3)?),
        last_used: row.get::<_, Option<i64>>(4)?.map(Timestamp::new),
        last_peer: row.get::<_, Option<String>>(5)?.and_then(|peer| peer.parse().ok()),
    })
}

/// The account's app password that this is, if it may be used for the service. Its hundred random
/// bits need no slow hash.
pub(super) fn find(
    connection: &Connection,
    account: AccountId,
    password: &Password,
    service: Service,
) -> Result<Option<AppPasswordId>, Error> {
    let Some(secret) = normalised(password.as_str()) else { return Ok(None) };
    let found: Option<(AppPasswordId, i64)> = connection
        .prepare_cached("SELECT id, scopes FROM app_password WHERE hash = ?1 AND account_id = ?2")?
        .query_row(params![hash(&secret), account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.filter(|(_, scopes)| Scopes::from_stored(*scopes).allow(service)).map(|(id, _)| id))
}

/// Whether stored scopes open a service.
pub(super) fn opens(scopes: i64, service: Service) -> bool {
    Scopes::from_stored(scopes).allow(service)
}

/// Whether it was not taken back meanwhile.
pub(super) fn is_there(
    connection: &Connection,
    account: AccountId,
    app_password: AppPasswordId,
) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM app_password WHERE id = ?1 AND account_id = ?2)",
    )?;
    Ok(statement.query_row(params![app_password, account], |row| row.get(0))?)
}

/// An app password as it was shown when it was made, however it was typed.
pub(super) fn as_shown(password: &Password) -> Password {
    match normalised(password.as_str()) {
        Some(letters) => Password::new(in_groups(&letters)),
        None => password.clone(),
    }
}

/// Without the letters that people mistake for digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SECRET_LETTERS: usize = 20;
const GROUP: usize = 4;

/// `abcd-efgh-jkmn-pqrs-tvwx`: one hundred bits, easy to type on a phone.
fn new_secret(random: [u8; SECRET_LETTERS]) -> String {
    in_groups(&random_letters(&random))
}

/// A letter for each random octet, five bits each.
pub(crate) fn random_letters(random: &[u8]) -> String {
    let letter =
        |octet: &u8| ALPHABET.get(usize::from(octet & 31)).copied().map_or('0', char::from);
    random.iter().map(letter).collect()
}

fn in_groups(letters: &str) -> String {
    let mut secret = String::with_capacity(SECRET_LETTERS + SECRET_LETTERS / GROUP);
    for (number, letter) in letters.chars().enumerate() {
        if number > 0 && number % GROUP == 0 {
            secret.push('-');
        }
        secret.push(letter);
    }
    secret
}

/// As typed, with or without hyphens and spaces, in any case; None when it cannot be an app
/// password.
fn normalised(typed: &str) -> Option<String> {
    let letters: String =
        typed.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    let possible =
        letters.len() == SECRET_LETTERS && letters.bytes().all(|octet| ALPHABET.contains(&octet));
    possible.then_some(letters)
}

fn hash(secret: &str) -> [u8; 32] {
    let letters: String = secret.chars().filter(|c| *c != '-').collect();
    *blake3::hash(letters.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_password_is_known_however_it_is_typed() {
        let secret = new_secret([31; SECRET_LETTERS]);
        assert_eq!(secret, "zzzz-zzzz-zzzz-zzzz-zzzz");
        for typed in [secret.as_str(), "ZZZZ zzzz zzzz ZZZZ zzzz", "zzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(normalised(typed).map(|typed| hash(&typed)), Some(hash(&secret)));
            assert_eq!(as_shown(&typed.into()).as_str(), secret);
        }
    }

    #[test]
    fn what_cannot_be_an_app_password_is_not_looked_up() {
        for typed in ["", "hungry", "zzzz-zzzz-zzzz-zzzz-zzz", "zzzz-zzzz-zzzz-zzzz-zzzi"] {
            assert_eq!(normalised(typed), None, "{typed}");
        }
    }
}
