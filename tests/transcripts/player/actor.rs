//! A client that does what it is told and notes what it hears.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::escape::shown;

/// One end of a connection.
pub struct Actor {
    line: Box<dyn Line>,
    heard: Vec<u8>,
    over: bool,
}

pub trait Line: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// What comes from the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Line(String),
    /// The connection is over.
    End,
    /// Nothing for too long.
    Silence,
}

impl Actor {
    pub fn new(line: DuplexStream) -> Self {
        Self { line: Box::new(line), heard: Vec::new(), over: false }
    }

    /// Sends, and listens meanwhile, as the server may have much to say before it has read it all. A
    /// server that has closed already does not want it: that is seen when nothing is heard.
    pub async fn send(&mut self, mut octets: &[u8]) {
        let (mut reader, mut writer) = tokio::io::split(&mut self.line);
        while !octets.is_empty() && !self.over {
            tokio::select! {
                biased;
                written = writer.write(octets) => match written {
                    Ok(count) if count > 0 => octets = octets.get(count..).unwrap_or_default(),
                    _ => return,
                },
                read = reader.read_buf(&mut self.heard) => self.over = !matches!(read, Ok(1..)),
            }
        }
        let flushed = writer.flush().await;
        self.over |= flushed.is_err();
    }

    /// The next line, without CRLF.
    pub async fn hear(&mut self, patience: Duration) -> Heard {
        loop {
            if let Some(end) = self.heard.iter().position(|&octet| octet == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                return Heard::Line(shown(line.strip_suffix(b"\r\n").unwrap_or(&line)));
            }
            if self.over {
                let rest = std::mem::take(&mut self.heard);
                let unfinished = || Heard::Line(format!("{} (unfinished)", shown(&rest)));
                return if rest.is_empty() { Heard::End } else { unfinished() };
            }
            match timeout(patience, self.line.read_buf(&mut self.heard)).await {
                Ok(read) => self.over = !matches!(read, Ok(1..)),
                Err(_elapsed) => return Heard::Silence,
            }
        }
    }

    pub async fn shake_hands(self, connector: &TlsConnector) -> Result<Self, String> {
        if !self.heard.is_empty() {
            return Err(format!("unread before TLS: {}", shown(&self.heard)));
        }
        let name = ServerName::try_from("mail.example.org").map_err(|error| error.to_string())?;
        let line = connector.connect(name, self.line).await.map_err(|error| error.to_string())?;
        Ok(Self { line: Box::new(line), heard: Vec::new(), over: false })
    }

    pub async fn shut(&mut self) {
        // Fails when the server has gone first.
        let shut = self.line.shutdown().await;
        self.over |= shut.is_err() && self.heard.is_empty();
    }
}

/// A client's side of TLS that trusts this certificate.
pub fn connector(certificate: &rustls::pki_types::CertificateDer<'static>) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).expect("our own certificate");
    let config =
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}
