//! Who gets what is sent to an address.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{House, address};
use mailstore::*;
use message::{Domain, ForwardPath};

async fn who(house: &House, to: &str) -> Vec<AccountId> {
    match house.store.resolve(&ForwardPath::Address(address(to))).await.unwrap() {
        Resolution::Local(targets) => {
            assert!(targets.iter().all(|target| target.address == address(to)));
            targets.into_iter().map(|target| target.account).collect()
        }
        Resolution::Unknown => Vec::new(),
        Resolution::NotLocal => vec![AccountId::new(-1)],
    }
}

fn alias(text: &str) -> AliasSource {
    AliasSource::Address(address(text))
}

#[tokio::test]
async fn an_address_leads_to_its_account_with_or_without_a_tag() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let tagged = house.account("ann+lists@hamburger.edu").await;
    for to in [
        "bob@hamburger.edu",
        "BOB@HAMBURGER.EDU",
        "bob+news@hamburger.edu",
        "bob+a+b@hamburger.edu",
        "\"bob\"@hamburger.edu",
    ] {
        assert_eq!(who(&house, to).await, [bob], "{to}");
    }
    assert_eq!(who(&house, "ann+lists@hamburger.edu").await, [tagged]);
    for to in ["ann@hamburger.edu", "eve@hamburger.edu", "+bob@hamburger.edu"] {
        assert_eq!(who(&house, to).await, [], "{to}");
    }
    for to in ["bob@crepes.fr", "bob@[192.0.2.1]", "bob@mail.hamburger.edu"] {
        assert_eq!(who(&house, to).await, [AccountId::new(-1)], "{to}");
    }
}

#[tokio::test]
async fn postmaster_is_the_owner_until_somebody_else_is() {
    let house = House::new();
    assert_eq!(house.store.resolve(&ForwardPath::Postmaster).await.unwrap(), Resolution::Unknown);
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@crepes.fr").await;
    let Resolution::Local(targets) = house.store.resolve(&ForwardPath::Postmaster).await.unwrap()
    else {
        unreachable!()
    };
    assert_eq!(targets, [LocalTarget { account: bob, address: address("bob@hamburger.edu") }]);
    assert_eq!(who(&house, "PostMaster@crepes.fr").await, [bob]);
    house
        .store
        .add_alias(alias("postmaster@crepes.fr"), vec![address("ann@crepes.fr")])
        .await
        .unwrap();
    assert_eq!(who(&house, "postmaster@crepes.fr").await, [ann]);
    assert_eq!(who(&house, "postmaster@hamburger.edu").await, [bob]);
}

#[tokio::test]
async fn an_alias_leads_to_all_its_targets_through_other_aliases_each_account_once() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let store = &house.store;
    store
        .add_alias(
            alias("family@hamburger.edu"),
            vec![address("bob@hamburger.edu"), address("ann+family@hamburger.edu")],
        )
        .await
        .unwrap();
    store
        .add_alias(
            alias("all@hamburger.edu"),
            vec![address("family@hamburger.edu"), address("bob@hamburger.edu")],
        )
        .await
        .unwrap();
    assert_eq!(who(&house, "all@hamburger.edu").await, [bob, ann]);
    assert_eq!(who(&house, "All+x@hamburger.edu").await, [bob, ann]);
    let listed = store.aliases().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().any(|one| one.source == alias("all@hamburger.edu")
        && one.targets == [address("bob@hamburger.edu"), address("family@hamburger.edu")]));
    house.verify().await;
}

#[tokio::test]
async fn what_an_alias_cannot_be_is_refused_and_leaves_nothing() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let store = &house.store;
    let bob = || vec![address("bob@hamburger.edu")];
    assert!(matches!(
        store.add_alias(alias("bob@hamburger.edu"), bob()).await,
        Err(Error::AddressTaken(_))
    ));
    assert!(matches!(
        store.add_alias(alias("x@crepes.fr"), bob()).await,
        Err(Error::NoSuchDomain(_))
    ));
    assert!(matches!(
        store.add_alias(alias("x@[192.0.2.1]"), bob()).await,
        Err(Error::AddressInvalid(_))
    ));
    assert!(matches!(
        store.add_alias(alias("x@hamburger.edu"), vec![]).await,
        Err(Error::AliasTargets { .. })
    ));
    let many = |count: usize| {
        (0..count).map(|n| address(&format!("bob+{n}@hamburger.edu"))).collect::<Vec<_>>()
    };
    assert!(matches!(
        store.add_alias(alias("x@hamburger.edu"), many(101)).await,
        Err(Error::AliasTargets { limit: 100 })
    ));
    store.add_alias(alias("hundred@hamburger.edu"), many(100)).await.unwrap();
    for nobody in ["eve@hamburger.edu", "bob@crepes.fr"] {
        let refused = store.add_alias(alias("x@hamburger.edu"), vec![address(nobody)]).await;
        assert!(matches!(refused, Err(Error::AliasTargetUnknown(_))));
    }
    let itself =
        store.add_alias(alias("x@hamburger.edu"), vec![address("x+tag@hamburger.edu")]).await;
    assert!(matches!(itself, Err(Error::AliasLoop(_))));
    assert_eq!(who(&house, "x@hamburger.edu").await, []);
    assert_eq!(store.aliases().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_loop_through_several_aliases_and_a_catch_all_is_refused() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let domain = Domain::parse("crepes.fr").unwrap();
    let store = &house.store;
    store.add_domain(&domain).await.unwrap();
    store.add_alias(alias("a@crepes.fr"), vec![address("bob@hamburger.edu")]).await.unwrap();
    store.add_alias(alias("b@crepes.fr"), vec![address("a@crepes.fr")]).await.unwrap();
    // The catch-all would lead to c, which the catch-all itself gets.
    let looping =
        store.add_alias(AliasSource::CatchAll(domain.clone()), vec![address("c@crepes.fr")]).await;
    assert!(matches!(looping, Err(Error::AliasLoop(_))));
    store
        .add_alias(AliasSource::CatchAll(domain.clone()), vec![address("b@crepes.fr")])
        .await
        .unwrap();
    // Now c is the catch-all's, which leads to b, and so to a, and no way back to c: but an alias c
    // that leads to d, which is the catch-all's, is fine too.
    store.add_alias(alias("c@crepes.fr"), vec![address("d@crepes.fr")]).await.unwrap();
    assert_eq!(who(&house, "c@crepes.fr").await.len(), 1);
    assert!(matches!(store.remove_alias(alias("a@crepes.fr")).await, Err(Error::AliasInUse(_))));
    house.verify().await;
}

