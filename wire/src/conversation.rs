//! One connection from the first word to the last: asks the session, writes, reads what it wishes.
//!
//! Strictly one thing after the other, so that pipelined commands are answered in order. Output goes
//! out when nothing that is whole waits to be read any more, which is always in front of a read.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tracing::{debug, error, info};

use crate::framing::{BodyReader, LineEvent, LineReader, Piece};
use crate::inbox::Inbox;
use crate::outbox::{Outbox, Unsent};
use crate::transport::Transport;
use crate::{BodyFault, Drain, Ending, Input, Intake, Limits, Next, Output, Session};

/// On what terms a connection is held.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Times and sizes.
    pub limits: Arc<Limits>,
    /// For the wish `Next::StartTls`; without it the wish ends the connection.
    pub starttls: Option<Arc<ServerConfig>>,
    /// Ends it when the house closes.
    pub drain: Drain,
}

impl Terms {
    /// Without TLS and for ever: what tests of sessions need.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits: Arc::new(limits), starttls: None, drain: Drain::never() }
    }
}

/// How a connection ended.
#[derive(Debug)]
pub enum Departure {
    /// The session wished it.
    Closed,
    /// The client went, between commands or in the middle of one.
    Left,
    /// We ended it, with last words.
    Ended(Ending),
    /// The client took nothing, or next to nothing, of what we sent.
    Stalled,
    /// The TLS handshake failed or was not to be had.
    TlsFailed(io::Error),
    /// The socket failed.
    Broken(io::Error),
    /// A stream that the session gave us failed in the middle.
    CutOff(io::Error),
}

impl From<Unsent> for Departure {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Stalled => Self::Stalled,
            Unsent::Broken(error) => Self::Broken(error),
            Unsent::Source(error) => Self::CutOff(error),
        }
    }
}

/// Holds a conversation between a session and a client over any stream, up to its end.
pub async fn run<S, T>(session: S, stream: T, terms: Terms) -> Departure
where
    S: Session,
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    hold(session, Transport::Plain(stream), terms).await
}

/// The same over a stream that may be a TLS stream already.
pub(crate) async fn hold<S, T>(mut session: S, transport: Transport<T>, terms: Terms) -> Departure
where
    S: Session,
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut conversation = Conversation::new(transport, terms);
    let Err(departure) = conversation.guarded(&mut session).await;
    log(&departure, &conversation);
    conversation.part(&departure, S::last_words).await;
    departure
}

/// Never: a conversation ends with a departure.
enum Endless {}

