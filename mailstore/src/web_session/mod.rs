//! Browsers that are logged in. Only a hash of the token is kept, so that a copy of the store opens
//! no session.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::account::check_exists;
use crate::database::{Purpose, Write};
use crate::login::truncate;
use crate::value::{AccountId, WebSessionId};
use crate::{Error, Store};

/// A session's use is noted at most this often, in seconds: a page view is no write.
const USE_NOTED_SECONDS: i64 = 300;

/// Random octets in a token.
const TOKEN_OCTETS: usize = 32;

/// A browser that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSession {
    /// Which.
    pub id: WebSessionId,
    /// Whose.
    pub account: AccountId,
    /// When it logged in.
    pub created: Timestamp,
    /// When it was last used, to within five minutes.
    pub last_used: Timestamp,
    /// From where it logged in.
    pub peer: IpAddr,
    /// What it called itself.
    pub user_agent: String,
}

impl Store {
    /// Opens a session and gives its token, this once: letters, digits, `-` and `_`.
    pub async fn open_web_session(
        &self,
        account: AccountId,
        peer: IpAddr,
        user_agent: &str,
    ) -> Result<String, Error> {
        let token = URL_SAFE_NO_PAD.encode(self.random::<TOKEN_OCTETS>());
        let (hash, now, limits) = (hash(&token), self.now().seconds(), &self.options().limits);
        let mut user_agent = user_agent.to_owned();
        truncate(&mut user_agent, limits.name_octets_max);
        let kept = limits.web_sessions_max;
        self.write(Purpose::Grows, move |write| {
            check_exists(write, account)?;
            make_room(write, account, kept)?;
            write
                .prepare_cached(
                    "INSERT INTO web_session (account_id, token_hash, created, last_used, peer, user_agent)
                     VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
                )?
                .execute(params![account, hash, now, peer.to_string(), user_agent])?;
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// The session of a token; None when it is unknown, closed or too old.
    pub async fn web_session(&self, token: &str) -> Result<Option<WebSession>, Error> {
        let hash = hash(token);
        let found = self
            .read(move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT id, account_id, created, last_used, peer, user_agent FROM web_session WHERE token_hash = ?1",
                )?;
                Ok(statement.query_row([hash], from_row).optional()?)
            })
            .await?;
        let (now, idle) = (self.now().seconds(), self.options().limits.web_session_idle);
        let idle = i64::try_from(idle.as_secs()).unwrap_or(i64::MAX);
        let Some(session) = found.filter(|one| now.saturating_sub(one.last_used.seconds()) <= idle)
        else {
            return Ok(None);
        };
        if now.saturating_sub(session.last_used.seconds()) >= USE_NOTED_SECONDS {
            self.note_use(session.id, now).await;
        }
        Ok(Some(session))
    }

    /// That the disk is full closes no session.
    async fn note_use(&self, session: WebSessionId, now: i64) {
        let noted = self.write(Purpose::Grows, move |write| {
            write
                .prepare_cached("UPDATE web_session SET last_used = ?2 WHERE id = ?1")?
                .execute(params![session, now])?;
            Ok(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a web session's use could not be noted");
        }
    }

    /// Closes a session of this account.
    pub async fn close_web_session(
        &self,
        account: AccountId,
        session: WebSessionId,
    ) -> Result<(), Error> {
        self.write(Purpose::Frees, move |write| {
            let closed = write
                .prepare_cached("DELETE FROM web_session WHERE id = ?1 AND account_id = ?2")?
                .execute(params![session, account])?;
            if closed == 0 { Err(Error::NotFound("web session")) } else { Ok(()) }
        })
        .await
    }

    /// The account's sessions, last used first.
    pub async fn web_sessions(&self, account: AccountId) -> Result<Vec<WebSession>, Error> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, account_id, created, last_used, peer, user_agent FROM web_session
                 WHERE account_id = ?1 ORDER BY last_used DESC, id DESC",
            )?;
            Ok(statement.query_map([account], from_row)?.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

/// The sessions used longest ago go, so that with the new one there are no more than kept.
fn make_room(write: &Write<'_>, account: AccountId, kept: u32) -> Result<(), Error> {
    write
        .prepare_cached(
            "DELETE FROM web_session WHERE account_id = ?1 AND id NOT IN
               (SELECT id FROM web_session WHERE account_id = ?1 ORDER BY last_used DESC, id DESC LIMIT ?2)",
        )?
        .execute(params![account, kept.saturating_sub(1)])?;
    Ok(())
}

/// Forgets some sessions that are too old. True when there were any.
pub(crate) fn prune(write: &Write<'_>, before: Timestamp) -> Result<bool, Error> {
    let mut statement = write.prepare_cached(
        "DELETE FROM web_session WHERE id IN (SELECT id FROM web_session WHERE last_used < ?1 LIMIT 500)",
    )?;
    Ok(statement.execute([before.seconds()])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<WebSession> {
    let peer = row.get_ref(4)?.as_str()?.parse();
    Ok(WebSession {
        id: row.get(0)?,
        account: row.get(1)?,
        created: Timestamp::new(row.get(2)?),
        last_used: Timestamp::new(row.get(3)?),
        peer: peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)),
        user_agent: row.get(5)?,
    })
}

fn hash(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}
