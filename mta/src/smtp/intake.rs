//! Where a message goes while it arrives: our trace fields on top, then its own bytes, unchanged. What an
//! account hands in has its header put in order first (`submitted`).
//!
//! All of its bytes: NUL and other control characters too (RFC 5321 §4.5.2 has all 128 ASCII characters
//! delivered), and 8-bit ones, whatever BODY declared (RFC 6152 §3).

use std::io;

use mailstore::{Staged, Staging};
use message::{Address, TraceId};
use wire::BodyFault;

use super::chunk_watch::ChunkWatch;
use super::header_watch::{Beginning, HeaderFault, HeaderWatch};
use super::refusal::Refusal;
use super::session::Letter;
use super::submitted::{self, Additions, AuthorFault, Rewritten};

/// Where what the client sends goes.
#[derive(Debug)]
pub enum Intake {
    /// To a message.
    Message(Box<Arrival>),
    /// Nowhere: a chunk that nobody asked for is read to its end, and then refused (RFC 3030 §2).
    Nowhere(Box<Refusal>),
}

/// A message on its way in. Dropped when the client goes away, and then nothing of it stays.
#[derive(Debug)]
pub struct Arrival {
    /// From whom and to whom.
    pub letter: Letter,
    /// Its id.
    pub trace: TraceId,
    watch: HeaderWatch,
    staging: Staging,
    /// What goes on top, until it is written.
    top: Option<Top>,
    /// What has come of the message until then: its first line, or its header.
    held: Vec<u8>,
    authors: Result<Vec<Address>, AuthorFault>,
    nature: Nature,
    /// Of a message that comes in chunks: what the wire does not watch then.
    chunks: Option<ChunkWatch>,
}

/// What the bytes of a message are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nature {
    /// There are octets in it that are not ASCII, whatever was declared.
    pub eight_bit: bool,
    /// It says that it goes to many.
    pub bulk: bool,
}

/// What goes on top of a message.
#[derive(Debug)]
pub enum Top {
    /// Of one that comes for this house: our trace fields. They wait until it is known whether an empty line
    /// must follow them.
    TraceFields(String),
    /// Of one that is handed in: they wait for the whole header, which is bounded.
    Additions(Box<Additions>),
}

impl Arrival {
    /// For one letter, with what goes on top of its message.
    pub fn new(
        letter: Letter,
        trace: TraceId,
        top: Top,
        watch: HeaderWatch,
        staging: Staging,
    ) -> Self {
        let (held, authors) = (Vec::new(), Ok(Vec::new()));
        Self {
            letter,
            trace,
            watch,
            staging,
            top: Some(top),
            held,
            authors,
            nature: Nature::default(),
            chunks: None,
        }
    }

    /// For one that comes in chunks.
    pub fn in_chunks(self, watch: ChunkWatch) -> Self {
        Self { chunks: Some(watch), ..self }
    }

    /// A chunk has come: octets of the message so far, or what is wrong with it.
    pub fn chunk_ended(&mut self, last: bool) -> Result<u64, BodyFault> {
        self.chunks.as_mut().map_or(Ok(0), |chunks| chunks.ended(last))
    }

    /// What is wrong with the message's header, if something is.
    #[must_use]
    pub fn header_fault(&self) -> Option<HeaderFault> {
        self.watch.fault()
    }

    /// In whose names a message that was handed in is written, once it is whole.
    pub const fn authors(&self) -> Result<&[Address], AuthorFault> {
        match &self.authors {
            Ok(authors) => Ok(authors.as_slice()),
            Err(fault) => Err(*fault),
        }
    }

    /// What it is like, once it is whole.
    pub const fn nature(&self) -> Nature {
        self.nature
    }

    /// The message is whole: what waits is written. Chunks may end without a line end; a message does not,
    /// and to a signature it is the same (RFC 6376 §3.4.3).
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub async fn end(&mut self) -> io::Result<()> {
        if self.chunks.as_ref().is_some_and(ChunkWatch::is_in_line) {
            self.take(b"\r\n").await?;
        }
        match self.top.take() {
            Some(top) => self.write_top(top).await,
            None => Ok(()),
        }
    }

    /// The message, ready to be delivered.
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub async fn finish(self) -> Result<Staged, mailstore::Error> {
        self.staging.finish().await
    }

    /// Whether it is known what goes on top.
    const fn top_is_due(&self) -> bool {
        match &self.top {
            Some(Top::TraceFields(_)) => self.watch.beginning().is_some(),
            Some(Top::Additions(_)) => self.watch.is_over(),
            None => false,
        }
    }

    async fn write_top(&mut self, top: Top) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        match top {
            Top::TraceFields(fields) => {
                let beginning = self.watch.beginning();
                write_trace_fields(&mut self.staging, &fields, beginning, &held).await
            }
            Top::Additions(additions) => {
                let Rewritten { octets, read, authors, bulk } =
                    submitted::rewrite(&held, &additions);
                (self.authors, self.nature.bulk) = (authors, bulk);
                self.staging.write(&octets).await?;
                self.staging.write(held.get(read..).unwrap_or_default()).await
            }
        }
    }
}

impl Arrival {
    async fn take(&mut self, octets: &[u8]) -> io::Result<()> {
        self.watch.see(octets);
        if self.watch.fault().is_some() {
            // It will be refused: what is still to come is read, and not kept.
            return Ok(());
        }
        self.nature.eight_bit |= !octets.is_ascii();
        if self.top.is_none() {
            return self.staging.write(octets).await;
        }
        self.held.extend_from_slice(octets);
        if !self.top_is_due() {
            return Ok(());
        }
        match self.top.take() {
            Some(top) => self.write_top(top).await,
            None => Ok(()),
        }
    }
}

impl wire::Intake for Arrival {
    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if let Some(chunks) = &mut self.chunks {
            chunks.see(octets);
            if chunks.is_faulty() {
                return Ok(());
            }
        }
        self.take(octets).await
    }
}

impl wire::Intake for Intake {
    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Message(arrival) => arrival.write(octets).await,
            Self::Nowhere(_) => Ok(()),
        }
    }
}

/// A Return-Path that the message brings along stays where it is. RFC 5321 §4.4 lets us remove it, but
/// then a message would not be kept byte for byte, and signatures over its header would break; ours is
/// the topmost, and the topmost counts.
///
/// Text without a header (two lines typed at a telnet prompt) gets an empty line in front, or readers
/// would take it for a broken header; a first line that begins with a blank would even continue our
/// own Received field, and say there what it likes.
async fn write_trace_fields(
    staging: &mut Staging,
    fields: &str,
    beginning: Option<Beginning>,
    held: &[u8],
) -> io::Result<()> {
    staging.write(fields.as_bytes()).await?;
    if beginning != Some(Beginning::Header) {
        staging.write(b"\r\n").await?;
    }
    staging.write(held).await
}
