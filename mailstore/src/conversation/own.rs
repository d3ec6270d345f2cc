//! Which addresses mean the account itself. They are in every conversation, and so say nothing of who shares it.

use rusqlite::Connection;

use crate::Error;
use crate::value::AccountId;

/// The account's addresses and the aliases that lead to them, folded.
pub(super) struct OwnAddresses(Vec<String>);

impl OwnAddresses {
    pub(super) fn of(connection: &Connection, account: AccountId) -> Result<Self, Error> {
        let mut statement = connection.prepare_cached(
            "SELECT address.local_part || '@' || domain.name FROM address JOIN domain ON domain.id = address.domain_id
             WHERE address.account_id = ?1",
        )?;
        let mut own = statement
            .query_map([account], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        let mut statement = connection.prepare_cached(
            "SELECT address.local_part || '@' || domain.name FROM alias_target
             JOIN address ON address.id = alias_target.address_id JOIN domain ON domain.id = address.domain_id
             WHERE alias_target.folded = ?1",
        )?;
        for at in 0..own.len() {
            let Some(address) = own.get(at) else { break };
            let aliases = statement
                .query_map([address], |row| row.get(0))?
                .collect::<Result<Vec<String>, _>>()?;
            own.extend(aliases);
        }
        Ok(Self(own))
    }

    /// True for an address in lower case, with or without a `+tag`.
    pub(super) fn contains(&self, address: &str) -> bool {
        let Some((local, domain)) = address.rsplit_once('@') else { return false };
        let untagged = local.split_once('+').map_or(local, |(name, _)| name);
        self.0.iter().any(|own| {
            own.strip_suffix(domain)
                .and_then(|rest| rest.strip_suffix('@'))
                .is_some_and(|own| own == local || own == untagged)
        })
    }
}
