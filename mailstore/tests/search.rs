//! Searching finds what looking at every message finds, whether the index knows it yet or not.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod house;
mod naive;

use house::{House, letter, options};
use mailstore::*;
use message::Timestamp;
use naive::Plain;
use proptest::prelude::*;

const DAY: i64 = 86_400;

/// A house whose index is never in a hurry: everything is searched in the messages themselves.
fn unindexed() -> House {
    let mut options = options();
    options.search.index_delay = std::time::Duration::from_secs(3_600);
    House::with(options)
}

fn quick() -> House {
    let mut options = options();
    options.search.index_delay = std::time::Duration::ZERO;
    options.search.slice = std::time::Duration::ZERO;
    House::with(options)
}

async fn uids(house: &House, account: AccountId, within: Within, query: &Query) -> String {
    let hits = house.store.search(account, within, query, Order::Uid, None).await.unwrap();
    hits.into_iter().map(|hit| hit.row.uid).collect::<UidSet>().to_string()
}

async fn append(
    house: &House,
    mailbox: MailboxId,
    letter: &[u8],
    flags: FlagList,
    date: i64,
) -> Uid {
    let staged = house.store.stage(letter).await.unwrap();
    house.store.append(mailbox, staged, flags, Some(Timestamp::new(date))).await.unwrap().uid
}

fn flags(flags: Flags, keywords: &[&str]) -> FlagList {
    FlagList {
        flags,
        keywords: keywords.iter().map(|keyword| Keyword::parse(keyword).unwrap()).collect(),
    }
}

