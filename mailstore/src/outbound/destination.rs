//! Destinations: which of them has somebody due. One row per destination and priority stands for all
//! its recipients, so that one with a hundred thousand of them makes nobody else's question slower.

use message::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::request::Priority;
use crate::database::Write;
use crate::{Error, Store};

/// A destination that may be tried now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDomain {
    /// A domain, or an address literal with its brackets.
    pub domain: String,
    /// Due recipients there, counted up to a limit.
    pub recipients: u32,
}

impl Store {
    /// Destinations with somebody due: those with letters first, then by how long they are due.
    /// Recipients that are just being tried may be among them when their next time has come already.
    pub async fn outbound_domains_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueDomain>, Error> {
        let counted_max = self.options().outbound.counted_max;
        self.read(move |connection| {
            let domains = domains_due(connection, now, limit)?;
            let counted = |domain: String| {
                let recipients = count_due(connection, &domain, now, counted_max)?;
                Ok(DueDomain { domain, recipients })
            };
            domains.into_iter().map(counted).collect()
        })
        .await
    }

    /// When the next recipient is due; None when nobody waits. In the past when somebody could be
    /// tried already.
    pub async fn next_outbound_attempt(&self) -> Result<Option<Timestamp>, Error> {
        self.next_outbound_attempt_after(Timestamp::new(i64::MIN)).await
    }

    /// When a destination that has nobody due at a time has its first: how long to sleep for a
    /// worker that cannot try more of those who are due, because it is trying as many as it may.
    pub async fn next_outbound_attempt_after(
        &self,
        after: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT next_attempt FROM outbound_domain WHERE priority = ?1 AND next_attempt > ?2
                 ORDER BY next_attempt LIMIT 1",
            )?;
            let mut first: Option<i64> = None;
            for priority in Priority::ALL {
                let next = statement
                    .query_row(params![priority, after.seconds()], |row| row.get(0))
                    .optional()?;
                first = first.into_iter().chain(next).min();
            }
            Ok(first.map(Timestamp::new))
        })
        .await
    }
}

fn domains_due(connection: &Connection, now: Timestamp, limit: u32) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT domain FROM outbound_domain WHERE priority = ?1 AND next_attempt <= ?2 ORDER BY next_attempt LIMIT ?3",
    )?;
    let limit_rows = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut domains: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for priority in Priority::ALL {
        let found = statement
            .query_map(params![priority, now.seconds(), limit], |row| row.get::<_, String>(0))?;
        for domain in found {
            let domain = domain?;
            if seen.insert(domain.clone()) {
                domains.push(domain);
            }
        }
    }
    domains.truncate(limit_rows);
    Ok(domains)
}

fn count_due(
    connection: &Connection,
    domain: &str,
    now: Timestamp,
    most: u32,
) -> Result<u32, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM outbound_recipient INDEXED BY outbound_recipient_due
         WHERE state < 2 AND state = 0 AND domain = ?1 AND priority = ?2 AND next_attempt <= ?3 LIMIT ?4)",
    )?;
    let mut count = 0;
    for priority in Priority::ALL {
        let left = most.saturating_sub(count);
        count += statement.query_row(params![domain, priority, now.seconds(), left], |row| {
            row.get::<_, u32>(0)
        })?;
    }
    Ok(count)
}

/// Somebody waits at a destination from now on.
pub(super) fn expect(
    write: &Write<'_>,
    domain: &str,
    priority: Priority,
    due: Timestamp,
) -> Result<(), Error> {
    write
        .prepare_cached(
            "INSERT INTO outbound_domain (domain, priority, next_attempt) VALUES (?1, ?2, ?3)
             ON CONFLICT (domain, priority) DO UPDATE SET next_attempt = excluded.next_attempt
             WHERE excluded.next_attempt < next_attempt",
        )?
        .execute(params![domain, priority, due.seconds()])?;
    Ok(())
}

/// Something changed for those who wait at a destination.
pub(super) fn refresh(write: &Write<'_>, domain: &str, priority: Priority) -> Result<(), Error> {
    let next: Option<i64> = write
        .prepare_cached(
            "SELECT next_attempt FROM outbound_recipient INDEXED BY outbound_recipient_due
             WHERE state < 2 AND state = 0 AND domain = ?1 AND priority = ?2 ORDER BY next_attempt LIMIT 1",
        )?
        .query_row(params![domain, priority], |row| row.get(0))
        .optional()?;
    match next {
        Some(next) => write
            .prepare_cached(
                "INSERT INTO outbound_domain (domain, priority, next_attempt) VALUES (?1, ?2, ?3)
                 ON CONFLICT (domain, priority) DO UPDATE SET next_attempt = excluded.next_attempt
                 WHERE excluded.next_attempt <> next_attempt",
            )?
            .execute(params![domain, priority, next])?,
        None => write
            .prepare_cached("DELETE FROM outbound_domain WHERE domain = ?1 AND priority = ?2")?
            .execute(params![domain, priority])?,
    };
    Ok(())
}
