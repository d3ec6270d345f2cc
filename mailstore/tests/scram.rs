//! Logging in without sending the password: who gets in, what a stranger learns.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use house::House;
use mailstore::*;

const HERE: &str = "192.0.2.7";
const AUTH_MESSAGE: &[u8] = b"n=bob,r=client,r=clientserver,s=...,i=4096,c=biws,r=clientserver";

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// What a client does: its proof, and the signature that it expects (RFC 5802 §3).
fn prove(password: &str, challenge: &ScramChallenge) -> ([u8; 32], Vec<u8>) {
    let mut salted = [0; 32];
    let iterations = NonZeroU32::new(challenge.iterations).unwrap();
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, iterations, &challenge.salt, password.as_bytes(), &mut salted);
    let mut proof: [u8; 32] = mac(&salted, b"Client Key").try_into().unwrap();
    let stored = digest::digest(&digest::SHA256, &proof);
    for (octet, other) in proof.iter_mut().zip(mac(stored.as_ref(), AUTH_MESSAGE)) {
        *octet ^= other;
    }
    (proof, mac(&mac(&salted, b"Server Key"), AUTH_MESSAGE))
}

fn attempt(name: &str, proof: [u8; 32]) -> ProofAttempt {
    ProofAttempt {
        name: name.to_owned(),
        service: Service::Smtp,
        peer: HERE.parse().unwrap(),
        auth_message: AUTH_MESSAGE.to_vec(),
        proof,
    }
}

/// A whole exchange for a service.
async fn enter(house: &House, name: &str, password: &str, service: Service) -> Option<Login> {
    let challenge = house.store.scram_challenge(name).await.unwrap();
    let (proof, expected) = prove(password, &challenge);
    match house.store.login_with_proof(ProofAttempt { service, ..attempt(name, proof) }).await {
        Ok((login, signature)) => {
            assert_eq!(signature.as_slice(), expected, "the client would not believe us");
            Some(login)
        }
        Err(LoginError::Wrong) => None,
        Err(other) => unreachable!("{other:?}"),
    }
}

async fn with_password(house: &House, name: &str, password: &str) -> Result<Login, LoginError> {
    let attempt = LoginAttempt {
        name: name.to_owned(),
        password: password.into(),
        service: Service::Pop,
        peer: HERE.parse().unwrap(),
    };
    house.store.login(attempt).await
}

#[tokio::test]
async fn bob_gets_in_without_sending_his_password_and_eve_does_not() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.account("ann@hamburger.edu").await;
    for name in ["bob@hamburger.edu", "BOB@hamburger.edu", "bob"] {
        let login = enter(&house, name, "hungry", Service::Smtp).await.unwrap();
        assert_eq!((login.account, login.app_password), (bob, None));
    }
    assert_eq!(enter(&house, "bob", "Hungry", Service::Smtp).await, None);
    assert_eq!(enter(&house, "eve", "hungry", Service::Smtp).await, None);
    assert_eq!(enter(&house, "", "", Service::Smtp).await, None);
    let history = house.store.login_history(bob, 10).await.unwrap();
    assert_eq!(
        history.iter().map(|one| (one.outcome, one.service)).collect::<Vec<_>>(),
        [(LoginOutcome::Wrong, Service::Smtp), (LoginOutcome::Password, Service::Smtp)]
            .into_iter()
            .chain([(LoginOutcome::Password, Service::Smtp); 2])
            .collect::<Vec<_>>()
    );
    // A proof is for one exchange.
    let challenge = house.store.scram_challenge("bob").await.unwrap();
    let (proof, _) = prove("hungry", &challenge);
    let other = ProofAttempt { auth_message: b"another".to_vec(), ..attempt("bob", proof) };
    assert!(matches!(house.store.login_with_proof(other).await, Err(LoginError::Wrong)));
}

#[tokio::test]
async fn a_name_that_nobody_has_gets_a_salt_as_steady_as_a_true_one() {
    let mut house = House::new();
    house.account("bob@hamburger.edu").await;
    let mut told = Vec::new();
    for _ in 0..2 {
        for name in ["bob", "bob@hamburger.edu", "eve", "eve@hamburger.edu", "eve@crepes.fr"] {
            told.push(house.store.scram_challenge(name).await.unwrap());
        }
        house.reopen().await;
    }
    assert_eq!(told[..5], told[5..]);
    assert_eq!(told[0], told[1], "bob has one salt, whatever he calls himself");
    assert_eq!(told[2], told[3], "and so has eve, who does not live here");
    assert_ne!(told[3], told[4]);
    assert_ne!(told[0], told[2]);
    assert!(told.iter().all(|one| one.salt.len() == 16 && one.iterations == 4_096));
    let elsewhere = House::new();
    assert_ne!(elsewhere.store.scram_challenge("eve@crepes.fr").await.unwrap(), told[4]);
}