struct Conversation<T> {
    transport: Transport<T>,
    inbox: Inbox,
    outbox: Outbox,
    lines: LineReader,
    /// Since when we have waited for the line that is not whole yet.
    line_deadline: Option<Instant>,
    terms: Terms,
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Conversation<T> {
    fn new(transport: Transport<T>, terms: Terms) -> Self {
        Self {
            transport,
            inbox: Inbox::new(),
            outbox: Outbox::new(terms.limits.write_timeout),
            lines: LineReader::default(),
            line_deadline: None,
            terms,
        }
    }

    /// Talks, but no longer than a closing house can wait, and not beyond a panic of the session.
    async fn guarded<S: Session>(&mut self, session: &mut S) -> Result<Endless, Departure> {
        let mut drain = self.terms.drain.clone();
        let drain_timeout = self.terms.limits.drain_timeout;
        let patience_ends = async move {
            drain.begun().await;
            sleep(drain_timeout).await;
        };
        let talk = AssertUnwindSafe(self.talk(session)).catch_unwind();
        tokio::select! {
            biased;
            result = talk => result.unwrap_or(Err(Departure::Ended(Ending::Crashed))),
            () = patience_ends => Err(Departure::Ended(Ending::Draining)),
        }
    }

    async fn talk<S: Session>(&mut self, session: &mut S) -> Result<Endless, Departure> {
        let mut output = session.greeting().await;
        loop {
            let next = self.say(output).await?;
            let input = self.listen(session, next).await?;
            output = session.handle(input).await;
        }
    }

    async fn say<I>(&mut self, output: Output<I>) -> Result<Next<I>, Departure> {
        for chunk in output.chunks {
            self.outbox.push(chunk, &mut self.transport).await?;
        }
        Ok(output.next)
    }

    async fn listen<S: Session>(
        &mut self,
        session: &mut S,
        next: Next<S::Intake>,
    ) -> Result<Input<S::Intake>, Departure> {
        match next {
            Next::Line { octets_max } => self.line(octets_max, std::future::pending()).await,
            Next::LineOrChange { octets_max } => self.line(octets_max, session.changed()).await,
            Next::Body { octets_max, line_octets_max, intake } => {
                self.body(BodyReader::new(octets_max, line_octets_max), intake).await
            }
            Next::Literal { octets, intake } => self.literal(octets, intake).await,
            Next::StartTls => self.start_tls().await,
            Next::Close => {
                // What was asked for before the goodbye is as good as any answer: it has its own time.
                self.outbox.flush(&mut self.transport).await?;
                Err(Departure::Closed)
            }
        }
    }

    async fn line<I>(
        &mut self,
        octets_max: usize,
        changed: impl Future<Output = ()>,
    ) -> Result<Input<I>, Departure> {
        let mut drain = self.terms.drain.clone();
        let mut changed = std::pin::pin!(changed);
        // A change does not renew it, and neither do octets that complete no line.
        let idle_timeout = self.terms.limits.idle_timeout;
        let deadline = *self.line_deadline.get_or_insert_with(|| Instant::now() + idle_timeout);
        loop {
            // The command in progress has been answered: those behind it get the last words.
            if drain.has_begun() {
                return Err(Departure::Ended(Ending::Draining));
            }
            if let Some(input) = self.waiting_line(octets_max) {
                self.line_deadline = None;
                return Ok(input);
            }
            self.outbox.flush(&mut self.transport).await?;
            tokio::select! {
                biased;
                read = self.inbox.fill_for_lines(&mut self.transport) => somebody_there(read)?,
                () = &mut changed => return Ok(Input::Changed),
                () = drain.begun() => {}
                () = sleep_until(deadline) => return Err(Departure::Ended(Ending::IdleTooLong)),
            }
        }
    }

    fn waiting_line<I>(&mut self, octets_max: usize) -> Option<Input<I>> {
        let (done, event) = self.lines.next(self.inbox.waiting(), octets_max);
        let input = event.map(|event| match event {
            LineEvent::Line(line) => Input::Line(line.to_vec().into()),
            LineEvent::BareLine(line) => Input::BareLine(line.to_vec().into()),
            LineEvent::TooLong => Input::LongLine,
        });
        self.inbox.consume(done);
        input
    }

    async fn body<I: Intake>(
        &mut self,
        mut reader: BodyReader,
        mut intake: I,
    ) -> Result<Input<I>, Departure> {
        let deadline = self.enter_body().await?;
        let mut fault = None;
        loop {
            let mut rest = self.inbox.waiting();
            let mut ending = None;
            while ending.is_none() {
                match reader.next(&mut rest) {
                    Some(Piece::Content(octets)) => take_in(octets, &mut intake, &mut fault).await,
                    Some(Piece::End(end)) => ending = Some(end),
                    None => break,
                }
            }
            let done = self.inbox.waiting().len() - rest.len();
            self.inbox.consume(done);
            if let Some(ending) = ending {
                return Ok(Input::Body(intake, with_fault(ending, fault)));
            }
            self.more_body(deadline).await?;
        }
    }

    async fn literal<I: Intake>(
        &mut self,
        octets: u64,
        mut intake: I,
    ) -> Result<Input<I>, Departure> {
        let deadline = self.enter_body().await?;
        let (mut left, mut fault) = (octets, None);
        loop {
            let waiting = self.inbox.waiting();
            let count = usize::try_from(left).map_or(waiting.len(), |left| left.min(waiting.len()));
            if count > 0 {
                let octets = waiting.get(..count).unwrap_or_default();
                take_in(octets, &mut intake, &mut fault).await;
                self.inbox.consume(count);
                left -= count as u64;
            }
            if left == 0 {
                return Ok(Input::Literal(intake, with_fault(Ok(octets), fault)));
            }
            self.more_body(deadline).await?;
        }
    }

    /// The client waits for our word to go on (354, "+ "), so it must be out first.
    async fn enter_body(&mut self) -> Result<Instant, Departure> {
        self.lines = LineReader::default();
        self.line_deadline = None;
        self.outbox.flush(&mut self.transport).await?;
        Ok(Instant::now() + self.terms.limits.body_timeout)
    }

    async fn more_body(&mut self, deadline: Instant) -> Result<(), Departure> {
        let deadline = deadline.min(Instant::now() + self.terms.limits.body_idle_timeout);
        match timeout_at(deadline, self.inbox.fill_for_body(&mut self.transport)).await {
            Ok(read) => somebody_there(read),
            Err(_elapsed) => Err(Departure::Ended(Ending::IdleTooLong)),
        }
    }

    async fn start_tls<I>(&mut self) -> Result<Input<I>, Departure> {
        self.outbox.flush(&mut self.transport).await?;
        let Some(config) = self.terms.starttls.clone() else {
            return Err(Departure::TlsFailed(io::Error::other("no TLS to be had here")));
        };
        // What somebody in the middle has put in front of the handshake must not be taken for the
        // words of the client behind it (RFC 3207 §4.2; CVE-2011-0411).
        let discarded = self.inbox.discard();
        self.lines = LineReader::default();
        if discarded > 0 {
            info!(octets = discarded, "discarded what came in front of a TLS handshake");
        }
        let limit = self.terms.limits.tls_handshake_timeout;
        let facts = match timeout(limit, self.transport.start_tls(config)).await {
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(Departure::Left);
            }
            Ok(result) => result.map_err(Departure::TlsFailed)?,
            Err(_elapsed) => return Err(Departure::TlsFailed(io::ErrorKind::TimedOut.into())),
        };
        debug!(?facts, "TLS started");
        Ok(Input::TlsStarted(facts))
    }

