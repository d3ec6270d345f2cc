//! The queue of a real store, turn by turn: the clock, the name service and the hosts are ours.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::atomic::AtomicI64;

use dns::{Fault, Name, Zone};
use mailstore::{
    AccountId, BodyType, Clock, Delivery, DsnRequest, Entropy, NewAccount, Notify, Options,
    Outgoing, OutgoingRecipient, Outside, Password, PeerFacts, Priority, RecipientState,
    SystemEntropy, UidSet,
};
use message::{Address, Domain, Envelope, ReversePath, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::delivery::tls_world::Authority;
use crate::delivery::world::{Door, World};
use crate::delivery::{Settings, Surroundings};

const START: i64 = 1_795_520_418;
const DAY: i64 = 86_400;
const ZONE: &str = "b.example MX 10 mx.b.example\nmx.b.example A 192.0.2.1\n";
const HOST: &str = "192.0.2.1:25";
const TAKES: &str = "S: 220 mx\nC: EHLO me.example\nS: 250 mx\nC: MAIL FROM:*\nS: 250 a\nC: RCPT TO:*\nS: 250 b\n\
    C: DATA\nS: 354 go\nmessage *\nS: 250 2.0.0 taken\nC: QUIT\nS: 221 bye";
const REFUSES: &str = "S: 220 mx\nC: EHLO me.example\nS: 250 mx\nC: MAIL FROM:*\nS: 250 a\nC: RCPT TO:*\n\
    S: 550 5.1.1 no such user\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye";
const LATER: &str = "S: 421 4.3.2 not now";

#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::new(self.0.load(Ordering::Relaxed))
    }
}

/// A house with ann, a world, and a clock.
struct Scene {
    store: Store,
    ann: AccountId,
    hands: Arc<Hands>,
    zone: Arc<Zone>,
    world: Arc<World>,
    queue: Queue,
    _folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hands = Arc::new(Hands(AtomicI64::new(START)));
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let outside = Outside { clock: hands.clone(), entropy };
        let store = Store::open(folder.path(), Options::default(), outside).unwrap();
        let account = NewAccount {
            address: address("ann@hamburger.edu"),
            display_name: String::new(),
            password: Password::from("hungry"),
            quota_octets: None,
        };
        let ann = store.create_account(account).await.unwrap();
        let zone = Arc::new(Zone::parse(ZONE).unwrap());
        let world: Arc<World> = Arc::default();
        let surroundings = Surroundings {
            dns: zone.clone(),
            dial: world.clone(),
            policies: None,
            roots: Authority::new().roots(),
            dice: Arc::new(|_| 0),
        };
        let courier = Courier::new(Settings::new(Name::parse("me.example").unwrap()), surroundings);
        let settings = QueueSettings {
            hostname: Domain::parse("me.example").unwrap(),
            schedule: Schedule::default(),
            limits: QueueLimits::default(),
        };
        let queue = Queue::new(store.clone(), courier, settings);
        Self { store, ann, hands, zone, world, queue, _folder: folder }
    }

    fn at(&self, script: &str) {
        self.world.at(HOST, Door::plain(script));
    }

    fn outgoing(&self, to: &str, notify: Notify) -> Outgoing {
        let now = self.store.now();
        Outgoing {
            account: Some(self.ann),
            reverse_path: ReversePath::Address(address("ann@hamburger.edu")),
            recipients: vec![OutgoingRecipient { address: address(to), notify, original: None }],
            not_before: now,
            expires: now + 5 * DAY,
            priority: Priority::Letter,
            body: BodyType::SevenBit,
            smtputf8: false,
            requiretls: false,
            dsn: DsnRequest::default(),
        }
    }

    async fn submit(&self, outgoing: Outgoing) {
        let delivery = Delivery {
            trace: self.store.new_trace_id(),
            envelope: Envelope {
                reverse_path: outgoing.reverse_path.clone(),
                recipients: Vec::new(),
            },
            staged: self.store.stage(b"Subject: hello\r\n\r\nketchup?\r\n").await.unwrap(),
            local: Vec::new(),
            outgoing: vec![outgoing],
            peer: PeerFacts {
                address: std::net::Ipv4Addr::LOCALHOST.into(),
                helo: None,
                tls: None,
                protocol: "ESMTPA".to_owned(),
            },
            findings: None,
        };
        self.store.deliver(delivery).await.unwrap();
    }

    async fn send(&self, to: &str, notify: Notify) {
        self.submit(self.outgoing(to, notify)).await;
    }

    /// Sends what is due, and waits until it is settled.
    async fn turn(&self) {
        let mut errands = Errands::default();
        self.queue.send_out(&mut errands).await.unwrap();
        while errands.count() > 0 {
            errands.one_ends().await;
        }
    }

    /// To the next moment when something is due; false when nothing waits.
    async fn skip(&self) -> bool {
        let next = self.store.next_outbound_attempt().await.unwrap();
        if let Some(next) = next {
            self.hands.0.fetch_max(next.seconds(), Ordering::Relaxed);
        }
        next.is_some()
    }

    /// What ann's INBOX holds, as text.
    async fn inbox(&self) -> Vec<String> {
        let inbox = self.store.mailbox_by_name(self.ann, "INBOX").await.unwrap();
        let mut letters = Vec::new();
        for row in self.store.messages(inbox.id, &UidSet::all()).await.unwrap() {
            let content = self.store.content(row.content).await.unwrap();
            let octets = content.read(0..content.octets()).await.unwrap();
            letters.push(String::from_utf8_lossy(&octets).into_owned());
        }
        letters
    }

    /// Tries of the only recipient, and how far it is.
    async fn tries(&self) -> (usize, RecipientState) {
        let newest = self.store.outbound_of_account(self.ann, None, 1).await.unwrap();
        let history = self.store.outbound_show(newest[0].0.id).await.unwrap().unwrap();
        let (recipient, attempts) = &history.recipients[0];
        (attempts.len(), recipient.state)
    }

    async fn is_well(&self) {
        assert_eq!(self.world.surprises().await, Vec::<String>::new());
        assert!(self.store.verify().await.unwrap().is_empty());
    }
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[tokio::test]
async fn what_is_due_is_sent_and_settled() {
    let scene = Scene::new().await;
    scene.at(TAKES);
    scene.send("bob@b.example", Notify::NOT_GIVEN).await;
    scene.turn().await;
    assert_eq!(scene.tries().await, (1, RecipientState::Delivered));
    assert!(!scene.skip().await);
    assert_eq!(scene.inbox().await.len(), 0);
    scene.is_well().await;
}

