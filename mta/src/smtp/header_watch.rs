//! Watches a message's header go by, octet for octet, and keeps none of it.
//!
//! Knows where the header ends, whether the message begins with one at all, and the two signs of a
//! message that goes in circles (RFC 5321 §6.3). What is kept of a line is bounded, so that a
//! thousand strangers who send endless headers fill no memory. It does *not* parse mail: `message`
//! does, once the message is whole.

use message::Address;

use super::limits::SmtpLimits;

/// What is kept of a line. Enough for any name of a field, and for any address in Delivered-To.
const KEPT_OCTETS_MAX: usize = 1_000;

/// Why a message is not taken, as its header shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// Longer than may be.
    TooLarge,
    /// Too many Received fields.
    ReceivedTooOften,
    /// It was here, and its Delivered-To names one who is to get it now.
    DeliveredBefore,
}

/// How a message begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With a header field, or with the empty line after no field at all.
    Header,
    /// With text: there is no header.
    Text,
}

/// The watcher of one message.
#[derive(Debug)]
pub struct HeaderWatch {
    octets_max: u64,
    received_max: usize,
    hostname: String,
    recipients: Vec<Address>,
    line: Vec<u8>,
    octets: u64,
    received: usize,
    /// Whether the line belongs to a Received field.
    in_received: bool,
    /// Whether a Received field says that it came by us.
    was_here: bool,
    /// Whether a Delivered-To names one of the recipients.
    was_delivered: bool,
    beginning: Option<Beginning>,
    fault: Option<HeaderFault>,
    over: bool,
}

impl HeaderWatch {
    /// For a message to these recipients, at the host of this name.
    #[must_use]
    pub fn new(limits: &SmtpLimits, hostname: &str, recipients: Vec<Address>) -> Self {
        Self {
            octets_max: limits.header_octets_max,
            received_max: limits.received_max,
            hostname: hostname.to_owned(),
            recipients,
            line: Vec::new(),
            octets: 0,
            received: 0,
            in_received: false,
            was_here: false,
            was_delivered: false,
            beginning: None,
            fault: None,
            over: false,
        }
    }

    /// How the message begins, as soon as that can be said.
    #[must_use]
    pub const fn beginning(&self) -> Option<Beginning> {
        self.beginning
    }

    /// What is wrong with the header, as soon as something is.
    ///
    /// Delivered-To alone is no circle: a letter that was at the same address on another host comes
    /// here rightly when somebody moves house.
    #[must_use]
    pub fn fault(&self) -> Option<HeaderFault> {
        let circles = self.was_here && self.was_delivered;
        self.fault.or(circles.then_some(HeaderFault::DeliveredBefore))
    }

    /// Whether the header has ended, or is not looked at any further.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Sees the next octets.
    pub fn see(&mut self, octets: &[u8]) {
        for piece in octets.split_inclusive(|octet| *octet == b'\n') {
            if self.over {
                return;
            }
            self.see_piece(piece);
        }
    }

    fn see_piece(&mut self, piece: &[u8]) {
        let room = KEPT_OCTETS_MAX.saturating_sub(self.line.len());
        self.line.extend(piece.iter().take(room));
        self.octets += piece.len() as u64;
        let ended = piece.ends_with(b"\n");
        if self.beginning.is_none() && (ended || self.line.len() == KEPT_OCTETS_MAX) {
            self.begin();
        }
        if !self.over && self.octets > self.octets_max {
            self.end(Some(HeaderFault::TooLarge));
        }
        if !self.over && ended {
            self.line_seen();
        }
    }

    fn begin(&mut self) {
        let line = &self.line;
        if line == b"\r\n" || field(line).is_some() || is_mbox_separator(line) {
            self.beginning = Some(Beginning::Header);
        } else {
            self.beginning = Some(Beginning::Text);
            self.end(None);
        }
    }

    fn line_seen(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.trim_ascii_end();
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            self.was_here |= self.in_received && is_by(text, &self.hostname);
            return;
        }
        self.in_received = false;
        match field(text) {
            Some((name, value)) => self.field_seen(name, value),
            None if is_mbox_separator(text) => (),
            // The empty line, or text that begins without one.
            None => self.end(None),
        }
    }

    fn field_seen(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"received") {
            self.received += 1;
            self.in_received = true;
            self.was_here |= is_by(value, &self.hostname);
            if self.received > self.received_max {
                self.end(Some(HeaderFault::ReceivedTooOften));
            }
        } else if name.eq_ignore_ascii_case(b"delivered-to") {
            self.was_delivered |= self.is_for_us(value);
        }
    }

    fn is_for_us(&self, value: &[u8]) -> bool {
        let text = String::from_utf8_lossy(value);
        let text = text.trim_start_matches('<').trim_end_matches('>');
        Address::parse(text).is_ok_and(|address| self.recipients.contains(&address))
    }

    fn end(&mut self, fault: Option<HeaderFault>) {
        self.fault = fault;
        self.over = true;
        self.line = Vec::new();
    }
}

/// Name and value of a field's first line (RFC 5322 §2.2; blanks before the colon by §4.5).
pub fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|octet| *octet == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|octet| matches!(octet, 33..=126));
    is_name.then(|| (name, value.get(1..).unwrap_or_default().trim_ascii()))
}

/// Whether a line of a Received field has `by` and this name (RFC 5321 §4.4).
fn is_by(line: &[u8], hostname: &str) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.any(|word| word.eq_ignore_ascii_case(b"by"))
        && words.next().is_some_and(|name| name.eq_ignore_ascii_case(hostname.as_bytes()))
}

