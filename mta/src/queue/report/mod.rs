//! Delivery status notifications (RFC 3464) in a multipart/report (RFC 6522): what the sender hears about a letter that
//! did not arrive, takes longer, or arrived as asked.
//!
//! Knows how such a message is written, for a person first and then for a program. It does *not* know when one is due
//! (`worker` does), nor how it is delivered.

mod fields;
mod sentence;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use message::header::{Fields, header_octets};
use message::{Address, Limits, Timestamp, TraceId};

use fields::{message_fields, recipient_fields};
use sentence::sentence;

/// Octets of a returned header; the rest is cut at a line.
const HEADER_OCTETS_MAX: usize = 64 << 10;

/// What became of a recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Given up.
    Failed,
    /// Still tried.
    Delayed,
    /// In the recipient's mailbox here.
    Delivered,
    /// Handed to a host that sends no success reports.
    Relayed,
}

/// One recipient and what became of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// As the letter was addressed.
    pub address: Address,
    /// What the sender called it (ORCPT, RFC 3461 §4.2), with its type.
    pub original: Option<String>,
    /// What became of it.
    pub action: Action,
    /// `5.1.1`, of RFC 3463.
    pub status: String,
    /// The host that said so; `None` when it was our own finding.
    pub host: Option<String>,
    /// What it said, or what we found, in one line without control characters.
    pub reply: String,
    /// When it was tried last.
    pub last_attempt: Timestamp,
    /// Until when it will be tried, for what is delayed.
    pub retry_until: Option<Timestamp>,
}

/// The letter that it is about.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// When it was accepted here.
    pub accepted: Timestamp,
    /// The sender's own name for it (ENVID, RFC 3461 §4.4).
    pub envelope_id: Option<&'a str>,
    /// The letter, or as much of it as there is, its header at least.
    pub message: &'a [u8],
    /// Whether all of it goes back (RET=FULL), or its header.
    pub whole: bool,
}

/// One notification.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// Its own id.
    pub trace: TraceId,
    /// Who we are.
    pub hostname: &'a str,
    /// When it is written.
    pub at: Timestamp,
    /// The letter's reverse-path.
    pub to: &'a Address,
    /// What it is about.
    pub original: Original<'a>,
    /// Whom it is about; one action for all of them reads best.
    pub recipients: &'a [Told],
}

impl Report<'_> {
    /// The message, ready to be delivered.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let boundary = format!("=_{}", self.trace);
        let mut text = self.header(&boundary);
        let _infallible = write!(
            text,
            "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
            self.letter()
        );
        let _infallible = write!(
            text,
            "\r\n--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n{}",
            self.status()
        );
        let returned = self.returned();
        let kind = if self.original.whole { "message/rfc822" } else { "text/rfc822-headers" };
        let encoding = if returned.is_ascii() { "7bit" } else { "8bit" };
        let _infallible = write!(
            text,
            "\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        );
        let mut octets = text.into_bytes();
        octets.extend_from_slice(returned);
        octets.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        octets
    }

    /// RFC 3464 §2: from us, to the sender, never to be answered by a program (RFC 3834 §5).
    fn header(&self, boundary: &str) -> String {
        let Self { trace, hostname, .. } = self;
        let mut header = format!(
            "From: Mail at {hostname} <mailer-daemon@{hostname}>\r\n\
             To: <{}>\r\n\
             Subject: {}\r\n\
             Date: {}\r\n\
             Message-ID: <{trace}@{hostname}>\r\n",
            self.to,
            self.subject(),
            self.at.to_rfc5322(),
        );
        if let Some(id) = self.message_id() {
            let _infallible = write!(header, "In-Reply-To: {id}\r\nReferences: {id}\r\n");
        }
        let _infallible = write!(
            header,
            "Auto-Submitted: auto-replied\r\n\
             MIME-Version: 1.0\r\n\
             Content-Transfer-Encoding: 8bit\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n\
             \tboundary=\"{boundary}\"\r\n"
        );
        header
    }

    fn action(&self) -> Action {
        self.recipients.first().map_or(Action::Failed, |told| told.action)
    }

    fn subject(&self) -> String {
        let what = match self.action() {
            Action::Failed => "Not delivered",
            Action::Delayed => "Not delivered yet",
            Action::Delivered | Action::Relayed => "Delivered",
        };
        let raw = self.field("Subject").filter(|subject| subject.is_ascii());
        raw.map_or_else(|| what.to_owned(), |subject| format!("{what}: {subject}"))
    }

    /// So that it stands in one conversation with the letter.
    fn message_id(&self) -> Option<String> {
        let id = self.field("Message-ID")?;
        let plain = id.len() <= 900 && id.bytes().all(|octet| octet.is_ascii_graphic());
        (plain && id.starts_with('<') && id.ends_with('>')).then_some(id)
    }

    /// A field of the letter in one line, short enough to stand in one of ours.
    fn field(&self, name: &str) -> Option<String> {
        let field = Fields::of(self.original.message, &Limits::default()).get(name)?;
        let text: String = field.unfolded().chars().filter(|c| !c.is_control()).take(900).collect();
        Some(text.trim().to_owned())
    }

    /// For the person.
    fn letter(&self) -> String {
        let mut letter = String::new();
        for told in self.recipients {
            let _infallible = write!(letter, "{}\r\n", sentence(told, self.original.accepted));
        }
        let _infallible = write!(
            letter,
            "This is the mail server at {}. Nobody reads answers to this letter.\r\n",
            self.hostname
        );
        letter
    }

    /// For programs.
    fn status(&self) -> String {
        let mut status = message_fields(self.hostname, &self.original);
        for told in self.recipients {
            status.push_str("\r\n");
            status.push_str(&recipient_fields(told));
        }
        status
    }

    /// What goes back of the letter.
    fn returned(&self) -> &[u8] {
        let message = self.original.message;
        if self.original.whole {
            return message;
        }
        let header = message.get(..header_octets(message)).unwrap_or(message);
        let Some(start) = header.get(..HEADER_OCTETS_MAX) else { return header };
        let end = start.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        start.get(..end).unwrap_or_default()
    }
}
