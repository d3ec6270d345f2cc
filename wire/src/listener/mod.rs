//! Sockets that are waited at, and what they offer.
//!
//! `hall` takes connections in, `troubles` is what goes wrong there.

mod hall;
mod troubles;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use self::hall::Hall;
use self::troubles::Troubles;
use crate::{Door, Drain, Limits, OpenDoor, Peer, Seats, Session};

/// Connections that the kernel keeps for us until we accept them.
const BACKLOG: i32 = 1_024;

/// What one kind of listener offers.
#[derive(Clone, Debug)]
pub struct Service<D = OpenDoor> {
    /// For the log: `smtp`, `pop3s`.
    pub name: &'static str,
    /// Times and sizes of each connection.
    pub limits: Arc<Limits>,
    /// Whether there is TLS, and from when.
    pub tls: Tls,
    /// Where connections are counted.
    pub seats: Seats,
    /// Who is let in.
    pub door: D,
}

/// When TLS begins.
#[derive(Clone, Debug)]
pub enum Tls {
    /// Never.
    Absent,
    /// When the session wishes it.
    OnRequest(Arc<ServerConfig>),
    /// Before the first word.
    Implicit(Arc<ServerConfig>),
}

/// An address that could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    /// Which one.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// Bound sockets. Clients can connect from now on and are greeted once it is served.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
}

impl Listener {
    /// Binds all of these addresses, or none. `[::]` also takes IPv4 unless an IPv4 address with the
    /// same port stands beside it.
    ///
    /// # Errors
    /// Names the address that could not be bound.
    pub fn bind(addresses: &[SocketAddr]) -> Result<Self, BindError> {
        let bind = |&address: &SocketAddr| {
            let has_ipv4_twin =
                addresses.iter().any(|other| other.is_ipv4() && other.port() == address.port());
            bind_one(address, has_ipv4_twin).map_err(|source| BindError { address, source })
        };
        Ok(Self { sockets: addresses.iter().map(bind).collect::<Result<_, _>>()? })
    }

    /// Takes sockets that somebody else has bound (socket activation).
    ///
    /// # Errors
    /// When one is not a listening TCP socket.
    pub fn from_sockets(sockets: Vec<std::net::TcpListener>) -> io::Result<Self> {
        let adopt = |socket: std::net::TcpListener| {
            socket.set_nonblocking(true)?;
            TcpListener::from_std(socket)
        };
        Ok(Self { sockets: sockets.into_iter().map(adopt).collect::<Result<_, _>>()? })
    }

    /// Where clients can connect; tells the port when port 0 was asked for.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect()
    }

    /// Greets every client until the drain begins, then sees them all off: returns when no connection
    /// is left, half a second after `drain_timeout` at the latest.
    pub async fn serve<S, D>(
        self,
        service: Service<D>,
        session_for: impl Fn(Peer) -> S + Send + Sync + 'static,
        drain: Drain,
    ) where
        S: Session + 'static,
        D: Door,
    {
        let troubles = Mutex::new(Troubles::new(service.name));
        let hall = Arc::new(Hall { service, session_for, drain, troubles });
        join_all(self.sockets.into_iter().map(|socket| Arc::clone(&hall).attend(socket))).await;
    }
}

fn bind_one(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    // A restart must not wait for the connections of the last run to time out.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}