#[tokio::test]
async fn a_refusal_bounces_once_and_a_bounce_is_never_bounced() {
    let scene = Scene::new().await;
    scene.at(REFUSES);
    scene.send("bob@b.example", Notify::NOT_GIVEN).await;
    scene.turn().await;
    let inbox = scene.inbox().await;
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].contains("Status: 5.1.1\r\n") && inbox[0].contains("mx.b.example said:"));
    scene.at(REFUSES);
    let from_nobody = Outgoing {
        account: None,
        reverse_path: ReversePath::Null,
        ..scene.outgoing("bob@b.example", Notify::NOT_GIVEN)
    };
    scene.submit(from_nobody).await;
    scene.turn().await;
    assert_eq!(scene.inbox().await.len(), 1);
    assert!(!scene.skip().await);
    scene.is_well().await;
}

#[tokio::test]
async fn the_sender_hears_what_was_asked_for() {
    for (notify, script, expected) in [
        (Notify::NEVER, REFUSES, None),
        (Notify::SUCCESS, REFUSES, None),
        (Notify::FAILURE, REFUSES, Some("Action: failed")),
        (Notify::FAILURE, TAKES, None),
        (Notify::SUCCESS, TAKES, Some("Action: relayed")),
    ] {
        let scene = Scene::new().await;
        scene.at(script);
        scene.send("bob@b.example", notify).await;
        scene.turn().await;
        let inbox = scene.inbox().await;
        assert_eq!(inbox.len(), usize::from(expected.is_some()), "{notify:?} {inbox:?}");
        assert!(expected.is_none_or(|field| inbox[0].contains(field)), "{inbox:?}");
        scene.is_well().await;
    }
}

