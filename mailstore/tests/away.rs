//! Vacation answers each sender once; forwarding never comes back.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{House, address};
use mailstore::*;
use message::Timestamp;

fn away() -> Vacation {
    Vacation {
        enabled: true,
        from: None,
        until: None,
        subject: "Away".to_owned(),
        text: "Back on Monday".to_owned(),
        days: 7,
    }
}

async fn due(house: &House, account: AccountId, sender: &str) -> bool {
    house.store.vacation_due(account, &address(sender), house.store.now()).await.unwrap()
}

#[tokio::test]
async fn a_sender_is_answered_once_within_the_days() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    assert!(!due(&house, bob, "carol@crepes.fr").await, "he never went away");
    house.store.set_vacation(bob, away()).await.unwrap();
    assert_eq!(house.store.vacation(bob).await.unwrap(), Some(away()));
    assert!(due(&house, bob, "carol@crepes.fr").await);
    assert!(!due(&house, bob, "CAROL@crepes.fr").await);
    assert!(due(&house, bob, "dan@crepes.fr").await);
    assert!(!due(&house, ann, "carol@crepes.fr").await);
    house.watch.forward(7 * 86_400 - 1);
    assert!(!due(&house, bob, "carol@crepes.fr").await);
    house.watch.forward(1);
    assert!(due(&house, bob, "carol@crepes.fr").await);
    assert_eq!(house.count("SELECT count(*) FROM vacation_answer"), 1, "old ones are forgotten");

    house.store.set_vacation(bob, Vacation { enabled: false, ..away() }).await.unwrap();
    assert!(!due(&house, bob, "eve@crepes.fr").await);
    house.store.set_vacation(bob, away()).await.unwrap();
    assert!(!due(&house, bob, "carol@crepes.fr").await, "she knows this answer");
    let other = Vacation { text: "Back on Tuesday".to_owned(), ..away() };
    house.store.set_vacation(bob, other).await.unwrap();
    assert!(due(&house, bob, "carol@crepes.fr").await);
    house.store.remove_account(bob).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM vacation_answer"), 0);
}

#[tokio::test]
async fn two_letters_at_once_are_answered_once() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.set_vacation(bob, away()).await.unwrap();
    let asked = (0..50).map(|_| due(&house, bob, "carol@crepes.fr"));
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|due| **due).count(), 1);
}

#[tokio::test]
async fn nobody_is_answered_before_after_or_beyond_what_is_remembered() {
    let mut options = house::options();
    options.limits.vacation_answers_max = 2;
    options.limits.vacation_octets_max = 14;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let in_a_day = |days: i64| Some(Timestamp::new(house.store.now().seconds() + days * 86_400));
    let time = Vacation { from: in_a_day(1), until: in_a_day(2), ..away() };
    house.store.set_vacation(bob, time).await.unwrap();
    for (sender, expected, seconds) in [
        ("a@crepes.fr", false, 86_399),
        ("a@crepes.fr", false, 1),
        ("a@crepes.fr", true, 86_399),
        ("b@crepes.fr", true, 0),
        ("c@crepes.fr", false, 1),
        ("a@crepes.fr", false, 0),
    ] {
        assert_eq!(due(&house, bob, sender).await, expected, "{sender}");
        house.watch.forward(seconds);
    }
    let long = Vacation { text: "x".repeat(15), ..away() };
    assert!(matches!(house.store.set_vacation(bob, long).await, Err(Error::TooLong { .. })));
    for (days, fits) in [(0, false), (1, true), (365, true), (366, false)] {
        let set = house.store.set_vacation(bob, Vacation { days, ..away() }).await;
        assert_eq!(set.is_ok(), fits, "{days}");
    }
    let nobody = house.store.set_vacation(AccountId::new(99), away()).await;
    assert!(matches!(nobody, Err(Error::NoSuchAccount)));
}

#[tokio::test]
async fn mail_is_sent_on_to_those_who_want_it_and_stays_while_nobody_does() {
    let mut options = house::options();
    options.limits.forward_targets_max = 2;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let (store, carol) = (&house.store, address("Carol@crepes.fr"));
    let forwarding = store.forwarding(bob).await.unwrap();
    assert!(forwarding.keeps_copy() && forwarding.targets.is_empty());
    store.add_forward_target(bob, &carol).await.unwrap();
    store.add_forward_target(bob, &address("carol@crepes.fr")).await.unwrap();
    store.set_forward_keeps_copy(bob, false).await.unwrap();
    let forwarding = store.forwarding(bob).await.unwrap();
    assert_eq!(forwarding.confirmed().count(), 0);
    assert!(forwarding.keeps_copy(), "or it would be lost");
    store.confirm_forward_target(bob, &carol).await.unwrap();
    let forwarding = store.forwarding(bob).await.unwrap();
    assert_eq!(forwarding.confirmed().collect::<Vec<_>>(), [&carol]);
    assert!(!forwarding.keeps_copy() && forwarding.targets.len() == 1);
    store.add_forward_target(bob, &address("dan@crepes.fr")).await.unwrap();
    let refused = store.add_forward_target(bob, &address("eve@crepes.fr")).await;
    assert!(matches!(refused, Err(Error::TooMany { limit: 2, .. })));
    store.remove_forward_target(bob, &carol).await.unwrap();
    let refused = store.remove_forward_target(bob, &carol).await;
    assert!(matches!(refused, Err(Error::NotFound(_))));
    assert!(store.forwarding(bob).await.unwrap().keeps_copy());
    store.remove_account(bob).await.unwrap();
    assert!(matches!(store.forwarding(bob).await, Err(Error::NoSuchAccount)));
    assert_eq!(house.count("SELECT count(*) FROM forward_target"), 0);
}

#[tokio::test]
async fn what_would_come_back_is_not_forwarded() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let dan = house.account("dan@hamburger.edu").await;
    let store = &house.store;
    let alias = AliasSource::Address(address("both@hamburger.edu"));
    store
        .add_alias(alias, vec![address("bob@hamburger.edu"), address("x@crepes.fr")])
        .await
        .unwrap();
    store.add_forward_target(bob, &address("ann@hamburger.edu")).await.unwrap();
    store.add_forward_target(ann, &address("dan@hamburger.edu")).await.unwrap();
    for (account, target) in [
        (bob, "bob@hamburger.edu"),
        (bob, "Bob+x@hamburger.edu"),
        (bob, "both@hamburger.edu"),
        (ann, "both@hamburger.edu"),
        (dan, "both@hamburger.edu"),
        (dan, "bob@hamburger.edu"),
    ] {
        let refused = store.add_forward_target(account, &address(target)).await;
        assert!(matches!(refused, Err(Error::ForwardLoop(_))), "{target}: {refused:?}");
    }
    for nobody in ["eve@hamburger.edu", "bob@[192.0.2.1]"] {
        let refused = store.add_forward_target(dan, &address(nobody)).await;
        assert!(matches!(refused, Err(Error::AliasTargetUnknown(_))), "{nobody}");
    }
    store.add_forward_target(dan, &address("bob@crepes.fr")).await.unwrap();
    house.verify().await;
}
