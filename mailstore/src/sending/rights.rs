//! As whom an account may send: whoever gets what is sent to an address may send in its name.

use message::Address;
use rusqlite::Connection;

use crate::account::check_exists;
use crate::address::{ends, exact};
use crate::value::AccountId;
use crate::{Error, Store};

impl Store {
    /// Whether the account may send in the name of this address: its own addresses and masks that
    /// are not switched off, aliases and catch-alls that lead to it, alone or among others, and all
    /// of these with a tag.
    pub async fn may_send_as(&self, account: AccountId, address: &Address) -> Result<bool, Error> {
        let address = address.clone();
        self.read(move |connection| may_send_as(connection, account, &address)).await
    }

    /// The addresses that the account may send as, its main one first: its own, then aliases. What
    /// a tag or a catch-all allows beyond them is without end, and not here.
    pub async fn sender_addresses(&self, account: AccountId) -> Result<Vec<Address>, Error> {
        self.read(move |connection| {
            check_exists(connection, account)?;
            let mut addresses = own(connection, account)?;
            for alias in exact(connection)? {
                if may_send_as(connection, account, &alias)? {
                    addresses.push(alias);
                }
            }
            Ok(addresses)
        })
        .await
    }
}

/// The same within a transaction.
fn may_send_as(
    connection: &Connection,
    account: AccountId,
    address: &Address,
) -> Result<bool, Error> {
    Ok(ends(connection, address)?.accounts.contains(&account))
}

fn own(connection: &Connection, account: AccountId) -> Result<Vec<Address>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT written FROM address WHERE account_id = ?1 AND enabled = 1 ORDER BY main DESC, written",
    )?;
    let written: Vec<String> =
        statement.query_map([account], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    written.iter().map(|address| Address::parse(address).map_err(Error::corrupt)).collect()
}
