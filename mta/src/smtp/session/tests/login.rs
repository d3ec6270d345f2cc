//! AUTH with SCRAM, whose nonces no transcript can know; PLAIN and LOGIN stand in
//! `tests/transcripts/submission`.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};

use super::*;

const EXPORTER: [u8; 32] = [9; 32];

/// A client that knows a password, as RFC 5802 §3 has it.
struct Scram {
    password: &'static str,
    /// The gs2 header, and what it binds to.
    header: &'static str,
    channel: Vec<u8>,
}

fn scram(password: &'static str, header: &'static str, channel: &[u8]) -> Scram {
    Scram { password, header, channel: channel.to_vec() }
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

impl Scram {
    /// Says all it has to say; the last reply, and the server's proof when there was one.
    async fn log_in(&self, client: &mut Dialogue, mechanism: &str, name: &str) -> String {
        let bare = format!("n={name},r=fyko+d2lbbFgONRv9qkxdawL");
        let first = sasl::encode(format!("{}{bare}", self.header).as_bytes());
        let reply = client.say(&format!("AUTH {mechanism} {first}")).await;
        let Some(challenge) = challenge(&reply) else { return reply };
        let (last, expected) = self.answer(&bare, &challenge);
        let reply = client.say(&sasl::encode(last.as_bytes())).await;
        let Some(word) = super::login::challenge(&reply) else { return reply };
        assert_eq!(word, expected, "the server knows the password too");
        client.say("").await
    }

    /// The last message, and what the server must say to it.
    fn answer(&self, bare: &str, challenge: &str) -> (String, String) {
        let mut words = challenge.split(',').map(|word| word.split_at(2).1);
        let (nonce, salt, iterations) =
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let mut salted = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            iterations.parse::<NonZeroU32>().unwrap(),
            &sasl::decode(salt.as_bytes()).unwrap(),
            self.password.as_bytes(),
            &mut salted,
        );
        let channel = [self.header.as_bytes(), &self.channel].concat();
        let without_proof = format!("c={},r={nonce}", sasl::encode(&channel));
        let said = format!("{bare},{challenge},{without_proof}");
        let client_key = sign(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, &client_key);
        let signature = sign(stored.as_ref(), said.as_bytes());
        let proof: Vec<u8> =
            client_key.iter().zip(&signature).map(|(one, other)| one ^ other).collect();
        let ours = sign(&sign(&salted, b"Server Key"), said.as_bytes());
        (
            format!("{without_proof},p={}", sasl::encode(&proof)),
            format!("v={}", sasl::encode(&ours)),
        )
    }
}

fn challenge(reply: &str) -> Option<String> {
    let base64 = reply.strip_prefix("334 ")?.trim_end();
    Some(String::from_utf8(sasl::decode(base64.as_bytes()).unwrap()).unwrap())
}

#[tokio::test]
async fn scram_lets_in_who_knows_the_password_without_hearing_it() {
    let house = house().await;
    for name in ["bob@hamburger.edu", "BOB@Hamburger.edu", "bob"] {
        let mut client = house.connect_to_submit(Some(EXPORTER));
        client.say("EHLO laptop").await;
        let reply = scram("hungry", "n,,", b"").log_in(&mut client, "SCRAM-SHA-256", name).await;
        assert_eq!(reply, "235 2.7.0 Welcome: now say MAIL FROM and your address\r\n", "{name}");
        assert!(client.say("MAIL FROM:<bob@hamburger.edu>").await.starts_with("250 "));
    }
}

#[tokio::test]
async fn scram_plus_lets_in_who_is_on_this_very_channel() {
    let house = house().await;
    let mut client = house.connect_to_submit(Some(EXPORTER));
    let offered = client.say("EHLO laptop").await;
    assert!(offered.contains("250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN\r\n"));
    let bound = |channel: &[u8]| scram("hungry", "p=tls-exporter,,", channel);
    let name = "bob@hamburger.edu";
    let reply = bound(&[8; 32]).log_in(&mut client, "SCRAM-SHA-256-PLUS", name).await;
    assert!(reply.starts_with("535 5.7.8 You and I are not on the same TLS"), "{reply}");
    let reply = bound(&EXPORTER).log_in(&mut client, "SCRAM-SHA-256-PLUS", name).await;
    assert!(reply.starts_with("235 2.7.0 "), "{reply}");
}

#[tokio::test]
async fn a_client_that_was_not_shown_the_plus_is_not_let_in() {
    let house = house().await;
    let deceived = scram("hungry", "y,,", b"");
    let mut client = house.connect_to_submit(Some(EXPORTER));
    client.say("EHLO laptop").await;
    let reply = deceived.log_in(&mut client, "SCRAM-SHA-256", "bob@hamburger.edu").await;
    assert!(reply.starts_with("535 5.7.8 You and I are not on the same TLS"), "{reply}");
    let mut client = house.connect_to_submit(None);
    let offered = client.say("EHLO laptop").await;
    assert!(offered.contains("250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n"), "{offered}");
    let reply = deceived.log_in(&mut client, "SCRAM-SHA-256", "bob@hamburger.edu").await;
    assert!(reply.starts_with("235 2.7.0 "), "{reply}");
}

#[tokio::test]
async fn a_wrong_proof_is_refused_as_a_wrong_password_is_and_nobodys_name_too() {
    let house = house().await;
    let mut client = house.connect_to_submit(None);
    client.say("EHLO laptop").await;
    for (password, name) in [("thirsty", "bob@hamburger.edu"), ("hungry", "nobody@hamburger.edu")] {
        let reply = scram(password, "n,,", b"").log_in(&mut client, "SCRAM-SHA-256", name).await;
        assert_eq!(reply, "535 5.7.8 Wrong name or password\r\n");
    }
    assert!(client.say("MAIL FROM:<bob@hamburger.edu>").await.starts_with("530 5.7.0 "));
}

#[tokio::test]
async fn who_does_not_hear_our_proof_is_not_in() {
    let house = house().await;
    let mut client = house.connect_to_submit(None);
    client.say("EHLO laptop").await;
    let bare = "n=bob@hamburger.edu,r=abc";
    let first = sasl::encode(format!("n,,{bare}").as_bytes());
    let reply = client.say(&format!("AUTH SCRAM-SHA-256 {first}")).await;
    let (last, _) = scram("hungry", "n,,", b"").answer(bare, &challenge(&reply).unwrap());
    assert!(client.say(&sasl::encode(last.as_bytes())).await.starts_with("334 "));
    assert!(client.say("*").await.starts_with("501 5.7.0 "));
    assert!(client.say("MAIL FROM:<bob@hamburger.edu>").await.starts_with("530 5.7.0 "));
}

#[tokio::test]
async fn tls_1_2_is_not_bound_to() {
    let house = house().await;
    let mut client = house.connect_to_submit(Some(EXPORTER));
    client.session.client.tls.as_mut().unwrap().version = "TLSv1.2";
    let offered = client.say("EHLO laptop").await;
    assert!(offered.contains("250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n"), "{offered}");
}
