//! What leaves, as a verifier far away sees it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use dns::Zone;
use mailstore::{
    Content, ContentId, Delivery, Flags, KeyState, LocalRecipient, NewAccount, Options, Outside,
    Password, PeerFacts, Store,
};
use message::header::header_octets;
use message::{Address, Domain, Envelope, ReversePath};

use super::*;
use crate::authentication::dkim::DkimResult;
use crate::authentication::{BodyWatch, Inquiry, Limits, Settings, judge};

struct House {
    store: Store,
    signing: Signing,
    _folder: tempfile::TempDir,
}

const LETTER: &str =
    "Received: x\r\nFrom: Ann <ann@example.org>\r\nSubject: x\r\n\r\nHello  there \r\n\r\n";

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default(), Outside::system()).unwrap();
    let account = NewAccount {
        address: Address::parse("ann@example.org").unwrap(),
        display_name: String::new(),
        password: Password::from("hungry"),
        quota_octets: None,
    };
    store.create_account(account).await.unwrap();
    let signing = Signing::new(store.clone(), SigningLimits::default());
    House { store, signing, _folder: folder }
}

impl House {
    /// A message that came in this way.
    async fn put(&self, message: &[u8], protocol: &str) -> (ContentId, Content) {
        let ann = Address::parse("ann@example.org").unwrap();
        let account = self.store.account_by_login("ann@example.org").await.unwrap().id;
        let (flags, mailbox, reason) = (Flags::NONE, None, None);
        let peer = PeerFacts {
            address: [192, 0, 2, 1].into(),
            helo: None,
            tls: None,
            protocol: protocol.to_owned(),
        };
        let delivery = Delivery {
            trace: self.store.new_trace_id(),
            envelope: Envelope { reverse_path: ReversePath::Null, recipients: Vec::new() },
            staged: self.store.stage(message).await.unwrap(),
            local: vec![LocalRecipient { account, address: ann, mailbox, flags, reason }],
            outgoing: Vec::new(),
            peer,
            findings: None,
        };
        let id = self.store.deliver(delivery).await.unwrap().content;
        (id, self.store.content(id).await.unwrap())
    }

    async fn head(&self, message: &[u8], protocol: &str) -> String {
        let (id, content) = self.put(message, protocol).await;
        String::from_utf8(self.signing.head(id, &content, None).await.to_vec()).unwrap()
    }

    /// The keys as they are published.
    async fn zone(&self, domain: &str) -> Zone {
        let zone = Zone::default();
        for key in self.store.domain_keys(&Domain::parse(domain).unwrap()).await.unwrap() {
            let (name, text) = keys::record(&key).unwrap();
            let (one, two) = text.split_at(text.len().min(200));
            zone.add(&format!("{name} TXT \"{one}\" \"{two}\"")).unwrap();
        }
        zone
    }
}

async fn results(zone: &Zone, message: &[u8]) -> Vec<DkimResult> {
    let (header, body) = message.split_at(header_octets(message));
    let mut watch = BodyWatch::for_signatures_of(header, &Limits::default());
    watch.see(body);
    let inquiry = Inquiry {
        peer: [192, 0, 2, 1].into(),
        helo: "x",
        reverse_path: &ReversePath::Null,
        header,
        body: &watch.finish(),
    };
    let now = Outside::system().clock.now();
    let verdict = judge(zone, now, &inquiry, &Settings::new("mx.example.net")).await;
    verdict.dkim.into_iter().map(|dkim| dkim.result).collect()
}

#[tokio::test]
async fn what_an_account_writes_is_signed_with_both_keys_of_its_domain() {
    let house = house().await;
    let long = format!("{LETTER}{}", "A line of many.\r\n".repeat(50_000));
    for letter in [LETTER, &long, "From: ann@mail.example.org\r\n\r\n"] {
        let head = house.head(letter.as_bytes(), "ESMTPSA").await;
        assert_eq!(head.matches("d=example.org;").count(), 2, "{head}");
        let zone = house.zone("example.org").await;
        let found = results(&zone, (head + letter).as_bytes()).await;
        assert_eq!(found, [DkimResult::Pass, DkimResult::Pass]);
    }
    let keys = house.store.domain_keys(&Domain::parse("example.org").unwrap()).await.unwrap();
    assert_eq!(keys.len(), 2, "keys are made once");
}

#[tokio::test]
async fn what_strangers_write_in_our_name_is_not_signed_and_nobody_signs_for_others() {
    let house = house().await;
    for protocol in ["SMTP", "ESMTP", "ESMTPS", "UTF8SMTP", "UTF8SMTPS"] {
        assert_eq!(house.head(LETTER.as_bytes(), protocol).await, "", "{protocol}");
    }
    for letter in ["From: bob@example.net\r\n\r\nx\r\n", "From: a@notexample.org\r\n\r\n", "x\r\n"]
    {
        assert_eq!(house.head(letter.as_bytes(), "ESMTPSA").await, "", "{letter}");
    }
    assert!(house.head(LETTER.as_bytes(), "report").await.contains("DKIM-Signature"));
}

#[tokio::test]
async fn a_message_is_signed_once_for_all_its_destinations() {
    let house = house().await;
    let (id, content) = house.put(LETTER.as_bytes(), "ESMTPSA").await;
    let (other, other_content) = house.put(b"From: x@y.example\r\n\r\n", "ESMTPSA").await;
    let domain = Domain::parse("example.org").unwrap();
    for (messages_max, is_kept) in [(2, true), (1, false)] {
        let limits = SigningLimits { messages_max, keys_kept: Duration::ZERO };
        let signing = Signing::new(house.store.clone(), limits);
        let first = signing.head(id, &content, None).await;
        assert_eq!(signing.head(id, &content, None).await, first);
        signing.head(other, &other_content, None).await;
        // Signed anew, it has another key.
        keys::make_next(&house.store, &domain).await.unwrap();
        keys::use_next(&house.store, &domain).await.unwrap();
        assert_eq!(signing.head(id, &content, None).await == first, is_kept);
    }
}

#[tokio::test]
async fn keys_are_followed_by_others_with_names_of_their_own() {
    let house = house().await;
    let (store, domain) = (&house.store, Domain::parse("example.org").unwrap());
    assert!(keys::make_missing(store, &domain).await.unwrap());
    assert!(!keys::make_missing(store, &domain).await.unwrap());
    keys::make_next(store, &domain).await.unwrap();
    keys::make_next(store, &domain).await.unwrap();
    let states = async || {
        let keys = store.domain_keys(&domain).await.unwrap();
        keys.iter().map(|key| key.state).collect::<Vec<_>>()
    };
    use KeyState::{Active, Next, Retired};
    assert_eq!(states().await, [Active, Active, Next, Next]);
    keys::use_next(store, &domain).await.unwrap();
    assert_eq!(states().await, [Retired, Retired, Active, Active]);
    let signing = keys::signers(store, &domain).await.unwrap();
    assert!(signing.iter().all(|signer| signer.selector.ends_with("-2")), "{signing:?}");
}