#[tokio::test]
async fn every_condition_means_what_it_says() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    let with = |fields: &str, body: &str| format!("{fields}\r\n\r\n{body}\r\n").into_bytes();
    let first = with(
        "From: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\nSubject: Gr\u{fc}\u{df}e\r\nDate: Sun, 22 Nov 2026 23:30:00 -0500",
        "Do you like ketchup?",
    );
    let second = with(
        "From: Carol <carol@x.org>\r\nCc: Dave <dave@y.org>\r\nSubject: Stra\u{df}e\r\nX-Mailer: Quill\r\nDate: Mon, 23 Nov 2026 01:00:00 +0000\r\nDKIM-Signature: v=1; b=SeCrEt",
        "How about PICKLES? caf\u{e9}",
    );
    let third = with(
        "From: Alice <alice@crepes.fr>\r\nBcc: eve@z.org\r\nSubject: third\r\nContent-Type: multipart/mixed; boundary=b",
        "--b\r\n\r\nsee the file\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n\r\n%PDF\r\n--b--",
    );
    append(&house, inbox, &first, flags(Flags::SEEN, &[]), 10 * DAY).await;
    append(&house, inbox, &second, flags(Flags::FLAGGED, &["$Work"]), 20 * DAY + 5).await;
    append(
        &house,
        inbox,
        &third,
        flags(Flags::SEEN | Flags::ANSWERED, &["$work", "other"]),
        1_790_000_000 - 100,
    )
    .await;
    let octets = |letter: &[u8]| u64::try_from(letter.len()).unwrap();
    let (before, on) = (Day::new(2026, 11, 22).unwrap(), Day::new(2026, 11, 23).unwrap());
    let day = |number: i64| Day::of(Timestamp::new(number * DAY));
    let text = |text: &str| Query::Text(text.to_owned());
    let table: Vec<(Query, &str)> = vec![
        (Query::All, "1:3"),
        (Query::And(vec![]), "1:3"),
        (Query::Or(vec![]), ""),
        (Query::not(Query::All), ""),
        (Query::Flags(Flags::SEEN), "1,3"),
        (Query::unseen(), "2"),
        (Query::Flags(Flags::SEEN | Flags::ANSWERED), "3"),
        (Query::Flags(Flags::FLAGGED), "2"),
        (Query::Keyword(Keyword::parse("$WORK").unwrap()), "2:3"),
        (Query::not(Query::Keyword(Keyword::parse("nowhere").unwrap())), "1:3"),
        (text("ketchup"), "1"),
        (text("KETCHUP?"), "1"),
        (text("etchu"), "1"),
        (text("grüsse"), "1"),
        (text("STRASSE"), "2"),
        (text("cafe\u{301}"), "2"),
        (text("plan.pdf"), "3"),
        (text("ke"), "1"),
        (text(""), "1:3"),
        (text("secret"), ""),
        (Query::Body("alice".into()), ""),
        (Query::Words("alice".into()), "1,3"),
        (Query::Words("quill".into()), ""),
        (text("quill"), "2"),
        (Query::from("crepes"), "1,3"),
        (Query::subject("i"), "3"),
        (Query::to("bob@"), "1"),
        (Query::cc("dave"), "2"),
        (Query::bcc("EVE@z"), "3"),
        (Query::header("X-Mailer", ""), "2"),
        (Query::header("X-MAILER", "quil"), "2"),
        (Query::header("dkim-signature", "secret"), "2"),
        (Query::header("mailer", "quil"), ""),
        (Query::Before(Timestamp::new(20 * DAY)), "1"),
        (Query::Since(Timestamp::new(20 * DAY)), "2:3"),
        (Query::on(day(20)), "2"),
        (Query::SentBefore(on), "1"),
        (Query::sent_on(before), "1"),
        (Query::sent_on(on), "2"),
        (Query::SentSince(on), "2"),
        (Query::not(Query::SentSince(on)), "1,3"),
        (Query::saved_on(Day::of(house.store.now())), "1:3"),
        (Query::SavedBefore(Timestamp::new(0)), ""),
        (Query::Larger(octets(&second)), "3"),
        (Query::Smaller(octets(&second)), "1"),
        (Query::Uids("2:9".parse().unwrap()), "2:3"),
        (Query::HasAttachment, "3"),
        (Query::Younger(100), "3"),
        (Query::Younger(99), ""),
        (Query::Older(100), "1:3"),
        (Query::Older(101), "1:2"),
        (Query::In(inbox), "1:3"),
        (Query::In(MailboxId::new(-1)), ""),
        (Query::And(vec![text("alice"), text("ketchup")]), "1"),
        (Query::Or(vec![text("ketchup"), text("pickles")]), "1:2"),
        (Query::And(vec![Query::not(text("ketchup")), text("alice")]), "3"),
        (Query::And(vec![Query::not(text("ketchup")), Query::not(text("pickles"))]), "3"),
        (Query::Or(vec![text("ketchup"), Query::Flags(Flags::FLAGGED)]), "1:2"),
        (Query::And(vec![Query::Uids("1".parse().unwrap()), text("e")]), "1"),
        (Query::And(vec![text("\" OR \""), Query::All]), ""),
        (text("a\" AND (b* NEAR ^c"), ""),
    ];
    for turn in ["before the index knows them", "indexed"] {
        for (query, expected) in &table {
            assert_eq!(
                uids(&house, bob, Within::Mailbox(inbox), query).await,
                *expected,
                "{turn}: {query:?}"
            );
        }
        house.store.indexed().await.unwrap();
    }
    let row = house.store.messages(inbox, &UidSet::from(Uid::FIRST)).await.unwrap()[0];
    for (query, expected) in [
        (Query::Content(row.content), "1"),
        (Query::Conversation(row.conversation), "1"),
        (Query::ModSeq(row.modseq), "1:3"),
        (Query::ModSeq(ModSeq::new(row.modseq.get() + 1)), "2:3"),
    ] {
        assert_eq!(uids(&house, bob, Within::Mailbox(inbox), &query).await, expected, "{query:?}");
    }
}

