//! What was found out about a message when it came is there when somebody asks why it is here.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{House, address, letter};
use mailstore::*;
use message::{Envelope, ReversePath};

fn recipient(account: AccountId, reason: Option<&str>) -> LocalRecipient {
    LocalRecipient {
        account,
        address: address("all@hamburger.edu"),
        mailbox: None,
        flags: Flags::NONE,
        reason: reason.map(str::to_owned),
    }
}

async fn delivered(
    house: &House,
    findings: Option<String>,
    local: Vec<LocalRecipient>,
) -> DeliveryFacts {
    let delivery = Delivery {
        trace: house.store.new_trace_id(),
        envelope: Envelope { reverse_path: ReversePath::Null, recipients: Vec::new() },
        staged: house.store.stage(&letter("x", 100)).await.unwrap(),
        local,
        outgoing: Vec::new(),
        peer: house::peer(),
        findings,
    };
    let content = house.store.deliver(delivery).await.unwrap().content;
    house.store.delivery_facts(content).await.unwrap().unwrap()
}

#[tokio::test]
async fn findings_and_reasons_come_back_as_they_were_given() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let found = r#"{"spf":"pass","dkim":["crepes.fr"]}"#.to_owned();
    let local = vec![recipient(bob, Some("the rule “Bills”")), recipient(ann, None)];
    let facts = delivered(&house, Some(found.clone()), local).await;
    assert_eq!(facts.findings, Some(found));
    assert_eq!(facts.reasons, [(bob, "the rule “Bills”".to_owned())]);
    assert_eq!(facts.recipients.len(), 2);
    let nothing = delivered(&house, None, vec![recipient(bob, None)]).await;
    assert_eq!((nothing.findings, nothing.reasons), (None, Vec::new()));
    house.verify().await;
}

#[tokio::test]
async fn what_is_too_long_to_be_kept_does_not_keep_the_message_out() {
    let mut options = house::options();
    options.limits.findings_octets_max = 10;
    options.limits.reason_octets_max = 5;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let long = |octets| Some("1".repeat(octets));
    let kept = delivered(&house, long(10), vec![recipient(bob, Some("12345"))]).await;
    assert_eq!((kept.findings, kept.reasons), (long(10), vec![(bob, "12345".to_owned())]));
    let cut = delivered(&house, long(11), vec![recipient(bob, Some("1234é"))]).await;
    assert_eq!((cut.findings, cut.reasons), (None, vec![(bob, "1234".to_owned())]));
}
