//! An address for one purpose, and what happens when it is switched off.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{House, address};
use mailstore::*;
use message::{Address, Domain, ForwardPath};

fn ours() -> Domain {
    Domain::parse("hamburger.edu").unwrap()
}

async fn gets(house: &House, to: &Address) -> Vec<AccountId> {
    match house.store.resolve(&ForwardPath::Address(to.clone())).await.unwrap() {
        Resolution::Local(targets) => targets.here.into_iter().map(|one| one.account).collect(),
        Resolution::Unknown | Resolution::NotLocal => Vec::new(),
    }
}

#[tokio::test]
async fn a_mask_is_an_address_until_it_is_switched_off_even_beside_a_catch_all() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let store = &house.store;
    let catch_all = AliasSource::CatchAll(ours());
    store.add_alias(catch_all, vec![address("ann@hamburger.edu")]).await.unwrap();
    let mask = store.create_mask(bob, "Shop", &ours(), "shoes").await.unwrap();
    let text = mask.address.to_string();
    assert!(text.starts_with("shop.") && text.ends_with("@hamburger.edu"), "{text}");
    assert_eq!(text.len(), "shop.12345678@hamburger.edu".len());
    assert_eq!(gets(&house, &mask.address).await, [bob]);
    assert!(store.may_send_as(bob, &mask.address).await.unwrap());
    assert!(store.sender_addresses(bob).await.unwrap().contains(&mask.address));
    let other = store.create_mask(bob, "shop", &ours(), "shoes again").await.unwrap();
    assert_eq!(store.masks(bob).await.unwrap(), [other.clone(), mask.clone()]);

    store.set_mask_enabled(bob, &mask.address, false).await.unwrap();
    assert_eq!(gets(&house, &mask.address).await, []);
    assert!(!store.may_send_as(bob, &mask.address).await.unwrap());
    assert!(!store.sender_addresses(bob).await.unwrap().contains(&mask.address));
    assert!(store.masks(bob).await.unwrap().iter().any(|one| !one.enabled));
    store.set_mask_enabled(bob, &mask.address, true).await.unwrap();
    assert_eq!(gets(&house, &mask.address).await, [bob]);

    store.remove_mask(bob, &mask.address).await.unwrap();
    assert_eq!(gets(&house, &mask.address).await, [ann], "the catch-all's now");
    house.verify().await;
    store.remove_account(bob).await.unwrap();
    house.verify().await;
    assert_eq!(house.count("SELECT count(*) FROM mask"), 0);
}

#[tokio::test]
async fn a_mask_opens_no_door() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let mask = house.store.create_mask(bob, "shop", &ours(), "").await.unwrap().address;
    for name in [mask.to_string(), mask.local().as_str().to_owned()] {
        assert!(house.store.account_by_login(&name).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn what_a_mask_cannot_be_is_refused() {
    let mut options = house::options();
    options.limits.masks_max = 1;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let store = &house.store;
    let foreign = Domain::parse("crepes.fr").unwrap();
    let refused = store.create_mask(bob, "shop", &foreign, "").await;
    assert!(matches!(refused, Err(Error::NoSuchDomain(_))));
    house.account("carol@crepes.fr").await;
    let refused = store.create_mask(bob, "shop", &foreign, "").await;
    assert!(matches!(refused, Err(Error::NoSuchDomain(_))), "others live there");
    let refused = store.create_mask(bob, "two words", &ours(), "").await;
    assert!(matches!(refused, Err(Error::MaskWordInvalid)));
    let mask = store.create_mask(bob, "shop", &ours(), "").await.unwrap().address;
    let refused = store.create_mask(bob, "shop", &ours(), "").await;
    assert!(matches!(refused, Err(Error::TooMany { what: "masks", limit: 1 })));
    let refused = store.create_mask(AccountId::new(99), "shop", &ours(), "").await;
    assert!(matches!(refused, Err(Error::NoSuchAccount)));

    for not_hers in [&mask, &address("ann@hamburger.edu"), &address("x@crepes.fr")] {
        let refused = store.set_mask_enabled(ann, not_hers, false).await;
        assert!(matches!(refused, Err(Error::NotFound("mask"))), "{not_hers}");
        let refused = store.remove_mask(ann, not_hers).await;
        assert!(matches!(refused, Err(Error::NotFound("mask"))), "{not_hers}");
    }
    let alias = AliasSource::Address(address("info@hamburger.edu"));
    store.add_alias(alias, vec![mask.clone()]).await.unwrap();
    assert!(matches!(store.remove_mask(bob, &mask).await, Err(Error::AliasInUse(_))));
    house.verify().await;
}
