//! Random sequences of verbs against a model of what should come of them. After every step the
//! store's own rules are checked, and those that hold between steps: a UID is never used twice, a
//! modseq never goes back, what went is told as gone.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use house::{House, letter, noise};
use mailstore::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const NAMES: [&str; 5] = ["INBOX", "Trash", "a", "a/b", "c"];
const KEYWORDS: [&str; 3] = ["red", "Green", "$blue"];
const ADDRESSES: [&str; 2] = ["bob@hamburger.edu", "ann@hamburger.edu"];

/// One step. Mailboxes are chosen by name, messages by two numbers that make a range.
#[derive(Debug, Clone)]
enum Step {
    Deliver { both: bool, letter: u8, large: bool },
    Append { to: usize, letter: u8, flags: u8 },
    Import { to: usize, letter: u8 },
    Copy { from: usize, uids: (u32, u32), to: usize },
    Move { from: usize, uids: (u32, u32), to: usize },
    Flag { mailbox: usize, uids: (u32, u32), way: u8, flags: u8 },
    Expunge { mailbox: usize, uids: (u32, u32), way: u8 },
    Create { name: usize },
    Delete { name: usize },
    Rename { from: usize, to: usize },
    Settle,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES.len();
    let uids = || (1u32..12, 1u32..12);
    prop_oneof![
        4 => (any::<bool>(), any::<u8>(), prop::bool::weighted(0.1)).prop_map(|(both, letter, large)| Step::Deliver { both, letter, large }),
        4 => (name(), any::<u8>(), any::<u8>()).prop_map(|(to, letter, flags)| Step::Append { to, letter, flags }),
        2 => (name(), 0u8..6).prop_map(|(to, letter)| Step::Import { to, letter }),
        3 => (name(), uids(), name()).prop_map(|(from, uids, to)| Step::Copy { from, uids, to }),
        3 => (name(), uids(), name()).prop_map(|(from, uids, to)| Step::Move { from, uids, to }),
        4 => (name(), uids(), 0u8..3, any::<u8>()).prop_map(|(mailbox, uids, way, flags)| Step::Flag { mailbox, uids, way, flags }),
        3 => (name(), uids(), 0u8..3).prop_map(|(mailbox, uids, way)| Step::Expunge { mailbox, uids, way }),
        2 => name().prop_map(|name| Step::Create { name }),
        1 => name().prop_map(|name| Step::Delete { name }),
        1 => (name(), name()).prop_map(|(from, to)| Step::Rename { from, to }),
        1 => Just(Step::Settle),
        1 => Just(Step::Reopen),
    ]
}

/// A message as the model sees it: its subject says which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Letter {
    subject: String,
    flags: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct Box_ {
    letters: BTreeMap<u32, Letter>,
    uid_next: u32,
}

/// Bob's mailboxes by name. Ann is there only to share contents.
#[derive(Debug, Default)]
struct Model {
    boxes: BTreeMap<String, Box_>,
}

/// What is remembered of mailboxes between steps.
#[derive(Default)]
struct Memory {
    /// Which content a UID named. Never another.
    named: HashMap<(MailboxId, Uid), ContentId>,
    modseqs: HashMap<MailboxId, ModSeq>,
    there: HashMap<MailboxId, HashSet<Uid>>,
    uid_validities: HashMap<UidValidity, MailboxId>,
}

struct Play {
    house: House,
    bob: AccountId,
    model: Model,
    memory: Memory,
}

#[test]
fn random_verbs_do_what_the_model_does_and_keep_every_rule() {
    let config =
        Config { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 1..40), |steps| {
            runtime.block_on(async {
                let mut play = Play::new().await;
                for step in &steps {
                    play.step(step).await;
                    play.compare().await;
                }
            });
            Ok(())
        })
        .unwrap();
}