#[tokio::test]
async fn a_search_keeps_to_its_mailboxes_and_its_account() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let eve = house.account("eve@hamburger.edu").await;
    let mailboxes = house.store.mailboxes(bob).await.unwrap();
    for mailbox in &mailboxes {
        house.append(mailbox.id, &letter(&format!("ketchup in {}", mailbox.name), 100)).await;
    }
    house.deliver(&["eve@hamburger.edu"], &letter("ketchup for eve", 100)).await.unwrap();
    let query = Query::Text("ketchup".into());
    let of =
        |name: &str| mailboxes.iter().find(|mailbox| mailbox.name.as_str() == name).unwrap().id;
    for _ in 0..2 {
        for (within, hits) in
            [(Within::Mailbox(of("Trash")), 1), (Within::Account, 4), (Within::Everywhere, 6)]
        {
            let found = house.store.search(bob, within, &query, Order::Uid, None).await.unwrap();
            assert_eq!(found.len(), hits, "{within:?}");
            assert!(found.is_sorted_by_key(|hit| (hit.mailbox, hit.row.uid)));
        }
        let hers =
            house.store.search(eve, Within::Everywhere, &query, Order::Uid, None).await.unwrap();
        assert_eq!(hers.len(), 1);
        let foreign =
            house.store.search(eve, Within::Mailbox(of("INBOX")), &query, Order::Uid, None).await;
        assert!(matches!(foreign, Err(Error::NoSuchMailbox)));
        house.store.indexed().await.unwrap();
    }
}

#[tokio::test]
async fn the_newest_come_first_and_no_more_than_asked_for() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let (inbox, archive) = {
        let archive = house.store.mailbox_by_name(bob, "Archive").await.unwrap();
        (house.inbox(bob).await.id, archive.id)
    };
    for number in 0..40_i64 {
        let mailbox = if number % 3 == 0 { archive } else { inbox };
        let date = number * 7_919 % 40 * DAY;
        append(
            &house,
            mailbox,
            &letter(&format!("picnic {number}"), 50),
            flags(Flags::NONE, &[]),
            date,
        )
        .await;
    }
    for listed_max in [5_000, 5] {
        for query in
            [Query::All, Query::Text("picnic".into()), Query::Text("ic".into()), Query::unseen()]
        {
            let mut options = house.options.clone();
            options.search.listed_max = listed_max;
            let store = house::open(house.folder.path(), &options, &house.watch);
            let all =
                store.search(bob, Within::Account, &query, Order::NewestFirst, None).await.unwrap();
            assert_eq!(all.len(), 40);
            assert!(
                all.is_sorted_by(|one, other| one.row.internal_date >= other.row.internal_date)
            );
            for limit in [0, 1, 7, 39, 40, 41] {
                let some = store
                    .search(bob, Within::Account, &query, Order::NewestFirst, Some(limit))
                    .await
                    .unwrap();
                assert_eq!(some, all[..limit.min(40)]);
            }
            store.close().await;
        }
    }
}

#[tokio::test]
async fn what_is_expunged_is_not_found_and_what_is_moved_is_found_where_it_is() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    let archive = house.store.mailbox_by_name(bob, "Archive").await.unwrap().id;
    for number in 0..3 {
        house.append(inbox, &letter(&format!("picnic {number}"), 50)).await;
    }
    house.store.indexed().await.unwrap();
    house.store.move_messages(inbox, &UidSet::from(Uid::new(2).unwrap()), archive).await.unwrap();
    house.store.expunge(inbox, Expunge::Uids(UidSet::from(Uid::FIRST))).await.unwrap();
    let query = Query::Text("picnic".into());
    assert_eq!(uids(&house, bob, Within::Mailbox(inbox), &query).await, "3");
    assert_eq!(uids(&house, bob, Within::Mailbox(archive), &query).await, "1");
}

