//! Random sequences of the queue's verbs against a model of what should come of them. After every
//! step the store's own rules are checked: nobody is settled twice, nobody is lost, nobody is tried
//! while the last try's time has not come.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;
mod queue;

use std::collections::BTreeMap;

use house::{House, address, letter};
use mailstore::*;
use message::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use queue::{Queue, outgoing, settlement};

const DOMAINS: [&str; 3] = ["one.example", "two.example", "hamburger.edu"];

/// One step. Recipients and messages are chosen by their turn.
#[derive(Debug, Clone)]
enum Step {
    Deliver { to: Vec<usize>, wait: i64, bulk: bool, here: bool },
    Lease { domain: usize, limit: u32, next: i64 },
    Settle { turn: usize, outcome: u8, report: bool },
    Forget { turn: usize },
    File { turn: usize, hop: bool },
    Own { deed: u8, whom: u8, turn: usize },
    Cancel { turn: usize, keep: bool },
    Put { turn: usize, off: i64 },
    Wait { seconds: i64 },
    Tidy,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let turn = || 0usize..12;
    prop_oneof![
        5 => (prop::collection::vec(0..DOMAINS.len(), 1..4), 0i64..3, any::<bool>(), any::<bool>())
            .prop_map(|(to, wait, bulk, here)| Step::Deliver { to, wait: wait * 20, bulk, here }),
        6 => (0..DOMAINS.len(), 1u32..4, 1i64..40).prop_map(|(domain, limit, next)| Step::Lease { domain, limit, next }),
        6 => (turn(), 0u8..4, prop::bool::weighted(0.3)).prop_map(|(turn, outcome, report)| Step::Settle { turn, outcome, report }),
        1 => turn().prop_map(|turn| Step::Forget { turn }),
        2 => (turn(), any::<bool>()).prop_map(|(turn, hop)| Step::File { turn, hop }),
        4 => (0u8..4, 0u8..4, turn()).prop_map(|(deed, whom, turn)| Step::Own { deed, whom, turn }),
        2 => (turn(), any::<bool>()).prop_map(|(turn, keep)| Step::Cancel { turn, keep }),
        1 => (turn(), 0i64..60).prop_map(|(turn, off)| Step::Put { turn, off }),
        4 => (1i64..60).prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Tidy),
        1 => Just(Step::Reopen),
    ]
}

/// A recipient as the model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Waiting {
    outbound: OutboundId,
    domain: String,
    state: RecipientState,
    attempts: u32,
    next: i64,
    not_before: i64,
    delay_told: bool,
    lines: usize,
}

struct Play {
    house: House,
    bob: AccountId,
    recipients: BTreeMap<OutboundRecipientId, Waiting>,
    messages: Vec<OutboundId>,
    /// What is being tried: as long as it stands here, nobody may lease it again.
    leased: Vec<Leased>,
    inbox: u32,
}

