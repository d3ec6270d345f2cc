//! What we say and the client has not taken yet.

use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::Chunk;
use crate::framing::DotStuffer;

/// So much is gathered before it is written even if the client has more to ask.
const GATHERED_MAX: usize = 32 << 10;
/// So much the client has to take within `write_timeout`.
const TAKEN_MIN: usize = 16 << 10;
/// A buffer that has grown beyond this is given back when empty.
const KEPT_MAX: usize = 1 << 10;

/// Why output cannot go on.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// The client takes nothing, or next to nothing.
    Stalled,
    /// The socket failed.
    Broken(io::Error),
    /// What we were sending failed in the middle, on our side.
    Source(io::Error),
}

/// Gathers output, so that answers to pipelined commands go out together, and writes it within time.
pub(crate) struct Outbox {
    gathered: BytesMut,
    write_timeout: Duration,
    in_stream: bool,
    half_written: bool,
    /// TLS may hold back octets until it is flushed, also those that were never gathered.
    unflushed: bool,
    /// Octets written since the start.
    pub(crate) total: u64,
}

impl Outbox {
    pub(crate) fn new(write_timeout: Duration) -> Self {
        Self {
            gathered: BytesMut::new(),
            write_timeout,
            in_stream: false,
            half_written: false,
            unflushed: false,
            total: 0,
        }
    }

    /// Whether what were said now would be understood, and not be taken for a part of something that
    /// was cut off in the middle.
    pub(crate) fn is_between_replies(&self) -> bool {
        !self.in_stream && !self.half_written
    }

    /// Takes a chunk, and writes when much has gathered.
    pub(crate) async fn push(
        &mut self,
        chunk: Chunk,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        match chunk {
            Chunk::Bytes(bytes) => self.push_bytes(&bytes, stream).await,
            Chunk::Stream(source) => self.push_stream(source, stream).await,
            Chunk::Dotted(source) => self.push_dotted(source, stream).await,
        }
    }

    async fn push_bytes(
        &mut self,
        bytes: &[u8],
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        if bytes.len() < GATHERED_MAX {
            self.gathered.extend_from_slice(bytes);
            return self.write_if_much(stream).await;
        }
        self.write_gathered(stream).await?;
        self.write(bytes, stream).await
    }

    async fn push_stream(
        &mut self,
        mut source: BoxStream<'static, io::Result<Bytes>>,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        self.in_stream = true;
        while let Some(bytes) = source.next().await {
            self.push_bytes(&bytes.map_err(Unsent::Source)?, stream).await?;
        }
        self.in_stream = false;
        Ok(())
    }

    async fn push_dotted(
        &mut self,
        mut source: BoxStream<'static, io::Result<Bytes>>,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        self.in_stream = true;
        let mut stuffer = DotStuffer::default();
        while let Some(bytes) = source.next().await {
            for slice in bytes.map_err(Unsent::Source)?.chunks(GATHERED_MAX) {
                stuffer.push(slice, &mut self.gathered);
                self.write_if_much(stream).await?;
            }
        }
        stuffer.finish(&mut self.gathered);
        self.in_stream = false;
        Ok(())
    }

    /// Writes all that has gathered and lets the buffer go.
    pub(crate) async fn flush(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        if self.gathered.is_empty() && !self.unflushed {
            return Ok(());
        }
        self.write_gathered(stream).await?;
        if self.gathered.capacity() > KEPT_MAX {
            self.gathered = BytesMut::new();
        }
        let deadline = Instant::now() + self.write_timeout;
        in_time(deadline, stream.flush()).await?;
        self.unflushed = false;
        Ok(())
    }

    async fn write_if_much(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        if self.gathered.len() < GATHERED_MAX {
            return Ok(());
        }
        self.write_gathered(stream).await
    }

    async fn write_gathered(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        let mut gathered = std::mem::take(&mut self.gathered);
        self.write(&gathered, stream).await?;
        gathered.clear();
        self.gathered = gathered;
        Ok(())
    }

    /// A client that takes an octet now and then does not count as one that reads.
    async fn write(
        &mut self,
        mut octets: &[u8],
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Unsent> {
        let mut deadline = Instant::now() + self.write_timeout;
        let mut taken = 0;
        (self.half_written, self.unflushed) = (true, true);
        while !octets.is_empty() {
            let count = in_time(deadline, stream.write(octets)).await?;
            if count == 0 {
                return Err(Unsent::Broken(io::ErrorKind::WriteZero.into()));
            }
            octets = octets.get(count..).unwrap_or_default();
            self.total += count as u64;
            taken += count;
            if taken >= TAKEN_MIN {
                (deadline, taken) = (Instant::now() + self.write_timeout, 0);
            }
        }
        self.half_written = false;
        Ok(())
    }
}

async fn in_time<R>(
    deadline: Instant,
    work: impl Future<Output = io::Result<R>>,
) -> Result<R, Unsent> {
    match timeout_at(deadline, work).await {
        Ok(result) => result.map_err(Unsent::Broken),
        Err(_elapsed) => Err(Unsent::Stalled),
    }
}
