//! Dialogues with scripted hosts.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod breaks;
mod forms;
mod limits;
mod login;
mod recipients;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use message::{Address, ReversePath};
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

use super::super::parcel::{DsnWish, Recipient};
use super::super::script::play;
use super::*;
use crate::delivery::parcel::{BodyKind, Parcel};

/// What every conversation here begins with, when nothing else matters.
pub(super) const HELLO: &str = "S: 220 mx\nC: EHLO me.example\nS: 250 mx\n";
pub(super) const HELLO_PIPELINING: &str =
    "S: 220 mx\nC: EHLO me.example\nS: 250-mx\nS: 250 PIPELINING\n";

pub(super) fn terms() -> Terms {
    Terms {
        hostname: "me.example".to_owned(),
        limits: ClientLimits::default(),
        until: Instant::now() + Duration::from_secs(24 * 3_600),
        pipelining: true,
    }
}

pub(super) fn parcel(recipients: &[&str]) -> Parcel {
    let recipient = |text: &&str| Recipient::new(Address::parse(text).unwrap());
    Parcel {
        number: 0,
        reverse_path: ReversePath::Address(Address::parse("ann@example.org").unwrap()),
        recipients: recipients.iter().map(recipient).collect(),
        body: BodyKind::SevenBit,
        smtputf8: false,
        requiretls: false,
        dsn: DsnWish::default(),
        source: Arc::new(Bytes::from_static(b"Subject: x\r\n\r\n.hi\r\n")),
    }
}

/// A host that follows a script; small buffers, so that nobody can get away with writing much unread.
pub(super) fn host(script: impl Into<String>) -> (DuplexStream, JoinHandle<Result<(), String>>) {
    let script = script.into();
    let (near, far) = tokio::io::duplex(512);
    (near, tokio::spawn(async move { play(far, &script).await }))
}

/// Opens a conversation, sends one message to all of its recipients, and quits.
pub(super) async fn carry(
    script: impl Into<String>,
    parcel: &Parcel,
) -> (Vec<Answer>, Option<Fault>) {
    carry_with(script, parcel, terms()).await
}

pub(super) async fn carry_with(
    script: impl Into<String>,
    parcel: &Parcel,
    terms: Terms,
) -> (Vec<Answer>, Option<Fault>) {
    let (stream, host) = host(script);
    let mut client =
        Client::open(stream, terms).await.unwrap_or_else(|trouble| panic!("{trouble}"));
    let who: Vec<usize> = (0..parcel.recipients.len()).collect();
    let answers = client.send(parcel, &who).await;
    let fault = client.fault().cloned();
    client.quit().await;
    if fault.is_none() {
        host.await.unwrap().unwrap();
    }
    (answers, fault)
}

/// In few words: `taken`, `rcpt 550`, `perhaps`, `open`, `denied 5.6.7`.
pub(super) fn words(answers: &[Answer]) -> Vec<String> {
    let word = |answer: &Answer| match answer {
        Answer::Taken(_) => "taken".to_owned(),
        Answer::Refused { step, reply } => format!("{step:?} {}", reply.code()).to_lowercase(),
        Answer::Denied(denial) => format!("denied {}", denial.status()),
        Answer::Perhaps => "perhaps".to_owned(),
        Answer::Open => "open".to_owned(),
    };
    answers.iter().map(word).collect()
}

#[tokio::test]
async fn a_message_goes_step_by_step_to_a_host_that_knows_nothing_else() {
    let script = format!(
        "{HELLO}C: MAIL FROM:<ann@example.org>\nS: 250 ok\nC: RCPT TO:<bob@b.example>\nS: 250 ok\n\
         C: DATA\nS: 354 go on\nmessage Subject: x||..hi\nS: 250 2.0.0 queued as 42\nC: QUIT\nS: 221 bye"
    );
    let (answers, fault) = carry(script, &parcel(&["bob@b.example"])).await;
    let Answer::Taken(reply) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(reply.to_string(), "250 2.0.0 queued as 42");
    assert_eq!(fault, None);
}

#[tokio::test]
async fn with_pipelining_all_up_to_data_goes_at_once() {
    let script = format!(
        "{HELLO_PIPELINING}together C 4\nC: MAIL FROM:<ann@example.org>\nC: RCPT TO:<bob@b.example>\n\
         C: RCPT TO:<cid@b.example>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go on\n\
         message Subject: x||..hi\nS: 250 ok\nC: QUIT\nS: 221 bye"
    );
    let (answers, _) = carry(script, &parcel(&["bob@b.example", "cid@b.example"])).await;
    assert_eq!(words(&answers), ["taken", "taken"]);
}

#[tokio::test]
async fn many_messages_go_over_one_connection() {
    let one = "C: MAIL FROM:<ann@example.org>\nC: RCPT TO:<bob@b.example>\nC: DATA\nS: 250 ok\n\
        S: 250 ok\nS: 354 go on\nmessage *\nS: 250 ok\n";
    let (stream, host) = host(format!("{HELLO_PIPELINING}{}C: QUIT", one.repeat(50)));
    let mut client = Client::open(stream, terms()).await.unwrap();
    for _ in 0..50 {
        assert_eq!(words(&client.send(&parcel(&["bob@b.example"]), &[0]).await), ["taken"]);
    }
    client.quit().await;
    host.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_host_without_ehlo_gets_helo() {
    for no in ["500 what?", "502 5.5.1 not here", "550 no"] {
        let (stream, host) = host(format!(
            "S: 220 mx\nC: EHLO me.example\nS: {no}\nC: HELO me.example\nS: 250 mx\nC: QUIT"
        ));
        let client = Client::open(stream, terms()).await.unwrap();
        assert_eq!(client.offer(), &Offer::default());
        client.quit().await;
        host.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_host_may_refuse_us_at_each_step_of_the_greeting() {
    for (script, step, code) in [
        ("S: 421 busy", Step::Greeting, 421),
        ("S: 450 later", Step::Greeting, 450),
        ("S: 554 never", Step::Greeting, 554),
        ("S: 250 what", Step::Greeting, 250),
        ("S: 220 mx\nC: EHLO *\nS: 421 busy", Step::Hello, 421),
        ("S: 220 mx\nC: EHLO *\nS: 451 later", Step::Hello, 451),
        ("S: 220 mx\nC: EHLO *\nS: 500 what\nC: HELO *\nS: 450 later", Step::Hello, 450),
        ("S: 220 mx\nC: EHLO *\nS: 500 what\nC: HELO *\nS: 550 never", Step::Hello, 550),
    ] {
        let (stream, _host) = host(script);
        match Client::open(stream, terms()).await {
            Err(Trouble::Refused { step: at, reply }) => {
                assert_eq!((at, reply.code()), (step, code))
            }
            other => panic!("{script}: {:?}", other.err()),
        }
    }
}
