//! Killed at random moments while mail is queued, leased and settled: what was acknowledged as queued
//! is still to be sent, what was acknowledged as sent is not sent again.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod house;
mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use house::{House, letter, noise};
use message::Timestamp;
use queue::{Queue, delivered, outgoing};

const FOLDER: &str = "POSTHOUSE_QUEUE_KILLED";
const ROUND: &str = "POSTHOUSE_QUEUE_ROUND";
const ROUNDS: u32 = 8;
const TASKS: u32 = 6;

#[tokio::test]
async fn what_was_queued_before_a_kill_is_sent_and_what_was_sent_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    House::at(folder.path(), house::options()).store.close().await;
    let (mut queued, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        for line in one_round(folder.path(), round) {
            let (what, address) = line.split_once(": ").unwrap();
            let fresh = match what {
                "queued" => queued.insert(address.to_owned()),
                _ => sent.insert(address.to_owned()),
            };
            assert!(fresh, "{line}, twice");
        }
        let house = House::at(folder.path(), house::options());
        house.verify().await;
        check(&house, &queued, &sent);
        house.store.close().await;
    }
    assert!(sent.len() > 50, "only {} in all rounds", sent.len());
    drain(folder.path()).await;
}

/// Starts a child, hears what it acknowledges, kills it.
fn one_round(folder: &Path, round: u32) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside_a_process_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("sending") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child did not begin");
    }
    std::thread::sleep(Duration::from_millis(100 + 37 * u64::from(round)));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut said = String::new();
    lines.read_to_string(&mut said).unwrap();
    // The last line may be cut: then it was not heard.
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(str::to_owned).collect()
}

/// Everybody who was acknowledged is there, as it was acknowledged.
fn check(house: &House, queued: &BTreeSet<String>, sent: &BTreeSet<String>) {
    let database = rusqlite::Connection::open(house.folder.path().join("mail.db")).unwrap();
    let mut statement = database
        .prepare("SELECT address, state, count(*) FROM outbound_recipient GROUP BY address")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
    let there: BTreeMap<String, (i64, i64)> = rows.unwrap().map(Result::unwrap).collect();
    assert!(there.values().all(|(_, count)| *count == 1), "somebody is there twice");
    for address in queued {
        assert!(there.contains_key(address), "{address} was acknowledged and is lost");
    }
    for address in sent {
        assert_eq!(there.get(address), Some(&(2, 1)), "{address} would be sent again");
    }
}

/// All that is left goes, and no bytes stay behind.
async fn drain(folder: &Path) {
    let house = House::at(folder, house::options());
    house.watch.forward(1_000);
    let left = house.lease("one.example").await;
    let told = left.iter().flat_map(|one| &one.recipients).map(delivered).collect();
    house.store.settle_outbound(told).await.unwrap();
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), None);
    house.settled().await;
    house.verify().await;
    assert_eq!(house.count("SELECT count(*) FROM content"), 0);
    assert_eq!(house::files(&folder.join("content")), 0);
}

#[tokio::test]
async fn inside_a_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let round: i64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let house = House::at(&folder, house::options());
    // What the last round was about to try is due again.
    house.watch.forward(round * 10);
    println!("\nsending");
    let tasks = (0..TASKS).map(|task| {
        let (store, template) = (house.store.clone(), outgoing(&house, None, &["x@one.example"]));
        let next = Timestamp::new(house.store.now().seconds() + 5);
        tokio::spawn(async move {
            for turn in 0.. {
                let to = format!("r{round}.{task}.{turn}@one.example");
                let mut out = template.clone();
                out.recipients.iter_mut().for_each(|one| one.address = house::address(&to));
                let sent = if turn % 7 == 3 { noise(&to, 300_000) } else { letter(&to, 900) };
                queue::deliver_out(&store, Vec::new(), vec![out], &sent).await.unwrap();
                println!("queued: {to}");
                let leased = store.lease_outbound("one.example", 3, move |_| next).await.unwrap();
                for one in leased.iter().flat_map(|one| &one.recipients) {
                    store.settle_outbound(vec![delivered(one)]).await.unwrap();
                    println!("sent: {}", one.address);
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
