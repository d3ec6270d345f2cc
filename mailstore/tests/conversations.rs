//! Conversations as lists and pages show them, against plain rules.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::collections::{BTreeMap, BTreeSet};

use house::{House, options};
use mailstore::*;
use message::Timestamp;
use proptest::prelude::*;

/// A letter by its number, in answer to others.
fn letter(number: usize, answers: &[usize], from: &str) -> Vec<u8> {
    let references: Vec<String> = answers.iter().map(|other| format!("<{other}@x.org>")).collect();
    format!(
        "From: {from} <{from}@x.org>\r\nTo: bob@hamburger.edu\r\nSubject: letter {number}\r\nMessage-ID: <{number}@x.org>\r\n\
         References: {}\r\n\r\nword{number} and more\r\n",
        references.join(" ")
    )
    .into_bytes()
}

async fn append(house: &House, mailbox: MailboxId, letter: &[u8], flags: Flags, date: i64) -> Uid {
    let staged = house.store.stage(letter).await.unwrap();
    house.store.append(mailbox, staged, flags.into(), Some(Timestamp::new(date))).await.unwrap().uid
}

fn quick() -> House {
    let mut options = options();
    options.search.index_delay = std::time::Duration::ZERO;
    options.search.slice = std::time::Duration::ZERO;
    options.search.listed_max = 3;
    House::with(options)
}

async fn mailbox(house: &House, account: AccountId, name: &str) -> MailboxId {
    house.store.mailbox_by_name(account, name).await.unwrap().id
}

/// All pages there are, from the first to the last.
async fn pages(house: &House, account: AccountId, scope: &Scope, limit: usize) -> Vec<Page> {
    let mut pages = vec![house.store.conversations(account, scope, None, limit).await.unwrap()];
    while let Some(next) = pages.last().and_then(|page| page.next) {
        pages.push(house.store.conversations(account, scope, Some(next), limit).await.unwrap());
    }
    pages
}

fn subjects(page: &Page) -> Vec<&str> {
    page.items.iter().map(|item| item.subject.trim_start_matches("letter ")).collect()
}

#[tokio::test]
async fn a_line_tells_what_one_wants_to_know_of_a_conversation() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let (inbox, sent) = (house.inbox(bob).await.id, mailbox(&house, bob, "Sent").await);
    append(&house, inbox, &letter(1, &[], "ann"), Flags::SEEN, 100).await;
    append(&house, sent, &letter(2, &[1], "bob"), Flags::SEEN, 200).await;
    append(&house, inbox, &letter(3, &[1, 2], "eve"), Flags::FLAGGED, 300).await;
    append(&house, inbox, &letter(4, &[1, 2], "ann"), Flags::NONE, 400).await;
    append(&house, inbox, &letter(5, &[], "zoe"), Flags::SEEN, 350).await;
    let page = house.store.conversations(bob, &Scope::mailbox(inbox), None, 10).await.unwrap();
    assert_eq!(subjects(&page), ["1", "5"]);
    let line = &page.items[0];
    let named: Vec<_> = line
        .participants
        .iter()
        .map(|one| (one.person.name.as_deref().unwrap(), one.unread))
        .collect();
    assert_eq!(named, [("ann", true), ("bob", false), ("eve", true)]);
    assert_eq!((line.messages, line.unread, line.flagged), (4, 2, true));
    assert_eq!(line.snippet, "word4 and more");
    assert_eq!(line.newest, Timestamp::new(400));
    let places: Vec<_> = line.places.iter().map(|place| (place.mailbox, place.uid.get())).collect();
    assert_eq!(places, [(inbox, 3), (inbox, 2), (inbox, 1)]);
    assert_eq!((page.next, page.previous), (None, None));

    let sent_list = house.store.conversations(bob, &Scope::mailbox(sent), None, 10).await.unwrap();
    assert_eq!(sent_list.items.len(), 1);
    assert_eq!(
        sent_list.items[0].newest,
        Timestamp::new(200),
        "it stands where its newest message of this mailbox does"
    );
    assert_eq!(sent_list.items[0].id, line.id);
}

