//! The keys that a domain's mail is signed with: one of a kind signs.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::House;
use mailstore::*;
use message::Domain;

fn ours() -> Domain {
    Domain::parse("hamburger.edu").unwrap()
}

fn key(selector: &str, algorithm: KeyAlgorithm) -> NewDomainKey {
    let pkcs8 = selector.as_bytes().to_vec();
    NewDomainKey { domain: ours(), selector: selector.to_owned(), algorithm, pkcs8 }
}

async fn states(house: &House) -> Vec<(String, KeyState, i64)> {
    let keys = house.store.domain_keys(&ours()).await.unwrap();
    keys.into_iter().map(|one| (one.key.selector, one.state, one.changed.seconds())).collect()
}

#[tokio::test]
async fn a_key_that_is_put_into_use_retires_the_one_of_its_kind() {
    let house = House::new();
    let store = &house.store;
    store.add_domain(&ours()).await.unwrap();
    let begin = store.now().seconds();
    let first = store.add_domain_key(key("One", KeyAlgorithm::Rsa)).await.unwrap();
    let other = store.add_domain_key(key("two", KeyAlgorithm::Ed25519)).await.unwrap();
    let second = store.add_domain_key(key("three", KeyAlgorithm::Rsa)).await.unwrap();
    store.activate_domain_key(first).await.unwrap();
    store.activate_domain_key(other).await.unwrap();
    house.watch.forward(60);
    store.activate_domain_key(second).await.unwrap();
    let state = |selector: &str, state, after| (selector.to_owned(), state, begin + after);
    assert_eq!(
        states(&house).await,
        [
            state("one", KeyState::Retired, 60),
            state("two", KeyState::Active, 0),
            state("three", KeyState::Active, 60)
        ]
    );
    let kept = store.domain_keys(&ours()).await.unwrap().remove(1);
    assert_eq!((kept.key, kept.created.seconds()), (key("two", KeyAlgorithm::Ed25519), begin));
    store.retire_domain_key(other).await.unwrap();
    assert!(matches!(store.remove_domain_key(second).await, Err(Error::NotFound(_))));
    store.remove_domain_key(other).await.unwrap();
    store.activate_domain_key(first).await.unwrap();
    assert_eq!(
        states(&house).await,
        [state("one", KeyState::Active, 60), state("three", KeyState::Retired, 60)]
    );
    house.verify().await;
    store.remove_domain(&ours()).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM domain_key"), 0);
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused_and_a_key_is_never_shown() {
    let mut options = house::options();
    options.limits.domain_keys_max = 2;
    options.limits.domain_key_octets_max = 3;
    let house = House::with(options);
    let store = &house.store;
    let one = || key("one", KeyAlgorithm::Rsa);
    assert!(matches!(store.add_domain_key(one()).await, Err(Error::NoSuchDomain(_))));
    assert_eq!(store.domain_keys(&ours()).await.unwrap(), []);
    store.add_domain(&ours()).await.unwrap();
    store.add_domain_key(one()).await.unwrap();
    let again = NewDomainKey { selector: "ONE".to_owned(), ..one() };
    assert!(matches!(store.add_domain_key(again).await, Err(Error::SelectorTaken)));
    let bad = NewDomainKey { selector: "a b".to_owned(), ..one() };
    assert!(matches!(store.add_domain_key(bad).await, Err(Error::SelectorInvalid)));
    let long = key("four", KeyAlgorithm::Rsa);
    assert!(matches!(store.add_domain_key(long).await, Err(Error::TooLong { limit: 3, .. })));
    store.add_domain_key(key("two", KeyAlgorithm::Rsa)).await.unwrap();
    let many = store.add_domain_key(key("six", KeyAlgorithm::Rsa)).await;
    assert!(matches!(many, Err(Error::TooManyDomainKeys { limit: 2 })));
    let nothing = store.activate_domain_key(DomainKeyId::new(99)).await;
    assert!(matches!(nothing, Err(Error::NotFound("key"))));

    let secret = NewDomainKey { pkcs8: vec![201; 3], ..one() };
    assert!(!format!("{secret:?}").contains("201"));
}