impl Play {
    async fn new() -> Self {
        let house = House::new();
        let bob = house.account(ADDRESSES[0]).await;
        house.account(ADDRESSES[1]).await;
        let mut model = Model::default();
        for name in ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"] {
            model.boxes.insert(name.to_owned(), Box_ { uid_next: 1, ..Box_::default() });
        }
        Self { house, bob, model, memory: Memory::default() }
    }

    async fn id(&self, name: usize) -> Option<MailboxId> {
        self.house.store.mailbox_by_name(self.bob, NAMES[name]).await.ok().map(|one| one.id)
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Deliver { both, letter, large } => self.deliver(*both, *letter, *large).await,
            Step::Append { to, letter: number, flags } => {
                let Some(id) = self.id(*to).await else { return };
                let staged = self
                    .house
                    .store
                    .stage(&letter(&format!("letter {number}"), 200))
                    .await
                    .unwrap();
                self.house.store.append(id, staged, list(*flags), None).await.unwrap();
                self.put(*to, Letter { subject: format!("letter {number}"), flags: names(*flags) });
            }
            Step::Import { to, letter: number } => self.import(*to, *number).await,
            Step::Copy { from, uids, to } => self.transfer(*from, *uids, *to, false).await,
            Step::Move { from, uids, to } => self.transfer(*from, *uids, *to, true).await,
            Step::Flag { mailbox, uids, way, flags } => {
                self.flag(*mailbox, *uids, *way, *flags).await
            }
            Step::Expunge { mailbox, uids, way } => self.expunge(*mailbox, *uids, *way).await,
            Step::Create { name } => self.create(NAMES[*name]).await,
            Step::Delete { name } => self.delete(*name).await,
            Step::Rename { from, to } => self.rename(*from, *to).await,
            Step::Settle => self.house.settled().await,
            Step::Reopen => self.house.reopen().await,
        }
    }

    fn put(&mut self, to: usize, letter: Letter) {
        let to = self.model.boxes.get_mut(NAMES[to]).unwrap();
        to.letters.insert(to.uid_next, letter);
        to.uid_next += 1;
    }

    async fn deliver(&mut self, both: bool, number: u8, large: bool) {
        let subject = format!("letter {number}");
        let sent = if large { noise(&subject, 300_000) } else { letter(&subject, 200) };
        let to = if both { &ADDRESSES[..] } else { &ADDRESSES[..1] };
        self.house.deliver(to, &sent).await.unwrap();
        self.put(0, Letter { subject, flags: BTreeSet::new() });
    }

    async fn import(&mut self, to: usize, number: u8) {
        let Some(id) = self.id(to).await else { return };
        let subject = format!("letter {number}");
        let staged = self.house.store.stage(&letter(&subject, 200)).await.unwrap();
        let imported =
            self.house.store.import(id, staged, FlagList::default(), None).await.unwrap();
        let all = self.model.boxes.values().flat_map(|one| one.letters.values());
        let copies = all.filter(|one| one.subject == subject).count();
        match imported {
            // Of two messages with one Message-ID the newest is the one that is known; without it
            // the older is not found.
            Imported::Stored(_) => {
                assert!(
                    copies == 0 || self.model_had_twins(&subject),
                    "{subject} is there {copies} times"
                );
                self.put(to, Letter { subject, flags: BTreeSet::new() });
            }
            Imported::AlreadyThere => assert!(copies > 0, "{subject} is not there"),
        }
    }

    /// Letters 0 to 5 are also delivered and appended by chance, each time as a new content.
    fn model_had_twins(&self, subject: &str) -> bool {
        subject
            .strip_prefix("letter ")
            .and_then(|number| number.parse().ok())
            .is_some_and(|number: u8| number < 6)
    }

    async fn transfer(&mut self, from: usize, uids: (u32, u32), to: usize, moves: bool) {
        let (Some(here), Some(there)) = (self.id(from).await, self.id(to).await) else { return };
        let store = &self.house.store;
        let done = if moves {
            store.move_messages(here, &range(uids), there).await.unwrap()
        } else {
            store.copy(here, &range(uids), there).await.unwrap()
        };
        let chosen = self.chosen(from, uids);
        assert_eq!(done.pairs.iter().map(|(uid, _)| uid.get()).collect::<Vec<_>>(), chosen);
        for (uid, (_, given)) in chosen.iter().zip(&done.pairs) {
            let letter = self.model.boxes[NAMES[from]].letters[uid].clone();
            assert_eq!(given.get(), self.model.boxes[NAMES[to]].uid_next);
            self.put(to, letter);
        }
        if moves {
            let from = self.model.boxes.get_mut(NAMES[from]).unwrap();
            from.letters.retain(|uid, _| !chosen.contains(uid));
        }
    }

    fn chosen(&self, mailbox: usize, (first, last): (u32, u32)) -> Vec<u32> {
        let letters = &self.model.boxes[NAMES[mailbox]].letters;
        letters.range(first.min(last)..=first.max(last)).map(|(uid, _)| *uid).collect()
    }

    async fn flag(&mut self, mailbox: usize, uids: (u32, u32), way: u8, flags: u8) {
        let Some(id) = self.id(mailbox).await else { return };
        let change = match way {
            0 => FlagChange::Add(list(flags)),
            1 => FlagChange::Remove(list(flags)),
            _ => FlagChange::Replace(list(flags)),
        };
        let done = self.house.store.change_flags(id, &range(uids), change, None).await.unwrap();
        let mut differ = Vec::new();
        for uid in self.chosen(mailbox, uids) {
            let letter =
                self.model.boxes.get_mut(NAMES[mailbox]).unwrap().letters.get_mut(&uid).unwrap();
            let before = letter.flags.clone();
            match way {
                0 => letter.flags.extend(names(flags)),
                1 => letter.flags.retain(|flag| !names(flags).contains(flag)),
                _ => letter.flags = names(flags),
            }
            if letter.flags != before {
                differ.push(uid);
            }
        }
        assert_eq!(done.changed.iter().map(|(uid, ..)| uid.get()).collect::<Vec<_>>(), differ);
    }

    async fn expunge(&mut self, mailbox: usize, uids: (u32, u32), way: u8) {
        let Some(id) = self.id(mailbox).await else { return };
        let what = match way {
            0 => Expunge::Deleted,
            1 => Expunge::DeletedAmong(range(uids)),
            _ => Expunge::Uids(range(uids)),
        };
        let gone = self.house.store.expunge(id, what).await.unwrap();
        let among = self.chosen(mailbox, uids);
        let letters = &mut self.model.boxes.get_mut(NAMES[mailbox]).unwrap().letters;
        let goes = |uid: &u32, letter: &Letter| match way {
            0 => letter.flags.contains("deleted"),
            1 => letter.flags.contains("deleted") && among.contains(uid),
            _ => among.contains(uid),
        };
        let expected: UidSet = letters
            .iter()
            .filter(|(uid, one)| goes(uid, one))
            .filter_map(|(uid, _)| Uid::new(*uid))
            .collect();
        letters.retain(|uid, one| !goes(uid, one));
        assert_eq!(gone, expected);
    }

    async fn create(&mut self, name: &str) {
        let made = self.house.store.create_mailbox(self.bob, name, None).await;
        if self.model.boxes.contains_key(name) {
            assert!(matches!(made, Err(Error::MailboxExists)));
            return;
        }
        made.unwrap();
        self.model_create(name);
    }

    fn model_create(&mut self, name: &str) {
        if let Some((parent, _)) = name.rsplit_once('/') {
            self.model_create(parent);
        }
        self.model.boxes.entry(name.to_owned()).or_insert(Box_ { uid_next: 1, ..Box_::default() });
    }

    async fn delete(&mut self, name: usize) {
        let Some(id) = self.id(name).await else { return };
        let deleted = self.house.store.delete_mailbox(self.bob, id).await;
        let below = format!("{}/", NAMES[name]);
        match deleted {
            Err(Error::MailboxIsInbox) => assert_eq!(name, 0),
            Err(Error::MailboxHasChildren) => {
                assert!(self.model.boxes.keys().any(|one| one.starts_with(&below)));
            }
            done => {
                done.unwrap();
                self.model.boxes.remove(NAMES[name]);
            }
        }
    }

    async fn rename(&mut self, from: usize, to: usize) {
        let Some(id) = self.id(from).await else { return };
        let renamed = self.house.store.rename_mailbox(self.bob, id, NAMES[to]).await;
        let (from, to) = (NAMES[from], NAMES[to]);
        if self.model.boxes.contains_key(to) {
            assert!(matches!(renamed, Err(Error::MailboxExists)));
            return;
        }
        if to.starts_with(&format!("{from}/")) {
            assert!(matches!(renamed, Err(Error::NameInvalid(_))));
            return;
        }
        renamed.unwrap();
        if let Some((parent, _)) = to.rsplit_once('/') {
            self.model_create(parent);
        }
        let moved: Vec<String> = self
            .model
            .boxes
            .keys()
            .filter(|one| *one == from || (from != "INBOX" && one.starts_with(&format!("{from}/"))))
            .cloned()
            .collect();
        for old in moved {
            let content = self.model.boxes.remove(&old).unwrap();
            self.model.boxes.insert(format!("{to}{}", &old[from.len()..]), content);
        }
        self.model_create("INBOX");
    }

    /// The store against the model, and against what it was before.
    async fn compare(&mut self) {
        self.house.verify().await;
        let mailboxes = self.house.store.mailboxes(self.bob).await.unwrap();
        let found: Vec<&str> = mailboxes.iter().map(|one| one.name.as_str()).collect();
        let mut expected: Vec<&str> = self.model.boxes.keys().map(String::as_str).collect();
        expected.sort_by_key(|name| (*name != "INBOX", *name));
        assert_eq!(found, expected);
        for mailbox in &mailboxes {
            let rows = self.house.store.messages(mailbox.id, &UidSet::all()).await.unwrap();
            self.compare_mailbox(mailbox, &rows).await;
            self.remember(mailbox, &rows).await;
        }
    }

    async fn compare_mailbox(&self, mailbox: &Mailbox, rows: &[MessageRow]) {
        let model = &self.model.boxes[mailbox.name.as_str()];
        assert_eq!(mailbox.uid_next.map(Uid::get), Some(model.uid_next));
        let keywords = self.house.store.keywords(mailbox.id).await.unwrap();
        let contents: Vec<ContentId> = rows.iter().map(|row| row.content).collect();
        let overviews = self.house.store.overviews(&contents, OverviewFields::LINE).await.unwrap();
        assert_eq!(overviews.len(), rows.len());
        let found: BTreeMap<u32, Letter> = rows
            .iter()
            .zip(overviews)
            .map(|(row, overview)| {
                let letter = Letter {
                    subject: overview.line.unwrap().subject,
                    flags: said(row.flags, &keywords),
                };
                (row.uid.get(), letter)
            })
            .collect();
        assert_eq!(found, model.letters, "{}", mailbox.name);
    }

    async fn remember(&mut self, mailbox: &Mailbox, rows: &[MessageRow]) {
        let (id, memory) = (mailbox.id, &mut self.memory);
        assert_eq!(*memory.uid_validities.entry(mailbox.uid_validity).or_insert(id), id);
        for row in rows {
            let before = *memory.named.entry((id, row.uid)).or_insert(row.content);
            assert_eq!(before, row.content, "a UID names another message");
            assert!(row.modseq <= mailbox.highest_modseq);
        }
        let now: HashSet<Uid> = rows.iter().map(|row| row.uid).collect();
        let before = memory.there.insert(id, now.clone()).unwrap_or_default();
        let since = memory.modseqs.insert(id, mailbox.highest_modseq).unwrap_or(ModSeq::new(1));
        assert!(since <= mailbox.highest_modseq, "a modseq went back");
        let changes = self.house.store.changes_since(id, since).await.unwrap();
        let gone: UidSet = before.difference(&now).copied().collect();
        for uid in gone.iter() {
            assert!(changes.expunged.contains(uid), "{uid} went untold");
        }
        assert!(
            changes.expunged.iter().all(|uid| !now.contains(&uid)),
            "{} is there",
            changes.expunged
        );
        for uid in now.difference(&before) {
            assert!(changes.rows.iter().any(|row| row.uid == *uid), "{uid} came untold");
        }
    }
}

