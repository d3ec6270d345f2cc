//! Never an open relay: every way to ask, from everybody who might.

use super::*;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Stranger,
    /// Has tried to log in where mail for this house comes.
    StrangerWithPassword,
    /// Where mail is handed in, but not logged in.
    Nobody,
    Bob,
}

/// A way to name somebody, and what is said to it: to Bob where he hands in mail, to strangers.
const RECIPIENTS: &[(&str, &str, &str)] = &[
    ("<carol@hamburger.edu>", "250 2.1.5", "250 2.1.5"),
    ("carol@hamburger.edu", "250 2.1.5", "250 2.1.5"),
    ("<Postmaster>", "250 2.1.5", "250 2.1.5"),
    ("<@crepes.fr:carol@hamburger.edu>", "250 2.1.5", "250 2.1.5"),
    ("<nobody@hamburger.edu>", "550 5.1.1", "550 5.1.1"),
    ("<alice@crepes.fr>", "250 2.1.5", "550 5.7.1"),
    ("<\"alice\"@crepes.fr>", "250 2.1.5", "550 5.7.1"),
    ("<@hamburger.edu:alice@crepes.fr>", "250 2.1.5", "550 5.7.1"),
    ("<@hamburger.edu,@other.example:alice@crepes.fr>", "250 2.1.5", "550 5.7.1"),
    ("<alice%crepes.fr@hamburger.edu>", "550 5.1.1", "550 5.1.1"),
    ("<\"alice@crepes.fr\"@hamburger.edu>", "550 5.1.1", "550 5.1.1"),
    ("<crepes.fr!alice@hamburger.edu>", "550 5.1.1", "550 5.1.1"),
    ("<@hamburger.edu:alice%crepes.fr@hamburger.edu>", "550 5.1.1", "550 5.1.1"),
    ("<alice@[192.0.2.99]>", "550 5.1.2", "550 5.7.1"),
    ("<carol@[127.0.0.1]>", "550 5.1.2", "550 5.7.1"),
    ("<alice@[IPv6:2001:db8::1]>", "550 5.1.2", "550 5.7.1"),
    ("<alice@sub.hamburger.edu>", "250 2.1.5", "550 5.7.1"),
    ("<alice@localhost>", "250 2.1.5", "550 5.7.1"),
];

/// A sender, and what is said to Bob.
const SENDERS: &[(&str, &str)] = &[
    ("<bob@hamburger.edu>", "250 2.1.0"),
    ("<bob+tag@hamburger.edu>", "250 2.1.0"),
    ("<>", "250 2.1.0"),
    ("<carol@hamburger.edu>", "550 5.7.1"),
    ("<nobody@hamburger.edu>", "550 5.7.1"),
    ("<alice@crepes.fr>", "550 5.7.1"),
    ("<bob@[127.0.0.1]>", "550 5.7.1"),
    ("<\"bob@hamburger.edu\"@crepes.fr>", "550 5.7.1"),
];

async fn ask(house: &TestHouse, asks: Asks, tls: bool) -> Dialogue {
    let submits = matches!(asks, Asks::Nobody | Asks::Bob);
    let mut client = if submits { house.connect_to_submit(None) } else { house.connect() };
    if tls {
        let (version, cipher) = ("TLSv1.3", "TLS13_AES_256_GCM_SHA384");
        client.session.client.tls =
            Some(TlsFacts { version, cipher, server_name: None, exporter: None });
    } else {
        client.session.client.tls = None;
    }
    client.say("EHLO client.example").await;
    if matches!(asks, Asks::StrangerWithPassword | Asks::Bob) {
        let reply = client.say("AUTH PLAIN AGJvYkBoYW1idXJnZXIuZWR1AGh1bmdyeQ==").await;
        let expected = match (asks, tls) {
            (Asks::Bob, true) => "235 2.7.0",
            (Asks::Bob, false) => "538 5.7.11",
            _ => "502 5.5.1",
        };
        assert!(reply.starts_with(expected), "{asks:?} {tls}: {reply}");
    }
    client
}

#[tokio::test]
async fn nobody_relays_in_any_combination() {
    let mut house = house().await;
    house.limits.errors_max = 1_000;
    for asks in [Asks::Stranger, Asks::StrangerWithPassword, Asks::Nobody, Asks::Bob] {
        for tls in [true, false] {
            let mut client = ask(&house, asks, tls).await;
            for (sender, to_bob) in SENDERS {
                let expected = match (asks, tls) {
                    (Asks::Stranger | Asks::StrangerWithPassword, _) => "250 2.1.0",
                    (Asks::Bob, true) => to_bob,
                    _ => "530 5.7.0",
                };
                let reply = client.say(&format!("MAIL FROM:{sender}")).await;
                assert!(reply.starts_with(expected), "{asks:?} {tls} {sender}: {reply}");
                let begun = expected.starts_with("250");
                for (recipient, to_bob, to_strangers) in RECIPIENTS {
                    let expected = match (asks, tls) {
                        (Asks::Stranger | Asks::StrangerWithPassword, _) => to_strangers,
                        (Asks::Bob, true) if begun => to_bob,
                        (Asks::Bob, true) => "503 5.5.1",
                        _ => "530 5.7.0",
                    };
                    let reply = client.say(&format!("RCPT TO:{recipient}")).await;
                    let case = format!("{asks:?} {tls} {sender} {recipient}: {reply}");
                    assert!(reply.starts_with(expected), "{case}");
                }
                client.say("RSET").await;
            }
        }
    }
    assert!(house.queued().await.is_empty());
}
