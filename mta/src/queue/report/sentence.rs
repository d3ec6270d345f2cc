//! The part for people: one sentence that says what happened, one that says why.

use message::Timestamp;

use super::{Action, Told};

/// What became of one recipient, in lines with their ends.
pub(super) fn sentence(told: &Told, accepted: Timestamp) -> String {
    let address = told.address.to_unicode();
    let what = match told.action {
        Action::Failed => format!("Your letter to {address} could not be delivered."),
        Action::Delayed => {
            let until = told.retry_until.map_or_else(String::new, |until| {
                format!(" It will be tried again until {}.", until.to_rfc5322())
            });
            format!(
                "Your letter to {address} of {} is not delivered yet.{until} You need not send it again.",
                accepted.to_rfc5322()
            )
        }
        Action::Delivered => format!("Your letter was delivered to {address}."),
        Action::Relayed => format!(
            "Your letter to {address} was handed to the next server, which does not tell when it arrives."
        ),
    };
    let mut lines = format!("{what}\r\n");
    if matches!(told.action, Action::Failed | Action::Delayed) {
        lines.push_str(reason(&told.status));
        lines.push_str("\r\n");
    }
    match &told.host {
        Some(host) => lines.push_str(&format!("\r\n{host} said:\r\n    {}\r\n", told.reply)),
        None if !told.reply.is_empty() => lines.push_str(&format!("\r\n    {}\r\n", told.reply)),
        None => {}
    }
    lines
}

/// Enhanced status codes (RFC 3463, and those added since) as a person would say them. A 4 in front means the same, for
/// now.
fn reason(status: &str) -> &'static str {
    let (class, kind) = status.split_once('.').unwrap_or_default();
    match kind {
        "1.0" | "1.1" | "1.6" => "There is nobody with that address. Look for a typing error.",
        "1.2" => "There is no such domain. Look for a typing error behind the @.",
        "1.3" => "The address is not written as an address can be.",
        "1.7" | "1.8" => "The other server does not like the sender's address.",
        "1.10" => "That domain takes no mail at all.",
        "2.1" => "The mailbox is there, but takes no mail.",
        "2.2" => "The mailbox is full.",
        "2.3" | "3.4" => "The letter is too large for them. Send it in parts, or a link instead.",
        "4.7" if class == "5" => "It was tried for days, and is given up now.",
        "4.0" | "4.1" | "4.2" | "4.7" => "The other server could not be reached.",
        "4.3" | "4.4" => "It could not be found out where mail for that domain goes.",
        "4.6" => "The letter was going in circles.",
        "6.3" | "6.1" | "6.7" => "The other server cannot take letters of this form.",
        "7.1" => "The other server does not take this letter.",
        "7.4" | "7.10" | "7.30" => "The connection could not be made as safe as it must be.",
        "7.20" | "7.21" | "7.22" | "7.23" | "7.24" | "7.25" | "7.26" | "7.27" => {
            "The other server does not believe who sent it."
        }
        _ => "The other server did not take it.",
    }
}
