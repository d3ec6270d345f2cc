//! The demo's sample mail: templates whose dates are filled in so that they always lie in the last days.

use mailstore::Flags;
use message::Timestamp;

/// One sample message, as it lies in a mailbox of one demo account.
pub struct Sample {
    pub account: &'static str,
    pub mailbox: &'static str,
    flags: &'static [Flags],
    template: &'static str,
}

/// The demo's accounts.
pub const BOB: &str = "bob@hamburger.edu";
pub const ALICE: &str = "alice@crepes.fr";

const NEW: &[Flags] = &[];
const READ: &[Flags] = &[Flags::SEEN];
const STARRED: &[Flags] = &[Flags::SEEN, Flags::FLAGGED];
const ANSWERED: &[Flags] = &[Flags::SEEN, Flags::ANSWERED];

macro_rules! sample {
    ($account:expr, $mailbox:literal, $flags:expr, $file:literal) => {
        Sample {
            account: $account,
            mailbox: $mailbox,
            flags: $flags,
            template: include_str!(concat!("mail/", $file, ".eml")),
        }
    };
}

/// All samples, oldest first within each mailbox.
pub const SAMPLES: &[Sample] = &[
    sample!(BOB, "INBOX", READ, "welcome"),
    sample!(BOB, "INBOX", NEW, "minutes"),
    sample!(BOB, "INBOX", READ, "list-1"),
    sample!(BOB, "INBOX", READ, "list-2"),
    sample!(BOB, "INBOX", NEW, "list-3"),
    sample!(BOB, "INBOX", READ, "invitation"),
    sample!(BOB, "INBOX", ANSWERED, "dinner-1"),
    sample!(BOB, "Sent", READ, "dinner-2"),
    sample!(BOB, "Archive", READ, "receipt"),
    sample!(BOB, "INBOX", STARRED, "recipe"),
    sample!(BOB, "INBOX", NEW, "newsletter"),
    sample!(BOB, "INBOX", NEW, "phishing"),
    sample!(BOB, "INBOX", NEW, "dinner-3"),
    sample!(ALICE, "Sent", READ, "dinner-1"),
    sample!(ALICE, "INBOX", ANSWERED, "dinner-2"),
    sample!(ALICE, "INBOX", NEW, "to-alice"),
    sample!(ALICE, "Sent", READ, "dinner-3"),
];

impl Sample {
    /// Its flags together.
    pub fn flags(&self) -> Flags {
        self.flags.iter().fold(Flags::NONE, |all, &flag| all | flag)
    }

    /// The message with its dates filled in and CRLF line ends, and the date it was received.
    pub fn at(&self, now: Timestamp) -> (Vec<u8>, Timestamp) {
        let mut received = now;
        let mut message = String::with_capacity(self.template.len() + 256);
        for line in self.template.lines() {
            match placeholder(line, "date") {
                Some((before, age, after)) => {
                    received = ago(now, age);
                    message.push_str(&format!("{before}{}{after}\r\n", received.to_rfc5322()));
                }
                None => message.push_str(&format!("{}\r\n", with_day(line, now))),
            }
        }
        (message.into_bytes(), received)
    }
}

/// `{{day 2d 5h}}` in a quoted line becomes the day without the time.
fn with_day(line: &str, now: Timestamp) -> String {
    let Some((before, age, after)) = placeholder(line, "day") else { return line.to_owned() };
    let date = ago(now, age).to_rfc5322();
    let day = date.rsplitn(3, ' ').last().unwrap_or_default();
    format!("{before}{day}{after}")
}

/// The text before and after `{{kind AGE}}`, and the age.
fn placeholder<'a>(line: &'a str, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = line.split_once("{{")?;
    let (inside, after) = rest.split_once("}}")?;
    Some((before, inside.strip_prefix(kind)?.trim(), after))
}

/// `now` less an age such as `2d 5h`.
fn ago(now: Timestamp, age: &str) -> Timestamp {
    let seconds = age.split_whitespace().filter_map(|word| {
        let (number, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
        let unit = match unit {
            "d" => 86_400,
            "h" => 3_600,
            _ => 60,
        };
        number.parse::<i64>().ok().map(|number| number * unit)
    });
    Timestamp::new(now.seconds() - seconds.sum::<i64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_filled_in_and_lies_in_the_past() {
        let now = Timestamp::new(1_790_000_000);
        for sample in SAMPLES {
            let (message, received) = sample.at(now);
            let text = String::from_utf8_lossy(&message);
            assert!(!text.contains("{{"), "a placeholder was left in {text}");
            assert!(received < now, "no date in {text}");
        }
    }
}
