//! Who sent it: what a transcript cannot show.

use std::sync::Arc;

use dns::{Fault, Zone};
use mailstore::DeliveryFacts;

use super::*;
use crate::authentication::Settings;
use crate::smtp::Judging;

impl TestHouse {
    /// A client of a house that asks this name server.
    fn connect_judged(&self, zone: Arc<Zone>) -> Dialogue {
        let mut dialogue = self.connect();
        let Role::Receive(receiving) = &dialogue.session.house.role else { unreachable!() };
        let judging = Judging { resolver: zone, settings: Settings::new("hamburger.edu") };
        let receiving = Receiving { judging: Some(Arc::new(judging)), ..(**receiving).clone() };
        dialogue.session.house.role = Role::Receive(Arc::new(receiving));
        dialogue
    }

    async fn facts(&self, address: &str, mailbox: &str) -> DeliveryFacts {
        let account = self.store.account_by_login(address).await.unwrap().id;
        let mailbox = self.store.mailbox_by_name(account, mailbox).await.unwrap().id;
        let [row] = self.store.messages(mailbox, &UidSet::all()).await.unwrap().try_into().unwrap();
        self.store.delivery_facts(row.content).await.unwrap().unwrap()
    }
}

const RESULTS: &str = "\r\nAuthentication-Results: hamburger.edu;\r\n\tspf=";

fn zone() -> Arc<Zone> {
    let records = "crepes.fr TXT \"v=spf1 ip4:192.0.2.1 -all\"\n\
         careful.example TXT \"v=spf1 -all\"\n\
         _dmarc.careful.example TXT \"v=DMARC1; p=quarantine\"";
    Arc::new(Zone::parse(records).unwrap())
}

#[tokio::test]
async fn a_letter_is_kept_octet_for_octet_below_what_was_found() {
    let house = house().await;
    let text = "A line of many.\r\n".repeat(50_000);
    for message in [
        "From: alice@crepes.fr\r\n\r\nHi\r\n".to_owned(),
        format!("From: alice@crepes.fr\r\n\r\n{text}"),
        format!("From: alice@crepes.fr\r\nX: {}\r\n\r\nHi\r\n", "x".repeat(300_000)),
        "From: alice@crepes.fr\r\n".to_owned(),
        "\r\n".to_owned(),
        "From: alice@crepes.fr\r\nno field\r\n\r\nHi\r\n".to_owned(),
    ] {
        for octets in [1_000, 70_000, message.len()] {
            let mut client = house.connect_judged(zone());
            client.begin("bob@hamburger.edu").await;
            let pieces: Vec<&[u8]> = message.as_bytes().chunks(octets).collect();
            let reply = client.send_in(&pieces, Ok(())).await;
            assert!(reply.starts_with("250 2.0.0 "), "{reply}");
            let kept = house.inbox("bob@hamburger.edu").await.pop().unwrap();
            let top = kept.strip_suffix(&message).unwrap();
            assert!(top.starts_with("Return-Path: <alice@crepes.fr>\r\nReceived: "), "{top}");
            assert!(top.contains(&format!("{RESULTS}pass\r\n")), "{top}");
            assert!(top.ends_with("smtp.remote-ip=192.0.2.1\r\n"), "{top}");
        }
    }
}

#[tokio::test]
async fn text_without_a_header_has_no_author_whatever_it_says() {
    let house = house().await;
    let mut client = house.connect_judged(zone());
    client.begin("bob@hamburger.edu").await;
    let text = "Hello!\r\nFrom: boss@careful.example\r\n\r\ntext\r\n";
    assert!(client.send(text).await.starts_with("250 "));
    let kept = house.only_message("bob@hamburger.edu").await;
    let (header, kept_text) = kept.split_once("\r\n\r\n").unwrap();
    assert_eq!(kept_text, text);
    assert!(header.contains("dmarc=") && !header.contains("header.from"), "{header}");
}

#[tokio::test]
async fn what_was_found_is_kept_and_told_to_whom_it_concerns() {
    let house = house().await;
    let mut client = house.connect_judged(zone());
    client.begin("bob@hamburger.edu").await;
    assert!(client.send("From: x@careful.example\r\n\r\nx\r\n").await.starts_with("250 "));
    assert!(house.inbox("bob@hamburger.edu").await.is_empty());
    let facts = house.facts("bob@hamburger.edu", "Junk").await;
    let found: serde_json::Value = serde_json::from_str(&facts.findings.unwrap()).unwrap();
    let found = &found["authentication"];
    assert_eq!((&found["action"], &found["dmarc"]["result"]), (&"junk".into(), &"fail".into()));
    assert_eq!((&found["spf"]["result"], &found["dkim"]), (&"pass".into(), &serde_json::json!([])));
    let [(_, reason)] = facts.reasons.as_slice() else { panic!("one reason") };
    assert_eq!(*reason, found["why"].as_str().unwrap());
    assert!(reason.contains("careful.example"), "{reason}");
}

#[tokio::test]
async fn silent_and_broken_name_servers_lose_no_mail() {
    let house = house().await;
    for fault in [Fault::Silence, Fault::ServerFailure, Fault::Timeout] {
        let zone = zone();
        zone.go_down(fault);
        let mut client = house.connect_judged(zone);
        client.begin("bob@hamburger.edu").await;
        // From here on nobody waits for the disk's threads but for name servers.
        let begun = tokio::time::Instant::now();
        tokio::time::pause();
        let reply = client.send("From: x@careful.example\r\n\r\nx\r\n").await;
        tokio::time::resume();
        assert!(reply.starts_with("250 "), "{reply}");
        assert!(begun.elapsed() <= Duration::from_secs(31), "{:?}", begun.elapsed());
        let kept = house.inbox("bob@hamburger.edu").await.pop().unwrap();
        assert!(kept.contains(&format!("{RESULTS}temperror")), "{kept}");
        assert!(kept.contains("dmarc=temperror"), "{kept}");
    }
}
