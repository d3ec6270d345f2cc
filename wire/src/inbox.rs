//! What the client has sent and nobody has read yet.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Room for a read while lines are expected; a thousand idle connections hold as much each.
const LINE_ROOM_MIN: usize = 1 << 10;
/// The same, when a client pipelines.
const LINE_ROOM_MAX: usize = 16 << 10;
/// Room for a read within a body: bodies are the load.
pub(crate) const BODY_ROOM: usize = 64 << 10;

/// A buffer that grows when there is something to read and is given back when there is not.
pub(crate) struct Inbox {
    buffer: BytesMut,
    /// What the buffer really holds on to (`capacity()` forgets what was in front).
    allocated: usize,
    line_room: usize,
    /// Octets read since the start.
    pub(crate) total: u64,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self { buffer: BytesMut::new(), allocated: 0, line_room: LINE_ROOM_MIN, total: 0 }
    }

    /// What waits.
    pub(crate) fn waiting(&self) -> &[u8] {
        &self.buffer
    }

    /// The first octets that wait have been read.
    pub(crate) fn consume(&mut self, octets: usize) {
        self.buffer.advance(octets.min(self.buffer.len()));
    }

    /// Throws away what waits.
    pub(crate) fn discard(&mut self) -> usize {
        let octets = self.buffer.len();
        self.buffer.clear();
        octets
    }

    /// Reads more while lines are expected; safe to cancel. `Ok(0)` is the end.
    pub(crate) async fn fill_for_lines(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        self.make_room(self.line_room);
        let spare = self.buffer.capacity() - self.buffer.len();
        let octets = self.fill(stream).await?;
        self.line_room = if octets < spare {
            LINE_ROOM_MIN
        } else {
            self.line_room.saturating_mul(4).min(LINE_ROOM_MAX)
        };
        Ok(octets)
    }

    /// Reads more within a body; safe to cancel. `Ok(0)` is the end.
    pub(crate) async fn fill_for_body(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        self.make_room(BODY_ROOM);
        self.fill(stream).await
    }

    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let octets = match stream.read_buf(&mut self.buffer).await {
            // A TLS client that goes without a farewell.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            other => other?,
        };
        self.total += octets as u64;
        Ok(octets)
    }

    /// Makes room for at least one octet, usually for `want`, and lets go of much more than that.
    fn make_room(&mut self, want: usize) {
        let needed = self.buffer.len() + want;
        let far_too_big = self.allocated > needed.saturating_mul(4);
        if self.buffer.is_empty() && self.allocated >= want && !far_too_big {
            // Everything was read: the whole of it is free again, without a new allocation.
            self.buffer.clear();
            self.buffer.reserve(want);
        } else if far_too_big || self.buffer.capacity() == self.buffer.len() {
            let mut fresh = BytesMut::with_capacity(needed);
            fresh.extend_from_slice(&self.buffer);
            (self.buffer, self.allocated) = (fresh, needed);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_gets_much_room_and_a_line_after_it_little() {
        let mut inbox = Inbox::new();
        let body = vec![b'x'; 200_000];
        let mut stream = &body[..];
        while inbox.fill_for_body(&mut stream).await.unwrap() > 0 {
            assert!(inbox.allocated <= BODY_ROOM);
            inbox.consume(usize::MAX);
        }
        assert_eq!(inbox.total, 200_000);
        let mut stream = &b"NO"[..];
        inbox.fill_for_lines(&mut stream).await.unwrap();
        assert_eq!(inbox.allocated, LINE_ROOM_MIN);
        assert_eq!(inbox.waiting(), b"NO");
    }

    #[tokio::test]
    async fn room_for_lines_grows_while_a_client_pipelines_and_keeps_what_waits() {
        let mut inbox = Inbox::new();
        let lines = vec![b'x'; 40_000];
        let mut stream = &lines[..];
        inbox.fill_for_lines(&mut stream).await.unwrap();
        assert_eq!(inbox.waiting().len(), LINE_ROOM_MIN);
        for _ in 0..3 {
            inbox.consume(inbox.waiting().len() - 10);
            inbox.fill_for_lines(&mut stream).await.unwrap();
        }
        assert!(inbox.waiting().len() > LINE_ROOM_MIN);
        assert!(inbox.allocated <= LINE_ROOM_MAX + 10, "{}", inbox.allocated);
    }
}
