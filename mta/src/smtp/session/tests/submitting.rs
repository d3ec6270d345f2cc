//! Mail of those who live here: what becomes of it in the store.

use mailstore::{BodyType, DsnReturn, Notify, Priority};

use super::*;

const MESSAGE: &str = "From: Bob <bob@hamburger.edu>\r\nBcc: secret@crepes.fr\r\n\r\ntext\r\n";

#[tokio::test]
async fn a_letter_to_here_and_elsewhere_is_filed_and_queued_at_once() {
    let house = house().await;
    let mut client = house.submitter("bob@hamburger.edu").await;
    client
        .say_all(&[
            "MAIL FROM:<bob@hamburger.edu> RET=HDRS ENVID=QQ314159 REQUIRETLS SMTPUTF8",
            "RCPT TO:<carol@hamburger.edu>",
            "RCPT TO:<alice@crepes.fr> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;al+20ice@crepes.fr",
            "RCPT TO:<eve@crepes.fr> NOTIFY=NEVER",
            "DATA",
        ])
        .await;
    let reply = client.send(MESSAGE).await;
    let id = reply.strip_prefix("250 2.0.0 Accepted: it is on disk. id=").unwrap().trim_end();
    let message = house.only_message("carol@hamburger.edu").await;
    let received =
        "Received: by hamburger.edu with UTF8SMTPSA (TLSv1.3 TLS13_AES_256_GCM_SHA384) id ";
    assert!(message.starts_with(&format!("{received}{id};\r\n")), "{message}");
    let ours = format!(
        "Message-ID: <{id}@hamburger.edu>\r\nFrom: Bob <bob@hamburger.edu>\r\n\r\ntext\r\n"
    );
    assert!(message.contains("\r\nDate: ") && message.ends_with(&ours), "{message}");
    for secret in ["192.0.2.1", "laptop", "crepes.fr", "Return-Path"] {
        assert!(!message.contains(secret), "{message}");
    }
    let leased = house.store.lease_outbound("crepes.fr", 10, |_| Timestamp::new(0)).await.unwrap();
    let [one] = leased.as_slice() else { panic!("{leased:?}") };
    assert_eq!(one.trace.as_str(), id);
    assert_eq!(one.reverse_path.to_string(), "<bob@hamburger.edu>");
    assert!(one.smtputf8 && one.requiretls);
    assert_eq!(one.body, BodyType::SevenBit);
    assert_eq!(one.dsn.ret, Some(DsnReturn::Headers));
    assert_eq!(one.dsn.envid.as_deref(), Some("QQ314159"));
    let wishes: Vec<_> = one
        .recipients
        .iter()
        .map(|to| (to.address.to_string(), to.notify, to.original.clone()))
        .collect();
    let alice = "alice@crepes.fr".to_owned();
    let original = Some("rfc822;al+20ice@crepes.fr".to_owned());
    assert!(wishes.contains(&(alice, Notify::SUCCESS | Notify::DELAY, original)), "{wishes:?}");
    assert!(wishes.contains(&("eve@crepes.fr".to_owned(), Notify::NEVER, None)), "{wishes:?}");
}

#[tokio::test]
async fn a_letter_that_stays_here_has_a_return_path_and_no_entry_in_the_queue() {
    let house = house().await;
    let mut client = house.submitter("bob@hamburger.edu").await;
    client.say_all(&["MAIL FROM:<bob@hamburger.edu>", "RCPT TO:<carol@hamburger.edu>"]).await;
    client.say("DATA").await;
    assert!(client.send(MESSAGE).await.starts_with("250 "));
    let message = house.only_message("carol@hamburger.edu").await;
    let top = "Return-Path: <bob@hamburger.edu>\r\nReceived: by hamburger.edu with ESMTPSA (";
    assert!(message.starts_with(top), "{message}");
    assert!(house.queued().await.is_empty());
}

#[tokio::test]
async fn the_queue_is_told_what_the_bytes_need_and_what_can_wait() {
    let house = house().await;
    let mut client = house.submitter("bob@hamburger.edu").await;
    for (field, text, body, priority) in [
        ("Subject: x", "text", BodyType::SevenBit, Priority::Letter),
        ("List-Unsubscribe: <x>", "caf\u{e9}", BodyType::EightBitMime, Priority::Bulk),
    ] {
        client.say_all(&["MAIL FROM:<bob@hamburger.edu>", "RCPT TO:<alice@crepes.fr>"]).await;
        client.say("DATA").await;
        assert!(client.send(&format!("{field}\r\n\r\n{text}\r\n")).await.starts_with("250 "));
        let queued = house.queued().await;
        assert_eq!(queued.first().unwrap().0.priority, priority);
        let leased =
            house.store.lease_outbound("crepes.fr", 1, |_| Timestamp::new(i64::MAX)).await.unwrap();
        assert_eq!(leased.first().unwrap().body, body);
    }
}

