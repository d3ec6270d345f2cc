//! Replies as they come off the wire.

use wire::framing::{LineEvent, LineReader};

use super::super::limits::ReplyLimits;
use super::{Reply, Status};

/// Finds replies in what waits, and keeps little of what a babbling host says.
#[derive(Debug, Default)]
pub struct ReplyReader {
    lines: LineReader,
    begun: Option<Reply>,
    octets: usize,
}

/// What is no reply. There is no way to go on after it: nobody knows what the next line answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    /// No three digits, or something else than a space or a hyphen behind them.
    #[error("the host said something that is no reply")]
    Malformed,
    /// Lines of one reply with different codes (RFC 5321 §4.2.1).
    #[error("the host's reply changed its code from line to line")]
    CodeChanged,
    /// A line without an end in sight.
    #[error("the host's reply has a line that is too long")]
    LineTooLong,
    /// Too many lines or octets.
    #[error("the host's reply is too long")]
    TooLong,
}

impl ReplyReader {
    /// Looks at all octets that wait and says how many of them are done with, and the reply if one is
    /// whole. The others must be shown again, in front of what comes next.
    pub fn next(
        &mut self,
        waiting: &[u8],
        limits: &ReplyLimits,
    ) -> Result<(usize, Option<Reply>), ReplyFault> {
        let mut done = 0;
        loop {
            let rest = waiting.get(done..).unwrap_or_default();
            let (octets, event) = self.lines.next(rest, limits.line_octets_max);
            done += octets;
            let line = match event {
                // A bare LF is an error of the host's; no message hides behind it.
                Some(LineEvent::Line(line) | LineEvent::BareLine(line)) => line,
                Some(LineEvent::TooLong) => return Err(ReplyFault::LineTooLong),
                // Octets that are done with and no line: they are being thrown away.
                None if octets > 0 => return Err(ReplyFault::LineTooLong),
                None => return Ok((done, None)),
            };
            self.octets += octets;
            if let Some(reply) = self.line(line, limits)? {
                self.octets = 0;
                return Ok((done, Some(reply)));
            }
        }
    }

    /// Whether a reply has begun and not ended.
    #[must_use]
    pub const fn is_within_reply(&self) -> bool {
        self.begun.is_some()
    }

    fn line(&mut self, line: &[u8], limits: &ReplyLimits) -> Result<Option<Reply>, ReplyFault> {
        let (code, is_last, text) = split(line).ok_or(ReplyFault::Malformed)?;
        let reply = self.begun.get_or_insert_with(|| Reply {
            code,
            status: status(&text, code),
            lines: Vec::new(),
        });
        if reply.code != code {
            return Err(ReplyFault::CodeChanged);
        }
        reply.lines.push(text);
        if is_last {
            return Ok(self.begun.take());
        }
        if reply.lines.len() >= limits.lines_max || self.octets >= limits.octets_max {
            return Err(ReplyFault::TooLong);
        }
        Ok(None)
    }
}

/// The code, whether the line is the reply's last, and its text.
fn split(line: &[u8]) -> Option<(u16, bool, String)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) || !(200..600).contains(&code) {
        return None;
    }
    match rest.split_first() {
        None => Some((code, true, String::new())),
        Some((b' ', text)) => Some((code, true, harmless(text))),
        Some((b'-', text)) => Some((code, false, harmless(text))),
        Some(_) => None,
    }
}

/// Text of a stranger without its control characters: it goes into logs, bounces and pages.
#[must_use]
pub(in crate::delivery) fn harmless(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let harmless = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => '?',
        // What reorders the text beside it (as a bidirectional override) deceives a reader.
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '?',
        c => c,
    };
    text.chars().map(harmless).collect::<String>().trim_end().to_owned()
}

/// The first word, when it is a status of the same class as the code (RFC 2034 §4).
fn status(text: &str, code: u16) -> Option<Status> {
    let status: Status = text.split_ascii_whitespace().next()?.parse().ok()?;
    (status.class == code / 100).then_some(status)
}
