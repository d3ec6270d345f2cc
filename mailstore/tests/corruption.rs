//! Bytes that changed on the disk are an error that says so, never other bytes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use futures_util::TryStreamExt;
use house::{House, letter, noise};
use mailstore::*;

async fn one(sent: &[u8]) -> (House, ContentId) {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let content = house.deliver(&["bob@hamburger.edu"], sent).await.unwrap().content;
    (house, content)
}

/// Changes the database behind the store's back.
fn change(house: &House, sql: &str) {
    let connection = rusqlite::Connection::open(house.folder.path().join("mail.db")).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
}

async fn is_corrupt(house: &House, content: ContentId) {
    let read = match house.store.content(content).await {
        Ok(content) => content.read(0..u64::MAX).await,
        Err(error) => Err(error),
    };
    assert!(matches!(&read, Err(Error::Corrupt(_))), "{read:?}");
    assert!(read.unwrap_err().is_temporary(), "a backup may bring it back");
    assert!(!house.store.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_changed_compressed_blob_is_found_out() {
    let (house, content) = one(&letter("compressed", 20_000)).await;
    assert_eq!(house.count("SELECT codec FROM blob"), 1);
    change(
        &house,
        "UPDATE blob SET data = CAST(substr(data, 1, 1000) || x'00' || substr(data, 1002) AS BLOB)",
    );
    is_corrupt(&house, content).await;
}

#[tokio::test]
async fn a_changed_raw_blob_is_found_out() {
    let (house, content) = one(b"x").await;
    assert_eq!(house.count("SELECT codec FROM blob"), 0);
    change(&house, "UPDATE blob SET data = x'79'");
    is_corrupt(&house, content).await;
    change(&house, "UPDATE blob SET codec = 7");
    is_corrupt(&house, content).await;
}

#[tokio::test]
async fn a_changed_octet_in_a_content_file_spoils_its_piece_only_and_a_stream_stops_before_it() {
    let sent = noise("large", 1 << 20);
    let (house, content) = one(&sent).await;
    let folder = std::fs::read_dir(house.folder.path().join("content"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut octets = std::fs::read(&file).unwrap();
    octets[700_000] ^= 1;
    std::fs::write(&file, &octets).unwrap();
    is_corrupt(&house, content).await;

    let held = house.store.content(content).await.unwrap();
    assert_eq!(held.read(0..600_000).await.unwrap(), sent[..600_000]);
    assert_eq!(held.read(1_000_000..1_000_010).await.unwrap(), sent[1_000_000..1_000_010]);
    assert!(matches!(held.read(699_999..700_002).await, Err(Error::Corrupt(_))));
    let mut stream = held.stream(0..u64::MAX);
    let mut given = Vec::new();
    let error = loop {
        match stream.try_next().await {
            Ok(Some(piece)) => given.extend_from_slice(&piece),
            Ok(None) => unreachable!("the stream did not find out"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(given.len() <= 700_000 && sent.starts_with(&given));

    octets.truncate(900_000);
    std::fs::write(&file, &octets).unwrap();
    assert!(matches!(house.store.content(content).await, Err(Error::Corrupt(_))));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(house.store.content(content).await, Err(Error::NoSuchMessage)));
    assert!(!house.store.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn counters_that_are_wrong_are_found_out() {
    for broken in [
        "UPDATE mailbox SET messages = messages + 1 WHERE name = 'INBOX'",
        "UPDATE mailbox SET unseen = 0 WHERE name = 'INBOX'",
        "UPDATE mailbox SET octets = octets + 1 WHERE name = 'INBOX'",
        "UPDATE mailbox SET uid_next = 1 WHERE name = 'INBOX'",
        "UPDATE mailbox SET uid_next = 3 WHERE name = 'INBOX'",
        "UPDATE mailbox SET highest_modseq = 1 WHERE name = 'INBOX'",
        "UPDATE account SET used_octets = 0",
        "UPDATE message SET content_id = 99",
        "UPDATE message SET flags = 256",
        "UPDATE message SET octets = 1",
        "UPDATE message SET conversation_id = 99",
        "DELETE FROM message",
        "DELETE FROM blob",
        "DELETE FROM address",
        "DELETE FROM mailbox WHERE name = 'INBOX'",
    ] {
        let (house, _) = one(&letter("x", 300)).await;
        house.verify().await;
        change(&house, broken);
        assert!(!house.store.verify().await.unwrap().is_empty(), "{broken}");
    }
}
