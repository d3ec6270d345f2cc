//! Mailboxes: made, renamed, deleted, subscribed to.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{House, letter};
use mailstore::*;

async fn names(house: &House, account: AccountId) -> Vec<String> {
    let mailboxes = house.store.mailboxes(account).await.unwrap();
    let own = ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"];
    let names = mailboxes.into_iter().map(|one| one.name.as_str().to_owned());
    names.filter(|name| !own.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn a_mailbox_is_made_with_those_above_it_and_not_twice() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let create = async |name: &str| house.store.create_mailbox(bob, name, None).await;
    create("Lists/Rust/Announce").await.unwrap();
    create("inbox/Later").await.unwrap();
    create("Lists/é/").await.unwrap();
    assert_eq!(
        names(&house, bob).await,
        ["INBOX/Later", "Lists", "Lists/Rust", "Lists/Rust/Announce", "Lists/é"]
    );
    for name in ["Lists", "Lists/Rust", "INBOX", "inbox", "Trash", "Lists/e\u{301}"] {
        assert!(matches!(create(name).await, Err(Error::MailboxExists)), "{name}");
    }
    for name in ["", "/", "a//b", "a\nb"] {
        assert!(matches!(create(name).await, Err(Error::NameInvalid(_))), "{name}");
    }
    assert!(matches!(
        house.store.create_mailbox(AccountId::new(99), "x", None).await,
        Err(Error::NoSuchAccount)
    ));
    house.verify().await;
}

#[tokio::test]
async fn a_mailbox_of_another_account_is_none() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    assert!(matches!(house.store.mailbox(ann, inbox).await, Err(Error::NoSuchMailbox)));
    assert!(matches!(house.store.delete_mailbox(ann, inbox).await, Err(Error::NoSuchMailbox)));
    assert!(matches!(house.store.rename_mailbox(ann, inbox, "x").await, Err(Error::NoSuchMailbox)));
    assert!(matches!(
        house.store.subscribe_mailbox(ann, inbox, false).await,
        Err(Error::NoSuchMailbox)
    ));
    let hers = house.inbox(ann).await.id;
    house.append(inbox, &letter("x", 100)).await;
    assert!(matches!(
        house.store.copy(inbox, &UidSet::all(), hers).await,
        Err(Error::NoSuchMailbox)
    ));
    assert!(matches!(
        house.store.move_messages(inbox, &UidSet::all(), hers).await,
        Err(Error::NoSuchMailbox)
    ));
}

#[tokio::test]
async fn a_renamed_mailbox_takes_those_below_it_along_and_keeps_its_messages() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.create_mailbox(bob, "a/b/c", None).await.unwrap();
    house.store.create_mailbox(bob, "ab", None).await.unwrap();
    let a = house.store.mailbox_by_name(bob, "a").await.unwrap();
    let c = house.store.mailbox_by_name(bob, "a/b/c").await.unwrap();
    house.append(c.id, &letter("x", 100)).await;
    house.store.rename_mailbox(bob, a.id, "x/y").await.unwrap();
    assert_eq!(names(&house, bob).await, ["ab", "x", "x/y", "x/y/b", "x/y/b/c"]);
    let moved = house.store.mailbox(bob, c.id).await.unwrap();
    assert_eq!((moved.messages, moved.uid_validity), (1, c.uid_validity));
    assert!(matches!(house.store.rename_mailbox(bob, a.id, "ab").await, Err(Error::MailboxExists)));
    assert!(matches!(
        house.store.rename_mailbox(bob, a.id, "x/y/z").await,
        Err(Error::NameInvalid(_))
    ));
    assert!(matches!(
        house.store.rename_mailbox(bob, a.id, "inbox").await,
        Err(Error::MailboxExists)
    ));
    // "Deleting" in Thunderbird: the folder is renamed to below Trash.
    house.store.rename_mailbox(bob, a.id, "Trash/y").await.unwrap();
    assert_eq!(names(&house, bob).await, ["Trash/y", "Trash/y/b", "Trash/y/b/c", "ab", "x"]);
    house.verify().await;
}

#[tokio::test]
async fn a_name_that_would_be_too_long_below_its_new_parent_stays_as_it_was() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let deep = ["d"; 18].join("/");
    house.store.create_mailbox(bob, &format!("a/{deep}"), None).await.unwrap();
    let a = house.store.mailbox_by_name(bob, "a").await.unwrap();
    let refused = house.store.rename_mailbox(bob, a.id, "x/y/z").await;
    assert!(matches!(refused, Err(Error::NameInvalid(NameFault::TooDeep))));
    assert!(house.store.mailbox_by_name(bob, "x").await.is_err(), "no half of it is done");
    assert_eq!(house.store.mailbox(bob, a.id).await.unwrap().name.as_str(), "a");
    house.verify().await;
}