#[test]
fn the_queue_does_what_the_model_does_and_loses_and_doubles_nothing() {
    let config =
        Config { cases: 24, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 1..50), |steps| {
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
        let bob = house.account("bob@hamburger.edu").await;
        let (recipients, messages, leased) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { house, bob, recipients, messages, leased, inbox: 0 }
    }

    fn now(&self) -> i64 {
        self.house.store.now().seconds()
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Deliver { to, wait, bulk, here } => self.deliver(to, *wait, *bulk, *here).await,
            Step::Lease { domain, limit, next } => self.lease(*domain, *limit, *next).await,
            Step::Settle { turn, outcome, report } => self.settle(*turn, *outcome, *report).await,
            Step::Forget { turn } => {
                if !self.leased.is_empty() {
                    self.leased.remove(turn % self.leased.len());
                }
            }
            Step::File { turn, hop } => self.file(*turn, *hop).await,
            Step::Own { deed, whom, turn } => self.own(*deed, *whom, *turn).await,
            Step::Cancel { turn, keep } => self.cancel(*turn, *keep).await,
            Step::Put { turn, off } => self.put_off(*turn, *off).await,
            Step::Wait { seconds } => self.house.watch.forward(*seconds),
            Step::Tidy => self.house.settled().await,
            Step::Reopen => {
                self.leased.clear();
                self.house.reopen().await;
            }
        }
    }

    fn here(&self) -> LocalRecipient {
        LocalRecipient {
            account: self.bob,
            address: address("bob@hamburger.edu"),
            mailbox: None,
            flags: Flags::NONE,
            reason: None,
        }
    }

    async fn deliver(&mut self, to: &[usize], wait: i64, bulk: bool, here: bool) {
        let named = |(turn, domain): (usize, &usize)| format!("r{turn}@{}", DOMAINS[*domain]);
        let to: Vec<String> = to.iter().enumerate().map(named).collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let out = Outgoing {
            not_before: Timestamp::new(self.now() + wait),
            priority: if bulk { Priority::Bulk } else { Priority::Letter },
            ..outgoing(&self.house, Some(self.bob), &to)
        };
        let local = if here { vec![self.here()] } else { Vec::new() };
        self.inbox += u32::from(here);
        let done = self.house.deliver_out(local, vec![out], &letter("x", 150)).await.unwrap();
        self.remember(done.outbound[0]).await;
    }

    /// A new message's recipients are those that it has.
    async fn remember(&mut self, outbound: OutboundId) {
        self.messages.push(outbound);
        let shown = self.house.show(outbound).await;
        let not_before = shown.message.not_before.seconds();
        for (one, tries) in shown.recipients {
            let next = not_before.max(self.now());
            let waiting = Waiting {
                outbound,
                domain: one.domain,
                state: RecipientState::Waiting,
                attempts: 0,
                next,
                not_before,
                delay_told: false,
                lines: tries.len(),
            };
            assert!(self.recipients.insert(one.id, waiting).is_none(), "an id was given twice");
        }
    }

    fn is_flying(&self, id: OutboundRecipientId) -> bool {
        self.leased.iter().flat_map(|one| &one.recipients).any(|one| one.id == id)
    }

    async fn lease(&mut self, domain: usize, limit: u32, next: i64) {
        let (now, domain) = (self.now(), DOMAINS[domain]);
        let next = Timestamp::new(now + next);
        let leased = self.house.store.lease_outbound(domain, limit, move |_| next).await.unwrap();
        let mut taken = 0;
        for one in leased.iter().flat_map(|one| &one.recipients) {
            assert!(!self.is_flying(one.id), "tried twice at once");
            let known = self.recipients.get_mut(&one.id).unwrap();
            assert_eq!(known.state, RecipientState::Waiting);
            assert!(known.next <= now, "tried before its time");
            known.attempts += 1;
            known.next = next.seconds();
            assert_eq!((one.attempts, known.domain.as_str()), (known.attempts, domain));
            taken += 1;
        }
        assert!(taken <= limit);
        self.leased.extend(leased);
        // Who was passed over is being tried, and put off, or stands behind the limit.
        for (id, one) in &self.recipients {
            let due =
                one.state == RecipientState::Waiting && one.domain == domain && one.next <= now;
            assert!(!due || taken == limit || self.is_flying(*id), "{id} was forgotten");
        }
        self.follow().await;
    }

    /// Whoever was put off for being tried still: the model takes the time from the store, which
    /// may only be later.
    async fn follow(&mut self) {
        let flying: Vec<_> =
            self.leased.iter().flat_map(|one| &one.recipients).map(|one| one.id).collect();
        for id in flying {
            let outbound = self.recipients[&id].outbound;
            let shown = self.house.show(outbound).await;
            let found = shown.recipients.iter().find(|(one, _)| one.id == id).unwrap();
            let (next, known) =
                (found.0.next_attempt.seconds(), self.recipients.get_mut(&id).unwrap());
            assert!(next >= known.next);
            known.next = next;
        }
    }

    /// Tells of somebody who is being tried, or of anybody at all.
    fn somebody(&self, turn: usize) -> Option<OutboundRecipientId> {
        let mut flying = self.leased.iter().flat_map(|one| &one.recipients).map(|one| one.id);
        flying.nth(turn).or_else(|| self.recipients.keys().nth(turn).copied())
    }

    async fn settle(&mut self, turn: usize, outcome: u8, report: bool) {
        let Some(id) = self.somebody(turn) else { return };
        let soon = Timestamp::new(self.now() + 7);
        let outcome = match outcome {
            0 => Outcome::Delivered,
            1 => Outcome::Failed,
            2 => Outcome::Later(None),
            _ => Outcome::Later(Some(soon)),
        };
        let told = settlement(id, outcome, "a reply");
        let notice = if report {
            Some(self.house.report(self.bob, &letter("report", 200)).await)
        } else {
            None
        };
        let (done, delivered) =
            self.house.store.settle_with_report(vec![told], notice).await.unwrap();
        let known = self.recipients.get_mut(&id).unwrap();
        if !known.state.is_pending() {
            assert_eq!((done, delivered), (vec![Settled::Already(known.state)], None));
            if known.state == RecipientState::Dropped && known.lines < known.attempts as usize {
                known.lines += 1;
            }
            self.land(id);
            return;
        }
        assert_eq!(done, [Settled::Done]);
        let is_later = matches!(outcome, Outcome::Later(_));
        assert_eq!(delivered.is_some(), report && !(is_later && known.delay_told));
        self.inbox += u32::from(delivered.is_some());
        known.lines += 1;
        match outcome {
            Outcome::Delivered => known.state = RecipientState::Delivered,
            Outcome::Failed => known.state = RecipientState::Failed,
            Outcome::Later(next) => {
                known.delay_told |= report;
                known.next = next.map_or(known.next, Timestamp::seconds).max(known.not_before);
            }
        }
        self.land(id);
    }

    /// It is told of: it may be leased again.
    fn land(&mut self, id: OutboundRecipientId) {
        for leased in &mut self.leased {
            leased.recipients.retain(|one| one.id != id);
        }
    }

    async fn file(&mut self, turn: usize, hop: bool) {
        let Some(id) = self.somebody(turn) else { return };
        let hops =
            if hop { vec![outgoing(&self.house, None, &["hop@two.example"])] } else { Vec::new() };
        let local = vec![self.here()];
        let done = self.house.store.deliver_outbound_here(id, local, hops).await.unwrap();
        let known = self.recipients.get_mut(&id).unwrap();
        if known.state.is_pending() {
            assert_eq!((done.settled, done.placed.len()), (Settled::Done, 1));
            known.state = RecipientState::Delivered;
            known.lines += 1;
            self.inbox += 1;
            self.land(id);
            for outbound in done.outbound {
                self.remember(outbound).await;
            }
        } else {
            assert_eq!(done.settled, Settled::Already(known.state));
            assert_eq!((done.placed, done.outbound), (Vec::new(), Vec::new()));
        }
    }

    async fn own(&mut self, deed: u8, whom: u8, turn: usize) {
        let recipient = self.recipients.keys().nth(turn).copied();
        let selection = match (whom, recipient, self.messages.get(turn)) {
            (0, Some(recipient), _) => Selection::Recipient(recipient),
            (1, _, Some(message)) => Selection::Message(*message),
            (2, ..) => Selection::Domain(DOMAINS[turn % DOMAINS.len()].to_owned()),
            _ => Selection::All,
        };
        let store = &self.house.store;
        let changed = match deed {
            0 => store.hold_outbound(selection.clone()).await,
            1 => store.release_outbound(selection.clone()).await,
            2 => store.retry_outbound(selection.clone()).await,
            _ => store.drop_outbound(selection.clone()).await,
        };
        let now = self.now();
        let chosen = self.recipients.iter_mut().filter(|(id, one)| match &selection {
            Selection::Recipient(recipient) => recipient == *id,
            Selection::Message(message) => one.outbound == *message,
            Selection::Domain(domain) => one.domain == *domain,
            Selection::Account(_) | Selection::All => true,
        });
        let mut expected = 0;
        for (_, one) in chosen {
            let due = now.max(one.not_before);
            expected += u64::from(match (deed, one.state) {
                (0, RecipientState::Waiting) => {
                    one.state = RecipientState::Held;
                    true
                }
                (1, RecipientState::Held) => {
                    (one.state, one.next) = (RecipientState::Waiting, due);
                    true
                }
                (2, RecipientState::Waiting) if one.next > due => {
                    one.next = due;
                    true
                }
                (3, state) if state.is_pending() => {
                    one.state = RecipientState::Dropped;
                    true
                }
                _ => false,
            });
        }
        assert_eq!(changed.unwrap(), expected);
    }

    /// True when a message can still be called back.
    fn is_untried(&self, message: OutboundId) -> bool {
        let now = self.now();
        self.recipients
            .values()
            .filter(|one| one.outbound == message)
            .all(|one| one.state.is_pending() && one.attempts == 0 && now < one.not_before)
    }

    async fn cancel(&mut self, turn: usize, keep: bool) {
        let Some(message) = self.messages.get(turn).copied() else { return };
        let inbox = if keep { Some(self.house.inbox(self.bob).await.id) } else { None };
        let done = self.house.store.cancel_outbound(self.bob, message, inbox).await;
        if !self.is_untried(message) {
            // Next hops are nobody's.
            assert!(matches!(done, Err(Error::OnItsWay | Error::NotFound(_))), "{done:?}");
            return;
        }
        assert_eq!(done.unwrap().placed.is_some(), keep);
        self.inbox += u32::from(keep);
        for one in self.recipients.values_mut().filter(|one| one.outbound == message) {
            one.state = RecipientState::Dropped;
        }
    }

    async fn put_off(&mut self, turn: usize, off: i64) {
        let Some(message) = self.messages.get(turn).copied() else { return };
        let later = Timestamp::new(self.now() + off);
        let done = self.house.store.reschedule_outbound(self.bob, message, later).await;
        assert_eq!(done.is_ok(), self.is_untried(message), "{done:?}");
        if done.is_ok() {
            for one in self.recipients.values_mut().filter(|one| one.outbound == message) {
                (one.next, one.not_before) = (later.seconds(), later.seconds());
            }
        }
    }

    /// The store against the model.
    async fn compare(&self) {
        self.house.verify().await;
        let mut found = BTreeMap::new();
        for message in &self.messages {
            let shown = self.house.show(*message).await;
            for (one, tries) in shown.recipients {
                let waiting = Waiting {
                    outbound: one.outbound,
                    domain: one.domain,
                    state: one.state,
                    attempts: one.attempts,
                    next: one.next_attempt.seconds(),
                    not_before: shown.message.not_before.seconds(),
                    delay_told: one.delay_told,
                    lines: tries.len(),
                };
                found.insert(one.id, waiting);
            }
        }
        assert_eq!(found, self.recipients);
        let waiting = self.recipients.values().filter(|one| one.state == RecipientState::Waiting);
        let next = waiting.map(|one| Timestamp::new(one.next)).min();
        assert_eq!(self.house.store.next_outbound_attempt().await.unwrap(), next);
        assert_eq!(self.house.inbox(self.bob).await.messages, self.inbox);
        let now = self.house.store.now();
        for due in self.house.store.outbound_domains_due(now, 9).await.unwrap() {
            let there = self.recipients.values().filter(|one| {
                one.state == RecipientState::Waiting
                    && one.domain == due.domain
                    && one.next <= self.now()
            });
            assert_eq!(due.recipients as usize, there.count());
        }
    }
}
