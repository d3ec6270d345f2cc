//! Killed at random moments while it delivers from many tasks: what was acknowledged is there once
//! and whole, nothing is half there.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod house;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use house::{House, letter, noise};
use mailstore::*;

const FOLDER: &str = "POSTHOUSE_KILLED";
const ROUND: &str = "POSTHOUSE_ROUND";
const ROUNDS: u32 = 8;
const TASKS: u32 = 8;

/// The letter of a task's turn: mostly small, some in content files, some that no compressor
/// shrinks.
fn sent(subject: &str, turn: u32) -> Vec<u8> {
    match turn % 10 {
        3 => noise(subject, 300_000 + 1_000 * (turn as usize % 400)),
        6 => noise(subject, 40_000),
        _ => letter(subject, 500 + 700 * (turn as usize % 30)),
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_once_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::at(folder.path(), house::options());
    house.account("bob@hamburger.edu").await;
    house.account("ann@hamburger.edu").await;
    house.store.close().await;
    let mut acknowledged = BTreeMap::new();
    for round in 0..ROUNDS {
        let random = house.store.random::<1>();
        one_round(
            folder.path(),
            round,
            Duration::from_millis(40 + 2 * u64::from(random[0])),
            &mut acknowledged,
        );
        house = House::at(folder.path(), house::options());
        check(&house, &acknowledged).await;
        house.store.close().await;
    }
    assert!(acknowledged.len() > 50, "only {} letters in all rounds", acknowledged.len());
}

/// Starts a child, hears what it acknowledges, kills it.
fn one_round(folder: &Path, round: u32, after: Duration, acknowledged: &mut BTreeMap<String, u32>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside_a_process_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("delivering") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child did not begin");
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut said = String::new();
    lines.read_to_string(&mut said).unwrap();
    // The last line may be cut: then it was not heard.
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    for line in whole.lines() {
        let (subject, turn) =
            line.strip_prefix("on disk: ").and_then(|one| one.rsplit_once(' ')).unwrap();
        acknowledged.insert(subject.to_owned(), turn.parse().unwrap());
    }
}

async fn check(house: &House, acknowledged: &BTreeMap<String, u32>) {
    house.verify().await;
    for name in ["bob", "ann"] {
        let account = house.store.account_by_login(name).await.unwrap().id;
        let inbox = house.inbox(account).await.id;
        let rows = house.store.messages(inbox, &UidSet::all()).await.unwrap();
        let contents: Vec<ContentId> = rows.iter().map(|row| row.content).collect();
        let overviews = house.store.overviews(&contents, OverviewFields::LINE).await.unwrap();
        let mut seen = BTreeSet::new();
        for overview in overviews {
            let subject = overview.line.unwrap().subject;
            assert!(seen.insert(subject.clone()), "{subject} is there twice");
            if let Some(turn) = acknowledged.get(&subject) {
                assert_eq!(house.read(overview.content).await, sent(&subject, *turn));
            }
        }
        for subject in acknowledged.keys() {
            assert!(seen.contains(subject), "{subject} was acknowledged and is lost");
        }
    }
    assert_eq!(house::files(&house.folder.path().join("staging")), 0);
    let wanted = house.count("SELECT count(*) FROM blob WHERE file IS NOT NULL");
    assert_eq!(i64::try_from(house::files(&house.folder.path().join("content"))).unwrap(), wanted);
}

#[tokio::test]
async fn inside_a_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let round = std::env::var(ROUND).unwrap();
    let house = House::at(&folder, house::options());
    println!("\ndelivering");
    let tasks = (0..TASKS).map(|task| {
        let (store, round) = (house.store.clone(), round.clone());
        tokio::spawn(async move {
            for turn in 0.. {
                let subject = format!("{round}.{task}.{turn}");
                let to = ["bob@hamburger.edu", "ann@hamburger.edu"];
                house::deliver(&store, &to, &sent(&subject, turn)).await.unwrap();
                println!("on disk: {subject} {turn}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