#[tokio::test]
async fn a_search_that_rests_finds_all_that_stays_while_others_come_and_go() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    let archive = house.store.mailbox_by_name(bob, "Archive").await.unwrap().id;
    for number in 0..120 {
        house.append(inbox, &letter(&format!("picnic {number}"), 50)).await;
    }
    let stays = |uid: &Uid| uid.get().is_multiple_of(3);
    for (order, text) in
        [(Order::Uid, "picnic"), (Order::NewestFirst, "picnic"), (Order::Uid, "ic")]
    {
        let query = Query::Text(text.to_owned());
        let search = house.store.search(bob, Within::Mailbox(inbox), &query, order, None);
        let changes = async {
            for uid in (1..=120).filter_map(Uid::new).filter(|uid| !stays(uid)).step_by(9) {
                house.store.move_messages(inbox, &UidSet::from(uid), archive).await.unwrap();
                house.append(inbox, &letter("picnic again", 50)).await;
                tokio::task::yield_now().await;
            }
        };
        let (hits, ()) = tokio::join!(search, changes);
        let found: UidSet = hits.unwrap().into_iter().map(|hit| hit.row.uid).collect();
        assert!(
            (1..=120).filter_map(Uid::new).filter(stays).all(|uid| found.contains(uid)),
            "{order:?} {text}"
        );
    }
    house.verify().await;
}

#[tokio::test]
async fn what_arrives_during_a_search_is_not_taken_for_having_no_text() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..100 {
        append(&house, inbox, b"Subject: plain\r\n\r\n", FlagList::default(), DAY + number).await;
    }
    house.store.indexed().await.unwrap();
    let query = Query::Not(Box::new(Query::Text("ketchup".to_owned())));
    let search = house.store.search(bob, Within::Everywhere, &query, Order::NewestFirst, None);
    let mut search = std::pin::pin!(search);
    tokio::select! { biased; _ = search.as_mut() => {}, () = std::future::ready(()) => {} }
    // Older than all others: the search comes to it last.
    append(&house, inbox, &letter("late", 300), FlagList::default(), 1).await;
    assert_eq!(search.await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_content_file_that_cannot_be_read_hides_no_other_message_from_searches_and_from_the_index()
 {
    let mut house = unindexed();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    house.append(inbox, &house::noise("needle one", 700_000)).await;
    house.append(inbox, &letter("needle two", 300)).await;
    let file = house::first_file(&house.folder.path().join("content"));
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&file, &file).unwrap();
    let needle = Query::Body("ketchup".to_owned());
    assert_eq!(uids(&house, bob, Within::Everywhere, &needle).await, "2");
    house.options.search.index_delay = std::time::Duration::ZERO;
    house.reopen().await;
    let indexed = house.store.indexed();
    tokio::time::timeout(std::time::Duration::from_secs(10), indexed).await.unwrap().unwrap();
    assert_eq!(uids(&house, bob, Within::Everywhere, &needle).await, "2");
}

#[tokio::test]
async fn a_search_that_is_too_much_is_refused_with_its_limit() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let deep = |levels: usize| (1..levels).fold(Query::unseen(), |inner, _| Query::Or(vec![inner]));
    for (levels, fits) in [(19, true), (20, false)] {
        let answer =
            house.store.search(bob, Within::Account, &deep(levels), Order::Uid, None).await;
        assert_eq!(answer.is_ok(), fits, "{levels}");
    }
}

/// Letters with all that makes text hard: encodings, charsets, HTML, nesting, letters outside of ASCII.
fn made_up() -> Vec<Vec<u8>> {
    let mut letters: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"no header at all".to_vec(),
        b"Subject: =?ISO-8859-1?Q?=DCber_alles?=\r\n\r\n\xfcber\r\n".to_vec(),
        "Subject: \u{65e5}\u{672c}\u{8a9e}\r\n\r\n\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{30e1}\u{30fc}\u{30eb}\r\n".as_bytes().to_vec(),
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>wor</b>ld &amp; co<style>p{}</style><script>no</script>".to_vec(),
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nRG8geW91IGxpa2Uga2V0Y2h1cD8=\r\n".to_vec(),
        b"Subject: folded\r\n  over\r\n\tlines\r\nX-Empty:\r\n\r\nbody\0with\x01controls".to_vec(),
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner letter\r\n\r\ninside\r\n--x--".to_vec(),
        "Subject: i\u{307}stanbul \u{130}\r\n\r\nZ\u{336}a\u{337}l\u{338}g\u{339}o \u{1f600}\u{1f601} \u{fb01}ne \u{2126}\r\n".as_bytes().to_vec(),
        b"Subject: \"quotes\" AND (brackets) OR stars* NEAR/2 ^caret\r\n\r\na:b -c +d\r\n".to_vec(),
    ];
    letters.extend((0..20).map(|number| letter(&format!("number {number}"), 300)));
    letters
}

