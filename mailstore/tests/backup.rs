//! A copy of the store, made while it is in use, is a store.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use std::os::unix::fs::PermissionsExt as _;

use house::{House, letter, noise};
use mailstore::*;

#[tokio::test]
async fn a_backup_made_under_delivery_and_deletion_opens_as_a_store_with_all_its_letters() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    let mut before = Vec::new();
    for number in 0..30 {
        let sent = if number % 3 == 0 {
            noise(&format!("{number}"), 300_000)
        } else {
            letter(&format!("{number}"), 2_000)
        };
        before.push((house.deliver(&["bob@hamburger.edu"], &sent).await.unwrap().content, sent));
    }
    let to = house.folder.path().join("copy");
    let busy = async {
        for number in 30..60 {
            house
                .deliver(&["bob@hamburger.edu"], &noise(&format!("{number}"), 270_000))
                .await
                .unwrap();
            house
                .store
                .expunge(inbox, Expunge::Uids(Uid::new(number - 29).unwrap().into()))
                .await
                .unwrap();
        }
    };
    let (done, ()) = tokio::join!(house.store.backup(&to), busy);
    done.unwrap();
    house.settled().await;
    house.verify().await;
    assert!(house.store.backup(&to).await.is_err(), "an older copy is not written over");

    let copy = House::at(&to, house::options());
    copy.verify().await;
    let inbox = copy.inbox(bob).await;
    assert!(inbox.uid_next.unwrap().get() >= 31);
    let rows = copy.store.messages(inbox.id, &UidSet::all()).await.unwrap();
    for row in &rows {
        if let Some((_, sent)) = before.iter().find(|(content, _)| *content == row.content) {
            assert_eq!(&copy.read(row.content).await, sent);
        }
    }
    copy.deliver(&["bob@hamburger.edu"], &letter("new", 100)).await.unwrap();
    copy.store.close().await;
}

#[tokio::test]
async fn a_backup_is_its_owners_alone() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    house.deliver(&["bob@hamburger.edu"], &noise("large", 300_000)).await.unwrap();
    let to = house.folder.path().join("copies/new");
    house.store.backup(&to).await.unwrap();
    let file = house::first_file(&to.join("content"));
    for private in [&*to, &to.join("mail.db"), &to.join("content"), file.parent().unwrap()] {
        let mode = std::fs::metadata(private).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{private:?}");
    }
}

#[tokio::test]
async fn a_backup_that_ends_leaves_another_the_files_that_it_needs() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let counter = rusqlite::Connection::open(house.folder.path().join("mail.db")).unwrap();
    let begin =
        "INSERT INTO counter VALUES ('files_stay_until other', ?1), ('files_stay_until killed', 1)";
    counter.execute(begin, [house.store.now().seconds() + 60]).unwrap();
    let to = house.folder.path().join("copy");
    house.store.backup(&to).await.unwrap();
    let still = "SELECT count(*) FROM counter WHERE name LIKE 'files_stay_until%'";
    assert_eq!(house.count(still), 1);
    let copy = rusqlite::Connection::open(to.join("mail.db")).unwrap();
    assert_eq!(copy.query_row(still, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}
