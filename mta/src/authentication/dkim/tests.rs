#![expect(clippy::unwrap_used, reason = "tests")]
use std::sync::LazyLock;

use dns::{Fault, Name, Zone};
use message::{Domain, Timestamp};

use super::super::canonical::{Canonicalization, write_own, write_signed};
use super::super::keys::{KeyLimits, Keys, SigningKey};
use super::super::opened::Opened;
use super::*;

const NOW: Timestamp = Timestamp::new(1_700_000_000);

/// RFC 8463 §A.2, and the same keys under other names.
const KEYS: &str = r#"
brisbane._domainkey.football.example.com TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
test._domainkey.football.example.com TXT "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR" "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC" "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3" "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
"#;

/// RFC 8463 §A.3.
const FOOTBALL: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
";

fn lines(text: &str) -> String {
    text.replace('\n', "\r\n")
}

async fn look(zone: &Zone, message: &str) -> Vec<Dkim> {
    look_at(zone, message.as_bytes(), &DkimLimits::default()).await.0
}

async fn look_at(zone: &Zone, message: &[u8], limits: &DkimLimits) -> (Vec<Dkim>, usize) {
    let opened = Opened::new(message, &message::Limits::default());
    let key_limits = KeyLimits::default();
    verify(&opened, &["example.org".to_owned()], &mut Keys::new(zone, &key_limits), NOW, limits)
        .await
}

/// The one signature of a message.
async fn only(zone: &Zone, message: &str) -> Dkim {
    let looked = look(zone, message).await;
    assert_eq!(looked.len(), 1, "{looked:?}");
    looked.into_iter().next().unwrap()
}

static RSA: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::RsaSha256).unwrap());

const LETTER: &str = "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: Dinner\r\n\r\nHi.\r\n \t\r\n\r\n";

/// The world in which the letter's domain has one key under several selectors.
fn world() -> Zone {
    let zone = Zone::parse(KEYS).unwrap();
    let record = RSA.record().unwrap();
    for (selector, record) in [
        ("s", record.clone()),
        ("strict", format!("t=s; {record}").replace("v=DKIM1; ", "")),
        ("trial", format!("{record}; t=y")),
        ("gone", "v=DKIM1; p=".to_owned()),
        ("other", "v=spf1 -all".to_owned()),
        ("wrong", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned()),
    ] {
        let (one, two) = record.split_at(record.len().min(200));
        zone.add(&format!("{selector}._domainkey.example.org TXT \"{one}\" \"{two}\"")).unwrap();
    }
    zone
}

/// Puts a signature with these tags in front of a message; `bh=` and `b=` are filled in.
fn signed(tags: &str, message: &str) -> String {
    let tag = |name: &str| {
        tags.split(';').map(str::trim).find_map(|tag| tag.strip_prefix(name)?.strip_prefix('='))
    };
    let (header, body) = tag("c")
        .unwrap_or("simple")
        .split_once('/')
        .unwrap_or((tag("c").unwrap_or("simple"), "simple"));
    let form = |text| Canonicalization::parse(text).unwrap();
    let (header, body) = (form(header), form(body));
    let opened = Opened::new(message.as_bytes(), &message::Limits::default());
    let length = tag("l").and_then(|length| length.parse().ok());
    let hash = opened.body.hash((body, length)).unwrap();
    let bh = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hash.digest);
    let field = format!("DKIM-Signature: {tags}; bh={bh}; b=");
    let mut octets = Vec::new();
    write_signed(tag("h").unwrap_or_default().split(':'), &opened, header, &mut octets);
    let own = format!("{field}\r\n\r\n");
    let own = Opened::new(own.as_bytes(), &message::Limits::default());
    write_own(own.fields.first().unwrap(), &own, header, &mut octets);
    let signature = RSA.sign(&octets).unwrap();
    let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature);
    format!("{field}{signature}\r\n{message}")
}

const TAGS: &str = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s; h=from:to:subject";

