//! The path that everything else is built along: an account is made, a letter is delivered, read,
//! and deleted.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use house::{House, letter, noise};
use mailstore::*;

#[tokio::test]
async fn a_letter_is_delivered_read_byte_for_byte_and_deleted() {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let sent = letter("picnic", 2_000);
    let delivered = house.deliver(&["bob@hamburger.edu"], &sent).await.unwrap();
    let inbox = house.inbox(bob).await;
    assert_eq!((inbox.messages, inbox.unseen, inbox.octets), (1, 1, sent.len() as u64));

    let rows = house.store.messages(inbox.id, &UidSet::all()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].uid, rows[0].content), (Uid::FIRST, delivered.content));
    assert_eq!(house.read(rows[0].content).await, sent);

    house.reopen().await;
    assert_eq!(house.read(rows[0].content).await, sent);
    house.verify().await;

    let gone = house.store.expunge(inbox.id, Expunge::Uids(UidSet::all())).await.unwrap();
    assert_eq!(gone.to_string(), "1");
    let inbox = house.inbox(bob).await;
    assert_eq!((inbox.messages, inbox.unseen, inbox.octets), (0, 0, 0));
    assert_eq!(inbox.uid_next, Uid::new(2));
    house.verify().await;
}

#[tokio::test]
async fn one_letter_to_several_accounts_is_one_content() {
    let house = House::new();
    let names = ["bob@hamburger.edu", "ann@hamburger.edu", "eve@hamburger.edu"];
    for name in names {
        house.account(name).await;
    }
    let delivered = house.deliver(&names, &letter("to all", 500)).await.unwrap();
    assert_eq!(delivered.placed.len(), 3);
    for placed in &delivered.placed {
        let rows = house.store.messages(placed.mailbox, &UidSet::all()).await.unwrap();
        assert_eq!(rows[0].content, delivered.content);
    }
    house.verify().await;
}

#[tokio::test]
async fn the_last_letter_may_be_larger_than_the_room_left_and_behind_it_nobody_gets_one() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account_with("ann@hamburger.edu", Some(100)).await;
    let both = ["bob@hamburger.edu", "ann@hamburger.edu"];
    let sent = letter("big", 500);
    house.deliver(&both, &sent).await.unwrap();
    let held = house.store.quota(ann).await.unwrap().used_octets;
    assert_eq!(held, sent.len() as u64);
    let refused = house.deliver(&both, &letter("one more", 0)).await;
    assert!(
        matches!(refused, Err(Error::OverQuota { account, used, limit: 100 }) if account == ann && used == held)
    );
    assert_eq!(house.inbox(bob).await.messages, 1);
    house.verify().await;
}

#[tokio::test]
async fn letters_that_wait_to_be_written_take_no_more_memory_than_there_is_for_them() {
    let mut options = house::options();
    options.limits.staging_octets_max = 64 << 10;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    let held = house.store.stage(&noise("held", 40_000)).await.unwrap();
    let latest = "SELECT codec FROM blob ORDER BY id DESC LIMIT 1";
    house.append(inbox, &noise("for want of room in a file", 40_000)).await;
    assert_eq!(house.count(latest), 2);
    drop(held);
    house.append(inbox, &noise("not any more", 40_000)).await;
    assert_ne!(house.count(latest), 2);
    house.verify().await;
}

#[tokio::test]
async fn letters_that_are_parsed_one_after_the_other_all_come_through() {
    let mut options = house::options();
    options.limits.preparing_octets_max = 1;
    let house = House::with(options);
    house.account("bob@hamburger.edu").await;
    let sent: Vec<Vec<u8>> =
        (1..=6).map(|number| noise(&format!("{number}"), number * 70_000)).collect();
    let deliver = async |letter: &Vec<u8>| {
        let delivered = house.deliver(&["bob@hamburger.edu"], letter).await.unwrap();
        assert_eq!(&house.read(delivered.content).await, letter);
    };
    futures_util::future::join_all(sent.iter().map(deliver)).await;
    house.verify().await;
}

