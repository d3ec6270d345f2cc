//! Logging in: passwords, app passwords, what slows guessing, the history of it all.
//! Knows nothing of how a protocol carries a name and a password.

mod app_password;
mod attempt;
mod ban;
mod door;
mod guard;
mod hashing;
mod history;
mod network;
mod refused;
mod scram;
mod verified;

use std::net::IpAddr;

use message::{Address, Timestamp};

pub use app_password::{AppPassword, Scopes};
pub use ban::{Ban, BanScope};
pub use history::{LoginEvent, LoginOutcome};
pub use scram::{ProofAttempt, ScramChallenge};

pub(crate) use app_password::random_letters;
pub(crate) use door::Door;
pub(crate) use history::{prune_history, truncate};
pub(crate) use scram::{
    put as put_scram_keys, replace_main as replace_scram_keys, salt_of_app_passwords,
};

use crate::Error;
use crate::account::Password;
use crate::value::{AccountId, AppPasswordId};

/// What somebody logs in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// POP3.
    Pop,
    /// IMAP.
    Imap,
    /// Submission.
    Smtp,
    /// The webmail.
    Web,
}

/// Somebody wants in.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// The full address, or the account's name.
    pub name: String,
    /// What they know.
    pub password: Password,
    /// What to.
    pub service: Service,
    /// From where.
    pub peer: IpAddr,
}

/// Somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub account: AccountId,
    /// Their main address.
    pub address: Address,
    /// The app password that was used, if it was one.
    pub app_password: Option<AppPasswordId>,
}

/// Somebody is not in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoginError {
    /// No such account, or not its password. Nobody is told which.
    #[error("wrong name or password")]
    Wrong,
    /// Too many failures: refused until then, even with the right password.
    #[error("too many failed logins, refused until {until:?}")]
    Banned {
        /// When it is over.
        until: Timestamp,
    },
    /// Ours, and temporary.
    #[error(transparent)]
    Unavailable(#[from] Error),
}
