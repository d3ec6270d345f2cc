//! Logging in to POP3 with SCRAM-SHA-256, whose nonces no transcript can know.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use access::pop3::{Pop3Limits, Reading, Session};
use aws_lc_rs::{digest, hmac, pbkdf2};
use mailstore::{Limits, NewAccount, Options, Outside, Store};
use message::{Address, Domain};
use tempfile::TempDir;
use wire::{Chunk, Input, Peer, Session as _, TlsFacts};

/// What the channel is known by at both ends.
const EXPORTER: [u8; 32] = [9; 32];

const NAME_AND_NONCE: &str = "n=bob@hamburger.edu,r=fyko+d2lbbFgONRv9qkxdawL";

async fn session() -> (Session, TempDir) {
    let folder = TempDir::new().unwrap();
    let limits = Limits { reserve_octets: 0, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let store = Store::open(folder.path(), options, Outside::system()).unwrap();
    let account = NewAccount {
        address: Address::parse("bob@hamburger.edu").unwrap(),
        display_name: String::new(),
        password: "hungry".into(),
        quota_octets: None,
    };
    store.create_account(account).await.unwrap();
    let reading = Reading {
        hostname: Domain::parse("mail.example.org").unwrap(),
        limits: Pop3Limits::default(),
        cleartext_logins: false,
    };
    let address = SocketAddr::from(([192, 0, 2, 1], 40_000));
    let (version, cipher) = ("TLSv1.3", "TLS13_AES_256_GCM_SHA384");
    let tls = Some(TlsFacts { version, cipher, server_name: None, exporter: Some(EXPORTER) });
    let peer = Peer { number: 1, address, local: address, tls, starttls: false };
    (Session::new(Arc::new(reading), store, peer), folder)
}

async fn say(session: &mut Session, line: String) -> String {
    let output = session.handle(Input::Line(line.into())).await;
    let text = |chunk| match chunk {
        Chunk::Bytes(octets) => String::from_utf8(octets.to_vec()).unwrap(),
        _ => String::new(),
    };
    output.chunks.into_iter().map(text).collect()
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn decoded(reply: &str) -> String {
    let base64 = reply.strip_prefix("+ ").unwrap().trim_end();
    String::from_utf8(sasl::decode(base64.as_bytes()).unwrap()).unwrap()
}

/// What a client of RFC 5802 §3 says to the challenge, and what must be said in return.
fn answer(password: &str, header: &[u8], challenge: &str) -> (String, String) {
    let mut words = challenge.split(',').map(|word| word.split_at(2).1);
    let (nonce, salt, iterations) =
        (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let mut salted = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        iterations.parse::<NonZeroU32>().unwrap(),
        &sasl::decode(salt.as_bytes()).unwrap(),
        password.as_bytes(),
        &mut salted,
    );
    let without_proof = format!("c={},r={nonce}", sasl::encode(header));
    let said = format!("{NAME_AND_NONCE},{challenge},{without_proof}");
    let client_key = sign(&salted, b"Client Key");
    let stored = digest::digest(&digest::SHA256, &client_key);
    let signature = sign(stored.as_ref(), said.as_bytes());
    let proof: Vec<u8> =
        client_key.iter().zip(&signature).map(|(one, other)| one ^ other).collect();
    let ours = sign(&sign(&salted, b"Server Key"), said.as_bytes());
    (format!("{without_proof},p={}", sasl::encode(&proof)), format!("v={}", sasl::encode(&ours)))
}

/// The last reply to an exchange.
async fn log_in(mechanism: &str, gs2: &str, channel: &[u8], password: &str) -> String {
    let (mut session, _folder) = session().await;
    let first = sasl::encode(format!("{gs2}{NAME_AND_NONCE}").as_bytes());
    let reply = say(&mut session, format!("AUTH {mechanism} {first}")).await;
    if !reply.starts_with("+ ") {
        return reply;
    }
    let header = [gs2.as_bytes(), channel].concat();
    let (last, expected) = answer(password, &header, &decoded(&reply));
    let reply = say(&mut session, sasl::encode(last.as_bytes())).await;
    if !reply.starts_with("+ ") {
        return reply;
    }
    assert_eq!(decoded(&reply), expected, "the server knows the password too");
    say(&mut session, String::new()).await
}

#[tokio::test]
async fn scram_opens_the_maildrop_to_who_knows_the_password() {
    assert_eq!(
        log_in("SCRAM-SHA-256", "n,,", b"", "hungry").await,
        "+OK 0 messages (0 octets)\r\n"
    );
    let wrong = log_in("SCRAM-SHA-256", "n,,", b"", "thirsty").await;
    assert_eq!(wrong, "-ERR [AUTH] Wrong name or password\r\n");
}

#[tokio::test]
async fn scram_plus_opens_it_on_this_very_channel_only() {
    let bound = |channel: [u8; 32]| async move {
        log_in("SCRAM-SHA-256-PLUS", "p=tls-exporter,,", &channel, "hungry").await
    };
    assert!(bound(EXPORTER).await.starts_with("+OK "));
    assert!(bound([8; 32]).await.starts_with("-ERR [AUTH] You and I are not on the same TLS"));
    let deceived = log_in("SCRAM-SHA-256", "y,,", b"", "hungry").await;
    assert!(deceived.starts_with("-ERR [AUTH] You and I are not on the same TLS"), "{deceived}");
}