#[tokio::test]
async fn letters_of_every_length_come_back_as_they_were() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let lengths = [0, 1, 100, 32 << 10, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 3 << 20];
    for length in lengths {
        for sent in [letter("text", length), noise("noise", length)] {
            let delivered = house.deliver(&["bob@hamburger.edu"], &sent).await.unwrap();
            assert_eq!(house.read(delivered.content).await, sent, "{length}");
            let content = house.store.content(delivered.content).await.unwrap();
            assert_eq!(content.octets(), sent.len() as u64);
            let end = sent.len();
            for (from, to) in [
                (0, 10),
                (end / 2, end / 2 + 70_000),
                (end.saturating_sub(5), end + 5),
                (end, end + 1),
            ] {
                let part = content.read(from as u64..to as u64).await.unwrap();
                assert_eq!(part, sent[from.min(end)..to.min(end)], "{length} {from}..{to}");
            }
        }
    }
    assert_eq!(house.deliver(&["bob@hamburger.edu"], b"").await.unwrap().placed.len(), 1);
    house.verify().await;
}

#[tokio::test]
async fn a_stream_gives_the_range_in_pieces() {
    use futures_util::TryStreamExt;
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    for sent in [letter("small", 9_000), noise("large", 2 << 20)] {
        let delivered = house.deliver(&["bob@hamburger.edu"], &sent).await.unwrap();
        let content = house.store.content(delivered.content).await.unwrap();
        for (from, to) in [(0, sent.len()), (100, 5_000), (300_000, 1_300_000), (5, 5)] {
            let pieces: Vec<bytes::Bytes> =
                content.stream(from as u64..to as u64).try_collect().await.unwrap();
            assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= 256 << 10));
            assert_eq!(pieces.concat(), sent[from.min(sent.len())..to.min(sent.len())]);
        }
    }
}

#[tokio::test]
async fn dropping_what_was_staged_leaves_nothing_behind() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let staging_folder = house.folder.path().join("staging");
    let files = || std::fs::read_dir(&staging_folder).unwrap().count();
    let mut staging = house.store.staging();
    staging.write(&noise("large", 1 << 20)).await.unwrap();
    assert_eq!(files(), 1);
    drop(staging);
    assert_eq!(files(), 0);
    let staged = house.store.stage(&noise("large", 1 << 20)).await.unwrap();
    assert_eq!((files(), staged.octets()), (1, noise("large", 1 << 20).len() as u64));
    drop(staged);
    assert_eq!(files(), 0);
    let refused = house
        .store
        .append(
            MailboxId::new(999),
            house.store.stage(&noise("x", 1 << 20)).await.unwrap(),
            FlagList::default(),
            None,
        )
        .await;
    assert!(matches!(refused, Err(Error::NoSuchMailbox)));
    let content_files = house::files(&house.folder.path().join("content"));
    assert_eq!((files(), content_files), (0, 0));
}

/// Small and large, in memory and in a file, and with a piece that waits to be written to it.
#[tokio::test]
async fn what_is_put_in_front_at_last_stands_in_front() {
    let house = House::new();
    let account = house.account("bob@hamburger.edu").await;
    let inbox = house.store.mailbox_by_name(account, "INBOX").await.unwrap().id;
    let front = b"X-Front: yes\r\n";
    for octets in [0, 10, 100_000, 256 << 10, (256 << 10) + 1, 1 << 20] {
        let letter = noise("front", octets);
        let mut staging = house.store.staging();
        for piece in letter.chunks(50_000) {
            staging.write(piece).await.unwrap();
        }
        staging.put_in_front(front).await.unwrap();
        let whole = [&front[..], &letter].concat();
        assert_eq!(staging.octets(), whole.len() as u64);
        let staged = staging.finish().await.unwrap();
        let put = house.store.append(inbox, staged, FlagList::default(), None).await.unwrap();
        let rows = house.store.messages(inbox, &UidSet::range(put.uid, put.uid)).await.unwrap();
        let content = house.store.content(rows[0].content).await.unwrap();
        assert_eq!(content.read(0..u64::MAX).await.unwrap(), whole, "{octets}");
    }
    assert_eq!(std::fs::read_dir(house.folder.path().join("staging")).unwrap().count(), 0);
}
