//! SCRAM as clients do it, good ones and others.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};

use super::first::FirstMessage;
use super::*;
use crate::{Binding, Exchange, Fault, Ground, Mechanism, NONCE_OCTETS_MAX, Step, encode};

const NAME_AND_NONCE: &str = "n=user,r=rOprNGfwEbeRWgbNEkqO";

/// What the keeper of the password `pencil` knows (RFC 5802 §3): `StoredKey` and `ServerKey`.
fn keys(salt: &[u8], iterations: u32) -> ([u8; 32], hmac::Key) {
    let mut salted = [0; 32];
    let iterations = NonZeroU32::new(iterations).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, b"pencil", &mut salted);
    let key = |text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &salted), text);
    let stored = digest::digest(&digest::SHA256, key(b"Client Key").as_ref());
    let server = hmac::Key::new(hmac::HMAC_SHA256, key(b"Server Key").as_ref());
    (stored.as_ref().try_into().unwrap(), server)
}

/// Whether a proof is right; our signature when it is.
fn judge(given: &ProofGiven, salt: &[u8], iterations: u32) -> Option<Vec<u8>> {
    let (stored, server) = keys(salt, iterations);
    let said = given.auth_message().as_bytes();
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &stored), said);
    let client_key: Vec<u8> =
        given.proof().iter().zip(signature.as_ref()).map(|(one, other)| one ^ other).collect();
    let right = digest::digest(&digest::SHA256, &client_key).as_ref() == stored;
    right.then(|| hmac::sign(&server, said).as_ref().to_vec())
}

fn first(mechanism: Mechanism, bindings: &[Binding], message: &str) -> Result<SaltWanted, Fault> {
    let ground = Ground { nonce: [7; 24], bindings: bindings.to_vec() };
    FirstMessage::new(mechanism, ground).read(message.as_bytes())
}

fn exporter() -> Binding {
    Binding { kind: "tls-exporter", octets: vec![9; 32] }
}

fn asked(step: Step) -> (String, Exchange) {
    let Step::Challenge(challenge, exchange) = step else { panic!("{step:?}") };
    (String::from_utf8(challenge).unwrap(), exchange)
}