#[tokio::test]
async fn a_host_that_is_never_ready_is_tried_for_five_days_with_one_word_of_delay() {
    let scene = Scene::new().await;
    scene.send("bob@b.example", Notify::NOT_GIVEN).await;
    loop {
        scene.at(LATER);
        scene.turn().await;
        if !scene.skip().await {
            break;
        }
    }
    let (tries, state) = scene.tries().await;
    assert_eq!(state, RecipientState::Failed);
    assert!((55..70).contains(&tries), "{tries}");
    let days = (scene.store.now().seconds() - START) / DAY;
    assert_eq!(days, 5);
    let inbox = scene.inbox().await;
    assert_eq!(inbox.len(), 2);
    assert!(inbox[0].contains("Action: delayed") && inbox[0].contains("not now"));
    assert!(inbox[1].contains("Action: failed\r\nStatus: 5.4.7\r\n"));
}

#[tokio::test]
async fn without_name_service_for_an_hour_mail_waits_and_goes_then() {
    let scene = Scene::new().await;
    scene.zone.go_down(Fault::ServerFailure);
    scene.send("bob@b.example", Notify::NOT_GIVEN).await;
    while scene.store.now().seconds() < START + 3_600 {
        scene.turn().await;
        assert!(scene.skip().await);
    }
    assert_eq!(scene.tries().await.1, RecipientState::Waiting);
    scene.zone.come_back();
    scene.at(TAKES);
    scene.turn().await;
    assert_eq!(scene.tries().await.1, RecipientState::Delivered);
    assert_eq!(scene.inbox().await.len(), 0);
    scene.is_well().await;
}

#[tokio::test]
async fn a_clock_that_steps_a_day_loses_nothing_and_sends_nothing_twice() {
    for step in [DAY, -DAY] {
        let scene = Scene::new().await;
        scene.at(LATER);
        scene.send("bob@b.example", Notify::NOT_GIVEN).await;
        scene.turn().await;
        scene.hands.0.fetch_add(step, Ordering::Relaxed);
        scene.turn().await;
        scene.at(TAKES);
        assert!(scene.skip().await || step > 0);
        scene.turn().await;
        assert_eq!(scene.tries().await.1, RecipientState::Delivered, "{step}");
        scene.turn().await;
        assert!(!scene.skip().await);
    }
}

#[tokio::test]
async fn what_is_sent_later_to_somebody_here_is_filed_when_its_time_comes() {
    let scene = Scene::new().await;
    let later = scene.store.now() + 600;
    let outgoing = scene.outgoing("ann+later@hamburger.edu", Notify::NOT_GIVEN);
    scene.submit(Outgoing { not_before: later, ..outgoing }).await;
    scene.turn().await;
    assert_eq!(scene.inbox().await.len(), 0);
    assert!(scene.skip().await);
    assert_eq!(scene.store.now(), later);
    scene.turn().await;
    assert_eq!(scene.inbox().await, ["Subject: hello\r\n\r\nketchup?\r\n"]);
    assert_eq!(scene.tries().await.1, RecipientState::Delivered);
    scene.is_well().await;
}

#[tokio::test]
async fn somebody_here_who_is_nobody_any_more_bounces() {
    let scene = Scene::new().await;
    scene.send("carol@hamburger.edu", Notify::NOT_GIVEN).await;
    scene.turn().await;
    let inbox = scene.inbox().await;
    assert!(inbox[0].contains("Status: 5.1.1"), "{inbox:?}");
    assert!(!scene.skip().await);
    scene.is_well().await;
}

#[tokio::test]
async fn where_nobody_listens_one_knock_is_enough_for_all() {
    let scene = Scene::new().await;
    for number in 0..120 {
        scene.send(&format!("{number}@b.example"), Notify::NOT_GIVEN).await;
    }
    scene.turn().await;
    let waiting = scene.store.outbound_list(mailstore::OutboundFilter::default(), None, 200).await;
    assert!(waiting.unwrap().iter().all(|(_, recipients)| recipients[0].attempts == 1));
    let knocks = scene.world.dialled().len();
    assert!(knocks <= scene.queue.settings.limits.errands_per_destination_max, "{knocks}");
}
