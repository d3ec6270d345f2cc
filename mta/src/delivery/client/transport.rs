//! The octets' way: plain or through TLS, and from one to the other.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What is known of a connection's TLS.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TlsFacts {
    /// `TLSv1.3`
    pub version: &'static str,
    /// `TLS13_AES_256_GCM_SHA384`
    pub cipher: &'static str,
}

/// A stream that may become a TLS stream.
pub(super) enum Transport<S> {
    Plain(S),
    Tls(Box<TlsStream<S>>),
    /// A handshake has failed; nothing comes and nothing goes.
    Gone,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport<S> {
    /// Shakes hands. Only a plain transport can.
    pub(super) async fn start_tls(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<TlsFacts> {
        let Self::Plain(stream) = std::mem::replace(self, Self::Gone) else {
            return Err(io::Error::other("TLS is there already"));
        };
        let stream = TlsConnector::from(config).connect(name, stream).await?;
        let (_, connection) = stream.get_ref();
        let version = connection.protocol_version().and_then(|version| version.as_str());
        let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        let facts = TlsFacts {
            version: version.map_or("TLS", |name| match name {
                "TLSv1_3" => "TLSv1.3",
                "TLSv1_2" => "TLSv1.2",
                other => other,
            }),
            cipher: cipher.unwrap_or("unknown"),
        };
        *self = Self::Tls(Box::new(stream));
        Ok(facts)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, octets),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, octets),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }
}
