//! One attempt to log in, from the name to the answer.

use super::app_password;
use super::history::{Ended, LoginOutcome, truncate};
use super::{Login, LoginAttempt, LoginError};
use crate::account::{self, Credentials};
use crate::value::AppPasswordId;
use crate::{Error, Store};

/// How somebody got in.
enum Way {
    Password,
    AppPassword(AppPasswordId),
}

/// What the attempt came to.
enum Judged {
    In(Way),
    Wrong,
    Banned,
}

impl Store {
    /// Lets somebody in, or not; takes its time after failures. Every attempt goes into the
    /// history.
    pub async fn login(&self, mut attempt: LoginAttempt) -> Result<Login, LoginError> {
        // No name of ours is that long, and strangers' names are counted in memory.
        truncate(&mut attempt.name, self.options().limits.name_octets_max);
        // It goes into the log and to the owner's terminal; no name of ours has any of these.
        attempt.name = attempt.name.replace(char::is_control, "\u{fffd}");
        let found = self.look_up(&attempt).await?;
        let credentials = found.as_ref().map(|(credentials, _)| credentials);
        // One account is one name, however it was written; what nobody has is counted as it was
        // given.
        let name = credentials
            .map_or_else(|| attempt.name.to_lowercase(), |known| known.address.canonical());
        let judged = self.judge(&attempt, &name, found.as_ref()).await?;
        let ended = |outcome, app_password| Ended {
            account: credentials.map(|known| known.account),
            name: attempt.name.clone(),
            service: attempt.service,
            peer: attempt.peer,
            outcome,
            app_password,
        };
        match (judged, credentials) {
            (Judged::In(way), Some(known)) => {
                self.door().succeeded(&name, attempt.peer);
                let (outcome, app_password) = match way {
                    Way::Password => (LoginOutcome::Password, None),
                    Way::AppPassword(id) => (LoginOutcome::AppPassword, Some(id)),
                };
                self.note(ended(outcome, app_password)).await;
                Ok(Login { account: known.account, address: known.address.clone(), app_password })
            }
            (Judged::Banned, _) => {
                self.note(ended(LoginOutcome::Banned, None)).await;
                let until = self.door().banned_until(&name, attempt.peer, self.now());
                Err(LoginError::Banned { until: until.unwrap_or_else(|| self.now()) })
            }
            _ => {
                self.note(ended(LoginOutcome::Wrong, None)).await;
                self.refuse(&attempt, &name).await
            }
        }
    }

    /// Whose name it is, and whether the password is one of their app passwords.
    async fn look_up(
        &self,
        attempt: &LoginAttempt,
    ) -> Result<Option<(Credentials, Option<AppPasswordId>)>, Error> {
        let (name, password, service) =
            (attempt.name.clone(), attempt.password.clone(), attempt.service);
        self.read(move |connection| {
            let Some(credentials) = account::credentials(connection, &name)? else {
                return Ok(None);
            };
            let app_password =
                app_password::find(connection, credentials.account, &password, service)?;
            Ok(Some((credentials, app_password)))
        })
        .await
    }

    async fn judge(
        &self,
        attempt: &LoginAttempt,
        name: &str,
        found: Option<&(Credentials, Option<AppPasswordId>)>,
    ) -> Result<Judged, Error> {
        let door = self.door();
        let allowed = || door.banned_until(name, attempt.peer, self.now()).is_none();
        if !allowed() {
            return Ok(Judged::Banned);
        }
        if let Some((_, Some(id))) = found {
            return Ok(Judged::In(Way::AppPassword(*id)));
        }
        let known = found.map(|(credentials, _)| credentials);
        if let Some(known) = known
            && door.verified.knows(known.account, &known.phc, &attempt.password)
        {
            return Ok(Judged::In(Way::Password));
        }
        // Asked again when its turn comes: those who guess a hundred at once wait here while the
        // first ones fail.
        let phc = known.map(|known| known.phc.as_str());
        match (door.hasher.verify(&attempt.password, phc, allowed).await?, known) {
            (Some(true), Some(known)) => {
                door.verified.remember(known.account, &known.phc, &attempt.password);
                Ok(Judged::In(Way::Password))
            }
            (None, _) => Ok(Judged::Banned),
            _ => Ok(Judged::Wrong),
        }
    }

    /// Counts the failure, bans if it is enough, and waits before saying no.
    async fn refuse(&self, attempt: &LoginAttempt, name: &str) -> Result<Login, LoginError> {
        let (cost, until) = self.door().failed(name, attempt.peer, self.now());
        if !cost.banned.is_empty() {
            tracing::warn!(peer = %attempt.peer, %name, "too many failed logins: kept out for a while");
            if let Err(error) = self.keep_bans(cost.banned, until).await {
                tracing::warn!(%error, "a ban holds only until the next start");
            }
        }
        if !cost.delay.is_zero() {
            tokio::time::sleep(cost.delay).await;
        }
        Err(LoginError::Wrong)
    }
}
