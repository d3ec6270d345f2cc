//! A connection as a conversation: what goes out, and replies.
//!
//! Knows buffers and times; it does *not* know what is asked and what an answer means.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, timeout_at};

use super::fault::Fault;
use super::limits::ReplyLimits;
use super::reply::{Reply, ReplyReader};
use super::transport::{TlsFacts, Transport};

/// Octets read at once.
const READ_OCTETS: usize = 4 << 10;

/// A connection.
pub(super) struct Link<S> {
    transport: Transport<S>,
    inbox: BytesMut,
    outbox: BytesMut,
    replies: ReplyReader,
    limits: ReplyLimits,
    /// When all must be over.
    pub(super) until: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    pub(super) fn new(stream: S, limits: ReplyLimits, until: Instant) -> Self {
        let (inbox, outbox) = (BytesMut::new(), BytesMut::new());
        let transport = Transport::Plain(stream);
        Self { transport, inbox, outbox, replies: ReplyReader::default(), limits, until }
    }

    /// What will go out with the next [`flush`](Self::flush).
    pub(super) fn outbox(&mut self) -> &mut BytesMut {
        &mut self.outbox
    }

    /// A command for the next flush.
    pub(super) fn queue(&mut self, command: &str) {
        self.outbox.extend_from_slice(command.as_bytes());
        self.outbox.extend_from_slice(b"\r\n");
    }

    /// Sends all that is queued. When the host does not take it, what it says is read meanwhile: it may
    /// wait for us to read as we wait for it (RFC 2920 §3.1).
    pub(super) async fn flush(&mut self, timeout: Duration) -> Result<(), Fault> {
        let moment = self.moment(timeout);
        let outcome = timeout_at(moment, poll_fn(|context| self.poll_flush(context))).await;
        match outcome {
            Ok(outcome) => outcome,
            Err(_) => Err(self.late(moment)),
        }
    }

    /// Sends one command when nothing else is under way, and waits for its reply.
    pub(super) async fn ask(&mut self, command: &str, timeout: Duration) -> Result<Reply, Fault> {
        self.expect_silence()?;
        self.queue(command);
        self.flush(timeout).await?;
        self.reply(timeout).await
    }

    /// The next reply.
    pub(super) async fn reply(&mut self, timeout: Duration) -> Result<Reply, Fault> {
        let moment = self.moment(timeout);
        loop {
            if let Some(reply) = self.waiting_reply()? {
                return Ok(reply);
            }
            let fill = poll_fn(|context| self.poll_fill(context));
            match timeout_at(moment, fill).await {
                Ok(Ok(0)) => return Err(Fault::Closed),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => return Err(self.late(moment)),
            }
        }
    }

    /// A reply that has come already, if there is one; nothing is waited for.
    pub(super) async fn early_reply(&mut self) -> Result<Option<Reply>, Fault> {
        let peek = poll_fn(|context| match self.poll_fill(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => Poll::Ready(None),
        });
        match peek.await {
            Some(Ok(0)) => {
                self.waiting_reply()?.map_or(Err(Fault::Closed), |reply| Ok(Some(reply)))
            }
            Some(Err(error)) => Err(error.into()),
            _ => self.waiting_reply(),
        }
    }

    /// Before something is asked nothing may wait: it would be taken for the answer.
    pub(super) fn expect_silence(&mut self) -> Result<(), Fault> {
        match self.waiting_reply()? {
            Some(reply) if reply.is_farewell() => Err(Fault::Farewell(reply)),
            Some(reply) => Err(Fault::OutOfStep(reply)),
            None => Ok(()),
        }
    }

    /// Shakes hands. What came in clear must have been read to its end (RFC 3207 §6).
    pub(super) async fn start_tls(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        timeout: Duration,
    ) -> Result<TlsFacts, Fault> {
        if !self.inbox.is_empty() || self.replies.is_within_reply() {
            return Err(Fault::Injected);
        }
        let moment = self.moment(timeout);
        match timeout_at(moment, self.transport.start_tls(config, name)).await {
            Ok(outcome) => outcome.map_err(|error| Fault::handshake(&error)),
            Err(_) => Err(self.late(moment)),
        }
    }

    fn waiting_reply(&mut self) -> Result<Option<Reply>, Fault> {
        let (done, reply) = self.replies.next(&self.inbox, &self.limits)?;
        self.inbox.advance(done);
        Ok(reply)
    }

    fn moment(&self, timeout: Duration) -> Instant {
        (Instant::now() + timeout).min(self.until)
    }

    fn late(&self, moment: Instant) -> Fault {
        if moment >= self.until { Fault::OutOfTime } else { Fault::Timeout }
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        match self.poll_write_all(context) {
            Poll::Ready(outcome) => Poll::Ready(outcome.map_err(Fault::from)),
            Poll::Pending => {
                while self.inbox.len() < self.limits.octets_max {
                    match ready!(self.poll_fill(context)) {
                        Ok(0) => return Poll::Ready(Err(Fault::Closed)),
                        Ok(_) => {}
                        Err(error) => return Poll::Ready(Err(error.into())),
                    }
                }
                Poll::Pending
            }
        }
    }

    fn poll_write_all(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outbox.is_empty() {
            match ready!(Pin::new(&mut self.transport).poll_write(context, &self.outbox))? {
                0 => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                octets => self.outbox.advance(octets),
            }
        }
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut octets = [0; READ_OCTETS];
        let mut buffer = ReadBuf::new(&mut octets);
        match ready!(Pin::new(&mut self.transport).poll_read(context, &mut buffer)) {
            // A host that leaves TLS without a farewell.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(0)),
            Err(error) => Poll::Ready(Err(error)),
            Ok(()) => {
                self.inbox.extend_from_slice(buffer.filled());
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    }
}
