//! Opening a conversation with a host as its policy demands.

use std::net::SocketAddr;
use std::sync::Arc;

use dns::Proof;
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout_at};

use super::super::client::{Client, Fault, Step, Terms, Trouble};
use super::super::dial::Connection;
use super::super::outcome::{Outcome, TlsUsed, With};
use super::super::route::{Hop, RelayTls, Route};
use super::super::tls::sts::Mode;
use super::super::tls::{
    Check, FailureKind, Policy, PolicyKind, TlsFailure, Verified, server_name,
};
use super::run::Run;

/// A host that listens.
pub(super) struct Session {
    pub client: Client<Connection>,
    pub with: With,
    /// Whether it is as sure as REQUIRETLS wants it (RFC 8689 §2).
    pub is_sure: bool,
}

/// Why a host does not.
pub(super) enum Unopened {
    /// TLS failed, and the policy allows to try without.
    InClear,
    /// For this reason.
    Failed(Box<Outcome>),
}

/// How a host is talked to.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub tls: bool,
    pub pipelining: bool,
}

impl From<Outcome> for Unopened {
    fn from(outcome: Outcome) -> Self {
        Self::Failed(Box::new(outcome))
    }
}

impl Session {
    pub fn log(&self, settled: usize, fault: Option<&Fault>) {
        let With { host, address, tls, .. } = &self.with;
        let (host, tls) = (host.as_deref(), tls.as_ref().map(ToString::to_string));
        let fault = fault.map(ToString::to_string);
        tracing::info!(host, ?address, tls, settled, fault, "a host was talked to");
    }
}