#[test]
fn rfc7677_section_3_the_example() {
    let first = FirstMessage::new(Mechanism::ScramSha256, Ground::default());
    let wanted = first
        .read_with(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
        .unwrap();
    assert_eq!(wanted.name(), "user");
    let salt = crate::decode(b"W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    let (challenge, exchange) = asked(wanted.given(&salt, 4_096));
    assert_eq!(
        challenge,
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    );
    let answer = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                   p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    let Ok(Step::NeedsProof(proof)) = exchange.answered(answer) else { panic!("no proof") };
    assert_eq!(proof.name(), "user");
    let signature = judge(&proof, &salt, 4_096).unwrap();
    let (word, farewell) = asked(proof.given(&signature));
    assert_eq!(word, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assert_eq!(farewell.answered(b""), Ok(Step::Done));
}

/// The last message of a client that is bound to this channel.
fn last(channel: &[u8], nonce: &str) -> String {
    format!("c={},r={nonce},p={}", encode(channel), encode(&[1; 32]))
}

fn to_last(wanted: SaltWanted) -> (String, Exchange) {
    let (challenge, exchange) = asked(wanted.given(b"salt", 4_096));
    let nonce = challenge.split(',').next().unwrap().strip_prefix("r=").unwrap();
    (nonce.to_owned(), exchange)
}

#[test]
fn a_bound_client_proves_that_it_is_on_this_channel() {
    let message = format!("p=tls-exporter,,{NAME_AND_NONCE}");
    let wanted = || first(Mechanism::ScramSha256Plus, &[exporter()], &message).unwrap();
    let header = b"p=tls-exporter,,";
    let (nonce, exchange) = to_last(wanted());
    let answer = last(&[&header[..], &[9; 32]].concat(), &nonce);
    assert!(matches!(exchange.answered(answer.as_bytes()), Ok(Step::NeedsProof(_))));
    for other in [[&header[..], &[8; 32]].concat(), header.to_vec(), b"n,,".to_vec()] {
        let (nonce, exchange) = to_last(wanted());
        let answer = last(&other, &nonce);
        assert_eq!(exchange.answered(answer.as_bytes()), Err(Fault::OtherChannel));
    }
}

#[test]
fn a_client_that_was_not_shown_our_plus_is_refused() {
    let plain = |flag: &str, bindings: &[Binding]| {
        let message = format!("{flag},,{NAME_AND_NONCE}");
        first(Mechanism::ScramSha256, bindings, &message).map(drop)
    };
    assert_eq!(plain("y", &[exporter()]), Err(Fault::Downgraded));
    assert_eq!(plain("y", &[]), Ok(()));
    assert_eq!(plain("n", &[exporter()]), Ok(()), "it cannot bind, and says so");
    assert_eq!(plain("p=tls-exporter", &[exporter()]), Err(Fault::Malformed));
}

#[test]
fn plus_without_a_binding_that_there_is_is_refused() {
    let plus = |flag: &str| {
        let message = format!("{flag},,{NAME_AND_NONCE}");
        first(Mechanism::ScramSha256Plus, &[exporter()], &message).map(drop)
    };
    assert_eq!(plus("p=tls-exporter"), Ok(()));
    assert_eq!(plus("p=tls-unique"), Err(Fault::OtherChannel));
    assert_eq!(plus("n"), Err(Fault::Malformed));
    assert_eq!(plus("y"), Err(Fault::Malformed));
}

#[test]
fn the_nonce_is_both_of_ours_and_comes_back_whole() {
    let wanted = || first(Mechanism::ScramSha256, &[], &format!("n,,{NAME_AND_NONCE}")).unwrap();
    let (nonce, _) = to_last(wanted());
    assert_eq!(nonce, format!("rOprNGfwEbeRWgbNEkqO{}", encode(&[7; 24])));
    for other in ["rOprNGfwEbeRWgbNEkqO", "", &format!("{nonce}x"), &format!("x{nonce}")] {
        let (_, exchange) = to_last(wanted());
        let answer = last(b"n,,", other);
        assert_eq!(exchange.answered(answer.as_bytes()), Err(Fault::Malformed), "{other}");
    }
}

#[test]
fn a_name_may_hold_commas_and_equals_signs_in_their_written_form() {
    let name = |written: &str| {
        let message = format!("n,,n={written},r=abc");
        first(Mechanism::ScramSha256, &[], &message).map(|wanted| wanted.name().to_owned())
    };
    assert_eq!(name("a=2Cb=3Dc"), Ok("a,b=c".to_owned()));
    assert_eq!(name("jörg@example.org"), Ok("jörg@example.org".to_owned()));
    for written in ["", "a=b", "a=2", "a=2c", "=", "a\u{7}b"] {
        assert_eq!(name(written), Err(Fault::Malformed), "{written}");
    }
}

#[test]
fn who_acts_for_somebody_else_is_refused() {
    let acts_for = |authzid: &str| {
        let message = format!("n,{authzid},{NAME_AND_NONCE}");
        first(Mechanism::ScramSha256, &[], &message).map(drop)
    };
    assert_eq!(acts_for("a=user"), Ok(()));
    for other in ["a=root", "a=", "user", "b=user"] {
        assert_eq!(acts_for(other), Err(Fault::Malformed), "{other}");
    }
}

#[test]
fn what_is_no_first_message_is_malformed() {
    for message in [
        "",
        "n",
        "n,",
        "n,,",
        "n,,n=user",
        "n,,r=abc,n=user",
        "n,,n=user,r=",
        "n,,n=user,r=a b",
        "n,,m=1,n=user,r=abc",
        "n,,n=user,r=abc,xyz",
        "n,,n=user,r=abc,",
        "x,,n=user,r=abc",
        "N,,n=user,r=abc",
    ] {
        let read = first(Mechanism::ScramSha256, &[], message);
        assert_eq!(read.map(drop), Err(Fault::Malformed), "{message}");
    }
    let extended = first(Mechanism::ScramSha256, &[], "n,,n=user,r=abc,x=whatever=1");
    assert!(extended.is_ok(), "extensions are ignored");
}

#[test]
fn what_is_no_last_message_is_malformed() {
    let (nonce, _) = to_last(first(Mechanism::ScramSha256, &[], "n,,n=user,r=abc").unwrap());
    let proof = encode(&[1; 32]);
    for message in [
        String::new(),
        format!("c=biws,r={nonce}"),
        format!("r={nonce},p={proof}"),
        format!("c=biws,p={proof}"),
        format!("c=*,r={nonce},p={proof}"),
        format!("c=biws,r={nonce},p={}", encode(&[1; 31])),
        format!("c=biws,r={nonce},p="),
        format!("m=1,c=biws,r={nonce},p={proof}"),
        format!("c=biws,r={nonce},junk,p={proof}"),
    ] {
        let (_, exchange) = to_last(first(Mechanism::ScramSha256, &[], "n,,n=user,r=abc").unwrap());
        assert_eq!(exchange.answered(message.as_bytes()), Err(Fault::Malformed), "{message}");
    }
}

#[test]
fn a_nonce_may_be_so_long_and_no_longer() {
    let with = |octets: usize| {
        let message = format!("n,,n=user,r={}", "x".repeat(octets));
        first(Mechanism::ScramSha256, &[], &message).map(drop)
    };
    assert_eq!(with(NONCE_OCTETS_MAX), Ok(()));
    assert_eq!(with(NONCE_OCTETS_MAX + 1), Err(Fault::Malformed));
}
