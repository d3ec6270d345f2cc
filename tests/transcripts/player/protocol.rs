//! The sessions that a transcript can talk to, and how they are set.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use access::pop3;
use mailstore::Store;
use message::Domain;
use mta::authentication::{OnReject, Settings};
use mta::smtp;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use wire::{Closing, Limits, Peer, Session, Terms, TlsFacts};

use super::actor::{Actor, connector};
use super::script::Connection;
use super::stage::LOGIN_FAILURES_MAX;

/// Octets that a connection holds in each direction.
const PIPE_OCTETS: usize = 64 << 10;

/// What all plays share: a certificate.
pub struct Theatre {
    tls: Arc<ServerConfig>,
    pub connector: TlsConnector,
}

impl Theatre {
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["mail.example.org".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let certificate = made.cert.der().clone();
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        Self { tls: Arc::new(tls), connector: connector(&certificate) }
    }
}

/// The house of one play.
pub struct House {
    store: Store,
    tls: Option<Arc<ServerConfig>>,
    reading: pop3::Reading,
    receiving: smtp::Receiving,
    submission: smtp::Submission,
    pub closing: Closing,
}

impl House {
    pub fn new(
        theatre: &Theatre,
        store: Store,
        settings: &[(String, String)],
    ) -> Result<Self, String> {
        let hostname = Domain::parse("mail.example.org").map_err(|error| error.to_string())?;
        // Nobody wants to wait for tests.
        let patient = |limits| smtp::SmtpLimits { error_delay: Duration::ZERO, ..limits };
        let mut house = Self {
            store,
            tls: Some(Arc::clone(&theatre.tls)),
            reading: pop3::Reading {
                hostname: hostname.clone(),
                limits: pop3::Pop3Limits::default(),
                cleartext_logins: true,
            },
            receiving: smtp::Receiving {
                hostname: hostname.clone(),
                limits: patient(smtp::SmtpLimits::default()),
                rates: Arc::new(smtp::Rates::new(rates(settings)?)),
                practice: true,
                judging: None,
                filing: None,
            },
            submission: smtp::Submission {
                filing: None,
                hostname,
                limits: patient(smtp::SmtpLimits::for_submission()),
                practice: true,
                queue_lifetime: Duration::from_secs(5 * 24 * 3_600),
                cleartext_logins: true,
            },
            closing: Closing::new(),
        };
        let records: Vec<&str> = settings
            .iter()
            .filter(|(key, _)| key == DNS)
            .map(|(_, record)| record.as_str())
            .collect();
        if !records.is_empty() {
            house.receiving.judging = Some(judging(&house.receiving, &records.join("\n"))?);
        }
        for (key, value) in settings {
            house.set(key, value).ok_or(format!("`# set {key} {value}` sets nothing"))?;
        }
        Ok(house)
    }

    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match (key, value) {
            // Was looked at before the first connection.
            (rate, _) if RATES.contains(&rate) || rate == DNS => {}
            ("dmarc-reject", "junk") => {
                let judging = Arc::make_mut(self.receiving.judging.as_mut()?);
                judging.settings.on_reject = OnReject::Junk;
            }
            ("cleartext-logins", "yes" | "no") => {
                self.reading.cleartext_logins = value == "yes";
                self.submission.cleartext_logins = value == "yes";
            }
            ("tls", "yes") | (LOGIN_FAILURES_MAX, _) => {}
            ("tls", "no") => self.tls = None,
            ("hostname", name) => {
                let hostname = Domain::parse(name).ok()?;
                self.reading.hostname = hostname.clone();
                self.receiving.hostname = hostname.clone();
                self.submission.hostname = hostname;
            }
            ("errors-max", count) => {
                self.reading.limits.errors_max = count.parse().ok()?;
                set_limit(&mut self.receiving.limits, key, value)?;
                set_limit(&mut self.submission.limits, key, value)?;
            }
            ("lines-before-login-max", count) => {
                self.reading.limits.lines_before_login_max = count.parse().ok()?;
            }
            _ => {
                set_limit(&mut self.receiving.limits, key, value)?;
                set_limit(&mut self.submission.limits, key, value)?;
            }
        }
        Some(())
    }

    /// A new connection, as the client has it.
    pub async fn connect(&self, theatre: &Theatre, asked: &Connection) -> Result<Actor, String> {
        let (client, server) = duplex(PIPE_OCTETS);
        let actor = Actor::new(client);
        if !asked.tls {
            self.host(asked, server, None)?;
            return Ok(actor);
        }
        let acceptor = TlsAcceptor::from(Arc::clone(&theatre.tls));
        let (server, actor) =
            tokio::join!(acceptor.accept(server), actor.shake_hands(&theatre.connector));
        self.host(asked, server.map_err(|error| error.to_string())?, Some(tls_facts()))?;
        actor
    }

    fn host<T>(&self, asked: &Connection, stream: T, tls: Option<TlsFacts>) -> Result<(), String>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let starttls = if tls.is_none() { self.tls.clone() } else { None };
        let peer = Peer {
            number: 1,
            address: SocketAddr::new(asked.from, 40_000),
            local: SocketAddr::from(([127, 0, 0, 1], 25)),
            tls,
            starttls: starttls.is_some(),
        };
        let store = self.store.clone();
        match asked.protocol.as_str() {
            "pop3" => {
                let session = pop3::Session::new(Arc::new(self.reading.clone()), store, peer);
                self.run(session, stream, pop3::connection_limits(), starttls);
            }
            "smtp" => {
                let session = smtp::Session::new(Arc::new(self.receiving.clone()), store, peer);
                self.run(session, stream, Limits::default(), starttls);
            }
            "submission" => {
                let submission = Arc::new(self.submission.clone());
                let session = smtp::Session::for_submission(submission, store, peer);
                self.run(session, stream, Limits::default(), starttls);
            }
            other => return Err(format!("nobody here speaks {other}")),
        }
        Ok(())
    }

    fn run<S, T>(&self, session: S, stream: T, limits: Limits, starttls: Option<Arc<ServerConfig>>)
    where
        S: Session + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let terms = Terms { limits: Arc::new(limits), starttls, drain: self.closing.drain() };
        tokio::spawn(wire::run(session, stream, terms));
    }
}

