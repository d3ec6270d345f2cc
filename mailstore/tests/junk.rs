//! What an account's mail has taught about junk.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod house;

use house::House;
use mailstore::*;

async fn learn(house: &House, account: AccountId, tokens: &[u64], class: JunkClass) {
    house.store.junk_learn(account, tokens, class, Lesson::Learn).await.unwrap();
}

async fn counts(house: &House, account: AccountId, tokens: &[u64]) -> JunkCounts {
    house.store.junk_counts(account, tokens).await.unwrap()
}

#[tokio::test]
async fn tokens_are_counted_for_each_account_and_can_be_taken_back() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    assert_eq!(
        counts(&house, bob, &[1, 2]).await,
        JunkCounts { spam: 0, ham: 0, tokens: vec![(0, 0); 2] }
    );
    learn(&house, bob, &[1, u64::MAX, 1, 0], JunkClass::Spam).await;
    learn(&house, bob, &[1, 5], JunkClass::Ham).await;
    learn(&house, bob, &[1], JunkClass::Spam).await;
    let known = JunkCounts {
        spam: 2,
        ham: 1,
        tokens: vec![(0, 1), (1, 0), (2, 1), (0, 0), (1, 0), (2, 1)],
    };
    assert_eq!(counts(&house, bob, &[5, 0, 1, 7, u64::MAX, 1]).await, known);
    assert_eq!(counts(&house, ann, &[1]).await.tokens, [(0, 0)]);
    house.verify().await;

    for _ in 0..2 {
        let wrong = house.store.junk_learn(bob, &[1, 5, 9], JunkClass::Ham, Lesson::Unlearn);
        wrong.await.unwrap();
    }
    let known = JunkCounts { spam: 2, ham: 0, tokens: vec![(2, 0), (0, 0), (0, 0)] };
    assert_eq!(counts(&house, bob, &[1, 5, 9]).await, known);
    house.verify().await;
    let nobody = house.store.junk_learn(AccountId::new(99), &[1], JunkClass::Ham, Lesson::Learn);
    assert!(matches!(nobody.await, Err(Error::NoSuchAccount)));
}

#[tokio::test]
async fn a_message_has_so_many_tokens_and_no_more() {
    let mut options = house::options();
    options.limits.junk_message_tokens_max = 3;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    learn(&house, bob, &[1, 2, 3, 4], JunkClass::Spam).await;
    assert_eq!(counts(&house, bob, &[1, 2, 3, 4]).await.tokens, [(1, 0); 3]);
    assert_eq!(counts(&house, bob, &[4]).await.tokens, [(0, 0)]);
}

#[tokio::test]
async fn rare_tokens_are_forgotten_when_there_are_too_many_the_oldest_first() {
    let mut options = house::options();
    options.limits.junk_tokens_max = 100;
    let mut house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let numbers = |range: std::ops::Range<u64>| range.collect::<Vec<u64>>();
    for _ in 0..2 {
        learn(&house, bob, &numbers(0..50), JunkClass::Spam).await;
    }
    learn(&house, bob, &numbers(50..90), JunkClass::Ham).await;
    house.watch.forward(86_400);
    learn(&house, bob, &numbers(90..130), JunkClass::Ham).await;
    house.reopen().await;
    for _ in 0..1_000 {
        if house.count("SELECT tokens FROM junk_total") <= 100 {
            let known = counts(&house, bob, &numbers(0..130)).await;
            let kept: Vec<bool> = known.tokens.iter().map(|seen| *seen != (0, 0)).collect();
            assert_eq!(kept.iter().filter(|kept| **kept).count(), 100);
            assert!(kept.iter().take(50).all(|kept| *kept), "seen twice");
            assert!(kept.iter().skip(90).all(|kept| *kept), "seen today");
            assert_eq!((known.spam, known.ham), (2, 2));
            house.verify().await;
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nothing was forgotten");
}

#[tokio::test]
async fn a_removed_account_leaves_no_token() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    learn(&house, bob, &(0..1_900).collect::<Vec<u64>>(), JunkClass::Ham).await;
    house.store.remove_account(bob).await.unwrap();
    house.settled().await;
    assert_eq!(house.count("SELECT count(*) FROM junk_token"), 0);
    assert_eq!(house.count("SELECT count(*) FROM junk_total"), 0);
    house.verify().await;
}
