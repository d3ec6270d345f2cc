//! Messages in mailboxes: flags, copies, moves, expunges, changes, imports.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod house;
mod queue;

use house::{House, address, letter};
use mailstore::*;
use message::Timestamp;
use queue::Queue;

fn set(text: &str) -> UidSet {
    text.parse().unwrap()
}

fn keyword(text: &str) -> Keyword {
    Keyword::parse(text).unwrap()
}

fn flagged(flags: Flags, keywords: &[&str]) -> FlagList {
    FlagList { flags, keywords: keywords.iter().map(|one| keyword(one)).collect() }
}

/// A house with Bob, his INBOX and so many letters in it.
async fn with_letters(count: u32) -> (House, AccountId, MailboxId) {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..count {
        house.append(inbox, &letter(&format!("letter {number}"), 200)).await;
    }
    (house, bob, inbox)
}

async fn flags_of(house: &House, mailbox: MailboxId, uid: u32) -> Flags {
    house.store.messages(mailbox, &set(&uid.to_string())).await.unwrap()[0].flags
}

#[tokio::test]
async fn an_appended_message_has_its_flags_keywords_and_date() {
    let (house, bob, inbox) = with_letters(0).await;
    let date = Timestamp::new(1_000_000_000);
    let staged = house.store.stage(&letter("draft", 300)).await.unwrap();
    let list = flagged(Flags::DRAFT | Flags::SEEN, &["$label1"]);
    let appended = house.store.append(inbox, staged, list, Some(date)).await.unwrap();
    assert_eq!(appended.uid_validity, house.inbox(bob).await.uid_validity);
    let row = house.store.messages(inbox, &UidSet::all()).await.unwrap()[0];
    assert_eq!(
        (row.uid, row.internal_date, row.save_date),
        (appended.uid, date, house.store.now())
    );
    assert_eq!(row.flags, Flags::DRAFT | Flags::SEEN | Flags::keyword(8).unwrap());
    assert_eq!(house.store.keywords(inbox).await.unwrap(), [(8, keyword("$label1"))]);
    assert_eq!(house.inbox(bob).await.unseen, 0);
    house.verify().await;
}

