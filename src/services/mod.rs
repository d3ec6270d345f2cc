//! The services of the house: started together, drained together.
//!
//! Knows which service listens where and with which limits; what each of them says is its own crate's.

mod filing;
mod judging;
mod sending;
mod signing;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use mailstore::{LoginLimits, Options, Outside, Store};
use message::Domain;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::{error, info};
use wire::{Closing, Door, Limits, Listener, Peer, Seats, Service, Session, Tls};

use crate::certificates::{self, Certificate};
use crate::config::{Cleartext, Config};
use crate::demo;

/// Everything that runs.
pub struct House {
    /// Each service's name and where it listens.
    pub addresses: Vec<(&'static str, SocketAddr)>,
    /// The certificate in use.
    pub certificate: Certificate,
    store: Store,
    closing: Closing,
    tasks: JoinSet<()>,
}

/// Opens the store as the configuration says.
///
/// # Errors
/// The folder cannot be used, or holds a store of a later version.
pub fn open_store(config: &Config) -> Result<Store> {
    let options = Options { login: login_limits(config), ..Options::default() };
    Store::open(&config.data, options, Outside::system())
        .with_context(|| format!("cannot open {}", config.data.display()))
}

/// Binds every address, then starts every service: clients are greeted when this returns.
///
/// # Errors
/// An address that cannot be bound, or a certificate that cannot be used.
pub fn start(config: &Config, store: Store) -> Result<House> {
    let certificate = certificate(config)?;
    let mut opening =
        Opening { addresses: Vec::new(), closing: Closing::new(), services: Vec::new() };
    smtp(config, &store, &certificate, &mut opening)?;
    submission(config, &store, &certificate, &mut opening)?;
    pop3(config, &store, &certificate, &mut opening)?;
    webmail(config, &store, &certificate, &mut opening)?;
    sending::queue(config, &store, &mut opening)?;
    filing::trainer(&store, &mut opening);
    signing::keys(config, &store, &mut opening);
    let Opening { addresses, closing, services } = opening;
    let mut tasks = JoinSet::new();
    for service in services {
        tasks.spawn(service);
    }
    Ok(House { addresses, certificate, store, closing, tasks })
}

impl House {
    /// Says in the log what listens where.
    pub fn log_addresses(&self) {
        for (name, address) in &self.addresses {
            info!(service = name, %address, "listening");
        }
    }

    /// The port of a service.
    pub fn port(&self, service: &str) -> Option<u16> {
        self.addresses.iter().find(|(name, _)| *name == service).map(|(_, address)| address.port())
    }

    /// Pending while no service breaks down. Some have done their work soon, and end well.
    pub async fn one_breaks(&mut self) {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(())) => {}
                Some(Err(error)) => return error!(%error, "a service broke down"),
                None => return std::future::pending().await,
            }
        }
    }

    /// Lets everybody finish what they are at, within their limits, then closes the store.
    pub async fn stop(mut self) {
        info!("closing");
        self.closing.begin();
        while self.tasks.join_next().await.is_some() {}
        self.store.close().await;
        info!("closed");
    }
}

/// What comes together while services start.
struct Opening {
    addresses: Vec<(&'static str, SocketAddr)>,
    closing: Closing,
    /// Bound, and begun when all of them are.
    services: Vec<BoxFuture<'static, ()>>,
}

impl Opening {
    /// Binds a line protocol's addresses.
    fn line_service<S: Session + 'static>(
        &mut self,
        service: Service<BanDoor>,
        addresses: &[SocketAddr],
        session_for: impl Fn(Peer) -> S + Send + Sync + 'static,
    ) -> Result<()> {
        let listener = Listener::bind(addresses)?;
        self.addresses
            .extend(listener.addresses().into_iter().map(|address| (service.name, address)));
        let serving = listener.serve(service, session_for, self.closing.drain());
        self.services.push(Box::pin(serving));
        Ok(())
    }
}

/// Keeps banned addresses out of every line protocol.
struct BanDoor(Store);

