//! Fetching a policy over HTTPS (RFC 8461 §3.3).

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dns::{Name, Resolver};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::check::Check;
use super::super::policy::server_name;
use super::super::record::{FailureKind, TlsFailure};
use super::policy::POLICY_OCTETS_MAX;
use crate::delivery::dial::{Connection, Dial};

/// A fetch under way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Bytes, TlsFailure>> + Send + 'a>>;

/// Fetches the policies of domains.
pub trait Fetcher: Send + Sync + fmt::Debug {
    /// The policy file of a domain whose record has this id.
    fn fetch<'a>(&'a self, domain: &'a Name, id: &'a str) -> Fetching<'a>;
}

/// How long, how often, how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StsLimits {
    /// For one fetch with all that belongs to it (RFC 8461 §3.3 says a minute).
    pub time_max: Duration,
    /// After a failure the same policy is not asked for again so long (RFC 8461 §3.3).
    pub pause: Duration,
    /// Failures that are remembered.
    pub failures_max: usize,
    /// Addresses of the policy's host that are tried.
    pub addresses_max: usize,
    /// The port of HTTPS.
    pub port: u16,
}

impl Default for StsLimits {
    fn default() -> Self {
        Self {
            time_max: Duration::from_secs(60),
            pause: Duration::from_secs(300),
            failures_max: 1_000,
            addresses_max: 4,
            port: 443,
        }
    }
}

/// Fetches over HTTPS: HTTP/1.1, no redirects, and a certificate by an authority of this machine.
#[derive(Debug)]
pub struct Https {
    dns: Arc<dyn Resolver>,
    dial: Arc<dyn Dial>,
    roots: Arc<RootCertStore>,
    limits: StsLimits,
    failures: Mutex<HashMap<(Name, String), (Instant, TlsFailure)>>,
}

impl Https {
    /// One that trusts these roots.
    #[must_use]
    pub fn new(
        dns: Arc<dyn Resolver>,
        dial: Arc<dyn Dial>,
        roots: Arc<RootCertStore>,
        limits: StsLimits,
    ) -> Self {
        Self { dns, dial, roots, limits, failures: Mutex::default() }
    }

    fn known_failure(&self, domain: &Name, id: &str) -> Option<TlsFailure> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, failure) = failures.get(&(domain.clone(), id.to_owned()))?;
        (*until > Instant::now()).then(|| failure.clone())
    }

    fn remember(&self, domain: &Name, id: &str, failure: &TlsFailure) {
        let now = Instant::now();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= self.limits.failures_max {
            failures.retain(|_, (until, _)| *until > now);
        }
        if failures.len() < self.limits.failures_max {
            let key = (domain.clone(), id.to_owned());
            failures.insert(key, (now + self.limits.pause, failure.clone()));
        }
    }

    async fn get(&self, domain: &Name) -> Result<Bytes, TlsFailure> {
        let host = domain.prefixed("mta-sts").map_err(trouble)?;
        let mut last = trouble(format!("{host} has no address"));
        for address in self.addresses(&host).await {
            match self.get_from(&host, address).await {
                Ok(policy) => return Ok(policy),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    async fn addresses(&self, host: &Name) -> Vec<SocketAddr> {
        let (ipv6, ipv4) = tokio::join!(self.dns.aaaa(host), self.dns.a(host));
        let ipv6 = ipv6.map(|answer| answer.records).unwrap_or_default();
        let ipv4 = ipv4.map(|answer| answer.records).unwrap_or_default();
        let half = self.limits.addresses_max.div_ceil(2);
        let ipv6 = ipv6.into_iter().take(half).map(IpAddr::from);
        let all = ipv6.chain(ipv4.into_iter().map(IpAddr::from));
        let port = self.limits.port;
        all.map(|ip| SocketAddr::new(ip, port)).take(self.limits.addresses_max).collect()
    }

    async fn get_from(&self, host: &Name, address: SocketAddr) -> Result<Bytes, TlsFailure> {
        let stream = self.dial.dial(address).await.map_err(trouble)?;
        let stream = self.shake_hands(host, stream).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(64 << 10)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(trouble)?;
        let request = Request::get("/.well-known/mta-sts.txt")
            .header(HOST, host.as_str())
            .header(USER_AGENT, "posthouse")
            .body(Empty::<Bytes>::new())
            .map_err(trouble)?;
        let answer = async move {
            let response = sender.send_request(request).await.map_err(trouble)?;
            policy(response).await
        };
        // The connection may end before all it has brought is read.
        let connection = async move {
            let _end = connection.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            outcome = answer => outcome,
            () = connection => Err(trouble("the connection ended")),
        }
    }

    async fn shake_hands(
        &self,
        host: &Name,
        stream: Connection,
    ) -> Result<TlsStream<Connection>, TlsFailure> {
        let invalid = |detail: String| TlsFailure::new(FailureKind::StsWebpkiInvalid, detail);
        let name = server_name(host).ok_or_else(|| invalid(format!("{host} is no host name")))?;
        let check = Check::web(Arc::clone(&self.roots), true);
        let config = check.config().map_err(trouble)?;
        let outcome = TlsConnector::from(config).connect(name, stream).await;
        outcome.map_err(|error| match check.found() {
            Err(failure) => invalid(failure.detail),
            Ok(_) => trouble(error),
        })
    }
}

/// A policy is text, and found at the first try: redirects are not followed (RFC 8461 §3.3).
async fn policy(response: Response<hyper::body::Incoming>) -> Result<Bytes, TlsFailure> {
    if response.status() != StatusCode::OK {
        return Err(trouble(format!("the policy's host answered {}", response.status())));
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("text/plain") {
        return Err(trouble("the policy is not text/plain"));
    }
    let body = Limited::new(response.into_body(), POLICY_OCTETS_MAX).collect().await;
    body.map(|body| body.to_bytes()).map_err(trouble)
}

fn trouble(detail: impl ToString) -> TlsFailure {
    TlsFailure::new(FailureKind::StsPolicyFetchError, detail.to_string())
}

impl Fetcher for Https {
    fn fetch<'a>(&'a self, domain: &'a Name, id: &'a str) -> Fetching<'a> {
        Box::pin(async move {
            if let Some(failure) = self.known_failure(domain, id) {
                return Err(failure);
            }
            let outcome = timeout(self.limits.time_max, self.get(domain)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(trouble("the policy took too long")));
            if let Err(failure) = &outcome {
                tracing::info!(%domain, %failure, "no MTA-STS policy");
                self.remember(domain, id, failure);
            }
            outcome
        })
    }
}
