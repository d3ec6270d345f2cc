//! A router behind a listener: TLS, HTTP/1.1 and HTTP/2, seats, patience, and a quick end.
//!
//! Knows sockets and nothing of mail. Every request is told about its connection by a [`Connection`] extension.

mod paced;
mod seats;

use crate::connection::Connection;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use paced::Paced;
use seats::{Seat, Seats};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tower::ServiceExt as _;

/// Sizes, counts and times of connections.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// Connections at one time.
    pub connections_max: usize,
    /// Of these from one address (IPv6: one /64).
    pub connections_per_address_max: usize,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long a request's head may take.
    pub head_timeout: Duration,
    /// How long a connection may stand still in both directions.
    pub stall_timeout: Duration,
    /// How long requests under way may go on after the end was asked for.
    pub drain_timeout: Duration,
    /// Requests at one time on one HTTP/2 connection.
    pub streams_max: u32,
    /// Octets of a request's head.
    pub head_octets_max: usize,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections_max: 1_000,
            connections_per_address_max: 50,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(75),
            drain_timeout: Duration::from_millis(1_500),
            streams_max: 64,
            head_octets_max: 32 * 1024,
        }
    }
}

/// Answers connections until `shutdown` is ready, then lets requests under way finish for a moment.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    limits: ServeLimits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let door = Arc::new(Door {
        local: listener.local_addr()?,
        tls: tls.map(|config| TlsAcceptor::from(with_protocols(&config))),
        router,
        builder: builder(&limits),
        limits: limits.clone(),
    });
    let seats = Seats::new(limits.connections_max, limits.connections_per_address_max);
    let graceful = GracefulShutdown::new();
    let mut guests = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = guests.join_next(), if !guests.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Without a seat the connection just ends: whoever holds fifty has no use for a page about it.
                    if let Some(seat) = seats.take(peer.ip()) {
                        guests.spawn(Arc::clone(&door).receive(stream, peer, seat, graceful.watcher()));
                    }
                }
                // Out of file descriptors, mostly: it passes when others leave, not by asking again at once.
                Err(error) => {
                    tracing::warn!(%error, "a web connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::info!("web connections that did not end in time were closed");
    }
    guests.shutdown().await;
    Ok(())
}

struct Door {
    local: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    builder: Builder<TokioExecutor>,
    limits: ServeLimits,
}

impl Door {
    async fn receive(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        seat: Seat,
        watcher: Watcher,
    ) {
        let Ok(()) = stream.set_nodelay(true) else { return };
        // The address that was reached, not the one that is listened at, which may be "any".
        let local = stream.local_addr().unwrap_or(self.local);
        let connection = Connection { peer, local, tls: self.tls.is_some() };
        let stream = Paced::new(stream, self.limits.stall_timeout);
        match &self.tls {
            None => self.answer(stream, connection, watcher).await,
            Some(tls) => {
                let handshake =
                    tokio::time::timeout(self.limits.handshake_timeout, tls.accept(stream));
                if let Ok(Ok(stream)) = handshake.await {
                    self.answer(stream, connection, watcher).await;
                }
            }
        }
        drop(seat);
    }

    async fn answer<S>(&self, stream: S, connection: Connection, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(connection);
            router.clone().oneshot(request.map(axum::body::Body::new))
        });
        let answering = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        // Whatever ends a connection is the browser's affair by now: it left, stalled, or spoke no HTTP.
        if let Err(error) = watcher.watch(answering).await {
            tracing::debug!(%error, "a web connection broke");
        }
    }
}

fn builder(limits: &ServeLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_octets_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(u32::try_from(limits.head_octets_max).unwrap_or(u32::MAX))
        .keep_alive_interval(Some(limits.stall_timeout / 3))
        .keep_alive_timeout(limits.head_timeout);
    builder
}

/// Says in the handshake that HTTP/2 is spoken, whatever the configuration was made for.
fn with_protocols(config: &ServerConfig) -> Arc<ServerConfig> {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}
