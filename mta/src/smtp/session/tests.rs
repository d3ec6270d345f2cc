//! Sessions without a socket: lines in, replies out. Whole dialogues stand in `tests/transcripts/smtp`;
//! here is what a transcript cannot show (the stored bytes, counts, limits from both sides, floods).
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use mailstore::{AliasSource, NewAccount, Options, Outside, Password, UidSet};
use message::{Address, Domain, Timestamp};
use tempfile::TempDir;
use tokio::time::Instant;
use wire::{BodyFault, Chunk, Intake as _, Session as _};

use super::*;
use crate::smtp::rates::{Rate, RateLimits, Rates};

mod chunks;
mod judging;
mod login;
mod relay;
mod submitting;

/// A house with a store of its own.
struct TestHouse {
    store: Store,
    limits: SmtpLimits,
    _folder: TempDir,
}

async fn house() -> TestHouse {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default(), Outside::system()).unwrap();
    let limits = SmtpLimits { error_delay: Duration::ZERO, ..SmtpLimits::default() };
    let house = TestHouse { store, limits, _folder: folder };
    house.account("bob@hamburger.edu", None).await;
    house.account("carol@hamburger.edu", None).await;
    house
}

impl TestHouse {
    async fn account(&self, address: &str, quota_octets: Option<u64>) {
        let account = NewAccount {
            address: Address::parse(address).unwrap(),
            display_name: String::new(),
            password: Password::from("hungry"),
            quota_octets,
        };
        self.store.create_account(account).await.unwrap();
    }

    fn connect(&self) -> Dialogue {
        self.connect_as(Peer {
            number: 1,
            address: "192.0.2.1:34567".parse().unwrap(),
            local: "192.0.2.25:25".parse().unwrap(),
            tls: None,
            starttls: true,
        })
    }

    fn connect_as(&self, peer: Peer) -> Dialogue {
        let hostname = Domain::parse("hamburger.edu").unwrap();
        // These tests come from one address, and often.
        let most = Rate { connections: 1_000_000, messages: 1_000_000, recipients: 1_000_000 };
        let rates = RateLimits { per_address: most, per_network: most, ..RateLimits::default() };
        let rates = Arc::new(Rates::new(rates));
        let limits = self.limits.clone();
        let receiving =
            Receiving { hostname, limits, rates, practice: false, judging: None, filing: None };
        let session = Session::new(Arc::new(receiving), self.store.clone(), peer);
        Dialogue { session, next: None }
    }

    /// A client that is logged in to hand in mail.
    async fn submitter(&self, name: &str) -> Dialogue {
        let mut client = self.connect_to_submit(None);
        client.say("EHLO laptop").await;
        let plain = sasl::encode(format!("\0{name}\0hungry").as_bytes());
        assert!(client.say(&format!("AUTH PLAIN {plain}")).await.starts_with("235 "));
        client
    }

    /// What waits to leave the house, newest first.
    async fn queued(&self) -> Vec<(mailstore::Outbound, Vec<mailstore::OutboundRecipient>)> {
        self.store.outbound_list(mailstore::OutboundFilter::default(), None, 100).await.unwrap()
    }

    /// A client that hands in mail, over TLS 1.3 that both ends know by these octets.
    fn connect_to_submit(&self, exporter: Option<[u8; 32]>) -> Dialogue {
        let address = "192.0.2.1:34567".parse().unwrap();
        let (version, cipher) = ("TLSv1.3", "TLS13_AES_256_GCM_SHA384");
        let tls = Some(TlsFacts { version, cipher, server_name: None, exporter });
        let peer = Peer { number: 1, address, local: address, tls, starttls: false };
        let submission = Submission {
            filing: None,
            hostname: Domain::parse("hamburger.edu").unwrap(),
            limits: self.limits.clone(),
            practice: false,
            queue_lifetime: Duration::from_secs(5 * 24 * 3_600),
            cleartext_logins: false,
        };
        let session = Session::for_submission(Arc::new(submission), self.store.clone(), peer);
        Dialogue { session, next: None }
    }

    /// All messages in an account's INBOX.
    async fn inbox(&self, address: &str) -> Vec<String> {
        let account = self.store.account_by_login(address).await.unwrap().id;
        let inbox = self.store.mailbox_by_name(account, "INBOX").await.unwrap().id;
        let mut messages = Vec::new();
        for row in self.store.messages(inbox, &UidSet::all()).await.unwrap() {
            let content = self.store.content(row.content).await.unwrap();
            let octets = content.read(0..content.octets()).await.unwrap();
            messages.push(String::from_utf8_lossy(&octets).into_owned());
        }
        messages
    }