#[tokio::test]
async fn an_app_password_proves_itself_under_the_same_salt_for_what_it_is_for() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let scopes = Scopes { pop: false, imap: false, smtp: true };
    let secret = house.store.create_app_password(bob, "printer", scopes).await.unwrap();
    let other = house.store.create_app_password(bob, "phone", Scopes::MAIL).await.unwrap();
    let id = house.store.app_passwords(bob).await.unwrap()[0].id;
    let login = enter(&house, "bob", &secret, Service::Smtp).await.unwrap();
    assert_eq!(login.app_password, Some(id));
    assert!(house.store.app_passwords(bob).await.unwrap()[0].last_used.is_some());
    assert_eq!(enter(&house, "bob", &secret, Service::Imap).await, None);
    assert_eq!(enter(&house, "bob", &secret, Service::Web).await, None);
    assert!(enter(&house, "bob", &other, Service::Imap).await.is_some());
    assert!(enter(&house, "bob", "hungry", Service::Web).await.is_some());
    house.store.revoke_app_password(bob, id).await.unwrap();
    assert_eq!(enter(&house, "bob", &secret, Service::Smtp).await, None);
    assert!(enter(&house, "bob", &other, Service::Smtp).await.is_some());
}

#[tokio::test]
async fn when_the_last_key_goes_the_next_one_comes_with_a_salt_of_its_own() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    // As an upgrade leaves it.
    assert_eq!(house.count("DELETE FROM scram_key RETURNING 1"), 1);
    assert_eq!(house.count("DELETE FROM scram RETURNING 1"), 1);
    let secret = house.store.create_app_password(bob, "phone", Scopes::MAIL).await.unwrap();
    assert!(enter(&house, "bob", &secret, Service::Smtp).await.is_some());
    let id = house.store.app_passwords(bob).await.unwrap()[0].id;
    house.store.revoke_app_password(bob, id).await.unwrap();
    with_password(&house, "bob", "hungry").await.unwrap();
    assert!(enter(&house, "bob", "hungry", Service::Smtp).await.is_some());
}

#[tokio::test]
async fn nobodys_salt_does_not_depend_on_how_the_name_is_written() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    for name in ["bob", "eve"] {
        let plain = house.store.scram_challenge(&format!("{name}@hamburger.edu")).await.unwrap();
        let quoted = format!("\"{name}\"@Hamburger.EDU");
        assert_eq!(house.store.scram_challenge(&quoted).await.unwrap(), plain, "{name}");
    }
}

#[tokio::test]
async fn a_changed_password_has_new_keys_and_app_passwords_keep_theirs() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let first = house.store.scram_challenge("bob").await.unwrap();
    house.store.set_password(bob, "full".into()).await.unwrap();
    let second = house.store.scram_challenge("bob").await.unwrap();
    assert_ne!(first.salt, second.salt);
    assert_eq!(enter(&house, "bob", "hungry", Service::Smtp).await, None);
    assert!(enter(&house, "bob", "full", Service::Smtp).await.is_some());

    let secret = house.store.create_app_password(bob, "phone", Scopes::MAIL).await.unwrap();
    house.store.set_password(bob, "thirsty".into()).await.unwrap();
    assert_eq!(house.store.scram_challenge("bob").await.unwrap(), second);
    assert!(enter(&house, "bob", &secret, Service::Smtp).await.is_some());
    assert!(enter(&house, "bob", "thirsty", Service::Smtp).await.is_some());
    assert_eq!(enter(&house, "bob", "full", Service::Smtp).await, None);
}

#[tokio::test]
async fn passwords_older_than_the_keys_get_theirs_when_they_are_seen() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let secret = house.store.create_app_password(bob, "phone", Scopes::MAIL).await.unwrap();
    let beside = rusqlite::Connection::open(house.folder.path().join("mail.db")).unwrap();
    beside.execute_batch("DELETE FROM scram_key; DELETE FROM scram;").unwrap();
    let before = house.store.scram_challenge("bob").await.unwrap();
    assert_eq!(before, house.store.scram_challenge("bob@hamburger.edu").await.unwrap());
    assert_eq!(enter(&house, "bob", "hungry", Service::Smtp).await, None);

    with_password(&house, "bob", &secret.to_uppercase()).await.unwrap();
    assert!(enter(&house, "bob", &secret, Service::Smtp).await.is_some());
    assert_eq!(enter(&house, "bob", "hungry", Service::Smtp).await, None);
    with_password(&house, "bob", "hungry").await.unwrap();
    assert!(enter(&house, "bob", "hungry", Service::Smtp).await.is_some());
    assert!(enter(&house, "bob", &secret, Service::Smtp).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn wrong_proofs_count_as_wrong_passwords_do() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let begin = tokio::time::Instant::now();
    for _ in 0..19 {
        let refused = house.store.login_with_proof(attempt("bob", [7; 32])).await;
        assert!(matches!(refused, Err(LoginError::Wrong)));
    }
    assert!(begin.elapsed().as_secs() >= 16, "failures are slowed");
    assert!(matches!(with_password(&house, "bob", "wrong").await, Err(LoginError::Wrong)));
    let challenge = house.store.scram_challenge("bob").await.unwrap();
    let (proof, _) = prove("hungry", &challenge);
    let refused = house.store.login_with_proof(attempt("bob", proof)).await;
    assert!(matches!(refused, Err(LoginError::Banned { .. })), "{refused:?}");
    assert!(matches!(with_password(&house, "bob", "hungry").await, Err(LoginError::Banned { .. })));
    house.watch.forward(900);
    house.store.login_with_proof(attempt("bob", proof)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hundred_wrong_proofs_at_once_are_a_hundred_failures() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let guesses = (0..100).map(|_| house.store.login_with_proof(attempt("bob", [7; 32])));
    let answers = futures_util::future::join_all(guesses).await;
    let wrong = answers.iter().filter(|one| matches!(one, Err(LoginError::Wrong))).count();
    assert!(wrong <= 20, "{wrong} were looked at");
}