/// A line that mailbox files have between messages, and that careless programs send along.
pub fn is_mbox_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const OURS: &str = "mail.hamburger.edu";

    fn watch(limits: &SmtpLimits, message: &str) -> HeaderWatch {
        let mut watch =
            HeaderWatch::new(limits, OURS, vec![Address::parse("bob@hamburger.edu").unwrap()]);
        watch.see(message.as_bytes());
        watch
    }

    const WAS_HERE: &str = "Received: from a\r\n\tby Mail.Hamburger.edu with ESMTP id x;\r\n";

    fn fault(message: &str) -> Option<HeaderFault> {
        watch(&SmtpLimits { received_max: 3, ..SmtpLimits::default() }, message).fault()
    }

    #[test]
    fn a_message_begins_with_a_header_or_with_text() {
        for (message, beginning) in [
            ("Subject: x\r\n\r\ntext\r\n", Some(Beginning::Header)),
            ("subject : x\r\n", Some(Beginning::Header)),
            ("\r\ntext\r\n", Some(Beginning::Header)),
            ("From bob Mon Nov 23 2026\r\nSubject: x\r\n", Some(Beginning::Header)),
            ("Do you like ketchup?\r\n", Some(Beginning::Text)),
            ("Do you like: ketchup?\r\n", Some(Beginning::Text)),
            (" indented\r\n", Some(Beginning::Text)),
            (" \r\nSubject: x\r\n", Some(Beginning::Text)),
            (": nameless\r\n", Some(Beginning::Text)),
            ("Crêpe: x\r\n", Some(Beginning::Text)),
            ("Do you", None),
            ("", None),
        ] {
            assert_eq!(watch(&SmtpLimits::default(), message).beginning(), beginning, "{message}");
        }
        let endless = "x".repeat(KEPT_OCTETS_MAX);
        assert_eq!(watch(&SmtpLimits::default(), &endless).beginning(), Some(Beginning::Text));
    }

    #[test]
    fn a_message_that_was_received_too_often_is_found() {
        let thrice = "Received: by a\r\n\tvia b\r\nRECEIVED: c\r\nReceived : d\r\n";
        assert_eq!(fault(&format!("{thrice}\r\nReceived: in the text\r\n")), None);
        assert_eq!(fault(&format!("{thrice}X-Received: no\r\n Received: folded\r\n\r\n")), None);
        let four = format!("{thrice}Received: e\r\n\r\n");
        assert_eq!(fault(&four), Some(HeaderFault::ReceivedTooOften));
    }

    #[test]
    fn a_message_that_its_recipient_had_before_is_found() {
        for (value, expected) in [
            ("bob@hamburger.edu", Some(HeaderFault::DeliveredBefore)),
            ("<BOB@Hamburger.EDU>", Some(HeaderFault::DeliveredBefore)),
            ("carol@hamburger.edu", None),
            ("nonsense", None),
        ] {
            let delivered = format!("Delivered-To: {value}\r\n");
            assert_eq!(fault(&format!("{delivered}{WAS_HERE}\r\n")), expected, "{value}");
            assert_eq!(fault(&format!("{WAS_HERE}{delivered}\r\n")), expected, "{value}");
        }
        let in_text = format!("{WAS_HERE}\r\nDelivered-To: bob@hamburger.edu\r\n");
        assert_eq!(fault(&in_text), None);
    }

    #[test]
    fn a_message_that_was_delivered_at_another_host_is_no_circle() {
        for received in [
            "",
            "Received: from mail.hamburger.edu by old.example with ESMTP; x\r\n",
            "Received: from a\r\n\tby mail.hamburger.edu.example\r\n",
            "Subject: by\r\n\tby mail.hamburger.edu\r\n",
        ] {
            let message = format!("{received}Delivered-To: bob@hamburger.edu\r\n\r\n");
            assert_eq!(fault(&message), None, "{received}");
        }
    }

    #[test]
    fn a_header_may_be_as_large_as_its_limit_and_no_larger() {
        let limits = SmtpLimits { header_octets_max: 20, ..SmtpLimits::default() };
        let exact = "Subject: 123456789\r\n";
        assert_eq!(exact.len(), 20);
        assert_eq!(watch(&limits, exact).fault(), None);
        let header_and_text = format!("{}\r\n{}", &exact[2..], "text ".repeat(100));
        assert_eq!(watch(&limits, &header_and_text).fault(), None);
        let larger = watch(&limits, "Subject: 1234567890\r\n");
        assert_eq!(larger.fault(), Some(HeaderFault::TooLarge));
        let text_only = watch(&limits, "There is no header, only text\r\n");
        assert_eq!(text_only.fault(), None);
    }

    #[test]
    fn it_does_not_matter_how_the_octets_are_cut() {
        let message = format!("Delivered-To: bob@hamburger.edu\r\n{WAS_HERE}\r\ntext\r\n");
        for cut in 1..message.len() {
            let mut watch = watch(&SmtpLimits::default(), "");
            message.as_bytes().chunks(cut).for_each(|piece| watch.see(piece));
            assert_eq!(watch.beginning(), Some(Beginning::Header));
            assert_eq!(watch.fault(), Some(HeaderFault::DeliveredBefore));
        }
    }

    #[test]
    fn an_endless_line_is_not_kept() {
        let mut watch = HeaderWatch::new(&SmtpLimits::default(), OURS, Vec::new());
        watch.see(b"Subject: ");
        for _ in 0..100 {
            watch.see(&[b'x'; 10_000]);
        }
        assert!(watch.line.capacity() <= 2 * KEPT_OCTETS_MAX);
    }
}
