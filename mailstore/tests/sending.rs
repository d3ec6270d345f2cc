//! As whom an account may send.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{House, address};
use mailstore::*;
use message::{Address, Domain};

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