    async fn only_message(&self, address: &str) -> String {
        let [message] = self.inbox(address).await.try_into().unwrap();
        message
    }
}

struct Dialogue {
    session: Session,
    next: Option<Next<Intake>>,
}

impl Dialogue {
    async fn hear(&mut self, input: Input<Intake>) -> String {
        let Output { chunks, next } = self.session.handle(input).await;
        self.next = Some(next);
        chunks.into_iter().map(text).collect()
    }

    async fn say(&mut self, line: &str) -> String {
        self.hear(Input::Line(Bytes::copy_from_slice(line.as_bytes()))).await
    }

    /// Says all lines and gives the last reply.
    async fn say_all(&mut self, lines: &[&str]) -> String {
        let mut last = String::new();
        for line in lines {
            last = self.say(line).await;
        }
        last
    }

    async fn begin(&mut self, recipient: &str) {
        let to = format!("RCPT TO:<{recipient}>");
        let reply =
            self.say_all(&["EHLO crepes.fr", "MAIL FROM:<alice@crepes.fr>", &to, "DATA"]).await;
        assert_eq!(reply, "354 Write the message; a line with only a dot ends it\r\n");
    }

    /// The message, in the given pieces, and how the wire says it ended.
    async fn send_in(&mut self, pieces: &[&[u8]], ended: Result<(), BodyFault>) -> String {
        let Some(Next::Body { mut intake, .. }) = self.next.take() else {
            panic!("no body is wanted")
        };
        let mut octets = 0;
        for piece in pieces {
            intake.write(piece).await.unwrap();
            octets += piece.len() as u64;
        }
        self.hear(Input::Body(intake, ended.map(|()| octets))).await
    }

    async fn send(&mut self, message: &str) -> String {
        self.send_in(&[message.as_bytes()], Ok(())).await
    }

    fn is_over(&self) -> bool {
        matches!(self.next, Some(Next::Close))
    }
}

fn text(chunk: Chunk) -> String {
    match chunk {
        Chunk::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("a reply is bytes, not {other:?}"),
    }
}

#[tokio::test]
async fn the_textbook_letter_arrives_with_our_fields_and_an_empty_line_on_top() {
    let house = house().await;
    let mut telnet = house.connect();
    let lines =
        ["HELO crepes.fr", "MAIL FROM: <alice@crepes.fr>", "RCPT TO: <bob@hamburger.edu>", "DATA"];
    telnet.say_all(&lines).await;
    let reply = telnet.send("Do you like ketchup?\r\nHow about pickles?\r\n").await;
    let id = reply.strip_prefix("250 2.0.0 Accepted: it is on disk. id=").unwrap().trim_end();
    let message = house.only_message("bob@hamburger.edu").await;
    let (fields, text) = message.split_once("\r\n\r\n").unwrap();
    assert!(fields.starts_with("Return-Path: <alice@crepes.fr>\r\n"), "{fields}");
    let received = format!(
        "Received: from crepes.fr ([192.0.2.1])\r\n\tby hamburger.edu with SMTP id {id}\r\n"
    );
    assert!(fields.contains(&received), "{fields}");
    assert!(fields.contains("\tfor <bob@hamburger.edu>;\r\n"), "{fields}");
    assert_eq!(text, "Do you like ketchup?\r\nHow about pickles?\r\n");
}

#[tokio::test]
async fn a_message_is_kept_byte_for_byte_below_our_fields() {
    let whole =
        "Return-Path: <forged@example.org>\r\nReceived: x\r\n\r\nBl\u{0}b \u{fffd}\r\n..\r\n";
    let eight_bit =
        [b"Subject: caf\xe9\r\n\r\n".as_slice(), &[0, 1, 127, 128, 255], b"\r\n"].concat();
    for message in
        [whole.as_bytes(), &eight_bit, b"\r\nonly text\r\n", b"From x\r\nSubject: y\r\n\r\n"]
    {
        for cut in [1, 7, message.len()] {
            let house = house().await;
            let mut client = house.connect();
            client.begin("bob@hamburger.edu").await;
            let pieces: Vec<&[u8]> = message.chunks(cut).collect();
            let reply = client.send_in(&pieces, Ok(())).await;
            assert!(reply.starts_with("250 2.0.0 "), "{reply}");
            let stored = house.only_message("bob@hamburger.edu").await;
            let own = stored.split_inclusive("\r\n").skip(5).collect::<String>();
            assert_eq!(own, String::from_utf8_lossy(message), "in pieces of {cut}");
        }
    }
}