#[tokio::test]
async fn a_catch_all_gets_what_nobody_else_does() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let domain = Domain::parse("hamburger.edu").unwrap();
    let source = AliasSource::CatchAll(domain.clone());
    house.store.add_alias(source.clone(), vec![address("ann@hamburger.edu")]).await.unwrap();
    assert!(matches!(
        house.store.add_alias(source.clone(), vec![address("ann@hamburger.edu")]).await,
        Err(Error::CatchAllTaken(_))
    ));
    assert_eq!(who(&house, "anything@hamburger.edu").await, [ann]);
    assert_eq!(who(&house, "bob@hamburger.edu").await, [bob]);
    assert_eq!(who(&house, "bob+x@hamburger.edu").await, [bob]);
    assert_eq!(who(&house, "postmaster@hamburger.edu").await, [bob]);
    house.store.remove_alias(source).await.unwrap();
    assert_eq!(who(&house, "anything@hamburger.edu").await, []);
}

#[tokio::test]
async fn a_domain_goes_when_nobody_has_an_address_at_it() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let (taken, free) =
        (Domain::parse("hamburger.edu").unwrap(), Domain::parse("crepes.fr").unwrap());
    assert!(matches!(house.store.remove_domain(&taken).await, Err(Error::DomainInUse(_))));
    assert!(matches!(house.store.remove_domain(&free).await, Err(Error::NoSuchDomain(_))));
    house.store.add_domain(&free).await.unwrap();
    house.store.add_domain(&free).await.unwrap();
    assert_eq!(house.store.domains().await.unwrap(), [free.clone(), taken]);
    house.store.remove_domain(&free).await.unwrap();
}

#[tokio::test]
async fn aliases_that_led_only_to_a_removed_account_go_with_it() {
    let house = House::new();
    let ann = house.account("ann@hamburger.edu").await;
    let bob = house.account("bob@hamburger.edu").await;
    let store = &house.store;
    store.add_alias(alias("b@hamburger.edu"), vec![address("bob@hamburger.edu")]).await.unwrap();
    store.add_alias(alias("bb@hamburger.edu"), vec![address("b@hamburger.edu")]).await.unwrap();
    store
        .add_alias(
            alias("both@hamburger.edu"),
            vec![address("bb@hamburger.edu"), address("ann@hamburger.edu")],
        )
        .await
        .unwrap();
    store.remove_account(bob).await.unwrap();
    assert_eq!(who(&house, "both@hamburger.edu").await, [ann]);
    assert_eq!(store.aliases().await.unwrap().len(), 1);
    house.verify().await;
}

#[tokio::test]
async fn an_alias_that_leads_to_an_address_by_its_tag_leads_to_that_address() {
    let house = House::new();
    let ann = house.account("ann@hamburger.edu").await;
    let bob = house.account("bob@hamburger.edu").await;
    let store = &house.store;
    for (from, to) in [
        ("news@hamburger.edu", "bob+news@hamburger.edu"),
        ("tags@hamburger.edu", "news+x+y@hamburger.edu"),
        ("bob+own@hamburger.edu", "ann@hamburger.edu"),
        ("own@hamburger.edu", "bob+own@hamburger.edu"),
    ] {
        store.add_alias(alias(from), vec![address(to)]).await.unwrap();
    }
    let removed = store.remove_alias(alias("news@hamburger.edu")).await;
    assert!(
        matches!(removed, Err(Error::AliasInUse(other)) if *other == address("tags@hamburger.edu"))
    );
    store.remove_account(bob).await.unwrap();
    assert_eq!(store.aliases().await.unwrap().len(), 2);
    assert_eq!(who(&house, "own@hamburger.edu").await, [ann]);
    store.remove_alias(alias("own@hamburger.edu")).await.unwrap();
    store.remove_alias(alias("bob+own@hamburger.edu")).await.unwrap();
    house.verify().await;
}
