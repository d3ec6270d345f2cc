//! Where a message goes while it arrives: our trace fields on top, then its own bytes, unchanged but for
//! results of authentication that are forged (`origin`). What an account hands in has its header put in
//! order first (`submitted`).
//!
//! All of its bytes: NUL and other control characters too (RFC 5321 §4.5.2 has all 128 ASCII characters
//! delivered), and 8-bit ones, whatever BODY declared (RFC 6152 §3).

use std::io;
use std::sync::Arc;

use mailstore::{Staged, Staging};
use message::{Address, TraceId};
use wire::BodyFault;

use super::chunk_watch::ChunkWatch;
use super::header_watch::{Beginning, HeaderFault, HeaderWatch};
use super::origin::{HeaderEnd, Judging, Origin, without_forgeries};
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
    /// What has come of the message until then: its header, or the first line of one without.
    held: Vec<u8>,
    header_end: HeaderEnd,
    /// What it is judged by, while it comes.
    origin: Option<Origin>,
    /// What is put in front of it at last.
    front: String,
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
    /// Of one that comes for this house.
    Arriving(Arriving),
    /// Of one that is handed in: they wait for the whole header, which is bounded.
    Additions(Box<Additions>),
}

/// What goes on top of a message that comes for this house.
#[derive(Debug)]
pub struct Arriving {
    /// Our trace fields, with their line ends. They are put in front when the message is whole, with what
    /// was found out about it.
    pub trace_fields: String,
    /// Our name: results of authentication in it are forged.
    pub hostname: String,
    /// How it is judged, if it is.
    pub judging: Option<Arc<Judging>>,
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
        let authors = Ok(Vec::new());
        Self {
            letter,
            trace,
            watch,
            staging,
            top: Some(top),
            held: Vec::new(),
            header_end: HeaderEnd::default(),
            origin: None,
            front: String::new(),
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

    /// What it is judged by, once it is whole; none where it is not judged.
    pub fn take_origin(&mut self) -> Option<Origin> {
        self.origin.take()
    }

    /// What came first of it, up to so many octets. After [`end`](Self::end).
    ///
    /// # Errors
    /// When it cannot be read back.
    pub async fn beginning(&self, octets_max: usize) -> io::Result<Vec<u8>> {
        self.staging.beginning(octets_max).await
    }

    /// The message, ready to be delivered, with what was found out about it below our trace fields.
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub async fn finish(mut self, results: &str) -> Result<Staged, mailstore::Error> {
        if !self.front.is_empty() {
            self.front.push_str(results);
            self.staging.put_in_front(self.front.as_bytes()).await?;
        }
        self.staging.finish().await
    }

    /// Whether it is known what goes on top.
    fn top_is_due(&mut self) -> bool {
        match &self.top {
            Some(Top::Arriving(_)) => match self.watch.beginning() {
                None => false,
                Some(Beginning::Text) => true,
                Some(Beginning::Header) => {
                    self.header_end.find(&self.held).is_some()
                        || self.held.len() > message::Limits::default().header_octets_max
                }
            },
            Some(Top::Additions(_)) => self.watch.is_over(),
            None => false,
        }
    }

    async fn write_top(&mut self, top: Top) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        match top {
            Top::Arriving(arriving) => self.write_header(arriving, held).await,
            Top::Additions(additions) => {
                let Rewritten { octets, read, authors, bulk } =
                    submitted::rewrite(&held, &additions);
                (self.authors, self.nature.bulk) = (authors, bulk);
                self.staging.write(&octets).await?;
                self.staging.write(held.get(read..).unwrap_or_default()).await
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
    async fn write_header(&mut self, arriving: Arriving, mut held: Vec<u8>) -> io::Result<()> {
        let Arriving { trace_fields, hostname, judging } = arriving;
        let has_header = self.watch.beginning() == Some(Beginning::Header);
        let header = if has_header { message::header::header_octets(&held) } else { 0 };
        let body = held.split_off(header);
        match judging {
            Some(judging) => {
                self.front = trace_fields;
                self.origin = Some(Origin::new(judging, held.clone()));
            }
            None => self.staging.write(trace_fields.as_bytes()).await?,
        }
        if has_header {
            self.staging.write(&without_forgeries(&held, &hostname)).await?;
        } else {
            self.staging.write(b"\r\n").await?;
        }
        self.write_body(&body).await
    }

    async fn write_body(&mut self, octets: &[u8]) -> io::Result<()> {
        if let Some(origin) = &mut self.origin {
            origin.see(octets);
        }
        self.staging.write(octets).await
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
            return self.write_body(octets).await;
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