    /// The last words, if any are due and would be understood; then the door is closed gently.
    async fn part(&mut self, departure: &Departure, last_words: fn(Ending) -> &'static str) {
        let limit = self.terms.limits.linger_timeout;
        let farewell = async {
            if let Departure::Ended(ending) = departure
                && self.outbox.is_between_replies()
            {
                let words = last_words(*ending).into();
                self.outbox.push(words, &mut self.transport).await?;
            }
            self.outbox.flush(&mut self.transport).await?;
            self.transport.shutdown().await.map_err(Unsent::Broken)?;
            // Closing a socket with unread octets resets it, and the client's kernel may then throw
            // away our last words unread.
            while self.inbox.fill_for_lines(&mut self.transport).await.is_ok_and(|read| read > 0) {
                self.inbox.discard();
            }
            Ok::<(), Unsent>(())
        };
        if matches!(departure, Departure::Closed | Departure::Ended(_))
            && let Ok(Err(unsent)) = timeout(limit, farewell).await
        {
            debug!(?unsent, "the client went before our last words");
        }
    }
}

fn somebody_there(read: io::Result<usize>) -> Result<(), Departure> {
    match read {
        Ok(0) => Err(Departure::Left),
        Ok(_) => Ok(()),
        Err(error) => Err(Departure::Broken(error)),
    }
}

/// A body that cannot be taken any more is read on, but no further given.
async fn take_in<I: Intake>(octets: &[u8], intake: &mut I, fault: &mut Option<io::Error>) {
    if fault.is_none() {
        *fault = intake.write(octets).await.err();
    }
}

/// The client's fault goes first: what it has sent would not have been taken anyway.
fn with_fault(ending: Result<u64, BodyFault>, fault: Option<io::Error>) -> Result<u64, BodyFault> {
    let octets = ending?;
    fault.map_or(Ok(octets), |error| Err(BodyFault::Intake(error)))
}

fn log<T>(departure: &Departure, conversation: &Conversation<T>) {
    let (read, written) = (conversation.inbox.total, conversation.outbox.total);
    match departure {
        Departure::Ended(Ending::Crashed) => error!(read, written, "the session panicked"),
        Departure::CutOff(error) => {
            error!(read, written, %error, "what was being sent failed in the middle");
        }
        Departure::Ended(ending) => info!(read, written, ?ending, "ended"),
        Departure::Stalled => info!(read, written, "the client does not take what it asked for"),
        Departure::TlsFailed(error) => info!(read, written, %error, "TLS failed"),
        Departure::Closed => debug!(read, written, "closed"),
        Departure::Left => debug!(read, written, "the client left"),
        Departure::Broken(error) => debug!(read, written, %error, "the connection broke"),
    }
}
