//! As whom an account may send, how much, and who is remembered for it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::time::Duration;

use house::{House, address};
use mailstore::*;
use message::{Address, Domain, Timestamp};

async fn may(house: &House, account: AccountId, address: &str) -> bool {
    house.store.may_send_as(account, &house::address(address)).await.unwrap()
}

async fn alias(house: &House, source: &str, targets: &[&str]) {
    let targets = targets.iter().map(|target| address(target)).collect();
    house.store.add_alias(AliasSource::Address(address(source)), targets).await.unwrap();
}

#[tokio::test]
async fn an_account_sends_as_whatever_leads_to_it_and_as_nothing_else() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    alias(&house, "both@hamburger.edu", &["bob@hamburger.edu", "ann+b@hamburger.edu"]).await;
    alias(&house, "outer@hamburger.edu", &["both@hamburger.edu", "carol@crepes.fr"]).await;
    alias(&house, "ann.lee@hamburger.edu", &["ann@hamburger.edu"]).await;
    alias(&house, "away@hamburger.edu", &["bob@crepes.fr"]).await;
    for (from, bobs, anns) in [
        ("bob@hamburger.edu", true, false),
        ("BOB+news@Hamburger.EDU", true, false),
        ("\"bob\"@hamburger.edu", true, false),
        ("both@hamburger.edu", true, true),
        ("outer+x@hamburger.edu", true, true),
        ("ann.lee@hamburger.edu", false, true),
        ("postmaster@hamburger.edu", true, false),
        ("away@hamburger.edu", false, false),
        ("eve@hamburger.edu", false, false),
        ("bob@crepes.fr", false, false),
        ("bob@[192.0.2.1]", false, false),
        ("bob@mail.hamburger.edu", false, false),
    ] {
        assert_eq!(
            (may(&house, bob, from).await, may(&house, ann, from).await),
            (bobs, anns),
            "{from}"
        );
    }
}

