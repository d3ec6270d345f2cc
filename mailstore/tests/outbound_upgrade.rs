//! A store that version 1 left behind, with mail on its way out, is brought to today's version.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;
mod queue;

use house::{House, letter};
use mailstore::*;
use message::Timestamp;
use queue::{Queue, outgoing, to};

/// The schema of version 1, as it was released.
const VERSION_1: &str = include_str!("../../migrations/0001_the_house.sql");

/// A content of version 1, and what is on its way.
const ROWS: &str = "
    INSERT INTO content (id, octets, header_octets, identity, sent_offset, properties, subject, base_subject, to_people, cc_people,
                         preview, envelope, structure, parts)
      VALUES (1, 14, 2, 7, 0, 0, 's', 's', '[]', '[]', '', x'', x'', x''),
             (2, 14, 2, 8, 0, 0, 's', 's', '[]', '[]', '', x'', x'', x'');
    INSERT INTO outbound (id, trace, content_id, reverse_path, accepted, not_before, expires, priority, pending)
      VALUES (1, '00000000000000001', 1, 'bob@hamburger.edu', 1789991000, 1789991000, 9000000000, 0, 3),
             (2, '00000000000000002', 2, '', 1789992000, 1789992000, 9000000000, 0, 0);
    INSERT INTO outbound_recipient (id, outbound_id, address, domain, state, attempts, next_attempt, last_attempt)
      VALUES (1, 1, 'a@one.example', 'one.example', 0, 1, 1789991500, 1789991100),
             (2, 1, 'b@one.example', 'one.example', 0, 0, 1789991200, NULL),
             (3, 1, 'c@two.example', 'two.example', 1, 0, 1789991000, NULL),
             (4, 1, 'd@two.example', 'two.example', 2, 2, 1789991700, 1789991600),
             (5, 2, 'e@one.example', 'one.example', 3, 2, 1789992700, 1789992600);
    PRAGMA user_version = 1;";

/// The house of version 1; a blob needs its checksum, so the bytes are copied from a letter of today.
async fn left_behind() -> (tempfile::TempDir, Options) {
    let model = House::new();
    let out = vec![outgoing(&model, None, &["x@y.example"])];
    model.deliver_out(Vec::new(), out, b"A: b\r\n\r\nhello\r\n").await.unwrap();
    model.store.close().await;
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("mail.db")).unwrap();
    old.execute_batch(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF;",
    )
    .unwrap();
    old.execute_batch(VERSION_1).unwrap();
    old.execute_batch(ROWS).unwrap();
    let from = model.folder.path().join("mail.db");
    old.execute("ATTACH ?1 AS model", [from.to_str().unwrap()]).unwrap();
    for id in [1, 2] {
        old.execute(
            "INSERT INTO blob (id, codec, octets, sums, file, data)
             SELECT ?1, codec, octets, sums, file, data FROM model.blob",
            [id],
        )
        .unwrap();
        old.execute("UPDATE content SET octets = (SELECT octets FROM blob WHERE id = ?1), header_octets = 8 WHERE id = ?1", [id])
            .unwrap();
    }
    (folder, model.options.clone())
}

#[tokio::test]
async fn a_queue_of_version_1_goes_on_where_it_was() {
    let (folder, options) = left_behind().await;
    let house = House::at(folder.path(), options);
    house.settled().await;
    house.verify().await;
    assert_eq!(
        house.store.next_outbound_attempt().await.unwrap(),
        Some(Timestamp::new(1_789_991_200))
    );
    let shown = house.show(OutboundId::new(1)).await;
    assert_eq!((shown.message.pending, shown.message.held, shown.message.settled), (3, 1, None));
    assert_eq!(shown.recipients[3].0.settled, Some(Timestamp::new(1_789_991_600)));
    assert_eq!(shown.message.priority, Priority::Letter);
    let done = house.show(OutboundId::new(2)).await;
    assert_eq!(done.message.settled, Some(Timestamp::new(1_789_992_600)));
    assert_eq!(done.message.octets, None, "nobody needs its bytes");
    assert_eq!(house.read(shown.message.content).await, b"A: b\r\n\r\nhello\r\n");

    let leased = house.lease("one.example").await;
    assert_eq!(to(&leased), ["b@one.example", "a@one.example"]);
    let told = leased[0].recipients.iter().map(queue::delivered).collect();
    assert_eq!(house.store.settle_outbound(told).await.unwrap(), [Settled::Done; 2]);
    assert_eq!(house.store.release_outbound(Selection::All).await.unwrap(), 1);
    assert_eq!(to(&house.lease("two.example").await), ["c@two.example"]);
    let bob = house.account("bob@hamburger.edu").await;
    house.deliver(&["bob@hamburger.edu"], &letter("and new mail comes in", 100)).await.unwrap();
    assert_eq!(house.inbox(bob).await.messages, 1);
    house.verify().await;
}
