//! Logging in without sending the password (SCRAM-SHA-256, RFC 5802, RFC 7677): keys beside the
//! hash, the salt that a client asks for, the proof that it gives. Knows nothing of the messages of
//! the exchange: whoever speaks the protocol puts them together.

mod keys;
mod prepare;
mod rows;

use std::net::IpAddr;

use message::Address;
use rusqlite::{Connection, OptionalExtension};
use subtle::ConditionallySelectable;

pub(crate) use keys::Keys;
pub(crate) use rows::{Salt, forget, has_keys, put, replace_main, salt_of, salt_of_app_passwords};

use super::attempt::{Caller, Judged, Way};
use super::history::truncate;
use super::{Login, LoginError, Service};
use crate::account::{self, Credentials, Password};
use crate::value::AppPasswordId;
use crate::{Error, Store};

/// Octets of a salt.
pub(super) const SALT_OCTETS: usize = 16;

/// What a client needs to make its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScramChallenge {
    /// The account's salt.
    pub salt: Vec<u8>,
    /// How often the password is hashed.
    pub iterations: u32,
}

/// Somebody says that they know the password, without showing it.
#[derive(Debug, Clone)]
pub struct ProofAttempt {
    /// The full address, or the account's name.
    pub name: String,
    /// What to.
    pub service: Service,
    /// From where.
    pub peer: IpAddr,
    /// Everything that both sides said, as they said it (RFC 5802 §3, AuthMessage).
    pub auth_message: Vec<u8>,
    /// ClientProof.
    pub proof: [u8; 32],
}

/// Keys with what they were made under.
#[derive(Clone)]
pub(crate) struct Salted {
    pub(crate) salt: Salt,
    pub(crate) keys: Keys,
}

impl Store {
    /// The salt to make a proof with. A name that nobody has, or whose password is older than our
    /// keys, gets a salt that is as steady as a true one: nobody learns who lives here.
    pub async fn scram_challenge(&self, name: &str) -> Result<ScramChallenge, Error> {
        let mut name = name.to_owned();
        truncate(&mut name, self.options().limits.name_octets_max);
        let (door, iterations) = (self.door().clone(), self.options().login.scram_iterations);
        let salt = self
            .read(move |connection| {
                let found = account::credentials(connection, &name)?;
                let salt = match &found {
                    Some(known) => salt_of(connection, known.account)?,
                    None => None,
                };
                if let Some(salt) = salt {
                    return Ok(salt);
                }
                let octets = door.nobodys_salt(&full_name(connection, &name)?);
                Ok(Salt { octets, iterations })
            })
            .await?;
        Ok(ScramChallenge { salt: salt.octets, iterations: salt.iterations })
    }

    /// Lets somebody in who proves that they know the main password or an app password for the
    /// service, or not; gives the server's signature (RFC 5802 §3). Bans, delays and history are
    /// those of `login`.
    pub async fn login_with_proof(
        &self,
        mut attempt: ProofAttempt,
    ) -> Result<(Login, [u8; 32]), LoginError> {
        truncate(&mut attempt.name, self.options().limits.name_octets_max);
        let (known, keys) = self.look_up_keys(&attempt).await?;
        let caller = Caller::new(attempt.name, attempt.service, attempt.peer, known);
        // No await between being let try and being counted: a thousand guesses at once are a
        // thousand failures.
        let (judged, signature) = if self.is_let_try(&caller) {
            judge(&keys, &attempt.auth_message, &attempt.proof)
        } else {
            (Judged::Banned, [0; 32])
        };
        Ok((self.conclude(&caller, judged).await?, signature))
    }

    async fn look_up_keys(
        &self,
        attempt: &ProofAttempt,
    ) -> Result<(Option<Credentials>, Vec<(Option<AppPasswordId>, Keys)>), Error> {
        let (name, service) = (attempt.name.clone(), attempt.service);
        self.read(move |connection| {
            let Some(known) = account::credentials(connection, &name)? else {
                return Ok((None, Vec::new()));
            };
            let keys = rows::keys_for(connection, known.account, service)?;
            Ok((Some(known), keys))
        })
        .await
    }

    /// Makes a password's keys, under the salt that is there or a new one.
    pub(crate) async fn scram_keys(
        &self,
        password: &Password,
        salt: Option<Salt>,
    ) -> Result<Salted, Error> {
        let salt = salt.unwrap_or_else(|| Salt {
            octets: self.random::<SALT_OCTETS>().to_vec(),
            iterations: self.options().login.scram_iterations,
        });
        let (password, under) = (password.clone(), salt.clone());
        let keys = self
            .door()
            .hasher()
            .in_turn(|| true, move || Keys::derive(&password, &under.octets, under.iterations))
            .await?
            .ok_or_else(|| Error::unavailable("hashing was not wanted"))?;
        Ok(Salted { salt, keys })
    }
}

/// Which password the proof is of, and our own proof. Looks at all of them, and at one where there
/// is none, so that the time does not tell which it was.
fn judge(
    keys: &[(Option<AppPasswordId>, Keys)],
    auth_message: &[u8],
    proof: &[u8; 32],
) -> (Judged, [u8; 32]) {
    let nobodys = [(None, Keys { stored: [0; 32], server: [0; 32] })];
    let looked_at = if keys.is_empty() { &nobodys } else { keys };
    let mut found = u32::MAX;
    for (number, (_, one)) in (0_u32..).zip(looked_at) {
        found.conditional_assign(&number, one.accepts(auth_message, proof));
    }
    match usize::try_from(found).ok().and_then(|found| keys.get(found)) {
        Some((None, keys)) => (Judged::In(Way::Password), keys.sign(auth_message)),
        Some((Some(id), keys)) => (Judged::In(Way::AppPassword(*id)), keys.sign(auth_message)),
        None => (Judged::Wrong, [0; 32]),
    }
}

/// A name without a domain is looked for in all of them, so for a host of one domain it is the same
/// name as with it, and has to get the same salt whether it is somebody's or not.
fn full_name(connection: &Connection, name: &str) -> Result<String, Error> {
    let name = name.trim().to_lowercase();
    if name.contains('@') {
        // However it is written, it is one name, as for those who are somebody.
        return Ok(Address::parse(&name).map_or(name, |address| address.canonical()));
    }
    let domain: Option<String> = connection
        .prepare_cached("SELECT name FROM domain ORDER BY id LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(format!("{name}@{}", domain.unwrap_or_default()))
}