impl Door for BanDoor {
    async fn admits(&self, address: IpAddr) -> bool {
        !self.0.is_banned(address)
    }
}

fn smtp(
    config: &Config,
    store: &Store,
    certificate: &Certificate,
    opening: &mut Opening,
) -> Result<()> {
    let receiving = Arc::new(mta::smtp::Receiving {
        hostname: Domain::parse(&config.hostname)?,
        limits: smtp_limits(config),
        rates: Arc::new(mta::smtp::Rates::new(mta::smtp::RateLimits::default())),
        practice: config.practice,
        judging: judging::judging(config)?,
        filing: Some(filing::settings(config)?),
    });
    let limits = line_limits(config, config.limits.smtp_idle_seconds);
    let tls = Tls::OnRequest(certificate.tls.clone());
    let service = service("smtp", limits, tls, store);
    let store = store.clone();
    opening.line_service(service, &config.listen.smtp, move |peer| {
        mta::smtp::Session::new(receiving.clone(), store.clone(), peer)
    })
}

/// Ports 587 and 465: accounts hand in mail.
fn submission(
    config: &Config,
    store: &Store,
    certificate: &Certificate,
    opening: &mut Opening,
) -> Result<()> {
    let limits = line_limits(config, config.limits.smtp_idle_seconds);
    let submission = |cleartext_logins| -> Result<_> {
        Ok(Arc::new(mta::smtp::Submission {
            filing: Some(filing::settings(config)?),
            hostname: Domain::parse(&config.hostname)?,
            limits: submission_limits(config),
            practice: config.practice,
            queue_lifetime: sending::lifetime(config),
            cleartext_logins,
        }))
    };
    let from_outside = submission(false)?;
    let from_here = submission(config.login.cleartext == Cleartext::Loopback)?;
    let kinds = [
        ("submission", Tls::OnRequest(certificate.tls.clone()), &config.listen.submission),
        ("submissions", Tls::Implicit(certificate.tls.clone()), &config.listen.submissions),
    ];
    for (name, tls, addresses) in kinds {
        let (from_outside, from_here, inner) =
            (from_outside.clone(), from_here.clone(), store.clone());
        opening.line_service(
            service(name, limits.clone(), tls, store),
            addresses,
            move |peer| {
                let settings =
                    if peer.address.ip().is_loopback() { &from_here } else { &from_outside };
                mta::smtp::Session::for_submission(settings.clone(), inner.clone(), peer)
            },
        )?;
    }
    Ok(())
}

fn pop3(
    config: &Config,
    store: &Store,
    certificate: &Certificate,
    opening: &mut Opening,
) -> Result<()> {
    let limits = line_limits(config, config.limits.pop3_idle_seconds);
    let reading = |cleartext_logins| -> Result<_> {
        let hostname = Domain::parse(&config.hostname)?;
        let limits = access::pop3::Pop3Limits {
            errors_max: config.limits.errors_per_connection,
            command_octets_max: config.limits.command_octets,
            ..Default::default()
        };
        Ok(Arc::new(access::pop3::Reading { hostname, limits, cleartext_logins }))
    };
    let from_outside = reading(false)?;
    let from_here = reading(config.login.cleartext == Cleartext::Loopback)?;
    let kinds = [
        ("pop3", Tls::OnRequest(certificate.tls.clone()), &config.listen.pop3),
        ("pop3s", Tls::Implicit(certificate.tls.clone()), &config.listen.pop3s),
    ];
    for (name, tls, addresses) in kinds {
        let (from_outside, from_here, inner) =
            (from_outside.clone(), from_here.clone(), store.clone());
        opening.line_service(
            service(name, limits.clone(), tls, store),
            addresses,
            move |peer| {
                let reading =
                    if peer.address.ip().is_loopback() { &from_here } else { &from_outside };
                access::pop3::Session::new(reading.clone(), inner.clone(), peer)
            },
        )?;
    }
    Ok(())
}

