//! Watches a message that comes in chunks (RFC 3030): its length and its lines, over all of them.
//!
//! With DATA the wire does that. Here nothing needs a line to find the end, but the store keeps messages
//! byte for byte, and a bare CR or LF in one of them smuggles as well when it leaves the house by DATA
//! (RFC 5321 §2.3.8; RFC 3030 §2 demands CRLF of text). So it is refused in the same words.

use memchr::memchr2;
use wire::BodyFault;

use super::limits::SmtpLimits;

/// The watcher of one message.
#[derive(Debug)]
pub struct ChunkWatch {
    octets_max: u64,
    line_octets_max: usize,
    octets: u64,
    line_octets: usize,
    after_cr: bool,
    fault: Option<BodyFault>,
}

impl ChunkWatch {
    /// For a message within these limits.
    #[must_use]
    pub const fn new(limits: &SmtpLimits) -> Self {
        Self {
            octets_max: limits.message_octets_max,
            line_octets_max: limits.text_line_octets_max,
            octets: 0,
            line_octets: 0,
            after_cr: false,
            fault: None,
        }
    }

    /// Octets so far.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Whether something is wrong already.
    #[must_use]
    pub const fn is_faulty(&self) -> bool {
        self.octets > self.octets_max || self.fault.is_some()
    }

    /// Whether what came last is no whole line.
    #[must_use]
    pub const fn is_in_line(&self) -> bool {
        self.line_octets > 0
    }

    /// What is wrong, if anything is. A CR at the very end is alone.
    pub fn ended(&mut self, last: bool) -> Result<u64, BodyFault> {
        if last && self.after_cr {
            self.note(BodyFault::BareCr);
        }
        if self.octets > self.octets_max {
            return Err(BodyFault::TooLong);
        }
        self.fault.take().map_or(Ok(self.octets), Err)
    }

    /// Sees the next octets.
    pub fn see(&mut self, mut octets: &[u8]) {
        self.octets = self.octets.saturating_add(octets.len() as u64);
        while let Some((first, rest)) = octets.split_first() {
            if std::mem::take(&mut self.after_cr) {
                if *first == b'\n' {
                    self.lengthen_line(1);
                    (self.line_octets, octets) = (0, rest);
                    continue;
                }
                self.note(BodyFault::BareCr);
            }
            let found = memchr2(b'\r', b'\n', octets);
            let run = found.map_or(octets.len(), |at| at + 1);
            self.lengthen_line(run);
            let (run, rest) = octets.split_at(run);
            match run.last() {
                Some(b'\r') => self.after_cr = true,
                Some(b'\n') => self.note(BodyFault::BareLf),
                _ => {}
            }
            octets = rest;
        }
    }

    fn lengthen_line(&mut self, octets: usize) {
        self.line_octets = self.line_octets.saturating_add(octets);
        if self.line_octets > self.line_octets_max {
            self.note(BodyFault::LineTooLong);
        }
    }

    fn note(&mut self, fault: BodyFault) {
        self.fault.get_or_insert(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(message: &[u8], cut: usize, limits: &SmtpLimits) -> String {
        let mut watch = ChunkWatch::new(limits);
        message.chunks(cut).for_each(|piece| watch.see(piece));
        format!("{:?}", watch.ended(true))
    }

    #[test]
    fn only_crlf_ends_a_line_however_the_chunks_are_cut() {
        for (message, expected) in [
            (&b""[..], "Ok(0)"),
            (b"a\r\n\r\nb\r\n", "Ok(8)"),
            (b"no line end", "Ok(11)"),
            (b".\r\n\0\xff\r\n", "Ok(7)"),
            (b"a\nb\r\n", "Err(BareLf)"),
            (b"\n", "Err(BareLf)"),
            (b"a\rb\r\n", "Err(BareCr)"),
            (b"a\r\r\n", "Err(BareCr)"),
            (b"a\r\n\r", "Err(BareCr)"),
        ] {
            for cut in 1..=message.len().max(1) {
                let found = watched(message, cut, &SmtpLimits::default());
                assert_eq!(found, expected, "{message:?} in {cut}");
            }
        }
    }

    #[test]
    fn a_message_and_its_lines_may_be_so_long_and_no_longer() {
        let limits =
            SmtpLimits { message_octets_max: 10, text_line_octets_max: 5, ..SmtpLimits::default() };
        for (message, expected) in [
            (&b"123\r\n678\r\n"[..], "Ok(10)"),
            (b"123\r\n678\r\n1", "Err(TooLong)"),
            (b"1234\r\n", "Err(LineTooLong)"),
            (b"12345", "Ok(5)"),
        ] {
            assert_eq!(watched(message, 3, &limits), expected, "{message:?}");
        }
    }
}