#[tokio::test]
async fn a_conversation_is_shown_across_mailboxes_each_message_once_and_trash_when_asked() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let eve = house.account("eve@hamburger.edu").await;
    let (inbox, trash) = (house.inbox(bob).await.id, mailbox(&house, bob, "Trash").await);
    let archive = mailbox(&house, bob, "Archive").await;
    append(&house, inbox, &letter(1, &[], "ann"), Flags::NONE, 100).await;
    append(&house, inbox, &letter(2, &[1], "ann"), Flags::NONE, 300).await;
    append(&house, trash, &letter(3, &[1], "ann"), Flags::SEEN, 200).await;
    house.store.copy(inbox, &"1".parse().unwrap(), archive).await.unwrap();
    let id =
        house.store.conversations(bob, &Scope::mailbox(inbox), None, 10).await.unwrap().items[0].id;
    let shown = async |within| -> Vec<(String, usize, MailboxId)> {
        let messages = house.store.conversation(bob, id, within).await.unwrap();
        messages
            .into_iter()
            .map(|one| {
                (one.overview.line.unwrap().subject, one.places.len(), one.places[0].mailbox)
            })
            .collect()
    };
    let one = |at: MailboxId| ("letter 1".to_owned(), 2, at);
    let (two, three) = (("letter 2".to_owned(), 1, inbox), ("letter 3".to_owned(), 1, trash));
    assert_eq!(shown(Within::Account).await, [one(inbox), two.clone()]);
    assert_eq!(shown(Within::Mailbox(archive)).await, [one(archive), two.clone()]);
    assert_eq!(shown(Within::Mailbox(trash)).await, [one(inbox), three.clone(), two.clone()]);
    assert_eq!(shown(Within::Everywhere).await, [one(inbox), three, two]);
    for foreign in [
        house.store.conversation(eve, id, Within::Everywhere).await,
        house.store.conversation(bob, ConversationId::new(99), Within::Account).await,
    ] {
        assert!(matches!(foreign, Err(Error::NotFound("conversation"))));
    }
    house.store.move_messages(inbox, &UidSet::all(), trash).await.unwrap();
    house.store.move_messages(archive, &UidSet::all(), trash).await.unwrap();
    assert_eq!(
        shown(Within::Account).await.len(),
        3,
        "all of it is out of sight: then it is shown"
    );
}

#[tokio::test]
async fn a_message_that_lost_its_content_does_not_lend_its_place_to_the_next() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..3 {
        append(&house, inbox, &letter(number, &[0], "ann"), Flags::NONE, number as i64).await;
    }
    let id = house.store.messages(inbox, &UidSet::all()).await.unwrap()[0].conversation;
    let connection = rusqlite::Connection::open(house.folder.path().join("mail.db")).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM content WHERE id = 2")
        .unwrap();
    let shown = house.store.conversation(bob, id, Within::Everywhere).await.unwrap();
    let dates: Vec<i64> = shown.iter().map(|one| one.internal_date.seconds()).collect();
    assert_eq!(dates, [0, 2]);
}

#[tokio::test]
async fn pages_do_not_shift_while_mail_comes_in() {
    let house = quick();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..9_i64 {
        append(
            &house,
            inbox,
            &letter(usize::try_from(number).unwrap(), &[], "ann"),
            Flags::NONE,
            100 * number,
        )
        .await;
    }
    let scope = Scope::mailbox(inbox);
    let first = house.store.conversations(bob, &scope, None, 3).await.unwrap();
    assert_eq!(subjects(&first), ["8", "7", "6"]);
    append(&house, inbox, &letter(20, &[], "ann"), Flags::NONE, 5_000).await;
    append(&house, inbox, &letter(21, &[4], "ann"), Flags::NONE, 6_000).await;
    let second = house.store.conversations(bob, &scope, first.next, 3).await.unwrap();
    assert_eq!(subjects(&second), ["5", "3", "2"], "4 has moved to the top");
    let back = house.store.conversations(bob, &scope, second.previous, 3).await.unwrap();
    assert_eq!(subjects(&back), ["8", "7", "6"]);
    let top = house.store.conversations(bob, &scope, back.previous, 3).await.unwrap();
    assert_eq!(subjects(&top), ["4", "20", "8"], "less than a page is left: the first page");
    assert_eq!(top.previous, None);
    house.store.expunge(inbox, Expunge::Uids(UidSet::all())).await.unwrap();
    let empty = house.store.conversations(bob, &scope, second.next, 3).await.unwrap();
    assert!(empty.items.is_empty() && empty.next.is_none());
    let top = house.store.conversations(bob, &scope, empty.previous, 3).await.unwrap();
    assert_eq!(top, Page::default());
}