fn webmail(
    config: &Config,
    store: &Store,
    certificate: &Certificate,
    opening: &mut Opening,
) -> Result<()> {
    let settings = webmail::Config {
        house: config.hostname.clone(),
        notice: config.practice.then(demo::notice),
        ..webmail::Config::default()
    };
    let limits = webmail::ServeLimits {
        connections_max: config.limits.connections,
        connections_per_address_max: config.limits.connections_per_address,
        ..webmail::ServeLimits::default()
    };
    let router = webmail::Webmail { store: store.clone(), config: settings }.router();
    let kinds = [
        ("http", None, &config.listen.http),
        ("https", Some(&certificate.tls), &config.listen.https),
    ];
    for (name, tls, addresses) in kinds {
        for &address in addresses {
            let listener = bind(address)?;
            opening.addresses.push((name, listener.local_addr()?));
            let mut drain = opening.closing.drain();
            let serving = webmail::serve(
                listener,
                tls.cloned(),
                router.clone(),
                limits.clone(),
                async move { drain.begun().await },
            );
            opening.services.push(Box::pin(async move {
                if let Err(error) = serving.await {
                    error!(service = name, %error, "stopped serving");
                }
            }));
        }
    }
    Ok(())
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listen = || -> std::io::Result<TcpListener> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener)
    };
    listen().with_context(|| format!("cannot listen on {address}"))
}

fn service(name: &'static str, limits: Limits, tls: Tls, store: &Store) -> Service<BanDoor> {
    Service {
        name,
        seats: Seats::new(&limits),
        limits: Arc::new(limits),
        tls,
        door: BanDoor(store.clone()),
    }
}

fn line_limits(config: &Config, idle_seconds: u64) -> Limits {
    let limits = &config.limits;
    Limits {
        connections_max: limits.connections,
        connections_per_address_max: limits.connections_per_address,
        idle_timeout: Duration::from_secs(idle_seconds),
        body_timeout: Duration::from_secs(limits.body_seconds),
        write_timeout: Duration::from_secs(limits.write_seconds),
        ..Limits::default()
    }
}

fn smtp_limits(config: &Config) -> mta::smtp::SmtpLimits {
    smtp_limits_over(config, mta::smtp::SmtpLimits::default())
}

fn smtp_limits_over(config: &Config, defaults: mta::smtp::SmtpLimits) -> mta::smtp::SmtpLimits {
    let limits = &config.limits;
    mta::smtp::SmtpLimits {
        message_octets_max: limits.message_octets,
        // A line may be as long as a message: real mail has such lines.
        text_line_octets_max: usize::try_from(limits.message_octets).unwrap_or(usize::MAX),
        header_octets_max: limits.header_octets,
        command_octets_max: limits.command_octets,
        recipients_max: limits.recipients,
        received_max: limits.received_fields,
        errors_max: usize::try_from(limits.errors_per_connection).unwrap_or(usize::MAX),
        ..defaults
    }
}

fn submission_limits(config: &Config) -> mta::smtp::SmtpLimits {
    mta::smtp::SmtpLimits {
        recipients_max: config.limits.recipients_of_submitted,
        ..smtp_limits_over(config, mta::smtp::SmtpLimits::for_submission())
    }
}

fn login_limits(config: &Config) -> LoginLimits {
    let login = &config.login;
    LoginLimits {
        window: Duration::from_secs(u64::from(login.window_seconds)),
        pair_failures_max: login.failures_per_account,
        address_failures_max: login.failures_per_address,
        ban: Duration::from_secs(u64::from(login.ban_seconds)),
        ..LoginLimits::default()
    }
}

/// The owner's certificate, or one made for this machine.
fn certificate(config: &Config) -> Result<Certificate> {
    if config.tls.certificate.as_os_str().is_empty() {
        return certificates::read_or_make(
            &config.data,
            &[&config.hostname, "localhost", "127.0.0.1", "::1"],
        );
    }
    certificates::read(&config.tls.certificate, &config.tls.key)
}
