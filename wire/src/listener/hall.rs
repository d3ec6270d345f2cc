//! Where clients come in: a seat, the door, TLS if it comes first, and a session.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{Instrument, debug, error, info, info_span};

use super::troubles::Troubles;
use super::{Service, Tls};
use crate::conversation::hold;
use crate::transport::Transport;
use crate::{Door, Drain, Ending, Peer, Seat, Session, Terms, TlsFacts};

/// After `drain_timeout`, for the last words to be heard.
const FAREWELL_TIMEOUT: Duration = Duration::from_millis(500);

/// Where clients come in.
pub(super) struct Hall<D, F> {
    pub(super) service: Service<D>,
    pub(super) session_for: F,
    pub(super) drain: Drain,
    pub(super) troubles: Mutex<Troubles>,
}

impl<S, D, F> Hall<D, F>
where
    S: Session + 'static,
    D: Door,
    F: Fn(Peer) -> S + Send + Sync + 'static,
{
    /// Waits at one socket until the drain begins, then for its connections to end.
    pub(super) async fn attend(self: Arc<Self>, socket: TcpListener) {
        let mut connections = JoinSet::new();
        let mut drain = self.drain.clone();
        loop {
            tokio::select! {
                biased;
                () = drain.begun() => break,
                Some(ended) = connections.join_next() => see_off(ended),
                accepted = socket.accept() => match accepted {
                    Ok((stream, address)) => {
                        self.troubles().none();
                        self.clone().let_in(stream, address, &mut connections);
                    }
                    Err(error) => {
                        let pause = self.troubles().cannot_accept(&error);
                        // Nobody may delay the end: not even this.
                        let _begun = timeout(pause, drain.begun()).await;
                    }
                }
            }
        }
        drop(socket);
        let all_gone = async {
            while let Some(ended) = connections.join_next().await {
                see_off(ended);
            }
        };
        let patience = self.service.limits.drain_timeout + FAREWELL_TIMEOUT;
        if timeout(patience, all_gone).await.is_err() {
            info!(service = self.service.name, left = connections.len(), "cut off while closing");
            connections.shutdown().await;
        }
    }

    fn let_in(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        connections: &mut JoinSet<()>,
    ) {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        match self.service.seats.take(address.ip()) {
            Ok(seat) => {
                let service = self.service.name;
                let span =
                    info_span!("connection", service, number = seat.number(), peer = %address);
                connections.spawn(self.receive(stream, address, seat).instrument(span));
            }
            Err(ending) => {
                self.troubles().not_let_in(ending, address);
                if !matches!(self.service.tls, Tls::Implicit(_)) {
                    say_at_the_door(stream, S::last_words(ending));
                }
            }
        }
    }

    async fn receive(self: Arc<Self>, stream: TcpStream, address: SocketAddr, seat: Seat) {
        let mut drain = self.drain.clone();
        let ready = tokio::select! {
            biased;
            () = drain.begun() => None,
            ready = self.make_ready(stream, address, &seat) => ready,
        };
        if let Some((transport, peer)) = ready {
            debug!(local = %peer.local, tls = ?peer.tls, "connected");
            let session = (self.session_for)(peer);
            let starttls = match &self.service.tls {
                Tls::OnRequest(config) => Some(Arc::clone(config)),
                Tls::Absent | Tls::Implicit(_) => None,
            };
            let limits = Arc::clone(&self.service.limits);
            // How it ended has been logged where it ended.
            let _departure = hold(session, transport, Terms { limits, starttls, drain }).await;
        }
    }

    /// All that comes before a session: the door, and TLS where that comes first.
    async fn make_ready(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        seat: &Seat,
    ) -> Option<(Transport<TcpStream>, Peer)> {
        let implicit = match &self.service.tls {
            Tls::Implicit(config) => Some(Arc::clone(config)),
            Tls::Absent | Tls::OnRequest(_) => None,
        };
        if !self.service.door.admits(address.ip()).await {
            self.troubles().not_let_in(Ending::Banned, address);
            if implicit.is_none() {
                say_at_the_door(stream, S::last_words(Ending::Banned));
            }
            return None;
        }
        let local = stream.local_addr().ok()?;
        // Output is gathered already; waiting for more would only delay it.
        stream.set_nodelay(true).ok()?;
        let mut transport = Transport::Plain(stream);
        let mut tls = None;
        if let Some(config) = implicit {
            tls = Some(self.start_tls(&mut transport, config).await?);
        }
        let starttls = matches!(self.service.tls, Tls::OnRequest(_));
        Some((transport, Peer { number: seat.number(), address, local, tls, starttls }))
    }

    fn troubles(&self) -> MutexGuard<'_, Troubles> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn start_tls(
        &self,
        transport: &mut Transport<TcpStream>,
        config: Arc<ServerConfig>,
    ) -> Option<TlsFacts> {
        let limit = self.service.limits.tls_handshake_timeout;
        match timeout(limit, transport.start_tls(config)).await {
            Ok(Ok(facts)) => return Some(facts),
            // Somebody only looked whether the port is open.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                debug!("the client left before TLS");
            }
            Ok(Err(error)) => info!(%error, "TLS failed"),
            Err(_elapsed) => info!("TLS failed: the client took too long"),
        }
        None
    }
}

/// One line to somebody who gets no session. A new socket always has room for it, so nothing waits:
/// a flood of these must not cost more than the system calls.
fn say_at_the_door(stream: TcpStream, words: &str) {
    let said = stream.into_std().and_then(|mut stream| {
        io::Write::write_all(&mut stream, words.as_bytes())?;
        stream.shutdown(std::net::Shutdown::Write)
    });
    if let Err(error) = said {
        debug!(%error, "the client went before our last words");
    }
}

fn see_off(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        // Panics of sessions are caught where they can still be answered: this is one of ours.
        error!(%error, "a connection's task failed");
    }
}
