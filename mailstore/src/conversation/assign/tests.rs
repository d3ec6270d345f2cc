#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use rusqlite::Connection;

use super::super::forget;
use super::super::members::{places, root_of};
use super::*;

const ANN: AccountId = AccountId::new(1);
const BOB: AccountId = AccountId::new(2);
const DAY: i64 = 86_400;

/// An account's mailbox, filled message by message.
struct House {
    connection: Connection,
    limits: ConversationLimits,
    uid: u32,
}

#[derive(Debug, Clone, Default)]
struct Letter {
    own: Option<i64>,
    references: Vec<i64>,
    subject: Option<i64>,
    is_reply: bool,
    participants: Vec<String>,
    at: i64,
}

impl House {
    fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("../../../../migrations/0001_the_house.sql"))
            .unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF;
                 INSERT INTO domain (id, name, created) VALUES (1, 'x.org', 0);
                 INSERT INTO address (id, domain_id, local_part, written, account_id, created)
                     VALUES (1, 1, 'ann', 'Ann@x.org', 1, 0), (2, 1, 'info', 'info@x.org', NULL, 0);
                 INSERT INTO alias_target (address_id, folded, written) VALUES (2, 'ann@x.org', 'ann@x.org');",
            )
            .unwrap();
        Self { connection, limits: ConversationLimits::default(), uid: 0 }
    }

    fn arrives_for(&mut self, account: AccountId, letter: &Letter) -> ConversationId {
        let threading = Threading {
            own: letter.own,
            references: letter.references.clone(),
            subject: letter.subject,
            lost_reply: letter.is_reply && letter.references.is_empty(),
            participants: letter.participants.clone(),
        };
        let at = Timestamp::new(letter.at);
        let conversation = assign(&self.connection, account, &threading, at, &self.limits).unwrap();
        self.uid += 1;
        self.connection
            .execute(
                "INSERT INTO message VALUES (?1, ?2, 1, 0, ?3, 0, 1, ?2, ?4)",
                (account, self.uid, letter.at, conversation),
            )
            .unwrap();
        conversation
    }

    fn arrives(&mut self, letter: &Letter) -> ConversationId {
        self.arrives_for(ANN, letter)
    }

    fn are_one(&self, one: ConversationId, other: ConversationId) -> bool {
        root(&self.connection, one).unwrap() == root(&self.connection, other).unwrap()
    }

    fn rows(&self, table: &str) -> i64 {
        self.connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .unwrap()
    }
}

fn letter(own: i64, references: &[i64]) -> Letter {
    Letter { own: Some(own), references: references.to_vec(), ..Letter::default() }
}

/// A letter known by its subject only, from somebody to ann.
fn titled(subject: i64, is_reply: bool, from: &str, at: i64) -> Letter {
    let participants = vec![from.to_owned(), "ann@x.org".to_owned()];
    Letter { subject: Some(subject), is_reply, participants, at, ..Letter::default() }
}

#[test]
fn an_answer_joins_what_it_answers() {
    let mut house = House::new();
    let first = house.arrives(&letter(1, &[]));
    let other = house.arrives(&letter(2, &[]));
    assert_eq!(house.arrives(&letter(3, &[1])), first);
    assert_eq!(house.arrives(&letter(4, &[1, 3])), first);
    assert_ne!(first, other);
}

#[test]
fn answers_to_a_letter_that_never_came_are_one_conversation() {
    let mut house = House::new();
    let one = house.arrives(&letter(2, &[1]));
    assert_eq!(house.arrives(&letter(3, &[1])), one);
}

#[test]
fn a_late_letter_ties_two_conversations_together_and_no_message_gets_another_number() {
    let mut house = House::new();
    let first = house.arrives(&letter(1, &[]));
    let second = house.arrives(&letter(3, &[2]));
    assert!(!house.are_one(first, second));
    house.arrives(&letter(2, &[1]));
    assert!(house.are_one(first, second));
    let kept: Vec<i64> = house
        .connection
        .prepare("SELECT conversation_id FROM message ORDER BY uid")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(kept[..2], [first.get(), second.get()]);
    let together = root(&house.connection, first).unwrap();
    assert_eq!(places(&house.connection, together).unwrap().len(), 3);
}