#[tokio::test]
async fn flags_are_added_removed_and_replaced_and_only_what_differs_gets_a_new_modseq() {
    let (house, bob, inbox) = with_letters(3).await;
    let change = async |uids: &str, change| {
        house.store.change_flags(inbox, &set(uids), change, None).await.unwrap()
    };
    let seen = change("1:2", FlagChange::Add(Flags::SEEN.into())).await;
    assert_eq!(seen.changed.iter().map(|one| one.0.get()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(house.inbox(bob).await.unseen, 1);
    let again = change("1:3", FlagChange::Add(Flags::SEEN.into())).await;
    assert_eq!(again.changed.iter().map(|one| one.0.get()).collect::<Vec<_>>(), [3]);
    assert!(again.changed[0].2 > seen.changed[0].2);
    let nothing = change("1:3", FlagChange::Add(Flags::SEEN.into())).await;
    assert_eq!(nothing, FlagsChanged::default());
    assert_eq!(house.inbox(bob).await.highest_modseq, again.changed[0].2);

    change("1", FlagChange::Replace(flagged(Flags::FLAGGED, &["a", "b"]))).await;
    let (a, b) = (Flags::keyword(8).unwrap(), Flags::keyword(9).unwrap());
    assert_eq!(flags_of(&house, inbox, 1).await, Flags::FLAGGED | a | b);
    change("1", FlagChange::Remove(flagged(Flags::FLAGGED, &["A", "unknown"]))).await;
    assert_eq!(flags_of(&house, inbox, 1).await, b);
    change("1", FlagChange::Replace(FlagList::default())).await;
    assert_eq!(flags_of(&house, inbox, 1).await, Flags::NONE);
    assert_eq!(house.store.keywords(inbox).await.unwrap().len(), 2, "a keyword stays known");
    assert_eq!(house.inbox(bob).await.unseen, 1);
    house.verify().await;
}

#[tokio::test]
async fn a_mailbox_knows_fifty_four_keywords_and_no_more() {
    let (house, _, inbox) = with_letters(1).await;
    let names: Vec<String> = (0..54).map(|number| format!("k{number}")).collect();
    let list =
        FlagList { flags: Flags::NONE, keywords: names.iter().map(|one| keyword(one)).collect() };
    house.store.change_flags(inbox, &set("1"), FlagChange::Add(list), None).await.unwrap();
    assert_eq!(flags_of(&house, inbox, 1).await.keyword_bits().count(), 54);
    let one_more = FlagChange::Add(flagged(Flags::SEEN, &["k54"]));
    let refused = house.store.change_flags(inbox, &set("1"), one_more, None).await;
    assert!(matches!(refused, Err(Error::TooManyKeywords)));
    assert!(!flags_of(&house, inbox, 1).await.contains(Flags::SEEN));
    house.verify().await;
}

#[tokio::test]
async fn a_keyword_that_finds_no_bit_is_left_behind_and_keeps_no_message_from_moving() {
    let (house, bob, inbox) = with_letters(2).await;
    let trash = house.store.mailbox_for(bob, SpecialUse::Trash).await.unwrap().id;
    let names: Vec<String> = (0..53).map(|number| format!("k{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let staged = house.store.stage(b"x").await.unwrap();
    house.store.append(trash, staged, flagged(Flags::NONE, &names), None).await.unwrap();
    let two_more = FlagChange::Add(flagged(Flags::SEEN, &["k0", "new", "newer"]));
    house.store.change_flags(inbox, &set("1:2"), two_more, None).await.unwrap();
    house.store.copy(inbox, &set("1"), trash).await.unwrap();
    house.store.move_messages(inbox, &set("2"), trash).await.unwrap();
    let known = house.store.keywords(trash).await.unwrap();
    assert_eq!((known.len(), &known[53].1), (54, &keyword("new")));
    let expected = [8, 61].into_iter().filter_map(Flags::keyword).fold(Flags::SEEN, |a, b| a | b);
    for uid in [2, 3] {
        assert_eq!(flags_of(&house, trash, uid).await, expected);
    }
    house.verify().await;
}

#[tokio::test]
async fn a_message_that_changed_since_is_left_alone_and_named() {
    let (house, bob, inbox) = with_letters(3).await;
    let since = house.inbox(bob).await.highest_modseq;
    house
        .store
        .change_flags(inbox, &set("2"), FlagChange::Add(Flags::SEEN.into()), None)
        .await
        .unwrap();
    let result = house
        .store
        .change_flags(inbox, &set("1:3"), FlagChange::Add(Flags::FLAGGED.into()), Some(since))
        .await
        .unwrap();
    assert_eq!(result.modified, set("2"));
    assert_eq!(result.changed.len(), 2);
    assert!(!flags_of(&house, inbox, 2).await.contains(Flags::FLAGGED));
    let drafts = FlagChange::Add(Flags::DRAFT.into());
    let zero =
        house.store.change_flags(inbox, &set("1:3"), drafts, Some(ModSeq::new(0))).await.unwrap();
    assert_eq!(zero.modified, set("1:3"));
}

#[tokio::test]
async fn copies_share_the_bytes_and_take_their_keywords_along() {
    let (house, bob, inbox) = with_letters(3).await;
    let trash = house.store.mailbox_for(bob, SpecialUse::Trash).await.unwrap();
    house
        .store
        .change_flags(inbox, &set("1"), FlagChange::Add(flagged(Flags::NONE, &["x", "y"])), None)
        .await
        .unwrap();
    house
        .store
        .change_flags(inbox, &set("2"), FlagChange::Add(flagged(Flags::SEEN, &["y"])), None)
        .await
        .unwrap();
    let copied = house.store.copy(inbox, &set("2:9"), trash.id).await.unwrap();
    let pairs: Vec<_> =
        copied.pairs.iter().map(|(here, there)| (here.get(), there.get())).collect();
    assert_eq!((copied.uid_validity, pairs), (trash.uid_validity, vec![(2, 1), (3, 2)]));
    // There y is the first keyword.
    assert_eq!(house.store.keywords(trash.id).await.unwrap(), [(8, keyword("y"))]);
    assert_eq!(flags_of(&house, trash.id, 1).await, Flags::SEEN | Flags::keyword(8).unwrap());
    let (here, there) = (
        house.store.messages(inbox, &UidSet::all()).await.unwrap(),
        house.store.messages(trash.id, &UidSet::all()).await.unwrap(),
    );
    assert_eq!((here[1].content, here[1].conversation), (there[0].content, there[0].conversation));
    let places = house.store.places(bob, here[1].content).await.unwrap();
    assert_eq!(places.len(), 2);
    let nothing = house.store.copy(inbox, &set("77"), trash.id).await.unwrap();
    assert_eq!((nothing.uid_validity, nothing.pairs.len()), (trash.uid_validity, 0));
    house.verify().await;
}

#[tokio::test]
async fn a_mailbox_copied_or_moved_into_itself_comes_to_an_end() {
    let (house, bob, inbox) = with_letters(3).await;
    let copied = house.store.copy(inbox, &UidSet::all(), inbox).await.unwrap();
    assert_eq!(copied.pairs.len(), 3);
    let moved = house.store.move_messages(inbox, &UidSet::all(), inbox).await.unwrap();
    assert_eq!(
        moved.pairs.iter().map(|(_, there)| there.get()).collect::<Vec<_>>(),
        [7, 8, 9, 10, 11, 12]
    );
    assert_eq!(house.inbox(bob).await.messages, 6);
    house.verify().await;
}

/// INBOX with so many messages, a power of two: more than are worked on in one transaction.
async fn with_many(count: u32) -> (House, AccountId, MailboxId) {
    let (house, bob, inbox) = with_letters(1).await;
    while house.store.mailbox(bob, inbox).await.unwrap().messages < count {
        house.store.copy(inbox, &UidSet::all(), inbox).await.unwrap();
    }
    (house, bob, inbox)
}

/// Has something begun and nothing more.
async fn begin<F: Future>(begun: std::pin::Pin<&mut F>) {
    tokio::select! { biased; _ = begun => {}, () = std::future::ready(()) => {} }
}

#[tokio::test]
async fn a_copy_is_made_whole_although_nobody_waits_for_its_end() {
    let (house, bob, inbox) = with_many(4_096).await;
    let archive = house.store.mailbox_by_name(bob, "Archive").await.unwrap().id;
    {
        let all = UidSet::all();
        let copy = std::pin::pin!(house.store.copy(inbox, &all, archive));
        begin(copy).await;
    }
    for _ in 0..2_000 {
        if house.store.mailbox(bob, archive).await.unwrap().messages == 4_096 {
            return house.verify().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the copy stopped half-way");
}

#[tokio::test]
async fn what_arrives_meanwhile_is_neither_changed_nor_expunged() {
    let (house, bob, inbox) = with_many(8_192).await;
    let all = UidSet::all();
    let seen = FlagChange::Add(Flags::SEEN.into());
    let mut change = std::pin::pin!(house.store.change_flags(inbox, &all, seen, None));
    begin(change.as_mut()).await;
    let first = house.append(inbox, b"x").await;
    assert_eq!(change.await.unwrap().changed.len(), 8_192);
    assert_eq!(flags_of(&house, inbox, first.get()).await, Flags::NONE);
    let mut expunge = std::pin::pin!(house.store.expunge(inbox, Expunge::Uids(all.clone())));
    begin(expunge.as_mut()).await;
    house.append(inbox, b"y").await;
    assert_eq!(expunge.await.unwrap().len(), 8_193);
    assert_eq!(house.store.mailbox(bob, inbox).await.unwrap().messages, 1);
    house.verify().await;
}

#[tokio::test]
async fn a_mailbox_whose_uids_are_used_up_can_still_be_emptied() {
    let (house, bob, inbox) = with_letters(3).await;
    let trash = house.store.mailbox_for(bob, SpecialUse::Trash).await.unwrap().id;
    let connection = rusqlite::Connection::open(house.folder.path().join("mail.db")).unwrap();
    connection
        .execute("UPDATE mailbox SET uid_next = 4294967296 WHERE id = ?1", [inbox.get()])
        .unwrap();
    let staged = house.store.stage(b"x").await.unwrap();
    let refused = house.store.append(inbox, staged, FlagList::default(), None).await;
    assert!(matches!(refused, Err(Error::NoUidLeft)));
    let moved = house.store.move_messages(inbox, &UidSet::all(), trash).await.unwrap();
    assert_eq!(moved.pairs.len(), 3);
}

#[tokio::test]
async fn a_moved_message_is_there_and_no_longer_here() {
    let (house, bob, inbox) = with_letters(5).await;
    let archive = house.store.mailbox_for(bob, SpecialUse::Archive).await.unwrap().id;
    let before = house.inbox(bob).await.highest_modseq;
    let content = house.store.messages(inbox, &set("4")).await.unwrap()[0].content;
    house.store.move_messages(inbox, &set("2,4"), archive).await.unwrap();
    let changes = house.store.changes_since(inbox, before).await.unwrap();
    assert_eq!(
        (changes.rows.len(), changes.expunged, changes.expunged_exact),
        (0, set("2,4"), true)
    );
    assert_eq!(house.store.messages(archive, &set("2")).await.unwrap()[0].content, content);
    let place = house.store.places(bob, content).await.unwrap();
    assert_eq!(place, [Place { mailbox: archive, uid: Uid::new(2).unwrap(), flags: Flags::NONE }]);
    house.verify().await;
}

#[tokio::test]
async fn expunging_takes_what_is_marked_or_what_is_named() {
    let (house, bob, inbox) = with_letters(6).await;
    house
        .store
        .change_flags(inbox, &set("1,3,5"), FlagChange::Add(Flags::DELETED.into()), None)
        .await
        .unwrap();
    let among = house.store.expunge(inbox, Expunge::DeletedAmong(set("2:3"))).await.unwrap();
    assert_eq!(among, set("3"));
    let deleted = house.store.expunge(inbox, Expunge::Deleted).await.unwrap();
    assert_eq!(deleted, set("1,5"));
    let named = house.store.expunge(inbox, Expunge::Uids(set("5:6,99"))).await.unwrap();
    assert_eq!(named, set("6"));
    assert_eq!(house.store.expunge(inbox, Expunge::Deleted).await.unwrap(), UidSet::new());
    assert_eq!(house.inbox(bob).await.messages, 2);
    house.settled().await;
    assert_eq!(house.count("SELECT count(*) FROM blob"), 2);
    house.verify().await;
}

#[tokio::test]
async fn a_content_lives_as_long_as_one_mailbox_has_it() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let large = house::noise("large", 600_000);
    let delivered =
        house.deliver(&["bob@hamburger.edu", "ann@hamburger.edu"], &large).await.unwrap();
    house.store.expunge(house.inbox(bob).await.id, Expunge::Uids(UidSet::all())).await.unwrap();
    house.settled().await;
    assert_eq!(house.read(delivered.content).await, large);
    assert_eq!(house.store.places(bob, delivered.content).await.unwrap(), []);
    let held = house.store.content(delivered.content).await.unwrap();
    house.store.expunge(house.inbox(ann).await.id, Expunge::Uids(UidSet::all())).await.unwrap();
    house.settled().await;
    assert!(matches!(house.store.content(delivered.content).await, Err(Error::NoSuchMessage)));
    assert_eq!(held.read(0..u64::MAX).await.unwrap(), large, "who holds it still reads it");
    house.verify().await;
}

#[tokio::test]
async fn changes_since_a_modseq_are_what_came_what_changed_and_what_went() {
    let (house, bob, inbox) = with_letters(4).await;
    let all = house.store.changes_since(inbox, ModSeq::new(0)).await.unwrap();
    assert_eq!((all.rows.len(), all.expunged.is_empty(), all.expunged_exact), (4, true, true));
    let since = all.highest_modseq;
    house.store.expunge(inbox, Expunge::Uids(set("1:2"))).await.unwrap();
    house
        .store
        .change_flags(inbox, &set("3"), FlagChange::Add(Flags::SEEN.into()), None)
        .await
        .unwrap();
    house.append(inbox, &letter("new", 100)).await;
    let changes = house.store.changes_since(inbox, since).await.unwrap();
    assert_eq!(changes.rows.iter().map(|row| row.uid.get()).collect::<Vec<_>>(), [3, 5]);
    assert_eq!((changes.expunged, changes.expunged_exact), (set("1:2"), true));
    assert_eq!(changes.highest_modseq, house.inbox(bob).await.highest_modseq);
    let none = house.store.changes_since(inbox, changes.highest_modseq).await.unwrap();
    assert_eq!((none.rows.len(), none.expunged.is_empty()), (0, true));
    assert!(house.store.changes_since(inbox, ModSeq::new(u64::MAX)).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn who_was_away_too_long_hears_of_every_uid_that_is_not_there() {
    let mut options = house::options();
    options.limits.expunged_ranges_max = 10;
    let mut house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..40 {
        house.append(inbox, &letter(&format!("{number}"), 100)).await;
    }
    let early = house.inbox(bob).await.highest_modseq;
    for uid in (1..=30).step_by(2) {
        house.store.expunge(inbox, Expunge::Uids(Uid::new(uid).unwrap().into())).await.unwrap();
    }
    let late = house.inbox(bob).await.highest_modseq;
    house.store.expunge(inbox, Expunge::Uids(set("40"))).await.unwrap();
    let exact = house.store.changes_since(inbox, early).await.unwrap();
    assert!(exact.expunged_exact);
    // Forgetting happens once an hour, or at the start.
    house.reopen().await;
    for _ in 0..1_000 {
        if house.count("SELECT count(*) FROM expunged") < 16 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let vague = house.store.changes_since(inbox, early).await.unwrap();
    assert_eq!((vague.expunged, vague.expunged_exact), (exact.expunged, false));
    let recent = house.store.changes_since(inbox, late).await.unwrap();
    assert_eq!((recent.expunged, recent.expunged_exact), (set("40"), true));
    house.verify().await;
}

#[tokio::test]
async fn an_import_brings_nothing_twice() {
    let (house, bob, inbox) = with_letters(0).await;
    let import = async |letter: &[u8], to| {
        let staged = house.store.stage(letter).await.unwrap();
        house.store.import(to, staged, FlagList::default(), None).await.unwrap()
    };
    let archive = house.store.mailbox_for(bob, SpecialUse::Archive).await.unwrap().id;
    let one = letter("one", 300);
    assert_eq!(import(&one, inbox).await, Imported::Stored(Uid::FIRST));
    assert_eq!(import(&one, inbox).await, Imported::AlreadyThere);
    assert_eq!(import(&one, archive).await, Imported::AlreadyThere);
    let changed_on_the_way = [b"Received: by a list\r\n", one.as_slice()].concat();
    assert_eq!(import(&changed_on_the_way, inbox).await, Imported::AlreadyThere);
    house.deliver(&["bob@hamburger.edu"], &letter("delivered", 300)).await.unwrap();
    assert_eq!(import(&letter("delivered", 300), inbox).await, Imported::AlreadyThere);

    let bare = |text: &str| format!("Subject: {text}\r\n\r\nno id\r\n").into_bytes();
    assert!(matches!(import(&bare("a"), inbox).await, Imported::Stored(_)));
    assert!(matches!(import(&bare("b"), inbox).await, Imported::Stored(_)));
    assert_eq!(import(&bare("a"), inbox).await, Imported::AlreadyThere);

    let ann = house.account("ann@hamburger.edu").await;
    let hers = house.inbox(ann).await.id;
    assert!(matches!(import(&one, hers).await, Imported::Stored(_)), "another account has its own");
    house.store.expunge(inbox, Expunge::Uids(set("1"))).await.unwrap();
    assert!(
        matches!(import(&one, inbox).await, Imported::Stored(_)),
        "deleted, so it may come again"
    );
    house.settled().await;
    assert_eq!(import(&one, inbox).await, Imported::AlreadyThere);
    house.verify().await;
}

#[tokio::test]
async fn an_import_knows_a_message_as_long_as_one_of_its_copies_is_there() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for sent in [letter("with a Message-ID", 300), b"Subject: without\r\n\r\n".to_vec()] {
        for goes in [0, 1] {
            let uids = [house.append(inbox, &sent).await, house.append(inbox, &sent).await];
            house.store.expunge(inbox, Expunge::Uids(uids[goes].into())).await.unwrap();
            house.settled().await;
            house.verify().await;
            let staged = house.store.stage(&sent).await.unwrap();
            let again = house.store.import(inbox, staged, FlagList::default(), None).await.unwrap();
            assert_eq!(again, Imported::AlreadyThere, "{goes}");
            house.store.expunge(inbox, Expunge::Uids(UidSet::all())).await.unwrap();
            house.settled().await;
        }
        let staged = house.store.stage(&sent).await.unwrap();
        let anew = house.store.import(inbox, staged, FlagList::default(), None).await.unwrap();
        assert!(matches!(anew, Imported::Stored(_)));
    }
    house.verify().await;
}

#[tokio::test]
async fn one_account_by_two_addresses_gets_a_letter_once_and_both_are_remembered() {
    let (house, bob, inbox) = with_letters(0).await;
    house.watch.forward(1);
    let to = ["bob@hamburger.edu", "Bob+shop@hamburger.edu"];
    let delivered = house.deliver(&to, &letter("offer", 300)).await.unwrap();
    assert_eq!(delivered.placed, [Placed { account: bob, mailbox: inbox, uid: Uid::FIRST }]);
    let facts = house.store.delivery_facts(delivered.content).await.unwrap().unwrap();
    let addresses: Vec<String> =
        facts.recipients.iter().map(|(_, address)| address.to_string()).collect();
    assert_eq!(addresses, ["bob@hamburger.edu", "Bob+shop@hamburger.edu"]);
    assert_eq!((facts.peer.helo.as_deref(), facts.at), (Some("crepes.fr"), house.store.now()));
    assert_eq!(facts.message_id.as_deref(), Some("offer@crepes.fr"));
    house.store.expunge(inbox, Expunge::Uids(UidSet::all())).await.unwrap();
    house.settled().await;
    assert_eq!(
        house.store.trace(&facts.trace).await.unwrap(),
        Some(facts.clone()),
        "outlives the message"
    );
    assert_eq!(
        house.store.trace_address(&address("bob+SHOP@hamburger.edu"), 5).await.unwrap(),
        [facts]
    );
    assert_eq!(
        house.store.trace_address(&address("bob+other@hamburger.edu"), 5).await.unwrap(),
        []
    );
    house.verify().await;
}

#[tokio::test]
async fn a_delivery_to_a_chosen_mailbox_goes_there_and_to_nobody_is_refused() {
    let (house, bob, inbox) = with_letters(0).await;
    let junk = house.store.mailbox_for(bob, SpecialUse::Junk).await.unwrap().id;
    let ann = house.account("ann@hamburger.edu").await;
    let delivery = async |local| {
        let envelope =
            message::Envelope { reverse_path: message::ReversePath::Null, recipients: Vec::new() };
        let staged = house.store.stage(&letter("x", 100)).await.unwrap();
        let trace = house.store.new_trace_id();
        let outgoing = Vec::new();
        let (peer, findings) = (house::peer(), None);
        let delivery = Delivery { trace, envelope, staged, local, outgoing, peer, findings };
        house.store.deliver(delivery).await
    };
    let recipient = |account, mailbox| LocalRecipient {
        account,
        address: address("bob@hamburger.edu"),
        mailbox,
        flags: Flags::NONE,
        reason: None,
    };
    let delivered = delivery(vec![recipient(bob, Some(junk)), recipient(bob, None)]).await.unwrap();
    assert_eq!(delivered.placed.iter().map(|one| one.mailbox).collect::<Vec<_>>(), [junk, inbox]);
    assert!(matches!(delivery(vec![]).await, Err(Error::NoRecipients)));
    assert!(matches!(delivery(vec![recipient(ann, Some(junk))]).await, Err(Error::NoSuchMailbox)));
    assert!(matches!(
        delivery(vec![recipient(AccountId::new(99), None)]).await,
        Err(Error::NoSuchAccount)
    ));
    house.verify().await;
}

#[tokio::test]
async fn overviews_have_the_fields_asked_for_in_the_order_asked_for() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let mut contents = Vec::new();
    for subject in ["Re: first", "second"] {
        contents.push(
            house.deliver(&["bob@hamburger.edu"], &letter(subject, 300)).await.unwrap().content,
        );
    }
    contents.reverse();
    let asked = [contents[0], ContentId::new(999), contents[1]];
    let all = house.store.overviews(&asked, OverviewFields::ALL).await.unwrap();
    let line = all[1].line.as_ref().unwrap();
    assert_eq!(
        (all.len(), line.subject.as_str(), line.base_subject.as_str()),
        (2, "Re: first", "first")
    );
    assert_eq!(line.from.as_ref().unwrap().address, "alice@crepes.fr");
    assert_eq!(line.to[0].address, "bob@hamburger.edu");
    assert!(
        line.is_reply
            && !line.has_attachment
            && line.preview.starts_with("0: Do you like ketchup?")
    );
    assert!(all[0].envelope.starts_with(b"(") && all[0].structure.starts_with(b"("));
    assert!(all[0].header.as_ref().unwrap().starts_with(b"From: Alice"));
    let inbox = house.inbox(bob).await.id;
    let row = house.store.messages(inbox, &set("2")).await.unwrap()[0];
    assert_eq!((all[0].content, all[0].octets), (row.content, row.octets));
    let bare = house.store.overviews(&asked, OverviewFields::LENGTHS).await.unwrap();
    assert_eq!(bare[0].header_octets, all[0].header_octets);
    assert!(bare[0].line.is_none() && bare[0].envelope.is_empty() && bare[0].header.is_none());
    let structures = house
        .store
        .overviews(&asked, OverviewFields::STRUCTURE | OverviewFields::PARTS)
        .await
        .unwrap();
    assert!(structures[0].structure == all[0].structure && structures[0].parts == all[0].parts);
}

#[tokio::test]
async fn messages_whose_last_line_has_no_end_are_known() {
    let (house, bob, inbox) = with_letters(1).await;
    let long = house::noise("long", 300_000);
    let sent: [&[u8]; 6] = [b"", b"x", b"x\n", b"x\r\n", &long, &[&*long, b"\r\n"].concat()];
    for letter in sent {
        house.append(inbox, letter).await;
    }
    assert_eq!(house.store.unended(inbox).await.unwrap(), set("3:4,6"));
    let archive = house.store.mailbox_by_name(bob, "Archive").await.unwrap().id;
    house.store.copy(inbox, &set("5:6"), archive).await.unwrap();
    assert_eq!(house.store.unended(archive).await.unwrap(), set("2"));
}

#[tokio::test]
async fn the_first_unseen_is_found() {
    let (house, _, inbox) = with_letters(3).await;
    house
        .store
        .change_flags(inbox, &set("1"), FlagChange::Add(Flags::SEEN.into()), None)
        .await
        .unwrap();
    assert_eq!(house.store.first_unseen(inbox).await.unwrap().unwrap().uid.get(), 2);
    house
        .store
        .change_flags(inbox, &UidSet::all(), FlagChange::Add(Flags::SEEN.into()), None)
        .await
        .unwrap();
    assert_eq!(house.store.first_unseen(inbox).await.unwrap(), None);
}

#[tokio::test]
async fn who_got_what_is_forgotten_in_time_the_recipients_elsewhere_too() {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.deliver(&["bob@hamburger.edu"], &letter("here", 100)).await.unwrap();
    let out = vec![queue::outgoing(&house, Some(bob), &["x@one.example"])];
    house.deliver_out(Vec::new(), out, &letter("there", 100)).await.unwrap();
    let known = async |house: &House, at: &str| {
        house.store.trace_address(&address(at), 9).await.unwrap().len()
    };
    let kept = i64::try_from(house.options.limits.delivery_kept.as_secs()).unwrap();
    for (wait, there) in [(kept, 1), (1, 0)] {
        house.watch.forward(wait);
        house.reopen().await;
        let old = house.store.now().seconds() - kept;
        let query = format!("SELECT count(*) FROM delivery WHERE at < {old}");
        for _ in 0..2_000 {
            if house.count(&query) == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(known(&house, "bob@hamburger.edu").await, there);
        assert_eq!(known(&house, "x@one.example").await, there);
    }
    assert_eq!(house.count("SELECT count(*) FROM delivery_recipient"), 0);
    house.verify().await;
}