#[tokio::test]
async fn a_very_long_conversation_is_listed_with_what_its_limits_let_through() {
    let mut options = options();
    options.conversation.counted_max = 20;
    options.conversation.named_max = 3;
    options.conversation.places_max = 5;
    options.conversation.shown_max = 10;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..30_i64 {
        let from = ["ann", "eve", "zoe", "joe"][usize::try_from(number % 4).unwrap()];
        append(
            &house,
            inbox,
            &letter(usize::try_from(number).unwrap(), &[0], from),
            Flags::NONE,
            100 * number,
        )
        .await;
    }
    let line = house
        .store
        .conversations(bob, &Scope::mailbox(inbox), None, 3)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(
        (
            line.messages,
            line.unread,
            line.participants.len(),
            line.places.len(),
            line.has_more_places
        ),
        (30, 20, 3, 5, true)
    );
    let shown = house.store.conversation(bob, line.id, Within::Account).await.unwrap();
    assert_eq!((shown.len(), shown[9].internal_date), (10, Timestamp::new(2_900)));
    let page = house.store.conversations(bob, &Scope::mailbox(inbox), None, 0).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_search_that_takes_long_shows_what_it_has_and_goes_on_from_there() {
    let mut options = options();
    options.search.slice = std::time::Duration::ZERO;
    options.search.page_patience = std::time::Duration::ZERO;
    options.search.index_delay = std::time::Duration::from_secs(3_600);
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for number in 0..50_i64 {
        let answers: &[usize] = if number % 20 == 7 { &[7] } else { &[] };
        let letter = letter(usize::try_from(number).unwrap(), answers, "ann");
        append(&house, inbox, &letter, Flags::NONE, 100 * number).await;
    }
    let word = |word: &str| Query::Body(format!("{word} and"));
    let nowhere = Scope::search(Within::Account, word("word99"));
    let first = house.store.conversations(bob, &nowhere, None, 10).await.unwrap();
    assert!(first.items.is_empty());
    assert!(first.searched_to.is_some_and(|to| to > Timestamp::new(0)));
    let query = Query::Or(vec![word("word7"), word("word27"), word("word3")]);
    let scope = Scope::search(Within::Account, query);
    let pages = pages(&house, bob, &scope, 10).await;
    assert!(pages.len() > 2);
    let found: Vec<_> = pages.iter().flat_map(found).map(|line| line.0).collect();
    assert_eq!(found, [2_700, 300], "7 and 27 are one conversation, shown once");
    assert_eq!(pages.last().unwrap().searched_to, None);
}

/// What happened to a mailbox, and what became of it by plain rules.
#[derive(Debug, Clone)]
struct Told {
    answers: Vec<usize>,
    mailbox: usize,
    flags: Flags,
    date: i64,
    copied_to: Option<usize>,
}

const MAILBOXES: [&str; 4] = ["INBOX", "Archive", "Trash", "Sent"];

fn any_told() -> impl Strategy<Value = Told> {
    let flags = prop::sample::select(vec![
        Flags::NONE,
        Flags::SEEN,
        Flags::SEEN | Flags::FLAGGED,
        Flags::FLAGGED,
    ]);
    let answers = prop_oneof![3 => Just(vec![]), 6 => prop::collection::vec(0..30_usize, 1..2), 2 => prop::collection::vec(0..30_usize, 2..4)];
    (answers, 0..4_usize, flags, 0..8_i64, prop::option::weighted(0.2, 0..4_usize)).prop_map(
        |(answers, mailbox, flags, date, copied_to)| Told {
            answers,
            mailbox,
            flags,
            date,
            copied_to,
        },
    )
}

/// A message in a mailbox, as the plain rules know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Lies {
    date: i64,
    mailbox: MailboxId,
    uid: Uid,
    number: usize,
    place: usize,
    seen: bool,
    flagged: bool,
}

/// Which letters are one conversation: those that name one another, or the same third one.
fn groups(told: &[Told]) -> Vec<BTreeSet<usize>> {
    let mut groups: Vec<(BTreeSet<usize>, BTreeSet<usize>)> = Vec::new();
    for (number, one) in told.iter().enumerate() {
        let named: BTreeSet<usize> = one.answers.iter().copied().chain([number]).collect();
        let (touched, mut apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(_, names)| !names.is_disjoint(&named));
        let mut group = (BTreeSet::from([number]), named);
        for (letters, names) in touched {
            group.0.extend(letters);
            group.1.extend(names);
        }
        apart.push(group);
        groups = apart;
    }
    groups.into_iter().map(|(letters, _)| letters).collect()
}

type Listed = (i64, u32, u32, bool, BTreeSet<(MailboxId, Uid)>);

