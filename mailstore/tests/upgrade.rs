//! A store that an earlier version wrote goes on with everything in it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use house::{Folder, House, address};
use mailstore::*;
use message::{ForwardPath, Timestamp, TraceId};

const THE_HOUSE: &str = include_str!("../../migrations/0001_the_house.sql");

/// What version 1 wrote for bob, whose password is "hungry", an alias, and a delivery.
fn version_1(hash: &str) -> String {
    let trace = TraceId::from_parts(Timestamp::new(2), [0; 6]);
    format!(
        "INSERT INTO counter VALUES ('uid_validity', 7);
         INSERT INTO account (id, display_name, password, owner, created) VALUES (1, 'Bob', '{hash}', 1, 1);
         INSERT INTO domain VALUES (1, 'hamburger.edu', 1);
         INSERT INTO address VALUES (1, 1, 'bob', 'Bob@hamburger.edu', 1, 1, 1, 1);
         INSERT INTO address VALUES (2, 1, 'info', 'info@hamburger.edu', NULL, 0, 1, 1);
         INSERT INTO alias_target VALUES (2, 'bob@hamburger.edu', 'Bob@hamburger.edu');
         INSERT INTO mailbox (id, account_id, name, uid_validity) VALUES (1, 1, 'INBOX', 7);
         INSERT INTO delivery VALUES (5, '{trace}', 1789999000, 'alice@crepes.fr', '192.0.2.1', NULL, NULL,
           'SMTP', 300, NULL, '[[1,\"Bob@hamburger.edu\"]]');
         INSERT INTO delivery_recipient VALUES ('bob@hamburger.edu', 5);
         PRAGMA user_version = 1;"
    )
}

/// The hash that this build makes for "hungry": version 1 made the same kind.
async fn hash() -> String {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let path = house.folder.path().join("mail.db");
    let beside = rusqlite::Connection::open(path).unwrap();
    beside.query_row("SELECT password FROM account", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_store_of_version_1_keeps_everybody_and_everything() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("mail.db")).unwrap();
    old.execute_batch(THE_HOUSE).unwrap();
    old.execute_batch(&version_1(&hash().await)).unwrap();
    drop(old);
    let house = House::at(folder.path(), house::options());
    assert!(matches!(house.folder, Folder::Given(_)));
    house.verify().await;
    let bob = AccountId::new(1);
    let info = ForwardPath::Address(address("info@hamburger.edu"));
    let Resolution::Local(targets) = house.store.resolve(&info).await.unwrap() else {
        unreachable!()
    };
    assert_eq!(targets.here.iter().map(|one| one.account).collect::<Vec<_>>(), [bob]);
    let attempt = LoginAttempt {
        name: "bob".to_owned(),
        password: "hungry".into(),
        service: Service::Imap,
        peer: [192, 0, 2, 7].into(),
    };
    assert_eq!(house.store.login(attempt).await.unwrap().account, bob);
    assert_eq!(house.count("SELECT count(*) FROM scram_key"), 1);
    let delivered = house.store.delivery_facts(ContentId::new(5)).await.unwrap();
    assert_eq!(delivered.unwrap().recipients.len(), 1);
    house.verify().await;
}