#[tokio::test]
async fn a_message_without_any_octet_is_our_fields_alone() {
    let house = house().await;
    let mut client = house.connect();
    client.begin("bob@hamburger.edu").await;
    assert!(client.send_in(&[], Ok(())).await.starts_with("250 "));
    assert!(house.only_message("bob@hamburger.edu").await.ends_with("+0000\r\n\r\n"));
}

#[tokio::test]
async fn a_first_line_that_begins_with_a_blank_does_not_continue_our_received_field() {
    let house = house().await;
    let mut client = house.connect();
    client.begin("bob@hamburger.edu").await;
    client.send(" (really from the bank)\r\n").await;
    let message = house.only_message("bob@hamburger.edu").await;
    assert!(message.ends_with("\r\n\r\n (really from the bank)\r\n"), "{message}");
}

#[tokio::test]
async fn several_recipients_get_it_and_none_is_told_of_the_others() {
    let house = house().await;
    let mut client = house.connect();
    client.say_all(&["EHLO crepes.fr", "MAIL FROM:<>"]).await;
    let to = [
        "RCPT TO:<bob@hamburger.edu>",
        "RCPT TO:<nobody@hamburger.edu>",
        "RCPT TO:<carol@hamburger.edu>",
    ];
    client.say_all(&to).await;
    client.say("DATA").await;
    assert!(client.send("Subject: x\r\n\r\n").await.starts_with("250 "));
    for address in ["bob@hamburger.edu", "carol@hamburger.edu"] {
        let message = house.only_message(address).await;
        assert!(
            message.starts_with("Return-Path: <>\r\n") && !message.contains("for <"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn who_is_named_twice_or_through_an_alias_gets_it_once() {
    let house = house().await;
    let address = |text: &str| Address::parse(text).unwrap();
    let alias = AliasSource::Address(address("all@hamburger.edu"));
    let targets = vec![address("bob@hamburger.edu"), address("carol@hamburger.edu")];
    house.store.add_alias(alias, targets).await.unwrap();
    let mut client = house.connect();
    client.say_all(&["EHLO crepes.fr", "MAIL FROM:<>"]).await;
    let to = [
        "RCPT TO:<all@hamburger.edu>",
        "RCPT TO:<bob@hamburger.edu>",
        "RCPT TO:<BOB+news@hamburger.edu>",
    ];
    client.say_all(&to).await;
    client.say("DATA").await;
    assert!(client.send("Subject: x\r\n\r\n").await.starts_with("250 "));
    assert_eq!(house.inbox("bob@hamburger.edu").await.len(), 1);
    assert_eq!(house.inbox("carol@hamburger.edu").await.len(), 1);
}

#[tokio::test]
async fn a_hundred_thousand_recipients_are_answered_and_a_hundred_get_the_letter() {
    let mut house = house().await;
    house.limits.errors_max = 0;
    let mut client = house.connect();
    client.say_all(&["EHLO crepes.fr", "MAIL FROM:<alice@crepes.fr>"]).await;
    for number in 0..100_000 {
        let reply = client.say(&format!("RCPT TO:<bob+{number}@hamburger.edu>")).await;
        let expected =
            if number < 100 { "250 2.1.5 " } else { "452 4.5.3 100 recipients at a time" };
        assert!(reply.starts_with(expected), "{number}: {reply}");
    }
    client.say("DATA").await;
    assert!(client.send("Subject: x\r\n\r\n").await.starts_with("250 2.0.0 "));
    assert_eq!(house.inbox("bob@hamburger.edu").await.len(), 1);
}

#[tokio::test]
async fn ten_errors_are_answered_and_the_eleventh_ends_the_connection() {
    let house = house().await;
    let mut client = house.connect();
    for _ in 0..10 {
        assert!(client.say("COOK eggs").await.starts_with("500 5.5.1 "));
        assert!(!client.is_over());
    }
    assert_eq!(
        client.say("COOK eggs").await,
        "421 4.7.0 Too many errors: come back when you are well. Goodbye\r\n"
    );
    assert!(client.is_over());
}

#[tokio::test]
async fn guessing_addresses_is_an_error_each_time() {
    let mut house = house().await;
    house.limits.errors_max = 2;
    let mut client = house.connect();
    client.say_all(&["EHLO crepes.fr", "MAIL FROM:<>"]).await;
    assert!(client.say("RCPT TO:<anna@hamburger.edu>").await.starts_with("550 5.1.1 "));
    assert!(client.say("VRFY berta@hamburger.edu").await.starts_with("550 5.1.1 "));
    assert!(client.say("RCPT TO:<clara@hamburger.edu>").await.starts_with("421 4.7.0 "));
}

#[tokio::test(start_paused = true)]
async fn from_the_second_error_on_the_answer_is_held_back() {
    let mut house = house().await;
    house.limits.error_delay = Duration::from_secs(3);
    let mut client = house.connect();
    let start = Instant::now();
    client.say("COOK eggs").await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    client.say("COOK eggs").await;
    assert!(start.elapsed() >= Duration::from_secs(3));
    let start = Instant::now();
    client.say("NOOP").await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn who_says_noop_for_ever_is_sent_home_but_not_who_brings_mail() {
    let mut house = house().await;
    (house.limits.idle_commands_max, house.limits.errors_max) = (5, 2);
    let mut busy = house.connect();
    for _ in 0..10 {
        busy.begin("bob@hamburger.edu").await;
        assert!(busy.send("Subject: x\r\n\r\n").await.starts_with("250 "));
    }
    let mut idle = house.connect();
    for _ in 0..7 {
        assert_eq!(idle.say("NOOP").await, "250 2.0.0 Still here\r\n");
    }
    assert!(idle.say("NOOP").await.starts_with("421 4.7.0 "));
    assert!(idle.is_over());
}

#[tokio::test]
async fn a_declared_size_is_taken_up_to_the_limit() {
    let mut house = house().await;
    house.limits.message_octets_max = 1_000;
    let mut client = house.connect();
    assert!(client.say("EHLO crepes.fr").await.contains("250-SIZE 1000\r\n"));
    let reply = client.say("MAIL FROM:<alice@crepes.fr> SIZE=1001").await;
    assert_eq!(reply, "552 5.3.4 That message is too large: the limit is 1000 octets\r\n");
    assert!(client.say("MAIL FROM:<alice@crepes.fr> SIZE=1000").await.starts_with("250 2.1.0 "));
}

#[tokio::test]
async fn a_full_mailbox_is_refused_for_now_and_a_small_one_for_good() {
    let house = house().await;
    house.account("dora@hamburger.edu", Some(2_000)).await;
    let mut client = house.connect();
    client.begin("dora@hamburger.edu").await;
    let filling = format!("Subject: x\r\n\r\n{}\r\n", "x".repeat(1_500));
    assert!(client.send(&filling).await.starts_with("250 "));
    client.say("MAIL FROM:<alice@crepes.fr> SIZE=1500").await;
    let reply = client.say("RCPT TO:<dora@hamburger.edu>").await;
    assert_eq!(reply, "452 4.2.2 The mailbox of <dora@hamburger.edu> is full: try again later\r\n");
    client.say_all(&["RSET", "MAIL FROM:<alice@crepes.fr> SIZE=2001"]).await;
    let reply = client.say("RCPT TO:<dora@hamburger.edu>").await;
    assert_eq!(
        reply,
        "552 5.2.3 The mailbox of <dora@hamburger.edu> is smaller than that message\r\n"
    );
    // Room for an octet is room for the last letter: those who get it too do not wait for Dora.
    client.say("RSET").await;
    client.begin("dora@hamburger.edu").await;
    assert!(client.send(&filling).await.starts_with("250 "));
    assert_eq!(house.inbox("dora@hamburger.edu").await.len(), 2);
    client.say("MAIL FROM:<alice@crepes.fr>").await;
    let reply = client.say("RCPT TO:<dora@hamburger.edu>").await;
    assert!(reply.starts_with("452 4.2.2 The mailbox of <dora@hamburger.edu> is full"), "{reply}");
}

#[tokio::test]
async fn a_faulty_message_is_told_what_is_wrong_and_nothing_of_it_stays() {
    let house = house().await;
    let io = |kind: std::io::ErrorKind| BodyFault::Intake(std::io::Error::from(kind));
    for (fault, expected) in [
        (BodyFault::BareLf, "550-5.6.0 A line of that message ends in LF alone: "),
        (BodyFault::BareCr, "550-5.6.0 There is a CR without LF in that message: "),
        (BodyFault::TooLong, "552 5.3.4 That message is too large: the limit is 52428800 octets"),
        (BodyFault::LineTooLong, "552 5.6.0 A line of that message is too long: "),
        (io(std::io::ErrorKind::StorageFull), "452 4.3.1 The disk is full here; "),
        (io(std::io::ErrorKind::Other), "451 4.3.0 Something is wrong here; "),
    ] {
        let mut client = house.connect();
        client.begin("bob@hamburger.edu").await;
        let reply = client.send_in(&[b"Subject: x\r\n\r\n"], Err(fault)).await;
        assert!(reply.starts_with(expected), "{reply}");
        assert_eq!(client.say("DATA").await.split(' ').next(), Some("503"));
        client.begin("bob@hamburger.edu").await;
    }
    assert_eq!(house.inbox("bob@hamburger.edu").await.len(), 0);
}

#[tokio::test]
async fn a_header_beyond_its_limits_is_refused_after_the_message() {
    let mut house = house().await;
    (house.limits.header_octets_max, house.limits.received_max) = (200, 2);
    let header_of = |octets: usize| format!("Subject: {}\r\n", "x".repeat(octets - 11));
    let received = |count: usize| "Received: by x\r\n".repeat(count);
    for (message, expected) in [
        (header_of(198) + "\r\n", "250 2.0.0 "),
        (
            header_of(199) + "\r\n",
            "552 5.3.4 The header of that message is too large: the limit is 200 ",
        ),
        (received(2) + "\r\n", "250 2.0.0 "),
        (
            received(3) + "\r\n",
            "554 5.4.6 That message goes in circles: it has over 2 Received fields",
        ),
        (
            "Received: by hamburger.edu\r\nDelivered-To: bob@hamburger.edu\r\n\r\n".to_owned(),
            "554 5.4.6 That message goes in circles: its Delivered-To",
        ),
        ("Delivered-To: bob@hamburger.edu\r\n\r\n".to_owned(), "250 2.0.0 "),
    ] {
        let mut client = house.connect();
        client.begin("bob@hamburger.edu").await;
        let reply = client.send(&message).await;
        assert!(reply.starts_with(expected), "{reply}");
    }
    assert_eq!(house.inbox("bob@hamburger.edu").await.len(), 3);
}

#[tokio::test]
async fn tls_forgets_what_was_said_before_it() {
    let house = house().await;
    let mut client = house.connect();
    assert!(client.say("EHLO evil.example").await.contains("250-STARTTLS\r\n"));
    assert_eq!(client.say("STARTTLS").await, "220 2.0.0 Begin the TLS handshake\r\n");
    assert!(matches!(client.next, Some(Next::StartTls)));
    let (version, cipher) = ("TLSv1.3", "TLS13_AES_256_GCM_SHA384");
    let facts = TlsFacts { version, cipher, server_name: None, exporter: None };
    assert_eq!(client.hear(Input::TlsStarted(facts)).await, "");
    assert!(client.say("MAIL FROM:<alice@crepes.fr>").await.starts_with("503 5.5.1 Say HELO"));
    assert!(!client.say("EHLO crepes.fr").await.contains("STARTTLS"));
    assert!(client.say("STARTTLS").await.starts_with("503 5.5.1 TLS is on already"));
    client.begin("bob@hamburger.edu").await;
    client.send("Subject: x\r\n\r\n").await;
    let message = house.only_message("bob@hamburger.edu").await;
    assert!(message.contains(" with ESMTPS (TLSv1.3 TLS13_AES_256_GCM_SHA384) id "), "{message}");
}

#[tokio::test]
async fn starttls_is_not_offered_where_the_wire_has_no_certificate() {
    let house = house().await;
    let address = "192.0.2.1:1".parse().unwrap();
    let peer = Peer { number: 1, address, local: address, tls: None, starttls: false };
    let mut client = house.connect_as(peer);
    assert!(!client.say("EHLO crepes.fr").await.contains("STARTTLS"));
    assert!(client.say("STARTTLS").await.starts_with("502 5.5.1 STARTTLS is not offered here"));
}

#[tokio::test]
async fn an_account_that_goes_away_before_its_message_comes_is_a_temporary_failure() {
    let house = house().await;
    let mut client = house.connect();
    client.begin("carol@hamburger.edu").await;
    let carol = house.store.account_by_login("carol@hamburger.edu").await.unwrap().id;
    house.store.remove_account(carol).await.unwrap();
    let reply = client.send("Subject: x\r\n\r\n").await;
    assert!(reply.starts_with("451 4.3.0 "), "{reply}");
}

#[tokio::test]
async fn a_line_that_is_too_long_or_ends_in_lf_alone_is_told_so() {
    let house = house().await;
    let mut client = house.connect();
    let reply = client.hear(Input::LongLine).await;
    assert_eq!(reply, "500 5.5.2 That line is too long: a command has at most 2000 octets\r\n");
    let reply = client.hear(Input::BareLine(Bytes::from_static(b"QUIT"))).await;
    assert!(reply.starts_with("500 5.5.2 That line ended in LF alone: "), "{reply}");
    assert!(!client.is_over());
}