#[tokio::test]
async fn renaming_inbox_moves_its_letters_away_and_leaves_an_empty_inbox() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.create_mailbox(bob, "INBOX/Later", None).await.unwrap();
    house.deliver(&["bob@hamburger.edu"], &letter("old", 100)).await.unwrap();
    let before = house.inbox(bob).await;
    house.store.rename_mailbox(bob, before.id, "Old/Inbox").await.unwrap();
    let after = house.inbox(bob).await;
    assert_eq!((after.messages, after.subscribed), (0, true));
    assert_ne!(after.uid_validity, before.uid_validity);
    let old = house.store.mailbox_by_name(bob, "Old/Inbox").await.unwrap();
    assert_eq!((old.messages, old.uid_validity), (1, before.uid_validity));
    assert_eq!(names(&house, bob).await, ["INBOX/Later", "Old", "Old/Inbox"]);
    house.deliver(&["bob@hamburger.edu"], &letter("new", 100)).await.unwrap();
    assert_eq!(house.inbox(bob).await.messages, 1);
    house.verify().await;
}

#[tokio::test]
async fn a_deleted_mailbox_is_gone_at_once_with_its_octets_and_made_again_it_is_another() {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let id = house.store.create_mailbox(bob, "Lists/Rust", None).await.unwrap();
    for number in 0..1_200 {
        house.append(id, &letter(&format!("{number}"), 150)).await;
    }
    let lists = house.store.mailbox_by_name(bob, "Lists").await.unwrap();
    assert!(matches!(
        house.store.delete_mailbox(bob, lists.id).await,
        Err(Error::MailboxHasChildren)
    ));
    let inbox = house.inbox(bob).await.id;
    assert!(matches!(house.store.delete_mailbox(bob, inbox).await, Err(Error::MailboxIsInbox)));
    let before = house.store.mailbox(bob, id).await.unwrap();
    house.store.delete_mailbox(bob, id).await.unwrap();
    assert_eq!(house.store.quota(bob).await.unwrap().used_octets, 0);
    assert!(matches!(house.store.messages(id, &UidSet::all()).await, Err(Error::NoSuchMailbox)));
    assert!(matches!(house.store.delete_mailbox(bob, id).await, Err(Error::NoSuchMailbox)));
    let again = house.store.create_mailbox(bob, "Lists/Rust", None).await.unwrap();
    let after = house.store.mailbox(bob, again).await.unwrap();
    assert!(after.uid_validity > before.uid_validity && after.messages == 0 && again != id);
    house.reopen().await;
    house.verify().await;
    house.settled().await;
    assert_eq!(
        house.count("SELECT count(*) FROM message") + house.count("SELECT count(*) FROM blob"),
        0
    );
    house.verify().await;
    house.store.delete_mailbox(bob, again).await.unwrap();
    house.store.delete_mailbox(bob, lists.id).await.unwrap();
}

#[tokio::test]
async fn an_account_has_so_many_mailboxes_and_no_more() {
    let mut options = house::options();
    options.limits.mailboxes_max = 8;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    house.store.create_mailbox(bob, "seven", None).await.unwrap();
    let refused = house.store.create_mailbox(bob, "eight/nine", None).await;
    assert!(matches!(refused, Err(Error::TooManyMailboxes { limit: 8 })));
    assert_eq!(names(&house, bob).await, ["seven"]);
    house.store.create_mailbox(bob, "eight", None).await.unwrap();
}

#[tokio::test]
async fn one_mailbox_is_for_something_and_another_can_take_its_place() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let id =
        house.store.create_mailbox(bob, "Sent Messages", Some(SpecialUse::Sent)).await.unwrap();
    assert_eq!(house.store.mailbox_for(bob, SpecialUse::Sent).await.unwrap().id, id);
    assert_eq!(house.store.mailbox_by_name(bob, "Sent").await.unwrap().special_use, None);
    let old = house.store.mailbox_by_name(bob, "Sent").await.unwrap().id;
    house.store.set_special_use(bob, old, Some(SpecialUse::Sent)).await.unwrap();
    assert_eq!(house.store.mailbox_for(bob, SpecialUse::Sent).await.unwrap().id, old);
    house.store.set_special_use(bob, old, None).await.unwrap();
    assert!(matches!(
        house.store.mailbox_for(bob, SpecialUse::Sent).await,
        Err(Error::NoSuchMailbox)
    ));
    house.store.subscribe_mailbox(bob, old, false).await.unwrap();
    assert!(!house.store.mailbox(bob, old).await.unwrap().subscribed);
}