/// A list by plain rules: what is found of each conversation, the one with the newest match first.
fn listed(
    told: &[Told],
    lies: &[Lies],
    matches: impl Fn(&Lies) -> bool,
    in_scope: impl Fn(usize) -> bool,
    seen_too: Option<usize>,
) -> Vec<Listed> {
    let mut lines = BTreeMap::new();
    for group in groups(told) {
        let mine: Vec<&Lies> = lies.iter().filter(|one| group.contains(&one.number)).collect();
        let Some(newest) = mine.iter().filter(|one| in_scope(one.place) && matches(one)).max()
        else {
            continue;
        };
        let visible: Vec<&&Lies> = mine
            .iter()
            .filter(|one| MAILBOXES[one.place] != "Trash" || seen_too == Some(one.place))
            .collect();
        let mut letters: BTreeMap<usize, &Lies> = BTreeMap::new();
        for one in &visible {
            // Of two places of a message the one in the mailbox that is looked at counts, or else the one that came first.
            if seen_too == Some(one.place) || !letters.contains_key(&one.number) {
                letters.insert(one.number, one);
            }
        }
        let unread = letters.values().filter(|one| !one.seen).count();
        let places = visible
            .iter()
            .filter(|one| in_scope(one.place))
            .map(|one| (one.mailbox, one.uid))
            .collect();
        let line =
            (newest.date, letters.len(), unread, letters.values().any(|one| one.flagged), places);
        lines.insert((newest.date, newest.mailbox, newest.uid), line);
    }
    let count = |count: usize| u32::try_from(count).unwrap();
    lines
        .into_values()
        .rev()
        .map(|(date, messages, unread, flagged, places)| {
            (date, count(messages), count(unread), flagged, places)
        })
        .collect()
}

fn found(page: &Page) -> Vec<Listed> {
    let places = |line: &ConversationSummary| {
        line.places.iter().map(|place| (place.mailbox, place.uid)).collect()
    };
    page.items
        .iter()
        .map(|line| (line.newest.seconds(), line.messages, line.unread, line.flagged, places(line)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn lists_of_conversations_are_those_of_the_plain_rules(told in prop::collection::vec(any_told(), 1..40), limit in 1..7_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = quick();
            let bob = house.account("bob@hamburger.edu").await;
            let mut ids = Vec::new();
            for name in MAILBOXES {
                ids.push(mailbox(&house, bob, name).await);
            }
            let mut lies = Vec::new();
            for (number, one) in told.iter().enumerate() {
                let (here, date) = (ids[one.mailbox], one.date);
                let uid = append(&house, here, &letter(number, &one.answers, "ann"), one.flags, date).await;
                let lie = Lies { date, mailbox: here, uid, number, place: one.mailbox, seen: one.flags.contains(Flags::SEEN), flagged: one.flags.contains(Flags::FLAGGED) };
                lies.push(lie);
                if let Some(to) = one.copied_to.filter(|to| *to != one.mailbox) {
                    let copied = house.store.copy(here, &UidSet::from(uid), ids[to]).await.unwrap();
                    lies.push(Lies { mailbox: ids[to], uid: copied.pairs[0].1, place: to, ..lie });
                }
            }
            if limit % 2 == 0 {
                house.store.indexed().await.unwrap();
            }
            let sight = |place: usize| MAILBOXES[place] != "Trash";
            type Rule = Box<dyn Fn(&Lies) -> bool>;
            let rules: Vec<(Query, Rule)> = vec![
                (Query::All, Box::new(|_| true)),
                (Query::unseen(), Box::new(|one| !one.seen)),
                (Query::Flags(Flags::FLAGGED), Box::new(|one| one.flagged)),
                (Query::Text("word1".into()), Box::new(|one| one.number.to_string().starts_with('1'))),
                (Query::Words("more".into()), Box::new(|_| true)),
                (Query::Body("zzz".into()), Box::new(|_| false)),
            ];
            for (query, rule) in &rules {
                let mut scopes: Vec<(Within, Vec<Listed>)> = (0..ids.len())
                    .map(|at| (Within::Mailbox(ids[at]), listed(&told, &lies, rule, |place| place == at, Some(at))))
                    .collect();
                scopes.push((Within::Account, listed(&told, &lies, rule, sight, None)));
                for (within, expected) in scopes {
                    let scope = Scope::search(within, query.clone());
                    let pages = pages(&house, bob, &scope, limit).await;
                    let all: Vec<Listed> = pages.iter().flat_map(found).collect();
                    assert_eq!(all, expected, "{scope:?}");
                    assert!(pages.iter().rev().skip(1).all(|page| page.items.len() == limit));
                    for pair in pages.windows(2) {
                        let back = house.store.conversations(bob, &scope, pair[1].previous, limit).await.unwrap();
                        assert_eq!(found(&back), found(&pair[0]));
                    }
                }
            }
            house.verify().await;
        });
    }
}
