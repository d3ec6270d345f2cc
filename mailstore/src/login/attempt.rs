//! One attempt to log in, from the name to the answer.

use std::net::IpAddr;

use super::history::{Ended, LoginOutcome, truncate};
use super::{Login, LoginAttempt, LoginError, Service};
use super::{app_password, scram};
use crate::account::{self, Credentials, Password};
use crate::database::Purpose;
use crate::value::AppPasswordId;
use crate::{Error, Store};

/// How somebody got in.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Password,
    AppPassword(AppPasswordId),
}

/// What the attempt came to.
#[derive(Clone, Copy)]
pub(super) enum Judged {
    In(Way),
    Wrong,
    Banned,
}

/// Who wants in, whatever they show for it.
pub(super) struct Caller {
    /// The name as it was given.
    given: String,
    /// One account is one name, however it was written; what nobody has is counted as it was given.
    name: String,
    service: Service,
    peer: IpAddr,
    known: Option<Credentials>,
}

impl Caller {
    pub(super) fn new(
        given: String,
        service: Service,
        peer: IpAddr,
        known: Option<Credentials>,
    ) -> Self {
        // It goes into the log and to the owner's terminal; no name of ours has any of these.
        let given = given.replace(char::is_control, "\u{fffd}");
        let name =
            known.as_ref().map_or_else(|| given.to_lowercase(), |known| known.address.canonical());
        Self { given, name, service, peer, known }
    }

    fn ended(&self, outcome: LoginOutcome, app_password: Option<AppPasswordId>) -> Ended {
        Ended {
            account: self.known.as_ref().map(|known| known.account),
            name: self.given.clone(),
            service: self.service,
            peer: self.peer,
            outcome,
            app_password,
        }
    }
}

/// Whose name it is, and what is known of the password before it is hashed.
struct Found {
    credentials: Credentials,
    /// The password is this app password.
    app_password: Option<AppPasswordId>,
    /// The password has its keys for logging in without sending it.
    has_keys: bool,
}

impl Store {
    /// Lets somebody in, or not; takes its time after failures. Every attempt goes into the
    /// history.
    pub async fn login(&self, mut attempt: LoginAttempt) -> Result<Login, LoginError> {
        // No name of ours is that long, and strangers' names are counted in memory.
        truncate(&mut attempt.name, self.options().limits.name_octets_max);
        let found = self.look_up(&attempt).await?;
        let known = found.as_ref().map(|found| found.credentials.clone());
        let caller = Caller::new(attempt.name, attempt.service, attempt.peer, known);
        let judged = self.judge(&caller, &attempt.password, found.as_ref()).await?;
        let login = self.conclude(&caller, judged).await?;
        if let Some(found) = found
            && !found.has_keys
        {
            self.add_keys(found, attempt.password).await;
        }
        Ok(login)
    }

    async fn look_up(&self, attempt: &LoginAttempt) -> Result<Option<Found>, Error> {
        let (name, password, service) =
            (attempt.name.clone(), attempt.password.clone(), attempt.service);
        self.read(move |connection| {
            let Some(credentials) = account::credentials(connection, &name)? else {
                return Ok(None);
            };
            let account = credentials.account;
            let app_password = app_password::find(connection, account, &password, service)?;
            let has_keys = scram::has_keys(connection, account, app_password)?;
            Ok(Some(Found { credentials, app_password, has_keys }))
        })
        .await
    }

    /// Whether the caller's password is looked at at all.
    pub(super) fn is_let_try(&self, caller: &Caller) -> bool {
        self.door().banned_until(&caller.name, caller.peer, self.now()).is_none()
    }

    async fn judge(
        &self,
        caller: &Caller,
        password: &Password,
        found: Option<&Found>,
    ) -> Result<Judged, Error> {
        if !self.is_let_try(caller) {
            return Ok(Judged::Banned);
        }
        if let Some(id) = found.and_then(|found| found.app_password) {
            return Ok(Judged::In(Way::AppPassword(id)));
        }
        let (door, known) = (self.door(), caller.known.as_ref());
        if let Some(known) = known
            && door.verified.knows(known.account, &known.phc, password)
        {
            return Ok(Judged::In(Way::Password));
        }
        // Asked again when its turn comes: those who guess a hundred at once wait here while the
        // first ones fail.
        let allowed = || self.is_let_try(caller);
        let phc = known.map(|known| known.phc.as_str());
        match (door.hasher.verify(password, phc, allowed).await?, known) {
            (Some(true), Some(known)) => {
                door.verified.remember(known.account, &known.phc, password);
                Ok(Judged::In(Way::Password))
            }
            (None, _) => Ok(Judged::Banned),
            _ => Ok(Judged::Wrong),
        }
    }

    /// Remembers how it ended, and answers.
    pub(super) async fn conclude(
        &self,
        caller: &Caller,
        judged: Judged,
    ) -> Result<Login, LoginError> {
        match (judged, &caller.known) {
            (Judged::In(way), Some(known)) => {
                self.door().succeeded(&caller.name, caller.peer);
                let (outcome, app_password) = match way {
                    Way::Password => (LoginOutcome::Password, None),
                    Way::AppPassword(id) => (LoginOutcome::AppPassword, Some(id)),
                };
                self.note(caller.ended(outcome, app_password)).await;
                Ok(Login { account: known.account, address: known.address.clone(), app_password })
            }
            (Judged::Banned, _) => {
                self.note(caller.ended(LoginOutcome::Banned, None)).await;
                let until = self.door().banned_until(&caller.name, caller.peer, self.now());
                Err(LoginError::Banned { until: until.unwrap_or_else(|| self.now()) })
            }
            _ => Err(self.refuse(caller).await),
        }
    }

    /// Counts the failure before anything else, bans if it is enough, and waits before saying no.
    async fn refuse(&self, caller: &Caller) -> LoginError {
        let (cost, until) = self.door().failed(&caller.name, caller.peer, self.now());
        self.note(caller.ended(LoginOutcome::Wrong, None)).await;
        if !cost.banned.is_empty() {
            let (peer, name) = (&caller.peer, &caller.name);
            tracing::warn!(%peer, %name, "too many failed logins: kept out for a while");
            if let Err(error) = self.keep_bans(cost.banned, until).await {
                tracing::warn!(%error, "a ban holds only until the next start");
            }
        }
        if !cost.delay.is_zero() {
            tokio::time::sleep(cost.delay).await;
        }
        LoginError::Wrong
    }

    /// A password that was set before there were keys gets them when it is seen. That this fails
    /// keeps nobody out.
    async fn add_keys(&self, found: Found, password: Password) {
        let Found { credentials: Credentials { account, phc, .. }, app_password, .. } = found;
        // Clients hash an app password as it was shown.
        let password = match app_password {
            Some(_) => app_password::as_shown(&password),
            None => password,
        };
        let made = async {
            let salt = self.read(move |connection| scram::salt_of(connection, account)).await?;
            let salted = self.scram_keys(&password, salt).await?;
            self.write(Purpose::Grows, move |write| {
                // Changed or taken back while we hashed: its keys must not come back.
                let still = match app_password {
                    Some(id) => app_password::is_there(write, account, id)?,
                    None => account::has_hash(write, account, &phc)?,
                };
                if still { scram::put(write, account, app_password, &salted) } else { Ok(()) }
            })
            .await
        };
        if let Err(error) = made.await {
            tracing::warn!(%error, "a password has no keys for SCRAM yet");
        }
    }
}