#[tokio::test]
async fn the_addresses_to_send_as_are_listed_with_the_main_one_first() {
    let house = House::new();
    let zoe = house.account("zoe@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    alias(&house, "both@hamburger.edu", &["zoe@hamburger.edu", "ann@hamburger.edu"]).await;
    alias(&house, "ann.lee@hamburger.edu", &["ann@hamburger.edu"]).await;
    alias(&house, "all@hamburger.edu", &["both@hamburger.edu"]).await;
    let catch_all = AliasSource::CatchAll(Domain::parse("hamburger.edu").unwrap());
    house.store.add_alias(catch_all, vec![address("ann@hamburger.edu")]).await.unwrap();
    let listed = house.store.sender_addresses(zoe).await.unwrap();
    let listed: Vec<String> = listed.iter().map(Address::to_string).collect();
    assert_eq!(listed, ["zoe@hamburger.edu", "all@hamburger.edu", "both@hamburger.edu"]);
    assert_eq!(house.store.sender_addresses(ann).await.unwrap().len(), 4);
    assert!(may(&house, ann, "whatever@hamburger.edu").await, "the catch-all is hers");
    let nobody = house.store.sender_addresses(AccountId::new(99)).await;
    assert!(matches!(nobody, Err(Error::NoSuchAccount)));
}

/// An instance of `name{number}@crepes.fr` for each number.
fn people(numbers: std::ops::Range<u32>) -> Vec<Address> {
    numbers.map(|number| address(&format!("name{number}@crepes.fr"))).collect()
}

async fn send(house: &House, account: AccountId, to: &[Address]) -> Option<SendLimit> {
    match house.store.check_and_count_sending(account, to, house.store.now()).await {
        Ok(()) => None,
        Err(SendingError::Limit(limit)) => Some(limit),
        Err(SendingError::Store(error)) => unreachable!("{error}"),
    }
}

fn small() -> Options {
    let mut options = house::options();
    options.limits.send_recipients_a_day = 10;
    options.limits.send_new_recipients_a_day = 4;
    options.limits.correspondents_max = 6;
    options
}

#[tokio::test]
async fn a_day_has_so_many_new_recipients_and_no_more() {
    let mut options = small();
    options.limits.send_recipients_a_day = 100;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    assert_eq!(send(&house, bob, &people(0..3)).await, None);
    house.watch.forward(3_600);
    assert_eq!(send(&house, bob, &people(3..4)).await, None);
    let refused = send(&house, bob, &people(4..5)).await.unwrap();
    assert_eq!((refused.which, refused.limit), (SendLimitKind::NewRecipients, 4));
    let wait = i64::try_from(refused.retry_after.unwrap().as_secs()).unwrap();
    assert!(wait > 22 * 3_600 && wait <= 23 * 3_600, "{wait}");
    assert!(!house.store.is_correspondent(bob, &people(4..5)[0]).await.unwrap());
    assert_eq!(send(&house, bob, &people(0..4)).await, None, "those are known");
    house.watch.forward(wait - 1);
    assert!(send(&house, bob, &people(4..5)).await.is_some());
    house.watch.forward(1);
    assert_eq!(send(&house, bob, &people(4..7)).await, None);
    let never = send(&house, bob, &people(10..15)).await.unwrap();
    assert_eq!((never.which, never.retry_after), (SendLimitKind::NewRecipients, None));
}

#[tokio::test]
async fn a_day_has_so_many_recipients_each_message_counting_each_once() {
    let house = House::with(small());
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let twice = [address("Carol@crepes.fr"), address("carol@Crepes.FR")];
    for _ in 0..10 {
        assert_eq!(send(&house, bob, &twice).await, None);
    }
    let refused = send(&house, bob, &twice).await.unwrap();
    assert_eq!((refused.which, refused.limit), (SendLimitKind::Recipients, 10));
    assert!(refused.retry_after.unwrap() <= Duration::from_secs(24 * 3_600));
    assert_eq!(send(&house, ann, &twice).await, None, "each account has its own day");
    assert_eq!(send(&house, bob, &[]).await, None);
    let known = house.store.correspondents(bob, 10).await.unwrap();
    assert_eq!(
        known,
        [Correspondent {
            address: address("Carol@crepes.fr"),
            last: Timestamp::new(house.store.now().seconds()),
            times: 10
        }]
    );
    let nobody =
        house.store.check_and_count_sending(AccountId::new(99), &twice, house.store.now()).await;
    assert!(matches!(nobody, Err(SendingError::Store(Error::NoSuchAccount))));
}

#[tokio::test]
async fn a_setting_of_the_account_or_of_the_house_says_another_number() {
    let house = House::with(small());
    let bob = house.account("bob@hamburger.edu").await;
    let key = SendLimitKind::NewRecipients.setting();
    for (account, house_wide, limit) in
        [(None, None, 4), (None, Some("2"), 2), (Some("3"), Some("2"), 3), (Some("x"), None, 4)]
    {
        house.store.set_setting(None, key, house_wide).await.unwrap();
        house.store.set_setting(Some(bob), key, account).await.unwrap();
        assert_eq!(house.store.send_limits(bob).await.unwrap(), (10, limit));
        assert_eq!(send(&house, bob, &people(0..limit + 1)).await.unwrap().limit, limit);
    }
}

#[tokio::test]
async fn those_written_to_longest_ago_make_room() {
    let mut options = small();
    options.limits.send_new_recipients_a_day = 100;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    for number in 0..8 {
        assert_eq!(send(&house, bob, &people(number..number + 1)).await, None);
        house.watch.forward(60);
    }
    let known = house.store.correspondents(bob, 100).await.unwrap();
    let known: Vec<Address> = known.into_iter().map(|one| one.address).rev().collect();
    assert_eq!(known, people(2..8));
    assert!(!house.store.is_correspondent(bob, &people(1..2)[0]).await.unwrap());
    assert!(house.store.is_correspondent(bob, &address("NAME2@crepes.fr")).await.unwrap());
    house.store.remove_account(bob).await.unwrap();
    house.settled().await;
    assert_eq!(house.count("SELECT count(*) FROM correspondent"), 0);
    assert_eq!(house.count("SELECT count(*) FROM sending"), 0);
}
