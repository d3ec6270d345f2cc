//! What happens when the disk is full, on a disk of 12 MB of our own: a tmpfs in a mount namespace.
//! Where the kernel gives us none (some containers), the outer test says so and the file-size limit
//! has to do.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod house;
mod queue;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use house::{House, noise};
use mailstore::*;
use queue::{Queue, delivered};

const FOLDER: &str = "POSTHOUSE_SMALL_DISK";

/// Runs one of the tests below in a process of its own, set up by a line of shell. False when the
/// set-up is not allowed here.
fn in_child(test: &str, set_up: &str, folder: &Path) -> bool {
    let me = std::env::current_exe().unwrap();
    let line = format!("{set_up} && exec \"$0\" --exact {test} --nocapture");
    let output =
        Command::new("sh").args(["-c", &line]).arg(me).env(FOLDER, folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let began = said.contains("running 1 test");
    assert!(output.status.success() || !began, "{said}");
    began
}

#[test]
fn a_full_disk_loses_nothing_lets_one_delete_and_recovers_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mount = "unshare -rm sh -c 'mount -t tmpfs -o size=12m tmpfs \"$POSTHOUSE_SMALL_DISK\" && exec \"$0\" --exact \
                 inside_a_small_disk --nocapture' \"$0\" && exit; true";
    let me = std::env::current_exe().unwrap();
    let output =
        Command::new("sh").args(["-c", mount]).arg(me).env(FOLDER, folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if said.contains("running 1 test") {
        assert!(said.contains("test result: ok. 1 passed"), "{said}");
    } else {
        eprintln!("no small disk to be had here: {said}");
    }
}

#[test]
fn a_file_that_may_not_grow_is_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    // Blocks of 512 octets: 4 MB for any one file. Ignored, the signal becomes an error of the
    // write.
    assert!(in_child("inside_a_file_size_limit", "trap '' XFSZ; ulimit -f 8192", folder.path()));
}

/// None in an ordinary run: then the test has nothing to do.
fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn small(folder: &Path) -> House {
    let mut options = house::options();
    options.limits.reserve_octets = 2 << 20;
    options.limits.log_octets_checkpoint = 1 << 20;
    House::at(folder, options)
}

/// Delivers until the disk is full. What was accepted is remembered.
async fn fill(house: &House, accepted: &mut Vec<(ContentId, Vec<u8>)>, octets: usize) {
    for number in 0..1_000 {
        let sent = noise(&format!("{octets} {number} {}", accepted.len()), octets);
        match house.deliver(&["bob@hamburger.edu"], &sent).await {
            Ok(delivered) => accepted.push((delivered.content, sent)),
            Err(Error::Full) => return,
            Err(other) => panic!("not full but {other:?}"),
        }
    }
    panic!("the disk is never full");
}

/// Exactly what was accepted is there, whole.
async fn check(house: &House, accepted: &[(ContentId, Vec<u8>)]) {
    house.verify().await;
    let bob = house.store.account_by_login("bob").await.unwrap().id;
    let inbox = house.inbox(bob).await;
    let rows = house.store.messages(inbox.id, &UidSet::all()).await.unwrap();
    let there: Vec<ContentId> = rows.iter().map(|row| row.content).collect();
    assert_eq!(there, accepted.iter().map(|(content, _)| *content).collect::<Vec<_>>());
    let wanted = house.count("SELECT count(*) FROM blob WHERE file IS NOT NULL");
    assert_eq!(i64::try_from(house::files(&house.folder.path().join("content"))).unwrap(), wanted);
    for (content, sent) in accepted {
        assert_eq!(&house.read(*content).await, sent);
    }
}

async fn until_accepted(house: &House, accepted: &mut Vec<(ContentId, Vec<u8>)>) {
    for number in 0..2_000 {
        let sent = noise(&format!("again {number}"), 2_000);
        match house.deliver(&["bob@hamburger.edu"], &sent).await {
            Ok(delivered) => return accepted.push((delivered.content, sent)),
            Err(Error::Full) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(other) => panic!("not full but {other:?}"),
        }
    }
    panic!("it does not recover");
}

#[tokio::test]
async fn inside_a_small_disk() {
    let Some(folder) = folder() else { return };
    let mut house = small(&folder);
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    house.queue(&["x@one.example", "y@one.example"]).await;
    let mut accepted = Vec::new();
    // Large ones into files until there is no room for another, then small ones into the database.
    fill(&house, &mut accepted, 700_000).await;
    fill(&house, &mut accepted, 50_000).await;
    assert!(accepted.len() > 10, "{}", accepted.len());
    check(&house, &accepted).await;
    let full = house.store.stage(&noise("huge", 20 << 20)).await;
    assert!(matches!(full, Err(Error::Full)), "{full:?}");
    check(&house, &accepted).await;

    // Nothing can come, everything can go, reading goes on. What left is known to have left: it would
    // go out again.
    let leased = house.lease("one.example").await;
    let told: Vec<_> = leased.iter().flat_map(|one| &one.recipients).map(delivered).collect();
    assert_eq!(house.store.settle_outbound(told).await.unwrap(), [Settled::Done; 2]);
    let flags = FlagChange::Add(Flags::DELETED.into());
    house.store.change_flags(inbox, &UidSet::all(), flags, None).await.unwrap();
    let gone = house.store.expunge(inbox, Expunge::Deleted).await.unwrap();
    assert_eq!(gone.len(), accepted.len() as u64);
    accepted.clear();
    until_accepted(&house, &mut accepted).await;
    check(&house, &accepted).await;

    // Somebody else fills the disk, and goes away again.
    let junk = folder.join("somebody else's");
    assert!(std::fs::write(&junk, vec![1; 12 << 20]).is_err());
    fill(&house, &mut accepted, 5_000).await;
    house.reopen().await;
    fill(&house, &mut accepted, 5_000).await;
    check(&house, &accepted).await;
    std::fs::remove_file(&junk).unwrap();
    until_accepted(&house, &mut accepted).await;
    check(&house, &accepted).await;
    house.reopen().await;
    check(&house, &accepted).await;
}

#[tokio::test]
async fn inside_a_file_size_limit() {
    let Some(folder) = folder() else { return };
    let house = small(&folder);
    house.account("bob@hamburger.edu").await;
    let mut accepted = Vec::new();
    fill(&house, &mut accepted, 60_000).await;
    check(&house, &accepted).await;
    assert!(matches!(house.store.stage(&noise("huge", 5 << 20)).await, Err(Error::Full)));
    check(&house, &accepted).await;
}
