//! Answering while somebody is away (RFC 3834): who may be answered, and what the answer looks like.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailstore::{
    AccountId, BodyType, Delivered, Delivery, DsnRequest, Error, LocalTarget, Notify, Outgoing,
    OutgoingRecipient, PeerFacts, Priority, Resolution, Store, Vacation,
};
use message::{Address, Envelope, ForwardPath, ReversePath, Timestamp};

use super::letter::Facts;
use super::{Arrived, FilingSettings};

/// Octets of a line that needs no encoding; far below RFC 5322 §2.1.1's 998.
const LINE_OCTETS_MAX: usize = 900;
/// Octets in one encoded-word, which has 75 letters at most (RFC 2047 §2).
const WORD_OCTETS: usize = 42;

/// An answer that may be due. Whether it is, the store says when it is sent: nobody gets two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who is away.
    pub account: AccountId,
    /// Who is answered.
    pub to: Address,
    /// From which address: the one that was written to.
    from: Address,
    name: String,
    vacation: Vacation,
    subject: String,
    message_id: Option<String>,
    hostname: String,
    given_up_after: i64,
}

/// Whom an account that is away would answer about this message, if anybody.
pub(super) async fn of(
    store: &Store,
    settings: &FilingSettings,
    arrived: &Arrived<'_>,
    letter: &Facts,
    target: &LocalTarget,
) -> Result<Option<Answer>, Error> {
    let account = target.account;
    // RFC 3834 §4: to the reverse-path; whoever has none wants no answer.
    let Some(sender) = arrived.reverse_path.address() else { return Ok(None) };
    if letter.robot.is_some() || letter.goes_round || is_robots(sender) {
        return Ok(None);
    }
    let Some(vacation) = store.vacation(account).await?.filter(|vacation| vacation.enabled) else {
        return Ok(None);
    };
    if store.may_send_as(account, sender).await? || !names(store, arrived, target).await? {
        return Ok(None);
    }
    let mut subject = arrived.summary.subject.clone();
    subject.truncate(subject.floor_char_boundary(settings.limits.subject_octets_max));
    Ok(Some(Answer {
        account,
        to: sender.clone(),
        from: target.address.without_tag('+'),
        name: store.account(account).await?.display_name,
        vacation,
        subject,
        message_id: arrived.summary.message_id.clone(),
        hostname: settings.hostname.as_ascii().to_owned(),
        given_up_after: settings.given_up_after,
    }))
}

/// Addresses behind which nobody is (RFC 3834 §2).
fn is_robots(sender: &Address) -> bool {
    let local = sender.local().as_str().to_ascii_lowercase();
    let plain: String = local.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    [
        "mailerdaemon",
        "noreply",
        "donotreply",
        "listserv",
        "majordomo",
        "bounce",
        "bounces",
        "postmaster",
    ]
    .contains(&plain.as_str())
        || ["owner-", "srs0=", "srs1=", "bounce-", "bounces-", "bounce+", "bounces+", "prvs="]
            .iter()
            .any(|start| local.starts_with(start))
        || ["-request", "-owner", "-bounces", "-relay", "-noreply", "-no-reply"]
            .iter()
            .any(|end| local.ends_with(end))
}

