//! Who sent what is coming: the header is kept and the body hashed while the message arrives, and
//! when it is whole it is judged.
//!
//! Knows how much of a message is held for that, and what is done with forged results. It does *not*
//! judge (`authentication` does), nor decide what follows (the session does).

use std::net::IpAddr;
use std::sync::Arc;

use dns::Resolver;
use memchr::memmem;
use message::Timestamp;

use super::session::Letter;
use crate::authentication::{BodyWatch, Inquiry, Settings, Verdict, forged, judge};

/// How mail that comes is judged.
#[derive(Clone, Debug)]
pub struct Judging {
    /// Whom to ask.
    pub resolver: Arc<dyn Resolver>,
    /// How.
    pub settings: Settings,
}

/// What is kept of a message until it is judged.
#[derive(Debug)]
pub struct Origin {
    judging: Arc<Judging>,
    /// As it came.
    header: Vec<u8>,
    body: BodyWatch,
}

impl Origin {
    /// Of a message with this header.
    pub fn new(judging: Arc<Judging>, header: Vec<u8>) -> Self {
        let body = BodyWatch::for_signatures_of(&header, &judging.settings.limits);
        Self { judging, header, body }
    }

    /// The next octets of the body.
    pub fn see(&mut self, octets: &[u8]) {
        self.body.see(octets);
    }

    /// The message is whole. Takes as long as the limits of judging let name servers take; whatever they
    /// say or do not say, there is a verdict.
    pub async fn judged(self, peer: IpAddr, letter: &Letter, now: Timestamp) -> Verdict {
        let Self { judging, header, body } = self;
        let helo = letter.hello.name.to_string();
        let body = body.finish();
        let reverse_path = &letter.reverse_path;
        let inquiry = Inquiry { peer, helo: &helo, reverse_path, header: &header, body: &body };
        judge(&*judging.resolver, now, &inquiry, &judging.settings).await
    }
}

/// Where a header ends, looked for while it comes.
#[derive(Debug, Default)]
pub struct HeaderEnd {
    searched: usize,
}

impl HeaderEnd {
    /// How many octets the header has with the empty line that ends it, once that has come. Only CRLF ends
    /// lines: a message with others is refused.
    pub fn find(&mut self, held: &[u8]) -> Option<usize> {
        const EMPTY_LINE: &[u8] = b"\r\n\r\n";
        if held.starts_with(b"\r\n") {
            return Some(2);
        }
        let from = self.searched.saturating_sub(EMPTY_LINE.len() - 1);
        self.searched = held.len();
        let found = memmem::find(held.get(from..).unwrap_or_default(), EMPTY_LINE)?;
        Some(from + found + EMPTY_LINE.len())
    }
}

/// What results in our name are called when they are not ours (RFC 8601 §5). Nothing else of the header
/// changes: signatures would break, and the sender may have meant it well.
const FORMER: &[u8] = b"Former-Authentication-Results";

/// The header with forged results renamed.
pub fn without_forgeries(header: &[u8], hostname: &str) -> Vec<u8> {
    let mut honest = header.to_vec();
    // The last first: so the places of the others stay right.
    for name in forged(header, hostname) {
        honest.splice(name, FORMER.iter().copied());
    }
    honest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_header_is_found_however_it_is_cut() {
        for (message, end) in [
            (&b"A: b\r\n\r\ntext\r\n\r\n"[..], Some(8)),
            (b"\r\ntext", Some(2)),
            (b"A: b\r\nC: d\r\n", None),
            (b"A: b\n\n", None),
            (b"", None),
        ] {
            for octets in 1..=message.len().max(1) {
                let (mut header, mut held, mut found) = (HeaderEnd::default(), Vec::new(), None);
                for piece in message.chunks(octets) {
                    held.extend_from_slice(piece);
                    found = found.or_else(|| header.find(&held));
                }
                assert_eq!(found, end, "{} by {octets}", message.escape_ascii());
            }
        }
    }

    #[test]
    fn forged_results_are_renamed_and_nothing_else_changes() {
        let header = b"X: y\r\nauthentication-results: mx.example.org;\r\n\tspf=pass\r\nAuthentication-Results: b.example; x\r\n\r\n";
        let honest = b"X: y\r\nFormer-Authentication-Results: mx.example.org;\r\n\tspf=pass\r\nAuthentication-Results: b.example; x\r\n\r\n";
        assert_eq!(without_forgeries(header, "mx.example.org"), honest);
        assert_eq!(without_forgeries(b"A: b\r\n\r\n", "mx.example.org"), b"A: b\r\n\r\n");
    }
}