/// Records of the name server that the house asks who may send what.
const DNS: &str = "dns";

fn judging(receiving: &smtp::Receiving, records: &str) -> Result<Arc<smtp::Judging>, String> {
    let zone = dns::Zone::parse(records).map_err(|error| error.to_string())?;
    let settings = Settings::new(receiving.hostname.as_ascii());
    Ok(Arc::new(smtp::Judging { resolver: Arc::new(zone), settings }))
}

/// Settings of how often an address may come.
const RATES: [&str; 3] = ["connections-a-minute", "messages-a-minute", "recipients-a-minute"];

fn rates(settings: &[(String, String)]) -> Result<smtp::RateLimits, String> {
    let mut limits = smtp::RateLimits::default();
    for (key, value) in settings.iter().filter(|(key, _)| RATES.contains(&key.as_str())) {
        let rate = &mut limits.per_address;
        let place = match key.as_str() {
            "connections-a-minute" => &mut rate.connections,
            "messages-a-minute" => &mut rate.messages,
            _ => &mut rate.recipients,
        };
        *place = value.parse().map_err(|_| format!("`# set {key} {value}` sets nothing"))?;
    }
    Ok(limits)
}

fn set_limit(limits: &mut smtp::SmtpLimits, key: &str, value: &str) -> Option<()> {
    match key {
        "errors-max" => limits.errors_max = value.parse().ok()?,
        "message-octets-max" => limits.message_octets_max = value.parse().ok()?,
        "header-octets-max" => limits.header_octets_max = value.parse().ok()?,
        "text-line-octets-max" => limits.text_line_octets_max = value.parse().ok()?,
        "recipients-max" => limits.recipients_max = value.parse().ok()?,
        "received-max" => limits.received_max = value.parse().ok()?,
        "idle-commands-max" => limits.idle_commands_max = value.parse().ok()?,
        _ => return None,
    }
    Some(())
}

/// What the listener would have found out.
fn tls_facts() -> TlsFacts {
    TlsFacts {
        version: "TLSv1.3",
        cipher: "TLS13_AES_256_GCM_SHA384",
        server_name: None,
        exporter: None,
    }
}
