//! What a POP3 client hears when the store fails under its session.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::sync::Arc;

use access::pop3::{Pop3Limits, Reading, Session, connection_limits};
use mailstore::{FlagList, Limits, NewAccount, Options, Outside, Store};
use message::{Address, Domain};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use wire::{Ending, Peer, Terms, run};

/// Bob's client, and the store behind it.
struct Play {
    client: BufReader<DuplexStream>,
    store: Store,
    _folder: TempDir,
}

impl Play {
    async fn begin() -> Self {
        let folder = TempDir::new().unwrap();
        let limits = Limits { reserve_octets: 0, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        let store = Store::open(folder.path(), options, Outside::system()).unwrap();
        let address = Address::parse("bob@hamburger.edu").unwrap();
        let account = NewAccount {
            address,
            display_name: String::new(),
            password: "hungry".into(),
            quota_octets: None,
        };
        let account = store.create_account(account).await.unwrap();
        let inbox = store.mailbox_by_name(account, "INBOX").await.unwrap();
        let staged = store.stage(b"Subject: x\r\n\r\ny\r\n").await.unwrap();
        store.append(inbox.id, staged, FlagList::default(), None).await.unwrap();

        let reading = Reading {
            hostname: Domain::parse("mail.example.org").unwrap(),
            limits: Pop3Limits::default(),
            cleartext_logins: true,
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let peer = Peer { number: 1, address, local: address, tls: None, starttls: false };
        let session = Session::new(Arc::new(reading), store.clone(), peer);
        let (client, server) = duplex(4_096);
        tokio::spawn(run(session, server, Terms::new(connection_limits())));
        let mut play = Self { client: BufReader::new(client), store, _folder: folder };
        play.hear().await;
        play
    }

    async fn say(&mut self, line: &str) -> String {
        self.client.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    async fn hear(&mut self) -> String {
        let mut line = String::new();
        self.client.read_line(&mut line).await.unwrap();
        line
    }
}

#[tokio::test]
async fn a_store_that_fails_is_our_fault_and_is_not_counted_as_the_clients() {
    let mut play = Play::begin().await;
    assert!(play.say("USER bob").await.starts_with("+OK"));
    assert!(play.say("PASS hungry").await.starts_with("+OK 1 message"));
    play.store.close().await;
    for _ in 0..20 {
        assert!(play.say("RETR 1").await.starts_with("-ERR [SYS/TEMP] "));
    }
    assert_eq!(play.say("STAT").await, "+OK 1 17\r\n");
}

#[tokio::test]
async fn a_removal_that_fails_is_not_called_done() {
    let mut play = Play::begin().await;
    play.say("USER bob").await;
    play.say("PASS hungry").await;
    assert!(play.say("DELE 1").await.starts_with("+OK"));
    play.store.close().await;
    assert!(play.say("QUIT").await.starts_with("-ERR [SYS/TEMP] "));
    assert_eq!(play.hear().await, "");
}

#[tokio::test]
async fn a_login_that_fails_by_our_fault_does_not_say_that_the_password_is_wrong() {
    let mut play = Play::begin().await;
    play.store.close().await;
    play.say("USER bob").await;
    assert!(play.say("PASS hungry").await.starts_with("-ERR [SYS/TEMP] "));
}

#[test]
fn whenever_wire_ends_a_session_its_last_words_are_one_refusal_or_none() {
    let last_words = <Session as wire::Session>::last_words;
    for ending in [
        Ending::Draining,
        Ending::TooManyConnections,
        Ending::TooManyFromAddress,
        Ending::Banned,
        Ending::Crashed,
    ] {
        let words = last_words(ending);
        assert!(words.starts_with("-ERR [") && words.ends_with("\r\n"), "{words}");
        assert!(words.len() <= 512, "RFC 1939 §3");
    }
    assert_eq!(last_words(Ending::IdleTooLong), "", "RFC 1939 §3: no response after the timer");
}
