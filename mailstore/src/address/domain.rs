//! The domains whose mail is ours.

use message::Domain;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::domain_id;
use crate::database::{Purpose, Write};
use crate::sending::forget_domain_keys;
use crate::{Error, Store};

impl Store {
    /// The domains of this host, by name.
    pub async fn domains(&self) -> Result<Vec<Domain>, Error> {
        self.read(|connection| {
            let names: Vec<String> = connection
                .prepare_cached("SELECT name FROM domain ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let parse = |name: &String| Domain::parse(name).map_err(Error::corrupt);
            names.iter().map(parse).collect()
        })
        .await
    }

    /// Makes a domain one of this host's. Adding it again is no error.
    pub async fn add_domain(&self, domain: &Domain) -> Result<(), Error> {
        let (domain, now) = (domain.clone(), self.now());
        self.write(Purpose::Grows, move |write| add_domain(write, &domain, now.seconds())).await
    }

    /// Takes a domain away, and its keys; refused while addresses are at it.
    pub async fn remove_domain(&self, domain: &Domain) -> Result<(), Error> {
        let domain = domain.clone();
        self.write(Purpose::Frees, move |write| {
            let id =
                domain_id(write, &domain)?.ok_or_else(|| Error::NoSuchDomain(domain.clone()))?;
            if has_addresses(write, id)? {
                return Err(Error::DomainInUse(domain.clone()));
            }
            forget_domain_keys(write, id)?;
            write.prepare_cached("DELETE FROM domain WHERE id = ?1")?.execute([id])?;
            Ok(())
        })
        .await
    }
}

pub(crate) fn add_domain(write: &Write<'_>, domain: &Domain, now: i64) -> Result<(), Error> {
    write
        .prepare_cached("INSERT OR IGNORE INTO domain (name, created) VALUES (?1, ?2)")?
        .execute(params![domain.as_ascii(), now])?;
    Ok(())
}

fn has_addresses(connection: &Connection, domain_id: i64) -> Result<bool, Error> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM address WHERE domain_id = ?1 LIMIT 1")?;
    Ok(statement.query_row([domain_id], |_| Ok(())).optional()?.is_some())
}