/// RFC 3834 §2: only when it is addressed to the account by name, not as one of many behind a list.
async fn names(store: &Store, arrived: &Arrived<'_>, target: &LocalTarget) -> Result<bool, Error> {
    let people = arrived.summary.to.iter().chain(&arrived.summary.cc);
    for person in people {
        let Ok(address) = Address::parse(&person.address) else { continue };
        if address == target.address || store.may_send_as(target.account, &address).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Answer {
    /// Sends it if it is due: the sender was not answered within the days, and the account is away now.
    ///
    /// # Errors
    /// The store cannot take it.
    pub async fn send(&self, store: &Store) -> Result<Option<Delivered>, Error> {
        let now = store.now();
        let path = ForwardPath::Address(self.to.clone());
        if store.resolve(&path).await? == Resolution::Unknown
            || !store.vacation_due(self.account, &self.to, now).await?
        {
            return Ok(None);
        }
        let trace = store.new_trace_id();
        let octets = self.written(trace.as_str(), now);
        let delivery = Delivery {
            staged: store.stage(octets.as_bytes()).await?,
            trace,
            envelope: Envelope { reverse_path: ReversePath::Null, recipients: vec![path] },
            local: Vec::new(),
            outgoing: vec![self.outgoing(now)],
            peer: PeerFacts {
                address: std::net::Ipv4Addr::LOCALHOST.into(),
                helo: None,
                tls: None,
                protocol: "vacation".to_owned(),
            },
            findings: None,
        };
        store.deliver(delivery).await.map(Some)
    }

    /// Under `<>`: what becomes of it is nobody's concern, and a vacation there does not answer it.
    fn outgoing(&self, now: Timestamp) -> Outgoing {
        Outgoing {
            account: None,
            reverse_path: ReversePath::Null,
            recipients: vec![OutgoingRecipient {
                address: self.to.clone(),
                notify: Notify::NEVER,
                original: None,
            }],
            not_before: now,
            expires: now + self.given_up_after,
            priority: Priority::Letter,
            body: BodyType::SevenBit,
            smtputf8: !self.to.is_ascii() || !self.from.is_ascii(),
            requiretls: false,
            dsn: DsnRequest::default(),
        }
    }

    /// RFC 3834 §3. Text of more than ASCII, or of long lines, is encoded.
    fn written(&self, trace: &str, now: Timestamp) -> String {
        let Self { vacation, hostname, .. } = self;
        let subject = match (vacation.subject.is_empty(), self.subject.is_empty()) {
            (false, _) => vacation.subject.clone(),
            (true, false) => format!("Auto: {}", self.subject),
            (true, true) => "Auto: I am away".to_owned(),
        };
        let name =
            if self.name.is_empty() { String::new() } else { format!("{} ", phrase(&self.name)) };
        let mut text = format!(
            "From: {name}<{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{trace}@{hostname}>\r\n",
            self.from,
            self.to,
            header_text(&subject),
            now.to_rfc5322(),
        );
        if let Some(id) = self.message_id.as_deref().filter(|id| is_plain_id(id)) {
            let _infallible = write!(text, "In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n");
        }
        text.push_str("Auto-Submitted: auto-replied (vacation)\r\nMIME-Version: 1.0\r\n");
        text.push_str("Content-Type: text/plain; charset=utf-8\r\n");
        let lines: Vec<&str> = vacation.text.lines().collect();
        if vacation.text.is_ascii() && lines.iter().all(|line| is_plain_line(line)) {
            text.push_str("Content-Transfer-Encoding: 7bit\r\n\r\n");
            for line in lines {
                let _infallible = write!(text, "{line}\r\n");
            }
        } else {
            text.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
            let whole: String = lines.iter().flat_map(|line| [*line, "\r\n"]).collect();
            for line in whole.as_bytes().chunks(57) {
                let _infallible = write!(text, "{}\r\n", STANDARD.encode(line));
            }
        }
        text
    }
}

fn is_plain_line(line: &str) -> bool {
    line.len() <= LINE_OCTETS_MAX && !line.contains(['\0', '\r'])
}

fn is_plain_id(id: &str) -> bool {
    id.len() <= LINE_OCTETS_MAX
        && id.bytes().all(|octet| octet.is_ascii_graphic() && !b"<>".contains(&octet))
}

/// Text as it stands in a header field: never a line end, encoded-words where needed (RFC 2047).
fn header_text(text: &str) -> String {
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if one_line.is_ascii() && one_line.len() <= 200 && !one_line.contains("=?") {
        return one_line;
    }
    encoded(&one_line)
}

/// A name in front of an address (RFC 5322 §3.4): as it is where that needs no quotes.
fn phrase(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '_');
    if name.chars().all(is_plain) { name.to_owned() } else { encoded(name) }
}

fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.floor_char_boundary(WORD_OCTETS.min(rest.len())));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join("\r\n ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn answer(subject: &str, text: &str) -> Answer {
        Answer {
            account: AccountId::new(1),
            to: Address::parse("alice@crepes.fr").unwrap(),
            from: Address::parse("bob@hamburger.edu").unwrap(),
            name: "Bob, the hungry".to_owned(),
            vacation: Vacation {
                enabled: true,
                from: None,
                until: None,
                subject: String::new(),
                text: text.to_owned(),
                days: 7,
            },
            subject: subject.to_owned(),
            message_id: Some("1@crepes.fr".to_owned()),
            hostname: "hamburger.edu".to_owned(),
            given_up_after: 60,
        }
    }

    #[test]
    fn an_answer_is_a_letter_that_no_program_answers() {
        let written = answer("Dinner?", "I am away.\nBob").written("id", Timestamp::new(0));
        for field in [
            "To: <alice@crepes.fr>\r\n",
            "Subject: Auto: Dinner?\r\n",
            "In-Reply-To: <1@crepes.fr>\r\n",
            "Auto-Submitted: auto-replied (vacation)\r\n",
            "\r\n\r\nI am away.\r\nBob\r\n",
        ] {
            assert!(written.contains(field), "{field}: {written}");
        }
    }

    #[test]
    fn whatever_is_in_subject_and_text_the_answer_is_seven_bits_in_short_lines() {
        let long = "ü".repeat(2_000);
        for (subject, text) in [
            ("Bär\r\nBcc: everybody@example.org", "Füße"),
            (long.as_str(), &"x".repeat(5_000)),
            ("=?utf-8?q?x?=", "a\rb\0c"),
        ] {
            let written = answer(subject, text).written("id", Timestamp::new(0));
            assert!(written.is_ascii());
            assert!(
                written.split("\r\n").all(|line| line.len() < 998 && !line.contains(['\r', '\n']))
            );
            assert!(!written.contains("\r\nBcc"), "{written}");
            let summary = message::Summary::of(written.as_bytes(), &message::Limits::default());
            assert_eq!(summary.from.unwrap().name.unwrap(), "Bob, the hungry");
            assert!(summary.subject.starts_with("Auto: "), "{}", summary.subject);
        }
    }

    #[test]
    fn nobody_is_behind_some_addresses() {
        for (sender, nobody) in [
            ("alice@crepes.fr", false),
            ("bouncer@crepes.fr", false),
            ("MAILER-DAEMON@crepes.fr", true),
            ("no-reply@crepes.fr", true),
            ("noreply@crepes.fr", true),
            ("list-request@crepes.fr", true),
            ("owner-list@crepes.fr", true),
            ("list-bounces@crepes.fr", true),
            ("SRS0=a=b=c=d@crepes.fr", true),
        ] {
            assert_eq!(is_robots(&Address::parse(sender).unwrap()), nobody, "{sender}");
        }
    }
}
