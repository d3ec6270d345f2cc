//! The change feed, within a process and across two.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod house;

use house::{House, letter};
use mailstore::*;

#[tokio::test]
async fn everything_that_happens_in_an_account_is_heard_in_order() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    let trash = house.store.mailbox_for(bob, SpecialUse::Trash).await.unwrap().id;
    let (mut his, mut hers) = (house.store.subscribe(bob), house.store.subscribe(ann));
    house.deliver(&["bob@hamburger.edu"], &letter("x", 100)).await.unwrap();
    house
        .store
        .change_flags(inbox, &UidSet::all(), FlagChange::Add(Flags::SEEN.into()), None)
        .await
        .unwrap();
    house
        .store
        .change_flags(inbox, &UidSet::all(), FlagChange::Add(Flags::SEEN.into()), None)
        .await
        .unwrap();
    house.store.move_messages(inbox, &UidSet::all(), trash).await.unwrap();
    house.store.expunge(trash, Expunge::Uids(UidSet::all())).await.unwrap();
    let made = house.store.create_mailbox(bob, "new", None).await.unwrap();
    house.store.delete_mailbox(bob, made).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 7 {
        let Notice::Change(Change { mailbox, what, .. }) = his.next().await else {
            panic!("not a change")
        };
        heard.push((mailbox, what));
    }
    assert_eq!(
        heard,
        [
            (inbox, What::Arrived),
            (inbox, What::Flags),
            (trash, What::Arrived),
            (inbox, What::Expunged),
            (trash, What::Expunged),
            (made, What::Created),
            (made, What::Deleted),
        ]
    );
    house.deliver(&["ann@hamburger.edu"], &letter("y", 100)).await.unwrap();
    assert!(matches!(hers.next().await, Notice::Change(Change { what: What::Arrived, .. })));
}

#[tokio::test]
async fn what_failed_is_not_heard() {
    let house = House::new();
    let bob = house.account_with("bob@hamburger.edu", Some(0)).await;
    let mut his = house.store.subscribe(bob);
    house.deliver(&["bob@hamburger.edu"], &letter("too big", 100)).await.unwrap_err();
    let made = house.store.create_mailbox(bob, "new", None).await.unwrap();
    assert!(matches!(his.next().await, Notice::Change(Change { mailbox, .. }) if mailbox == made));
}

#[tokio::test]
async fn what_another_process_writes_is_heard_as_reread() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let mut his = house.store.subscribe(bob);
    let other = house::open(house.folder.path(), &house.options, &house.watch);
    house::deliver(&other, &["bob@hamburger.edu"], &letter("x", 100)).await.unwrap();
    assert_eq!(his.next().await, Notice::Reread);
    assert_eq!(house.inbox(bob).await.messages, 1);
    other.close().await;
    house.deliver(&["bob@hamburger.edu"], &letter("y", 100)).await.unwrap();
    house.verify().await;
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.close().await;
    house.store.close().await;
    assert!(matches!(house.store.mailboxes(bob).await, Err(error) if error.is_temporary()));
    assert!(matches!(house.store.remove_account(bob).await, Err(Error::Unavailable(_))));
}