#[tokio::test]
async fn a_message_in_another_name_is_refused_and_nothing_of_it_stays() {
    let house = house().await;
    let mut client = house.submitter("bob@hamburger.edu").await;
    for (header, expected) in [
        (
            "From: carol@hamburger.edu",
            "550 5.7.1 That message is from <carol@hamburger.edu>, which",
        ),
        (
            "From: bob@hamburger.edu, alice@crepes.fr",
            "550 5.7.1 That message is from <alice@crepes",
        ),
        ("From: bob@hamburger.edu\r\nSender: x@y.org", "550 5.7.1 That message is from <x@y.org>"),
        ("From: bob@hamburger.edu\r\nfrom: x@y.org", "550 5.7.1 That message has two From fields"),
        ("From: Bob", "550 5.7.1 The From of that message has no address"),
        ("From: BOB+list@Hamburger.EDU", "250 2.0.0 "),
        ("Subject: nobody says from whom", "250 2.0.0 "),
    ] {
        client.say_all(&["MAIL FROM:<bob@hamburger.edu>", "RCPT TO:<alice@crepes.fr>"]).await;
        client.say("DATA").await;
        let before = house.queued().await.len();
        let reply = client.send(&format!("{header}\r\n\r\ntext\r\n")).await;
        assert!(reply.starts_with(expected), "{header}: {reply}");
        let queued = usize::from(expected.starts_with("250"));
        assert_eq!(house.queued().await.len(), before + queued, "{header}");
    }
}

#[tokio::test]
async fn it_does_not_matter_how_a_submitted_message_is_cut() {
    let message = "Bcc: x\r\nFrom: bob@hamburger.edu\r\nSubject: y\r\n\r\nBcc: text\r\n";
    for cut in [1, 2, 7, 8, 40, message.len()] {
        let house = house().await;
        let mut client = house.submitter("bob@hamburger.edu").await;
        client.say_all(&["MAIL FROM:<>", "RCPT TO:<carol@hamburger.edu>", "DATA"]).await;
        let pieces: Vec<&[u8]> = message.as_bytes().chunks(cut).collect();
        assert!(client.send_in(&pieces, Ok(())).await.starts_with("250 "));
        let stored = house.only_message("carol@hamburger.edu").await;
        let expected = "\r\nFrom: bob@hamburger.edu\r\nSubject: y\r\n\r\nBcc: text\r\n";
        assert!(stored.ends_with(expected) && !stored.contains("Bcc: x"), "{stored}");
    }
}

#[tokio::test]
async fn a_letter_goes_to_a_thousand_at_once_and_to_no_more() {
    let mut house = house().await;
    house.limits = SmtpLimits { error_delay: Duration::ZERO, ..SmtpLimits::for_submission() };
    let bob = house.store.account_by_login("bob@hamburger.edu").await.unwrap().id;
    for setting in ["send.recipients_a_day", "send.new_recipients_a_day"] {
        house.store.set_setting(Some(bob), setting, Some("1000")).await.unwrap();
    }
    let mut client = house.submitter("bob@hamburger.edu").await;
    client.say("MAIL FROM:<bob@hamburger.edu>").await;
    for number in 0..1_001 {
        let reply = client.say(&format!("RCPT TO:<a{number}@crepes.fr>")).await;
        let expected = if number < 1_000 { "250 2.1.5 " } else { "452 4.5.3 1000 recipients" };
        assert!(reply.starts_with(expected), "{number}: {reply}");
    }
    client.say("DATA").await;
    assert!(client.send(MESSAGE).await.starts_with("250 "));
    assert_eq!(house.queued().await.first().unwrap().0.recipients, 1_000);
}

#[tokio::test]
async fn who_has_written_to_enough_people_for_a_day_waits() {
    let house = house().await;
    let bob = house.store.account_by_login("bob@hamburger.edu").await.unwrap().id;
    house.store.set_setting(Some(bob), "send.recipients_a_day", Some("2")).await.unwrap();
    let mut client = house.submitter("bob@hamburger.edu").await;
    let send = async |client: &mut Dialogue, recipients: &[&str]| {
        client.say("MAIL FROM:<bob@hamburger.edu>").await;
        for recipient in recipients {
            client.say(&format!("RCPT TO:<{recipient}>")).await;
        }
        client.say("DATA").await;
        client.send(MESSAGE).await
    };
    let reply = send(&mut client, &["a@crepes.fr", "b@crepes.fr", "c@crepes.fr"]).await;
    assert_eq!(
        reply,
        "550 5.7.1 You may write to 2 recipients a day, and that message has more\r\n"
    );
    assert!(send(&mut client, &["a@crepes.fr", "b@crepes.fr"]).await.starts_with("250 "));
    let reply = send(&mut client, &["c@crepes.fr"]).await;
    assert!(
        reply.starts_with("450 4.7.1 You may write to 2 recipients a day: again in "),
        "{reply}"
    );
    assert_eq!(house.queued().await.len(), 1);
}

#[tokio::test]
async fn an_alias_leads_an_accounts_letter_on_into_the_world() {
    let house = house().await;
    let address = |text: &str| Address::parse(text).unwrap();
    let alias = AliasSource::Address(address("all@hamburger.edu"));
    let targets = vec![address("carol@hamburger.edu"), address("alice@crepes.fr")];
    house.store.add_alias(alias, targets).await.unwrap();
    let mut stranger = house.connect();
    stranger.say_all(&["EHLO crepes.fr", "MAIL FROM:<alice@crepes.fr>"]).await;
    assert!(stranger.say("RCPT TO:<all@hamburger.edu>").await.starts_with("450 4.4.3 "));
    let mut client = house.submitter("bob@hamburger.edu").await;
    client.say_all(&["MAIL FROM:<bob@hamburger.edu>", "RCPT TO:<all@hamburger.edu>", "DATA"]).await;
    assert!(client.send(MESSAGE).await.starts_with("250 "));
    assert_eq!(house.inbox("carol@hamburger.edu").await.len(), 1);
    assert_eq!(house.queued().await.first().unwrap().1.len(), 1);
}
