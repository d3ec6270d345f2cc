//! The part for programs: `message/delivery-status` (RFC 3464 §2.2, §2.3).

use std::fmt::Write;

use message::Address;

use super::{Action, Original, Told};

/// RFC 5322 §2.1.1: lines should be no longer than this, without their line end.
const LINE_OCTETS: usize = 78;

/// About the letter.
pub(super) fn message_fields(hostname: &str, original: &Original<'_>) -> String {
    let mut fields = String::new();
    if let Some(id) = original.envelope_id {
        field(&mut fields, "Original-Envelope-Id", id);
    }
    field(&mut fields, "Reporting-MTA", &format!("dns; {hostname}"));
    field(&mut fields, "Arrival-Date", &original.accepted.to_rfc5322());
    fields
}

/// About one recipient.
pub(super) fn recipient_fields(told: &Told) -> String {
    let mut fields = String::new();
    if let Some(original) = &told.original {
        // RFC 3461 §4.2 has `type;address` in one word, with xtext, which is undone nowhere.
        let (kind, address) = original.split_once(';').unwrap_or(("rfc822", original));
        field(&mut fields, "Original-Recipient", &format!("{kind}; {address}"));
    }
    field(&mut fields, "Final-Recipient", &typed(&told.address));
    field(&mut fields, "Action", action(told.action));
    field(&mut fields, "Status", &told.status);
    if let Some(host) = &told.host {
        field(&mut fields, "Remote-MTA", &format!("dns; {host}"));
        field(&mut fields, "Diagnostic-Code", &format!("smtp; {}", told.reply));
    } else if !told.reply.is_empty() {
        field(&mut fields, "Diagnostic-Code", &format!("x-posthouse; {}", told.reply));
    }
    field(&mut fields, "Last-Attempt-Date", &told.last_attempt.to_rfc5322());
    if let Some(until) = told.retry_until {
        field(&mut fields, "Will-Retry-Until", &until.to_rfc5322());
    }
    fields
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Failed => "failed",
        Action::Delayed => "delayed",
        Action::Delivered => "delivered",
        Action::Relayed => "relayed",
    }
}

/// RFC 6533 §3: an address that is not ASCII is written in characters that are.
fn typed(address: &Address) -> String {
    let address = address.to_unicode();
    if address.is_ascii() {
        return format!("rfc822; {address}");
    }
    let mut escaped = String::new();
    for character in address.chars() {
        match character {
            '!'..='~' if !matches!(character, '\\' | '+' | '=') => escaped.push(character),
            other => {
                let _infallible = write!(escaped, "\\x{{{:02X}}}", u32::from(other));
            }
        }
    }
    format!("utf-8; {escaped}")
}

/// One field in ASCII, folded at blanks where it is long.
fn field(into: &mut String, name: &str, value: &str) {
    into.push_str(name);
    into.push(':');
    let mut column = name.len() + 1;
    for word in value.split_ascii_whitespace() {
        if column + 1 + word.len() > LINE_OCTETS && column > name.len() + 1 {
            into.push_str("\r\n");
            column = 0;
        }
        into.push(' ');
        into.extend(word.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }));
        column += 1 + word.len();
    }
    into.push_str("\r\n");
}
