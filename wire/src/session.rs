//! What a protocol and the wire say to each other.
//!
//! Only the vocabulary; what is done with it stands in `conversation`.

use std::future::Future;
use std::io;

use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::TlsFacts;

/// One protocol's side of one connection: bytes in, bytes and a wish out.
///
/// Its methods are never called at the same time, and inputs come strictly in the order in which the
/// client sent them. When the client goes away the session is simply dropped, whatever it was doing.
pub trait Session: Send {
    /// Where this protocol's bodies and literals go; [`NoIntake`] if it has none.
    type Intake: Intake;

    /// The first words. `Next::StartTls` is no answer to this.
    fn greeting(&mut self) -> impl Future<Output = Output<Self::Intake>> + Send;

    /// Answers one input.
    fn handle(
        &mut self,
        input: Input<Self::Intake>,
    ) -> impl Future<Output = Output<Self::Intake>> + Send;

    /// Resolves when something has changed that the client may be told now; asked only while the
    /// wish is [`Next::LineOrChange`], and then answered with [`Input::Changed`]. It is dropped
    /// unfinished when a line comes first, so it must be safe to cancel.
    fn changed(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// The last line (with its line end) when wire itself ends the connection. Also said to those
    /// who are refused before they get a session, hence without `self`.
    fn last_words(ending: Ending) -> &'static str;
}

/// Where a body or literal goes while it arrives. The session gets it back in [`Input::Body`] or
/// [`Input::Literal`], with how it ended; if the client goes away in the middle it is dropped.
pub trait Intake: Send + 'static {
    /// Takes the next slice (up to 64 KiB, dots already removed). An error makes the body faulty:
    /// its rest is read and thrown away, and the session is told [`BodyFault::Intake`].
    fn write(&mut self, octets: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

/// The intake of protocols without bodies: there is none.
#[derive(Debug)]
pub enum NoIntake {}

impl Intake for NoIntake {
    async fn write(&mut self, _octets: &[u8]) -> io::Result<()> {
        match *self {}
    }
}

/// Why wire ends a connection that the session would have kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// No whole line, or no whole body, within its time.
    IdleTooLong,
    /// The house is closing.
    Draining,
    /// All seats are taken.
    TooManyConnections,
    /// This address (or IPv6 network) has all the seats it may have.
    TooManyFromAddress,
    /// The [`Door`](crate::Door) does not let this address in.
    Banned,
    /// The session panicked.
    Crashed,
}

/// What has come from the client.
#[derive(Debug)]
pub enum Input<I> {
    /// A line that ended with CRLF, without its line end. It may hold any octet but LF.
    Line(Bytes),
    /// A line that ended with a bare LF, without it: whether that is a line, the session decides.
    BareLine(Bytes),
    /// A line longer than was wished for. It was thrown away up to its end and comes as one input.
    LongLine,
    /// The body that was wished for has ended: its length after dots were removed, or what was wrong.
    Body(I, Result<u64, BodyFault>),
    /// The literal that was wished for has ended.
    Literal(I, Result<u64, BodyFault>),
    /// [`Session::changed`] has resolved.
    Changed,
    /// The TLS handshake that was wished for is done. What was learnt before it must be forgotten.
    TlsStarted(TlsFacts),
}

/// What was wrong with a body or a literal. The client has sent all of it by then.
#[derive(Debug, thiserror::Error)]
pub enum BodyFault {
    /// More octets than were wished for.
    #[error("the body is too long")]
    TooLong,
    /// A CR without LF: never part of a message (RFC 5321 §2.3.8), and a way to smuggle one.
    #[error("the body has a bare CR")]
    BareCr,
    /// A LF without CR (RFC 5321 §2.3.8).
    #[error("the body has a bare LF")]
    BareLf,
    /// A line longer than was wished for.
    #[error("the body has a line that is too long")]
    LineTooLong,
    /// The intake could not take it: our fault, not the client's.
    #[error("the body could not be taken: {0}")]
    Intake(#[source] io::Error),
}

/// A session's answer: what to send, then what to read.
#[derive(Debug)]
pub struct Output<I> {
    /// Sent in this order. Nothing at all is a good answer too.
    pub chunks: Vec<Chunk>,
    /// The wish.
    pub next: Next<I>,
}

impl<I> Output<I> {
    /// One chunk and a wish.
    pub fn new(chunk: impl Into<Chunk>, next: Next<I>) -> Self {
        Self { chunks: vec![chunk.into()], next }
    }

    /// Nothing to say, only a wish.
    pub fn silent(next: Next<I>) -> Self {
        Self { chunks: Vec::new(), next }
    }
}

/// A piece of output.
pub enum Chunk {
    /// Sent as it is.
    Bytes(Bytes),
    /// Sent as it is while it comes. If it fails, the connection is cut: there is no honest way on.
    Stream(BoxStream<'static, io::Result<Bytes>>),
    /// Dot-stuffed on the way out and ended with CRLF.CRLF (RFC 5321 §4.5.2, RFC 1939 §3).
    Dotted(BoxStream<'static, io::Result<Bytes>>),
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(bytes).finish(),
            Self::Stream(_) => f.write_str("Stream(..)"),
            Self::Dotted(_) => f.write_str("Dotted(..)"),
        }
    }
}

impl From<Bytes> for Chunk {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u8>> for Chunk {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<String> for Chunk {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<&'static str> for Chunk {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

/// What a session wishes to have next.
#[derive(Debug)]
pub enum Next<I> {
    /// A line of at most so many octets, its CRLF counted.
    Line {
        /// Longer ones come as [`Input::LongLine`].
        octets_max: usize,
    },
    /// A line as above, or [`Input::Changed`], whichever is first.
    LineOrChange {
        /// Longer ones come as [`Input::LongLine`].
        octets_max: usize,
    },
    /// A dot-stuffed body up to CRLF.CRLF, which starts at the beginning of a line.
    Body {
        /// Longest content, after dots were removed.
        octets_max: u64,
        /// Longest line, its CRLF counted, after its dot was removed (RFC 5321 §4.5.3.1.6).
        line_octets_max: usize,
        /// Takes the content.
        intake: I,
    },
    /// Exactly so many octets, whatever they are.
    Literal {
        /// How many.
        octets: u64,
        /// Takes them.
        intake: I,
    },
    /// A TLS handshake, after the chunks have been sent. What the client has sent in front of it is
    /// thrown away (RFC 3207 §4.2). Only where [`Peer::starttls`](crate::Peer) says so: elsewhere
    /// the connection is closed.
    StartTls,
    /// The end, after the chunks have been sent.
    Close,
}
