//! Opening connections: the one place of delivery that knows the network.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// A connection of any kind.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection.
pub type Connection = Box<dyn Stream>;

/// A connection that is being opened.
pub type Dialling<'a> = Pin<Box<dyn Future<Output = io::Result<Connection>> + Send + 'a>>;

/// Opens connections.
pub trait Dial: Send + Sync + fmt::Debug {
    /// Opens one. Whoever asks limits the time.
    fn dial(&self, to: SocketAddr) -> Dialling<'_>;
}

/// TCP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network;

impl Dial for Network {
    fn dial(&self, to: SocketAddr) -> Dialling<'_> {
        Box::pin(async move {
            let stream = TcpStream::connect(to).await?;
            // What is to go together is written together.
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Connection)
        })
    }
}
