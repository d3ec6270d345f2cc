//! The queue as a list, and what an account has sent.

use rusqlite::{Connection, ToSql, params};

use super::queue::destination_named;
use super::rows::{self, MESSAGE, RECIPIENT, collect};
use super::{Outbound, OutboundRecipient};
use crate::value::{AccountId, OutboundId};
use crate::{Error, Store};

/// Which messages of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutboundFilter {
    /// Only those with somebody that the owner holds.
    pub held: bool,
    /// Only those with somebody pending at this destination.
    pub domain: Option<String>,
    /// Only those that this account submitted.
    pub account: Option<AccountId>,
}

type Listed = (Outbound, Vec<OutboundRecipient>);

impl Store {
    /// Messages with somebody pending, newest first, each with the first of its recipients, those
    /// who are pending in front. The next page begins before the last of this one.
    pub async fn outbound_list(
        &self,
        filter: OutboundFilter,
        before: Option<OutboundId>,
        limit: u32,
    ) -> Result<Vec<Listed>, Error> {
        let shown = self.options().outbound.listed_recipients_max;
        self.read(move |connection| {
            let before = before.unwrap_or(OutboundId::new(i64::MAX));
            let domain = filter.domain.as_deref().map(destination_named);
            let (query, parameters) = query(&filter, &domain, &before, &limit);
            list(connection, &query, &parameters, shown)
        })
        .await
    }

    /// What an account submitted, newest first, pending or not, each as in
    /// [`outbound_list`](Self::outbound_list).
    pub async fn outbound_of_account(
        &self,
        account: AccountId,
        before: Option<OutboundId>,
        limit: u32,
    ) -> Result<Vec<Listed>, Error> {
        let shown = self.options().outbound.listed_recipients_max;
        self.read(move |connection| {
            let before = before.unwrap_or(OutboundId::new(i64::MAX));
            let query = format!(
                "{MESSAGE} WHERE outbound.id < ?1 AND outbound.account_id = ?2 ORDER BY outbound.id DESC LIMIT ?3"
            );
            list(connection, &query, params![before, account, limit], shown)
        })
        .await
    }
}

/// The narrowest way to what is wanted: an account's messages, those of a set of recipients, or all.
fn query<'a>(
    filter: &'a OutboundFilter,
    domain: &'a Option<String>,
    before: &'a OutboundId,
    limit: &'a u32,
) -> (String, Vec<&'a dyn ToSql>) {
    let mut parameters: Vec<&dyn ToSql> = vec![before, limit];
    let mut query = format!("{MESSAGE} WHERE outbound.id < ?1 AND outbound.pending > 0");
    if let Some(account) = &filter.account {
        parameters.push(account);
        query.push_str(&format!(" AND outbound.account_id = ?{}", parameters.len()));
    }
    if filter.held || domain.is_some() {
        let states = if filter.held { "1" } else { "0, 1" };
        query.push_str(&format!(
            " AND outbound.id IN (SELECT outbound_id FROM outbound_recipient INDEXED BY outbound_recipient_due
                                  WHERE state < 2 AND state IN ({states})"
        ));
        if let Some(domain) = domain {
            parameters.push(domain);
            query.push_str(&format!(" AND domain = ?{}", parameters.len()));
        }
        query.push(')');
    }
    query.push_str(" ORDER BY outbound.id DESC LIMIT ?2");
    (query, parameters)
}

fn list(
    connection: &Connection,
    query: &str,
    parameters: &[&dyn ToSql],
    shown: u32,
) -> Result<Vec<Listed>, Error> {
    let mut statement = connection.prepare_cached(query)?;
    collect(statement.query(parameters)?, |row| {
        let message = rows::message(connection, row)?;
        let recipients = some_recipients(connection, message.id, shown)?;
        Ok((message, recipients))
    })
}

fn some_recipients(
    connection: &Connection,
    outbound: OutboundId,
    most: u32,
) -> Result<Vec<OutboundRecipient>, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "{RECIPIENT} INDEXED BY outbound_recipient_outbound WHERE outbound_id = ?1 ORDER BY state >= 2, id LIMIT ?2"
    ))?;
    collect(statement.query(params![outbound, most])?, rows::recipient)
}
