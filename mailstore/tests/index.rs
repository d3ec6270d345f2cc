//! The search index is derived: whatever happens to it, a search finds every message, each once, and the index comes back.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod house;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use house::{House, letter, options};
use mailstore::*;
use rusqlite::Connection;

fn quick() -> Options {
    let mut options = options();
    options.search.index_delay = Duration::ZERO;
    options.search.index_retry = Duration::from_millis(20);
    options.search.index_batch_messages_max = 3;
    options
}

async fn filled(count: usize) -> (House, AccountId) {
    let house = House::with(quick());
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..count {
        house.append(inbox, &letter(&format!("needle{number:04}"), 300)).await;
    }
    (house, bob)
}

async fn found(store: &Store, account: AccountId, needle: &str) -> usize {
    let query = Query::Text(needle.to_owned());
    store.search(account, Within::Everywhere, &query, Order::Uid, None).await.unwrap().len()
}

/// How many messages the index itself knows.
fn indexed(folder: &Path, needle: &str) -> i64 {
    let index = Connection::open(folder.join("search.db")).unwrap();
    let trigrams: Vec<char> = needle.chars().collect();
    let expression: Vec<String> = trigrams
        .windows(3)
        .map(|three| format!("\"{}\"", three.iter().collect::<String>()))
        .collect();
    index
        .query_row(
            "SELECT count(*) FROM text_trigram WHERE text_trigram MATCH ?1",
            [expression.join(" AND ")],
            |row| row.get(0),
        )
        .unwrap()
}

#[tokio::test]
async fn messages_come_into_the_index_and_go_with_their_last_copy() {
    let (house, bob) = filled(10).await;
    let inbox = house.inbox(bob).await.id;
    let archive = house.store.mailbox_by_name(bob, "Archive").await.unwrap().id;
    house.store.indexed().await.unwrap();
    assert_eq!(indexed(house.folder.path(), "needle"), 10);
    house.store.copy(inbox, &"1:2".parse().unwrap(), archive).await.unwrap();
    house.store.expunge(inbox, Expunge::Uids("1:5".parse().unwrap())).await.unwrap();
    while indexed(house.folder.path(), "needle") != 7 {
        tokio::task::yield_now().await;
    }
    house.store.indexed().await.unwrap();
    house.verify().await;
    assert_eq!(found(&house.store, bob, "needle").await, 7);
}

#[tokio::test]
async fn a_letter_to_several_accounts_is_found_by_each_and_kept_once() {
    let house = House::with(quick());
    let names = ["bob@hamburger.edu", "ann@hamburger.edu"];
    let (bob, ann) = (house.account(names[0]).await, house.account(names[1]).await);
    house.deliver(&names, &letter("needle", 100)).await.unwrap();
    house.store.indexed().await.unwrap();
    for account in [bob, ann] {
        assert_eq!(found(&house.store, account, "needle").await, 1);
    }
    let index = Connection::open(house.folder.path().join("search.db")).unwrap();
    let texts: i64 =
        index.query_row("SELECT count(*) FROM document", [], |row| row.get(0)).unwrap();
    assert_eq!(texts, 1);
    house.verify().await;
}

#[tokio::test]
async fn an_index_that_is_made_again_in_many_steps_has_every_message() {
    let (mut house, bob) = filled(3).await;
    let inbox = house.inbox(bob).await.id;
    let connection = Connection::open(house.folder.path().join("mail.db")).unwrap();
    for id in [2_000, 4_001, 9_999] {
        let skip = "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'content'";
        connection.execute(skip, [id - 1]).unwrap();
        house.append(inbox, &letter(&format!("needle{id}"), 300)).await;
    }
    drop(connection);
    let identity = house.count("SELECT identity FROM index_state");
    house.store.close().await;
    std::fs::remove_file(house.folder.path().join("search.db")).unwrap();
    house.reopen().await;
    while house.count("SELECT identity FROM index_state") == identity {
        assert_eq!(found(&house.store, bob, "needle").await, 6);
    }
    house.store.indexed().await.unwrap();
    assert_eq!(indexed(house.folder.path(), "needle"), 6);
    house.verify().await;
}