/// Real mail, where it is to be had: a sample of every kind.
fn real() -> Vec<Vec<u8>> {
    naive::corpus(100)
}

fn any_query(texts: Vec<String>) -> impl Strategy<Value = Query> {
    let cut = |text: &String, from: usize, length: usize| -> String {
        let letters: Vec<char> = text.chars().collect();
        letters.iter().skip(from % letters.len().max(1)).take(length).collect()
    };
    let piece = (prop::sample::select(texts), any::<usize>(), 0..14_usize)
        .prop_map(move |(text, from, length)| cut(&text, from, length));
    let needle = prop_oneof![6 => piece, 1 => "\\PC{0,5}", 1 => "[a-e ]{1,4}"];
    let name = prop::sample::select(vec![
        "subject",
        "From",
        "TO",
        "cc",
        "received",
        "x-mailer",
        "list-id",
        "message-id",
        "content-type",
    ]);
    let leaf = prop_oneof![
        needle.clone().prop_map(Query::Text),
        needle.clone().prop_map(Query::Body),
        needle.clone().prop_map(Query::Words),
        (name, needle).prop_map(|(name, needle)| Query::header(name, needle)),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Query::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Query::Or),
            inner.prop_map(Query::not),
        ]
    })
}

#[test]
fn searching_finds_what_looking_at_every_message_finds() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let letters: Vec<Vec<u8>> = made_up().into_iter().chain(real()).collect();
    let plain: Vec<Plain> = letters.iter().map(|letter| Plain::of(letter)).collect();
    let (unindexed, indexed) = (unindexed(), quick());
    let account_of = |house: &House| {
        runtime.block_on(async {
            let account = house.account("bob@hamburger.edu").await;
            let inbox = house.inbox(account).await.id;
            for letter in &letters {
                house.append(inbox, letter).await;
            }
            (account, inbox)
        })
    };
    let (account, inbox) = account_of(&unindexed);
    let there = (&unindexed.store, account, inbox);
    let (account, inbox) = account_of(&indexed);
    runtime.block_on(indexed.store.indexed()).unwrap();
    // The same again with an index that may name few messages, and lists that are short.
    let mut tight = indexed.options.clone();
    (tight.search.named_max, tight.search.listed_max) = (40, 10);
    let tight = house::open(indexed.folder.path(), &tight, &indexed.watch);
    let of = [there, (&indexed.store, account, inbox), (&tight, account, inbox)];
    let texts: Vec<String> = plain.iter().map(|plain| plain.all()).collect();
    let config =
        ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let matches = std::cell::Cell::new(0_u64);
    let result = runner.run(&any_query(texts), |query| {
        let expected: UidSet = (1..)
            .zip(&plain)
            .filter(|(_, plain)| plain.matches(&query))
            .filter_map(|(uid, _)| Uid::new(uid))
            .collect();
        let some_stores = if expected.len() % 8 == 1 { &of[..] } else { &of[1..] };
        for (store, account, inbox) in some_stores {
            let hits = runtime
                .block_on(store.search(*account, Within::Mailbox(*inbox), &query, Order::Uid, None))
                .unwrap();
            let found: UidSet = hits.into_iter().map(|hit| hit.row.uid).collect();
            prop_assert_eq!(found.to_string(), expected.to_string());
        }
        matches.set(matches.get() + expected.len());
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(matches.get() > 1_000, "the needles were found too rarely to prove anything");
}