#[tokio::test]
async fn the_signatures_of_rfc_8463_are_right() {
    let looked = look(&Zone::parse(KEYS).unwrap(), &lines(FOOTBALL)).await;
    assert_eq!(looked.len(), 2);
    for dkim in looked {
        assert_eq!(dkim.result, DkimResult::Pass, "{}", dkim.why);
        assert_eq!(dkim.why, "football.example.com signed the message as it came");
    }
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_noticed() {
    for (from, to) in [
        ("hungry", "angry"),
        ("Is dinner", "Was dinner"),
        ("Joe SixPack", "Joe  Sixpack"),
        ("i=@football", "i=@soccer.football"),
        ("From: Joe", "From: <ceo@football.example.com>\nFrom: Joe"),
        ("\nHi.", "\nSubject: Transfer the money\n\nHi."),
    ] {
        let message = lines(&FOOTBALL.replacen(from, to, 2));
        for dkim in look(&Zone::parse(KEYS).unwrap(), &message).await {
            assert_eq!(dkim.result, DkimResult::Fail, "{from}: {}", dkim.why);
        }
    }
    // White space and case of names may change.
    let message = lines(FOOTBALL)
        .replace("Subject: Is", "SUBJECT :   Is")
        .replace("game.  Are", "game. Are \t");
    let message =
        message.replace("\r\nJoe.\r\n", "\r\nJoe. \t\r\n\r\n\r\n").replace(" \tyou", " you");
    for dkim in look(&Zone::parse(KEYS).unwrap(), &message).await {
        assert_eq!(dkim.result, DkimResult::Pass, "{}", dkim.why);
    }
}

#[tokio::test]
async fn each_doubt_has_its_result_and_its_words() {
    use DkimResult::{Fail, Neutral, Pass, PermError, Policy};
    let zone = world();
    let with = |from: &str, to: &str| TAGS.replace(from, to);
    for (tags, result, why) in [
        (TAGS.to_owned(), Pass, "example.org signed"),
        (with("relaxed/relaxed", "simple/simple"), Pass, ""),
        (with("relaxed/relaxed", "simple"), Pass, ""),
        (with("c=relaxed/relaxed; ", ""), Pass, ""),
        (with("relaxed/relaxed", "relaxed/simple"), Pass, ""),
        (with("relaxed/relaxed", "RELAXED"), Pass, ""),
        (with("h=from", "h=From:from:x-none:from"), Pass, ""),
        (
            format!("{TAGS}; q=dns/other:dns/txt; z=From:x; t=1600000000; x=1700000000; n1=v;"),
            Pass,
            "",
        ),
        (format!("{TAGS}; i=ann@lists.example.org"), Pass, ""),
        (format!("{TAGS}; l=5"), Pass, ""),
        (with("s=s", "s=trial"), Pass, ""),
        (with("s=s", "s=strict"), Pass, ""),
        (format!("{}; i=@Example.ORG", with("s=s", "s=strict")), Pass, ""),
        (format!("{TAGS}; x=1699999999"), Fail, "has expired"),
        (format!("{TAGS}; l=3"), Policy, "2 octets of the body are not signed"),
        (format!("{TAGS}; l=6"), Fail, "the body was changed"),
        (with("rsa-sha256", "rsa-sha1"), Policy, "rsa-sha1 proves nothing any more"),
        (with("rsa-sha256", "rsa-sha512"), Neutral, "a= of the signature cannot be read"),
        (with("rsa-sha256", "ed25519-sha256"), PermError, "of another kind"),
        (with("s=s", "s=wrong"), PermError, "of another kind"),
        (with("v=1", "v=2"), Neutral, "v= of the signature cannot be read"),
        (with("v=1; ", ""), Neutral, "v= of the signature cannot be read"),
        (with("d=example.org; ", ""), Neutral, "the signature lacks d="),
        (with("; h=from:to:subject", ""), Neutral, "the signature lacks h="),
        (with("h=from:to", "h=to"), PermError, "does not cover From"),
        (format!("{TAGS}; i=ann@example.net"), PermError, "the identity is of another domain"),
        (format!("{TAGS}; i=ann@notexample.org"), PermError, "the identity is of another domain"),
        (
            format!("{}; i=@a.example.org", with("s=s", "s=strict")),
            PermError,
            "than the key allows",
        ),
        (format!("{TAGS}; q=dns/other"), PermError, "nowhere where we can look"),
        (format!("{TAGS}; t=17; x=17"), Neutral, "expires before it was made"),
        (format!("{TAGS}; t=now"), Neutral, "t= of the signature cannot be read"),
        (format!("{TAGS}; l=-1"), Neutral, "l= of the signature cannot be read"),
        (format!("{TAGS}; d=example.org"), Neutral, "a tag stands there twice"),
        (with("relaxed/relaxed", "relaxed/nofws"), Neutral, "c= of the signature cannot be read"),
        (with("s=s", "s=gone"), PermError, "the key gone._domainkey.example.org was revoked"),
        (with("s=s", "s=other"), PermError, "is no DKIM key record"),
        (with("s=s", "s=none"), PermError, "there is no key none._domainkey.example.org"),
        (with("s=s", "s=a..b"), PermError, "the key cannot be looked up"),
        (
            with("s=s", &format!("s={}", "a".repeat(254))),
            Neutral,
            "s= of the signature cannot be read",
        ),
        (with("s=s", "s="), Neutral, "s= of the signature cannot be read"),
        (with("d=example.org", "d="), Neutral, "d= of the signature cannot be read"),
    ] {
        let signed_as = tags.replace("nofws", "relaxed");
        let message = signed(&signed_as, LETTER).replace(&signed_as, &tags);
        let dkim = only(&zone, &message).await;
        assert_eq!(dkim.result, result, "{tags}: {}", dkim.why);
        assert!(dkim.why.contains(why), "{tags}: {}", dkim.why);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_looked_up_now_is_temporary() {
    let zone = world();
    for fault in [Fault::Timeout, Fault::ServerFailure, Fault::Bogus] {
        zone.go_down(fault);
        assert_eq!(only(&zone, &signed(TAGS, LETTER)).await.result, DkimResult::TempError);
    }
}

#[tokio::test]
async fn rsa_keys_are_believed_from_1024_to_4096_bits() {
    let zone = world();
    let message = signed(TAGS, LETTER);
    for (bits, result) in [
        (1_023, DkimResult::Policy),
        (1_024, DkimResult::Fail),
        (4_096, DkimResult::Fail),
        (4_097, DkimResult::Policy),
        (16_384, DkimResult::Policy),
    ] {
        let name = Name::parse("s._domainkey.example.org").unwrap();
        zone.remove(&name);
        zone.add(&format!("{name} TXT \"p={}\"", rsa_key_of(bits))).unwrap();
        let dkim = only(&zone, &message).await;
        assert_eq!(dkim.result, result, "{bits}: {}", dkim.why);
        assert_eq!(
            dkim.why.contains(&format!("the key has {bits} bits")),
            result == DkimResult::Policy
        );
    }
}

/// A public key with an odd number of so many bits in the place of the modulus.
fn rsa_key_of(bits: usize) -> String {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    *modulus.first_mut().unwrap() = u8::try_from(0xff >> (modulus.len() * 8 - bits)).unwrap();
    let element = |tag: u8, inside: &[u8]| {
        let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, inside].concat()
    };
    let modulus = [&[0][..], &modulus].concat();
    let der = element(0x30, &[element(2, &modulus), element(2, &[1, 0, 1])].concat());
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der)
}

#[tokio::test]
async fn of_a_hundred_signatures_ten_are_looked_at_the_authors_own_first() {
    let zone = world();
    let noise = |number| {
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=n{number}.example.com; s=x; h=from; bh=AA==; b=AA==\r\n"
        )
    };
    let message = (0..99).map(noise).collect::<String>() + &signed(TAGS, LETTER);
    let (looked, left_out) = look_at(&zone, message.as_bytes(), &DkimLimits::default()).await;
    assert_eq!((looked.len(), left_out), (10, 90));
    assert_eq!(looked.first().unwrap().result, DkimResult::Pass);
    assert!(zone.queries() <= 10);
}

