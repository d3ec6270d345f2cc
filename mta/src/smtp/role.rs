//! What a session is for: mail for this house, which anybody brings, or mail of this house, which only
//! those who live here hand in (RFC 6409).

use std::sync::Arc;
use std::time::Duration;

use message::Domain;

use crate::filter::filing::FilingSettings;

use super::limits::SmtpLimits;
use super::origin::Judging;
use super::rates::Rates;

/// How this house receives mail; the same for all its connections.
#[derive(Clone, Debug)]
pub struct Receiving {
    /// Our own name, in the greeting and in Received fields.
    pub hostname: Domain,
    /// What a client may ask for.
    pub limits: SmtpLimits,
    /// How often strangers may come; counted over all connections.
    pub rates: Arc<Rates>,
    /// Whether there are recipients to practise with, which fail or are slow on purpose. For the demo.
    pub practice: bool,
    /// How it is found out who sent a message; without, nobody is asked.
    pub judging: Option<Arc<Judging>>,
    /// How mail is filed as its recipients want it; none: it goes to INBOX.
    pub filing: Option<Arc<FilingSettings>>,
}

/// How those who live here hand in mail; the same for all their connections.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Our own name, in the greeting, in Received fields and in the Message-IDs that we add.
    pub hostname: Domain,
    /// What a client may ask for: [`SmtpLimits::for_submission`].
    pub limits: SmtpLimits,
    /// Whether there are recipients to practise with. For the demo.
    pub practice: bool,
    /// How long it is tried to bring a letter to those who are elsewhere.
    pub queue_lifetime: Duration,
    /// How mail for those who live here is filed; none: it goes to INBOX.
    pub filing: Option<Arc<FilingSettings>>,
    /// Whether passwords may come without TLS. Only where nobody can listen: the demo's loopback.
    pub cleartext_logins: bool,
}

/// What one session is for.
#[derive(Clone, Debug)]
pub enum Role {
    /// Anybody brings mail for this house: port 25.
    Receive(Arc<Receiving>),
    /// Accounts hand in mail: ports 587 and 465.
    Submit(Arc<Submission>),
}

impl Role {
    /// Our own name.
    #[must_use]
    pub fn hostname(&self) -> &str {
        match self {
            Self::Receive(receiving) => receiving.hostname.as_ascii(),
            Self::Submit(submission) => submission.hostname.as_ascii(),
        }
    }

    /// What a client may ask for.
    #[must_use]
    pub fn limits(&self) -> &SmtpLimits {
        match self {
            Self::Receive(receiving) => &receiving.limits,
            Self::Submit(submission) => &submission.limits,
        }
    }

    /// Whether there are recipients to practise with.
    #[must_use]
    pub fn practice(&self) -> bool {
        match self {
            Self::Receive(receiving) => receiving.practice,
            Self::Submit(submission) => submission.practice,
        }
    }

    /// How it is found out who sent a message, where that is done.
    #[must_use]
    pub fn judging(&self) -> Option<&Arc<Judging>> {
        match self {
            Self::Receive(receiving) => receiving.judging.as_ref(),
            Self::Submit(_) => None,
        }
    }

    /// How mail is filed, if anybody is asked.
    #[must_use]
    pub fn filing(&self) -> Option<&Arc<FilingSettings>> {
        match self {
            Self::Receive(receiving) => receiving.filing.as_ref(),
            Self::Submit(submission) => submission.filing.as_ref(),
        }
    }

    /// What holds for those who hand in mail, if that is what the session is for.
    #[must_use]
    pub fn submission(&self) -> Option<&Submission> {
        match self {
            Self::Receive(_) => None,
            Self::Submit(submission) => Some(submission),
        }
    }
}
