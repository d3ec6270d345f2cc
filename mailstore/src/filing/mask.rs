//! Masks: an address for one shop, one newsletter, that can be switched off when it leaks.
//!
//! A mask is an address of its account like any other, but for logging in: whoever was given it
//! knows no name that opens anything.

use message::{Address, Domain, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::account::check_exists;
use crate::address::{self, Owner};
use crate::database::{Purpose, Write};
use crate::login::random_letters;
use crate::value::AccountId;
use crate::{Error, Store};

/// Random letters in a mask, five bits each: nobody guesses another mask from one.
const RANDOM_LETTERS: usize = 8;

/// An address for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The address.
    pub address: Address,
    /// What it is for, in the words of its owner.
    pub note: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether mail to it is taken.
    pub enabled: bool,
}

impl Store {
    /// Makes a mask: `word.random@domain`. The word says who is to have it, so that one sees who
    /// gave it on.
    pub async fn create_mask(
        &self,
        account: AccountId,
        word: &str,
        domain: &Domain,
        note: &str,
    ) -> Result<Mask, Error> {
        self.check_name(note)?;
        if !is_word(word) {
            return Err(Error::MaskWordInvalid);
        }
        let random = random_letters(&self.random::<RANDOM_LETTERS>());
        let word = word.to_ascii_lowercase();
        let address = Address::parse(&format!("{word}.{random}@{}", domain.as_ascii()))
            .map_err(|_| Error::MaskWordInvalid)?;
        let mask = Mask { address, note: note.to_owned(), created: self.now(), enabled: true };
        let (made, limit) = (mask.clone(), self.options().limits.masks_max);
        self.write(Purpose::Grows, move |write| insert(write, account, &made, limit)).await?;
        Ok(mask)
    }

    /// The account's masks, the newest first.
    pub async fn masks(&self, account: AccountId) -> Result<Vec<Mask>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT written, note, created, enabled FROM mask CROSS JOIN address ON address.id = address_id
                 WHERE mask.account_id = ?1 ORDER BY address_id DESC",
            )?;
            let masks = statement.query_map([account], from_row)?;
            masks.collect::<rusqlite::Result<Result<_, Error>>>()?
        })
        .await
    }

    /// Switches a mask off or on again. Mail to one that is off is refused, also where a catch-all
    /// takes everything else.
    pub async fn set_mask_enabled(
        &self,
        account: AccountId,
        mask: &Address,
        enabled: bool,
    ) -> Result<(), Error> {
        let mask = mask.clone();
        self.write(Purpose::Frees, move |write| {
            let id = id_of(write, account, &mask)?.ok_or(Error::NotFound("mask"))?;
            write
                .prepare_cached("UPDATE address SET enabled = ?2 WHERE id = ?1")?
                .execute(params![id, enabled])?;
            Ok(())
        })
        .await
    }

    /// Takes a mask away, as if it had never been: where there is a catch-all, that has its mail
    /// now. Refused while an alias leads to it.
    pub async fn remove_mask(&self, account: AccountId, mask: &Address) -> Result<(), Error> {
        let mask = mask.clone();
        self.write(Purpose::Frees, move |write| {
            let id = id_of(write, account, &mask)?.ok_or(Error::NotFound("mask"))?;
            if let Some(alias) = address::leads_here(write, &mask)? {
                return Err(Error::AliasInUse(Box::new(alias)));
            }
            for sql in
                ["DELETE FROM mask WHERE address_id = ?1", "DELETE FROM address WHERE id = ?1"]
            {
                write.prepare_cached(sql)?.execute([id])?;
            }
            Ok(())
        })
        .await
    }
}

fn insert(write: &Write<'_>, account: AccountId, mask: &Mask, limit: u32) -> Result<(), Error> {
    check_exists(write, account)?;
    let count: u32 = write
        .prepare_cached("SELECT count(*) FROM mask WHERE account_id = ?1")?
        .query_row([account], |row| row.get(0))?;
    if count >= limit {
        return Err(Error::TooMany { what: "masks", limit });
    }
    check_at_home(write, account, &mask.address)?;
    let owner = Owner::Account { id: account, main: false };
    let id = address::insert(write, &mask.address, owner, mask.created.seconds())?;
    write
        .prepare_cached("INSERT INTO mask (address_id, account_id, note) VALUES (?1, ?2, ?3)")?
        .execute(params![id, account, mask.note])?;
    Ok(())
}

/// Masks are made at domains where the account has an address: in a house of several families nobody
/// writes in another's name.
fn check_at_home(write: &Write<'_>, account: AccountId, mask: &Address) -> Result<(), Error> {
    let domain = mask.domain().ok_or_else(|| Error::AddressInvalid(Box::new(mask.clone())))?;
    let mut statement = write.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM address CROSS JOIN domain ON domain.id = address.domain_id
         WHERE address.account_id = ?1 AND domain.name = ?2
         AND NOT EXISTS (SELECT 1 FROM mask WHERE mask.address_id = address.id))",
    )?;
    let at_home: bool =
        statement.query_row(params![account, domain.as_ascii()], |row| row.get(0))?;
    if at_home { Ok(()) } else { Err(Error::NoSuchDomain(domain.clone())) }
}

fn id_of(
    connection: &Connection,
    account: AccountId,
    mask: &Address,
) -> Result<Option<i64>, Error> {
    let Some(id) = address::id_of(connection, mask)? else { return Ok(None) };
    let mut statement = connection
        .prepare_cached("SELECT address_id FROM mask WHERE address_id = ?1 AND account_id = ?2")?;
    Ok(statement.query_row(params![id, account], |row| row.get(0)).optional()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Result<Mask, Error>> {
    let written: String = row.get(0)?;
    let Ok(address) = Address::parse(&written) else {
        return Ok(Err(Error::corrupt("an address that cannot be read")));
    };
    let created = Timestamp::new(row.get(2)?);
    Ok(Ok(Mask { address, note: row.get(1)?, created, enabled: row.get(3)? }))
}

/// Octets of the word in front.
const WORD_OCTETS_MAX: usize = 32;

/// Letters, digits and hyphens: what every shop's form takes for an address.
fn is_word(word: &str) -> bool {
    (1..=WORD_OCTETS_MAX).contains(&word.len())
        && word.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_every_form_takes() {
        for word in ["shop", "Shop-24", "a", &"a".repeat(32)] {
            assert!(is_word(word), "{word}");
        }
        for word in ["", "two words", "a.b", "é", "a@b", "a+b", &"a".repeat(33)] {
            assert!(!is_word(word), "{word}");
        }
    }
}