fn range((first, last): (u32, u32)) -> UidSet {
    UidSet::range(Uid::new(first).unwrap(), Uid::new(last).unwrap())
}

/// Flags and keywords by the bits of a number.
fn list(bits: u8) -> FlagList {
    let mut flags = Flags::NONE;
    for (bit, flag) in [(1, Flags::SEEN), (2, Flags::DELETED), (4, Flags::FLAGGED)] {
        if bits & bit != 0 {
            flags = flags | flag;
        }
    }
    let chosen = KEYWORDS.iter().enumerate().filter(|(at, _)| bits & (8 << at) != 0);
    FlagList { flags, keywords: chosen.map(|(_, name)| Keyword::parse(name).unwrap()).collect() }
}

/// The same by name.
fn names(bits: u8) -> BTreeSet<String> {
    let list = list(bits);
    let system = system(list.flags);
    system.chain(list.keywords.iter().map(|one| one.as_str().to_owned())).collect()
}

fn system(flags: Flags) -> impl Iterator<Item = String> {
    let named = [(Flags::SEEN, "seen"), (Flags::DELETED, "deleted"), (Flags::FLAGGED, "flagged")];
    named
        .into_iter()
        .filter(move |(flag, _)| flags.contains(*flag))
        .map(|(_, name)| name.to_owned())
}

fn said(flags: Flags, keywords: &[(u8, Keyword)]) -> BTreeSet<String> {
    let name =
        |bit: u8| keywords.iter().find(|(one, _)| *one == bit).unwrap().1.as_str().to_owned();
    system(flags).chain(flags.keyword_bits().map(name)).collect()
}