#[test]
fn whoever_is_tied_to_a_conversation_follows_it_when_it_is_tied_to_another() {
    let mut house = House::new();
    let all: Vec<_> = (0..8).map(|n| house.arrives(&letter(n, &[]))).collect();
    for (number, pair) in
        [[0, 1], [2, 3], [1, 2], [4, 5], [6, 7], [7, 4], [5, 3]].iter().enumerate()
    {
        house.arrives(&letter(100 + i64::try_from(number).unwrap(), pair));
    }
    assert!(all.iter().all(|one| house.are_one(*one, all[0])));
    let deep: i64 = house
        .connection
        .query_row(
            "SELECT count(*) FROM conversation AS one JOIN conversation AS two ON one.joined_id = two.id
             WHERE two.joined_id IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(deep, 0);
}

#[test]
fn a_letter_that_refers_to_everything_ties_only_a_few_together() {
    let mut house = House::new();
    house.limits.joined_at_once_max = 3;
    let all: Vec<_> = (0..10).map(|n| house.arrives(&letter(n, &[]))).collect();
    let references: Vec<i64> = (0..10).collect();
    let it = house.arrives(&letter(99, &references));
    let joined = all.iter().filter(|one| house.are_one(**one, it)).count();
    assert_eq!(joined, 3);
    assert!(house.are_one(all[9], it), "the parent counts most");
}

#[test]
fn accounts_do_not_share_conversations() {
    let mut house = House::new();
    let hers = house.arrives_for(ANN, &letter(1, &[]));
    let his = house.arrives_for(BOB, &letter(1, &[]));
    assert_ne!(hers, his);
    assert_eq!(house.arrives_for(BOB, &letter(2, &[1])), his);
    assert_eq!(root_of(&house.connection, BOB, hers).unwrap(), None);
}

#[test]
fn a_reply_without_references_joins_by_subject_among_the_same_people() {
    let mut house = House::new();
    let first = house.arrives(&titled(7, false, "bob@y.org", 0));
    assert_eq!(house.arrives(&titled(7, true, "bob@y.org", DAY)), first);
}

#[test]
fn what_does_not_join_by_subject() {
    for (what, other) in [
        ("no reply: the next newsletter", titled(7, false, "bob@y.org", DAY)),
        ("another subject", titled(8, true, "bob@y.org", DAY)),
        ("nobody in common but the account", titled(7, true, "eve@z.org", DAY)),
        ("too late", titled(7, true, "bob@y.org", 31 * DAY)),
        ("too early", titled(7, true, "bob@y.org", -31 * DAY)),
        (
            "answers something else",
            Letter { references: vec![55], ..titled(7, true, "bob@y.org", DAY) },
        ),
    ] {
        let mut house = House::new();
        let first = house.arrives(&titled(7, false, "bob@y.org", 0));
        assert_ne!(house.arrives(&other), first, "{what}");
    }
}

#[test]
fn an_alias_and_a_tag_of_the_account_are_the_account() {
    let mut house = House::new();
    let mut newsletter = titled(7, false, "bob@y.org", 0);
    newsletter.participants.extend(["info@x.org".to_owned(), "ann+list@x.org".to_owned()]);
    let first = house.arrives(&newsletter);
    let mut strange = titled(7, true, "eve@z.org", 5);
    strange.participants.extend(["info@x.org".to_owned(), "ann+list@x.org".to_owned()]);
    assert_ne!(house.arrives(&strange), first);
}

#[test]
fn of_several_conversations_of_one_subject_the_nearest_in_time_takes_the_reply() {
    let mut house = House::new();
    let all: Vec<_> =
        (0..4).map(|week| house.arrives(&titled(7, false, "bob@y.org", week * 7 * DAY))).collect();
    assert_eq!(house.arrives(&titled(7, true, "bob@y.org", 15 * DAY)), all[2]);
    assert!(!house.are_one(all[1], all[2]));
}

#[test]
fn a_conversation_takes_only_so_many_for_their_subject_alone() {
    let mut house = House::new();
    house.limits.by_subject_max = 3;
    let first = house.arrives(&titled(7, false, "bob@y.org", 0));
    for n in 1..=3 {
        assert_eq!(house.arrives(&titled(7, true, "bob@y.org", n)), first);
    }
    let next = house.arrives(&titled(7, true, "bob@y.org", 4));
    assert_ne!(next, first);
    assert_eq!(house.arrives(&titled(7, true, "bob@y.org", 5)), next);
}

#[test]
fn a_conversation_is_forgotten_with_its_last_message_and_not_before() {
    let mut house = House::new();
    let first = house.arrives(&letter(1, &[]));
    let second = house.arrives(&letter(3, &[2]));
    house.arrives(&letter(2, &[1]));
    house.connection.execute("DELETE FROM message WHERE uid > 1", []).unwrap();
    forget(&house.connection, second).unwrap();
    assert_eq!((house.rows("conversation"), house.rows("message_reference")), (2, 3));
    house.connection.execute("DELETE FROM message", []).unwrap();
    forget(&house.connection, second).unwrap();
    assert_eq!((house.rows("conversation"), house.rows("message_reference")), (0, 0));
    assert_ne!(house.arrives(&letter(4, &[1])), first);
}

/// The rules again, as plainly as they can be put: groups of everything that was ever named.
#[derive(Default)]
struct Model {
    groups: Vec<Group>,
}

#[derive(Default)]
struct Group {
    letters: Vec<usize>,
    ids: BTreeSet<i64>,
    subjects: BTreeSet<i64>,
    people: BTreeSet<String>,
    newest: i64,
}

impl Model {
    fn arrives(&mut self, number: usize, letter: &Letter) {
        let ids: BTreeSet<i64> = letter.own.iter().chain(&letter.references).copied().collect();
        let (mut together, apart): (Vec<Group>, Vec<Group>) = std::mem::take(&mut self.groups)
            .into_iter()
            .partition(|group| !group.ids.is_disjoint(&ids));
        self.groups = apart;
        let people: BTreeSet<String> = letter.participants.iter().cloned().collect();
        if together.is_empty() && letter.is_reply && letter.references.is_empty() {
            let fits = |group: &Group| {
                letter.subject.is_some_and(|subject| group.subjects.contains(&subject))
                    && group.people.intersection(&people).any(|person| person != "ann@x.org")
                    && group.newest.abs_diff(letter.at) <= 30 * DAY.unsigned_abs()
            };
            let nearest = (0..self.groups.len())
                .filter(|at| fits(&self.groups[*at]))
                .min_by_key(|at| self.groups[*at].newest.abs_diff(letter.at));
            together.extend(nearest.map(|at| self.groups.remove(at)));
        }
        let begins = together.is_empty();
        let mut group = Group { newest: letter.at, ..Group::default() };
        for other in together {
            group.letters.extend(other.letters);
            group.ids.extend(other.ids);
            group.subjects.extend(other.subjects);
            group.people.extend(other.people);
            group.newest = group.newest.max(other.newest);
        }
        group.letters.push(number);
        group.ids.extend(ids);
        group.people.extend(people);
        group.subjects.extend(letter.subject.filter(|_| begins));
        self.groups.push(group);
    }
}

fn any_letter() -> impl Strategy<Value = Letter> {
    let person = prop::sample::select(vec!["ann@x.org", "bob@y.org", "eve@z.org", "zoe@z.org"]);
    let participants = prop::collection::btree_set(person.prop_map(str::to_owned), 0..3);
    let references = prop::collection::vec(0..20_i64, 0..3);
    (
        prop::option::of(0..20_i64),
        references,
        prop::option::of(0..3_i64),
        any::<bool>(),
        participants,
        0..80 * DAY,
    )
        .prop_map(|(own, references, subject, is_reply, participants, at)| Letter {
            own,
            references,
            subject,
            is_reply,
            participants: participants.into_iter().collect(),
            at,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn conversations_are_those_of_the_plain_rules(letters in prop::collection::vec(any_letter(), 1..40)) {
        let mut house = House::new();
        let mut model = Model::default();
        let given: Vec<_> = letters.iter().enumerate().map(|(number, letter)| {
            model.arrives(number, letter);
            house.arrives(letter)
        }).collect();
        let groups: BTreeSet<BTreeSet<usize>> =
            model.groups.iter().map(|group| group.letters.iter().copied().collect()).collect();
        let roots: Vec<_> = given.iter().map(|one| root(&house.connection, *one).unwrap()).collect();
        let found: BTreeSet<BTreeSet<usize>> = roots
            .iter()
            .map(|one| (0..roots.len()).filter(|at| roots[*at] == *one).collect())
            .collect();
        prop_assert_eq!(found, groups);
    }
}