impl Run<'_> {
    pub async fn open(
        &mut self,
        route: &Route,
        hop: &Hop,
        address: SocketAddr,
        policy: &Policy,
        way: Way,
    ) -> Result<Session, Unopened> {
        let mut with =
            With { host: Some(hop.label()), address: Some(address.ip()), ..With::default() };
        let stream = self.connect(address, &with).await?;
        let check = policy.check(&self.courier.world.roots);
        let handshake = Handshake::new(&check, policy, address, &with)?;
        let relay = route.relay.as_ref();
        let terms = self.terms(way);
        let opened = if relay.is_some_and(|relay| relay.tls == RelayTls::Implicit) {
            Client::open_tls(stream, handshake.config.clone(), handshake.name.clone(), terms).await
        } else {
            Client::open(stream, terms).await
        };
        let mut client = opened.map_err(|trouble| self.outcome(&trouble, &with))?;
        if client.tls().is_none() && way.tls {
            self.secure(&mut client, handshake, policy, &with).await?;
        }
        let verified = check.found().unwrap_or(Verified::No);
        with.tls = client.tls().cloned().map(|facts| TlsUsed { facts, verified });
        self.report.memory.had_tls |= with.tls.is_some() && relay.is_none();
        if let Some(credentials) = relay.and_then(|relay| relay.credentials.as_ref()) {
            // A password that is wrong today may be set right; mail should wait for it.
            let outcome = client.log_in(credentials).await;
            outcome.map_err(|trouble| self.outcome(&trouble, &with).softened())?;
        }
        with.dsn = client.offer().dsn;
        self.report.was_served = true;
        let is_sure = with.tls.is_some() && verified != Verified::No && self.is_known(route, hop);
        Ok(Session { client, with, is_sure })
    }

    async fn connect(&mut self, address: SocketAddr, with: &With) -> Result<Connection, Unopened> {
        let moment = Instant::now() + self.courier.settings.limits.connect_timeout;
        let dialling = self.courier.world.dial.dial(address);
        let failure = match timeout_at(moment.min(self.until), dialling).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error.kind().to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        tracing::info!(host = with.host, %address, failure, "no connection");
        Err(Outcome::later(4, 1, format!("no connection to the host: {failure}"), with).into())
    }

    fn terms(&self, way: Way) -> Terms {
        let settings = &self.courier.settings;
        Terms {
            hostname: settings.hostname.to_string(),
            limits: settings.client.clone(),
            until: self.until,
            pipelining: way.pipelining,
        }
    }

    /// STARTTLS, as far as the policy wants it and the host offers it.
    async fn secure(
        &mut self,
        client: &mut Client<Connection>,
        handshake: Handshake<'_>,
        policy: &Policy,
        with: &With,
    ) -> Result<(), Unopened> {
        let Handshake { check, config, name } = handshake;
        let refusal = if client.offer().starttls {
            match client.start_tls(config, name).await {
                Ok(()) => {
                    // Without a policy nobody has promised a certificate.
                    let outcome = match (policy.kind, policy.complaint.clone()) {
                        (PolicyKind::NoPolicyFound, _) => Ok(()),
                        (_, Some(complaint)) => Err(complaint),
                        (_, None) => check.found().map(drop),
                    };
                    self.record(policy.kind, with, outcome);
                    return Ok(());
                }
                Err(Trouble::Refused { step: Step::StartTls, reply }) if !reply.is_farewell() => {
                    reply.to_string()
                }
                Err(trouble) => return Err(self.failed_tls(&trouble, check, policy, with)),
            }
        } else {
            "STARTTLS is not offered".to_owned()
        };
        let failure = TlsFailure::new(FailureKind::StarttlsNotSupported, refusal);
        self.record(policy.kind, with, Err(failure.clone()));
        if self.allows_clear(policy) {
            return Ok(());
        }
        let text = format!("mail for this domain goes through TLS only, and: {}", failure.detail);
        Err(Outcome::later(7, 10, text, with).into())
    }

    fn failed_tls(
        &mut self,
        trouble: &Trouble,
        check: &Check,
        policy: &Policy,
        with: &With,
    ) -> Unopened {
        let Trouble::Fault(fault) = trouble else {
            return self.outcome(trouble, with).into();
        };
        let failure = check
            .found()
            .err()
            .unwrap_or_else(|| TlsFailure::new(FailureKind::ValidationFailure, fault.to_string()));
        self.record(policy.kind, with, Err(failure.clone()));
        // Whoever says things in clear behind STARTTLS would love to hear the rest in clear, too.
        if self.allows_clear(policy) && *fault != Fault::Injected {
            return Unopened::InClear;
        }
        Outcome::later(7, 5, format!("TLS failed: {failure}"), with).into()
    }

    /// What was learnt since the policy was made counts, too: a connection that broke behind TLS is not
    /// followed by one in clear.
    fn allows_clear(&self, policy: &Policy) -> bool {
        policy.allows_clear() && !self.report.memory.had_tls
    }

    /// Whether it is sure that the host is one of the domain's: proved, promised, or set by the owner.
    fn is_known(&self, route: &Route, hop: &Hop) -> bool {
        let sts = self.report.memory.sts.as_ref().map(|known| &known.policy);
        let is_listed = match (sts, &hop.name) {
            (Some(policy), Some(name)) => policy.mode != Mode::None && policy.lists(name),
            _ => false,
        };
        route.proof == Proof::Secure || is_listed || route.relay.is_some() || self.domain.is_none()
    }

    fn outcome(&self, trouble: &Trouble, with: &With) -> Outcome {
        let max = self.courier.settings.limits.reply_octets_max;
        let outcome = match trouble {
            Trouble::Refused { reply, .. } if reply.code() >= 400 => {
                Outcome::said(reply, with, max)
            }
            // Neither yes nor no.
            Trouble::Refused { step, reply } => {
                Outcome::later(5, 0, format!("an odd reply to {step}: {reply}"), with)
            }
            Trouble::Fault(fault) => Outcome::later(4, 2, fault, with),
            Trouble::Denied(denial) => Outcome::denied(*denial, with),
        };
        tracing::info!(host = with.host, address = ?with.address, %trouble, "a host does not listen");
        outcome
    }
}

/// What a handshake needs.
struct Handshake<'a> {
    check: &'a Arc<Check>,
    config: Arc<rustls::ClientConfig>,
    name: ServerName<'static>,
}

impl<'a> Handshake<'a> {
    fn new(
        check: &'a Arc<Check>,
        policy: &Policy,
        address: SocketAddr,
        with: &With,
    ) -> Result<Self, Unopened> {
        let config = check
            .config()
            .map_err(|error| Outcome::later(3, 0, format!("TLS can't be set up: {error}"), with))?;
        // A name that no certificate can have is as good as none.
        let name = policy.server_name.as_ref().and_then(server_name);
        let name = name.unwrap_or_else(|| ServerName::IpAddress(address.ip().into()));
        Ok(Self { check, config, name })
    }
}
