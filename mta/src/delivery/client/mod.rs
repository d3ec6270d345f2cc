//! A conversation with one host (RFC 5321), over any stream.
//!
//! [`Client::open`] hears the greeting and says EHLO; [`Client::start_tls`] and [`Client::log_in`]
//! change what the conversation is; [`Client::send`] carries a message and says for each recipient what
//! the host answered. It knows no name service, no policy and no second host: whether TLS is needed,
//! and where to go next, is decided above.

mod answer;
mod auth;
mod commands;
mod content;
mod denial;
mod downgrade;
mod fault;
mod limits;
mod link;
mod offer;
pub mod reply;
#[cfg(test)]
mod tests;
mod transaction;
mod transport;

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

pub use answer::{Answer, Step};
pub use auth::{Credentials, Secret};
pub use denial::Denial;
pub use fault::Fault;
pub use limits::{ClientLimits, ReplyLimits};
use link::Link;
pub use offer::Offer;
use reply::Reply;
pub use transport::TlsFacts;

/// How to talk.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What we call ourselves.
    pub hostname: String,
    /// How long, how much.
    pub limits: ClientLimits,
    /// When all must be over.
    pub until: Instant,
    /// Whether PIPELINING is used where it is offered. Some hosts offer it and lose what was sent ahead.
    pub pipelining: bool,
}

/// A conversation under way.
pub struct Client<S> {
    link: Link<S>,
    terms: Terms,
    offer: Offer,
    tls: Option<TlsFacts>,
    /// Why nothing more can be said.
    fault: Option<Fault>,
    /// Whether commands had been sent ahead when it broke.
    broke_ahead: bool,
}

/// Why a conversation did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The host said no.
    #[error("{reply}")]
    Refused {
        /// To what.
        step: Step,
        /// How.
        reply: Reply,
    },
    /// The connection can't be used.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// We would not, as it stands.
    #[error("{0}")]
    Denied(Denial),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Hears the greeting and greets back.
    pub async fn open(stream: S, terms: Terms) -> Result<Self, Trouble> {
        Self::new(stream, terms).greeted().await
    }

    /// The same, with TLS from the first octet on (RFC 8314 §3.3).
    pub async fn open_tls(
        stream: S,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        terms: Terms,
    ) -> Result<Self, Trouble> {
        let mut client = Self::new(stream, terms);
        client.shake_hands(config, name).await?;
        client.greeted().await
    }

    fn new(stream: S, terms: Terms) -> Self {
        let link = Link::new(stream, terms.limits.reply.clone(), terms.until);
        let offer = Offer::default();
        Self { link, terms, offer, tls: None, fault: None, broke_ahead: false }
    }

    /// What the host offers, now.
    #[must_use]
    pub const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// What TLS it is, if it is.
    #[must_use]
    pub const fn tls(&self) -> Option<&TlsFacts> {
        self.tls.as_ref()
    }

    /// Why nothing more can be said, if that is so.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether it broke while commands had been sent ahead: without PIPELINING it may work.
    #[must_use]
    pub const fn broke_ahead(&self) -> bool {
        self.broke_ahead
    }

    /// Starts TLS (RFC 3207). What was offered before is forgotten, and asked for again.
    pub async fn start_tls(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<(), Trouble> {
        let reply = self.link.ask("STARTTLS", self.terms.limits.hello_timeout).await?;
        if reply.code() != 220 {
            return Err(Trouble::Refused { step: Step::StartTls, reply });
        }
        self.shake_hands(config, name).await?;
        self.offer = Offer::default();
        self.hello().await
    }

    /// Says goodbye. Whatever comes of it, all that matters has been said before.
    pub async fn quit(mut self) {
        if self.fault.is_none() {
            let _farewell = self.link.ask("QUIT", self.terms.limits.quit_timeout).await;
        }
    }

    async fn shake_hands(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<(), Fault> {
        let timeout = self.terms.limits.tls_handshake_timeout;
        self.tls = Some(self.link.start_tls(config, name, timeout).await?);
        Ok(())
    }

    async fn greeted(mut self) -> Result<Self, Trouble> {
        let reply = self.link.reply(self.terms.limits.greeting_timeout).await?;
        if reply.code() != 220 {
            return Err(Trouble::Refused { step: Step::Greeting, reply });
        }
        self.hello().await?;
        Ok(self)
    }

    /// EHLO, and HELO for a host that does not know it (RFC 5321 §3.2).
    async fn hello(&mut self) -> Result<(), Trouble> {
        let timeout = self.terms.limits.hello_timeout;
        let command = format!("EHLO {}", self.terms.hostname);
        let reply = self.link.ask(&command, timeout).await?;
        if reply.is_success() {
            self.offer = Offer::of(&reply);
            self.offer.pipelining &= self.terms.pipelining;
            return Ok(());
        }
        if !reply.is_permanent() {
            return Err(Trouble::Refused { step: Step::Hello, reply });
        }
        let command = format!("HELO {}", self.terms.hostname);
        let reply = self.link.ask(&command, timeout).await?;
        if reply.is_success() {
            return Ok(());
        }
        Err(Trouble::Refused { step: Step::Hello, reply })
    }
}