#[tokio::test]
async fn a_body_is_hashed_four_times_at_most() {
    let zone = world();
    let several = |count: usize| {
        (1..=count).rev().fold(LETTER.to_owned(), |message, length| {
            signed(&format!("{TAGS}; l={length}"), &message)
        })
    };
    let looked = look(&zone, &several(4)).await;
    assert!(looked.iter().all(|dkim| !dkim.why.contains("hashed")), "{looked:?}");
    let looked = look(&zone, &several(5)).await;
    assert_eq!(
        looked
            .iter()
            .filter(|dkim| dkim.why.contains("would have to be hashed over 4 times"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_signature_may_name_two_hundred_fields() {
    let zone = world();
    for (count, result) in [(199, DkimResult::Pass), (200, DkimResult::Policy)] {
        let tags = TAGS.replace("h=from:to:subject", &format!("h=from{}", ":x".repeat(count)));
        assert_eq!(only(&zone, &signed(&tags, LETTER)).await.result, result, "{count}");
    }
}

#[tokio::test]
async fn what_we_sign_verifies_with_both_kinds_of_keys() {
    let domain = Domain::parse("example.org").unwrap();
    for algorithm in [Algorithm::RsaSha256, Algorithm::Ed25519Sha256] {
        let key = SigningKey::generate(algorithm).unwrap();
        let kept = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(kept.record(), key.record());
        let zone = Zone::default();
        zone.add(&format!("key1._domainkey.example.org TXT \"{}\"", key.record().unwrap()))
            .unwrap();
        let signer = Signer { domain: domain.clone(), selector: "key1".to_owned(), key: kept };
        for message in [
            LETTER.to_owned(),
            lines(FOOTBALL),
            "From: a@example.org\r\n\r\n".to_owned(),
            "From: a@example.org\r\n".to_owned(),
        ] {
            let field = signer.sign(message.as_bytes(), NOW).unwrap();
            assert!(field.lines().all(|line| line.len() <= 78), "{field}");
            let looked = look(&zone, &format!("{field}{message}")).await;
            assert_eq!(
                looked.first().unwrap().result,
                DkimResult::Pass,
                "{field}{message} {looked:?}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_can_add_a_field_that_we_guard() {
    let zone = world();
    let key = SigningKey::from_pkcs8(&RSA.to_pkcs8().unwrap()).unwrap();
    let signer =
        Signer { domain: Domain::parse("example.org").unwrap(), selector: "s".to_owned(), key };
    let field = signer.sign(LETTER.as_bytes(), NOW).unwrap();
    for (added, result) in [
        ("X-Other: x", DkimResult::Pass),
        ("Received: x", DkimResult::Pass),
        ("From: x", DkimResult::Fail),
        ("Subject: x", DkimResult::Fail),
        ("Reply-To: x", DkimResult::Fail),
        ("Cc: x", DkimResult::Fail),
        ("Content-Type: text/html", DkimResult::Fail),
    ] {
        assert_eq!(
            only(&zone, &format!("{added}\r\n{field}{LETTER}")).await.result,
            result,
            "{added}"
        );
    }
}

#[test]
fn a_selector_tells_when_its_key_was_made() {
    assert_eq!(Signer::selector(Algorithm::RsaSha256, NOW), "ph202311r");
    assert_eq!(Signer::selector(Algorithm::Ed25519Sha256, NOW), "ph202311e");
}

#[test]
fn a_letter_without_from_is_not_signed() {
    let key = SigningKey::generate(Algorithm::Ed25519Sha256).unwrap();
    let signer =
        Signer { domain: Domain::parse("example.org").unwrap(), selector: "s".to_owned(), key };
    assert_eq!(signer.sign(b"To: x\r\n\r\n", NOW), Err(SignError::NoFrom));
    assert_eq!(
        SigningKey::from_pkcs8(b"nonsense").unwrap_err(),
        super::super::keys::KeyError::Unreadable
    );
}
