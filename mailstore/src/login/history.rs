//! The login history: every success and every failure, those of one kind from one address within an
//! hour in one row.

use std::net::IpAddr;

use message::Timestamp;
use rusqlite::{Row, params};

use super::Service;
use super::guard::before;
use super::network::network_of;
use crate::database::{Purpose, Write};
use crate::value::{AccountId, AppPasswordId};
use crate::{Error, LoginLimits, Store};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoginOutcome {
    /// In, with the main password.
    Password,
    /// In, with an app password.
    AppPassword,
    /// Wrong name or password.
    Wrong,
    /// Refused without looking at the password.
    Banned,
}

/// A row of the login history: attempts of one kind from one address within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginEvent {
    /// When the first was.
    pub first: Timestamp,
    /// When the last was.
    pub last: Timestamp,
    /// How many.
    pub times: u32,
    /// The name that was given.
    pub name: String,
    /// What to.
    pub service: Service,
    /// From where.
    pub peer: IpAddr,
    /// How it ended.
    pub outcome: LoginOutcome,
}

/// An attempt that is over.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) account: Option<AccountId>,
    pub(super) name: String,
    pub(super) service: Service,
    pub(super) peer: IpAddr,
    pub(super) outcome: LoginOutcome,
    pub(super) app_password: Option<AppPasswordId>,
}

impl Store {
    /// The account's latest logins and failures, newest first.
    pub async fn login_history(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<LoginEvent>, Error> {
        self.history_of(Some(account), limit).await
    }

    /// Failures with names that are nobody's, newest first.
    pub async fn stranger_history(&self, limit: u32) -> Result<Vec<LoginEvent>, Error> {
        self.history_of(None, limit).await
    }

    async fn history_of(
        &self,
        account: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<LoginEvent>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT first, last, times, name, service, peer, outcome FROM login_history
                 WHERE account_id IS ?1 ORDER BY last DESC, id DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![account, limit], from_row)?;
            Ok(rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Notes an attempt. That the disk is full keeps nobody out: it is only logged.
    pub(super) async fn note(&self, mut ended: Ended) {
        let (now, limits) = (self.now(), self.options().login.clone());
        let mut times = 1;
        if ended.outcome == LoginOutcome::Banned {
            let Ended { account, peer, service, .. } = ended;
            let Some(refused) = self.door().refused(account, peer, service, now) else { return };
            // Whoever has a /64 could give a new address each time.
            (times, ended.peer) = (refused, network_of(peer));
        }
        let noted =
            self.write(Purpose::Grows, move |write| note(write, &ended, times, now, &limits)).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a login is missing from the history");
        }
    }
}

fn note(
    write: &Write<'_>,
    ended: &Ended,
    times: u32,
    now: Timestamp,
    limits: &LoginLimits,
) -> Result<(), Error> {
    let since = before(now, limits.history_folded).seconds();
    let (service, outcome, peer) =
        (code(ended.service), outcome_code(ended.outcome), ended.peer.to_string());
    let alike: Vec<(i64, String)> = write
        .prepare_cached(
            "SELECT id, name FROM login_history INDEXED BY login_history_alike
             WHERE account_id IS ?1 AND peer = ?2 AND service = ?3 AND outcome = ?4 AND last > ?5 AND first > ?5",
        )?
        .query_map(params![ended.account, peer, service, outcome, since], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let full = alike.len() >= limits.history_names_max;
    let known = |name: &str| alike.iter().find(|(_, one)| one == name).map(|(id, _)| *id);
    let name = if full && known(&ended.name).is_none() { "" } else { &ended.name };
    match known(name) {
        Some(id) => write
            .prepare_cached("UPDATE login_history SET last = ?1, times = times + ?2 WHERE id = ?3")?
            .execute(params![now.seconds(), times, id])?,
        None => write
            .prepare_cached(
                "INSERT INTO login_history (account_id, name, service, peer, outcome, first, last, times)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
            )?
            .execute(params![ended.account, name, service, peer, outcome, now.seconds(), times])?,
    };
    if let Some(used) = ended.app_password {
        write
            .prepare_cached(
                "UPDATE app_password SET last_used = ?1, last_peer = ?2
                 WHERE id = ?3 AND (last_used IS NULL OR last_used < ?4 OR last_peer <> ?2)",
            )?
            .execute(params![now.seconds(), peer, used, since])?;
    }
    Ok(())
}

/// Forgets some of what is too old, and of failures that are too many. True when there was any.
pub(crate) fn prune_history(
    write: &Write<'_>,
    now: Timestamp,
    limits: &LoginLimits,
) -> Result<bool, Error> {
    let old = write
        .prepare_cached(
            "DELETE FROM login_history WHERE id IN (SELECT id FROM login_history WHERE last < ?1 LIMIT 500)",
        )?
        .execute([before(now, limits.history_kept).seconds()])?;
    let too_many = write
        .prepare_cached(
            "DELETE FROM login_history WHERE id IN (
               SELECT id FROM login_history INDEXED BY login_history_failure WHERE outcome >= 3
               ORDER BY last DESC LIMIT 500 OFFSET ?1)",
        )?
        .execute([limits.history_failures_max])?;
    Ok(old + too_many > 0)
}

/// None for a row that no version of ours wrote.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<LoginEvent>> {
    let (service, outcome) = (service(row.get(4)?), outcome(row.get(6)?));
    let (Some(service), Some(outcome), Ok(peer)) =
        (service, outcome, row.get_ref(5)?.as_str()?.parse())
    else {
        return Ok(None);
    };
    Ok(Some(LoginEvent {
        first: Timestamp::new(row.get(0)?),
        last: Timestamp::new(row.get(1)?),
        times: row.get(2)?,
        name: row.get(3)?,
        service,
        peer,
        outcome,
    }))
}

const SERVICES: [(Service, i64); 4] =
    [(Service::Pop, 1), (Service::Imap, 2), (Service::Smtp, 3), (Service::Web, 4)];
const OUTCOMES: [(LoginOutcome, i64); 4] = [
    (LoginOutcome::Password, 1),
    (LoginOutcome::AppPassword, 2),
    (LoginOutcome::Wrong, 3),
    (LoginOutcome::Banned, 4),
];

fn code(service: Service) -> i64 {
    SERVICES.iter().find(|(one, _)| *one == service).map_or(0, |(_, code)| *code)
}

fn service(code: i64) -> Option<Service> {
    SERVICES.iter().find(|(_, one)| *one == code).map(|(service, _)| *service)
}

fn outcome_code(outcome: LoginOutcome) -> i64 {
    OUTCOMES.iter().find(|(one, _)| *one == outcome).map_or(0, |(_, code)| *code)
}

fn outcome(code: i64) -> Option<LoginOutcome> {
    OUTCOMES.iter().find(|(_, one)| *one == code).map(|(outcome, _)| *outcome)
}

/// Cuts a text to at most so many octets, between characters.
pub(crate) fn truncate(text: &mut String, octets_max: usize) {
    let mut end = octets_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}
