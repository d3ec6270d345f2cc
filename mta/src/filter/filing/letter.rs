//! What filing wants to know of a message, read once for all its recipients.

use mailstore::MessageFacts;
use message::Address;
use message::header::Fields;

use super::{Arrived, FilingSettings};

/// What filing wants to know of a message.
#[derive(Debug)]
pub(super) struct Facts {
    /// For rules.
    pub(super) rules: MessageFacts,
    /// The author.
    pub(super) author: Option<Address>,
    /// Why nobody must answer it, if so.
    pub(super) robot: Option<&'static str>,
    /// It was here before, and more often than a letter that is sent on once.
    pub(super) goes_round: bool,
}

impl Facts {
    pub(super) fn of(arrived: &Arrived<'_>, settings: &FilingSettings) -> Self {
        let limits = message::Limits::default();
        let summary = arrived.summary;
        let header = arrived.message.get(..summary.header_octets).unwrap_or(arrived.message);
        let fields = Fields::of(header, &limits);
        let author = summary.from.as_ref().and_then(|from| Address::parse(&from.address).ok());
        Self {
            rules: MessageFacts::of(summary, header, arrived.octets, &limits),
            author,
            robot: robot(&fields),
            goes_round: visits(&fields, settings.hostname.as_ascii())
                > settings.limits.visits_max + 1,
        }
    }
}

/// How often we received it, this time included: each time we wrote so on top (RFC 5321 §4.4).
fn visits(fields: &Fields<'_>, hostname: &str) -> usize {
    let by_us = |value: &str| {
        let mut words = value.split_ascii_whitespace();
        words.any(|word| word == "by")
            && words.next().is_some_and(|by| by.eq_ignore_ascii_case(hostname))
    };
    fields.all("Received").filter(|field| by_us(&field.unfolded())).count()
}

/// RFC 3834 §2: what a program must not answer.
fn robot(fields: &Fields<'_>) -> Option<&'static str> {
    let value =
        |name: &str| fields.get(name).map(|field| field.unfolded().trim().to_ascii_lowercase());
    if value("Auto-Submitted").is_some_and(|value| value != "no") {
        return Some("a program wrote it");
    }
    if value("Precedence").is_some_and(|value| ["bulk", "list", "junk"].contains(&value.as_str())) {
        return Some("it goes to many");
    }
    if value("X-Auto-Response-Suppress").is_some_and(|value| value != "none") {
        return Some("it asks for no answer");
    }
    let is_of_list = |name: &str| {
        name.len() > 5 && name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("list-"))
    };
    fields.clone().any(|field| is_of_list(field.name())).then_some("it comes from a mailing list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_and_lists_send_is_not_answered() {
        for (header, answered) in [
            ("Subject: dinner?", true),
            ("Auto-Submitted: no", true),
            ("Auto-Submitted: auto-replied", false),
            ("auto-submitted: Auto-Generated; owner=x", false),
            ("Precedence: BULK", false),
            ("Precedence: first-class", true),
            ("X-Auto-Response-Suppress: OOF, DR", false),
            ("X-Auto-Response-Suppress: None", true),
            ("List-Id: <a.example>", false),
            ("List-Unsubscribe: <mailto:x@a.example>", false),
            ("Listing: x", true),
        ] {
            let message = format!("{header}\r\n\r\n");
            let fields = Fields::of(message.as_bytes(), &message::Limits::default());
            assert_eq!(robot(&fields).is_none(), answered, "{header}");
        }
    }

    #[test]
    fn our_own_name_in_received_counts_the_visits() {
        let message = "Received: from a.example ([192.0.2.1])\r\n\tby Hamburger.EDU with ESMTP id 1;\r\n\tx\r\n\
            Received: by crepes.fr with ESMTP id 2; x\r\n\
            Received: from hamburger.edu ([192.0.2.1])\r\n\tby crepes.fr with ESMTP id 1;\r\n\tx\r\n\
            Received: by hamburger.edu with ESMTP id 3; x\r\n\r\nReceived: by hamburger.edu\r\n";
        let fields = Fields::of(message.as_bytes(), &message::Limits::default());
        assert_eq!(visits(&fields, "hamburger.edu"), 2);
    }
}