/// What may have become of the file while nobody looked.
type Fate = (&'static str, fn(&Path));

fn fates() -> Vec<Fate> {
    vec![
        ("deleted", |file| std::fs::remove_file(file).unwrap()),
        ("emptied", |file| std::fs::write(file, b"").unwrap()),
        ("overwritten", |file| std::fs::write(file, vec![7; 40_960]).unwrap()),
        ("cut short", |file| {
            let length = std::fs::metadata(file).unwrap().len();
            std::fs::File::options().write(true).open(file).unwrap().set_len(length / 2).unwrap();
        }),
        ("of another version", |file| {
            Connection::open(file).unwrap().pragma_update(None, "user_version", 999).unwrap()
        }),
        ("another store's", |file| {
            Connection::open(file)
                .unwrap()
                .execute("UPDATE state SET identity = identity + 1", [])
                .map(drop)
                .unwrap();
        }),
        ("older than the store", |file| {
            Connection::open(file)
                .unwrap()
                .execute("UPDATE state SET batch = batch - 1", [])
                .map(drop)
                .unwrap();
        }),
        ("younger than the store", |file| {
            Connection::open(file)
                .unwrap()
                .execute("UPDATE state SET batch = batch + 2", [])
                .map(drop)
                .unwrap();
        }),
    ]
}

#[tokio::test]
async fn an_index_that_is_not_the_right_one_is_made_again() {
    for (what, happens) in fates() {
        let (mut house, bob) = filled(7).await;
        house.store.indexed().await.unwrap();
        let before = identity(house.folder.path());
        house.store.close().await;
        happens(&house.folder.path().join("search.db"));
        house.store = house::open(house.folder.path(), &house.options, &house.watch);
        assert_eq!(found(&house.store, bob, "needle000").await, 7, "{what}");
        while identity(house.folder.path()) == before {
            assert_eq!(found(&house.store, bob, "needle000").await, 7, "{what}");
        }
        house.store.indexed().await.unwrap();
        assert_eq!(found(&house.store, bob, "needle0003").await, 1, "{what}");
        assert_eq!(indexed(house.folder.path(), "needle"), 7, "{what}");
        house.verify().await;
    }
}

/// Which file the store takes for its index.
fn identity(folder: &Path) -> i64 {
    let mail = Connection::open(folder.join("mail.db")).unwrap();
    mail.query_row("SELECT identity FROM index_state", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn damage_that_a_search_meets_is_no_harm_and_is_mended() {
    let (mut house, bob) = filled(300).await;
    house.store.indexed().await.unwrap();
    let before = identity(house.folder.path());
    house.store.close().await;
    let file = house.folder.path().join("search.db");
    let mut octets = std::fs::read(&file).unwrap();
    // All but the first pages, which say that the file is a database and which tables it has.
    for octet in octets.iter_mut().skip(4_096 * 12) {
        *octet ^= 0x5a;
    }
    std::fs::write(&file, &octets).unwrap();
    house.store = house::open(house.folder.path(), &house.options, &house.watch);
    for number in [0, 7, 250, 299] {
        assert_eq!(found(&house.store, bob, &format!("needle{number:04}")).await, 1);
    }
    assert_eq!(found(&house.store, bob, "needle").await, 300);
    while identity(house.folder.path()) == before {
        assert_eq!(found(&house.store, bob, "needle0123").await, 1);
    }
    house.store.indexed().await.unwrap();
    assert_eq!(indexed(house.folder.path(), "needle"), 300);
    house.verify().await;
}

#[tokio::test]
async fn of_two_processes_one_indexes_and_both_search() {
    let (house, bob) = filled(3).await;
    house.store.indexed().await.unwrap();
    let other = house::open(house.folder.path(), &house.options, &house.watch);
    let inbox = house.inbox(bob).await.id;
    for number in 10..15 {
        let staged = other.stage(&letter(&format!("needle{number:04}"), 100)).await.unwrap();
        other.append(inbox, staged, FlagList::default(), None).await.unwrap();
        assert_eq!(found(&other, bob, &format!("needle{number:04}")).await, 1);
        assert_eq!(found(&house.store, bob, &format!("needle{number:04}")).await, 1);
    }
    other.indexed().await.unwrap();
    house.store.close().await;
    let staged = other.stage(&letter("needle0020", 100)).await.unwrap();
    other.append(inbox, staged, FlagList::default(), None).await.unwrap();
    other.indexed().await.unwrap();
    assert_eq!(found(&other, bob, "needle").await, 9);
    other.close().await;
}

const CHILD: &str = "POSTHOUSE_TEST_INDEX_FOLDER";

/// Not a test by itself: the process that the next test kills. It appends, and says so, until it is killed.
#[tokio::test]
async fn a_process_that_appends() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let outside = Outside::system();
    let store = Store::open(Path::new(&folder), quick(), outside).unwrap();
    let bob = store.account_by_login("bob@hamburger.edu").await.unwrap().id;
    let inbox = store.mailbox_by_name(bob, "INBOX").await.unwrap();
    for number in inbox.messages.. {
        let staged = store.stage(&letter(&format!("needle{number:05}"), 200)).await.unwrap();
        store.append(inbox.id, staged, FlagList::default(), None).await.unwrap();
        println!("appended {number}");
    }
}

#[tokio::test]
async fn killed_at_any_moment_every_message_is_found_once() {
    let mut house = House::with(quick());
    let bob = house.account("bob@hamburger.edu").await;
    let mut acknowledged = 0;
    for round in 0..8 {
        house.store.close().await;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_process_that_appends", "--nocapture"])
            .env(CHILD, house.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let appended = lines
            .map_while(Result::ok)
            .filter(|line| line.contains("appended"))
            .take(5 + round * 11 % 37);
        acknowledged += appended.count();
        child.kill().unwrap();
        child.wait().unwrap();
        house.store = house::open(house.folder.path(), &house.options, &house.watch);
        house.verify().await;
        let there = house.inbox(bob).await.messages;
        assert!(usize::try_from(there).unwrap() >= acknowledged);
        for turn in ["as it was left", "indexed"] {
            assert_eq!(
                found(&house.store, bob, "needle").await,
                usize::try_from(there).unwrap(),
                "{turn}"
            );
            for number in (0..there).step_by(7) {
                assert_eq!(
                    found(&house.store, bob, &format!("needle{number:05}")).await,
                    1,
                    "{turn}"
                );
            }
            house.store.indexed().await.unwrap();
        }
        assert_eq!(indexed(house.folder.path(), "needle"), i64::from(there));
        house.verify().await;
    }
}
