//! Whole plans, on a store of their own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailstore::{
    Action, Comparison, Condition, JunkClass, Lesson, Matching, NewAccount, Options,
    OutboundFilter, Outside, Password, Rule, TextField, Vacation,
};
use tempfile::TempDir;

use super::*;

const ANN: &str = "ann@hamburger.edu";
const BOB: &str = "bob@hamburger.edu";
const ALICE: &str = "alice@crepes.fr";

struct TestHouse {
    store: Store,
    settings: FilingSettings,
    ann: AccountId,
    bob: AccountId,
    _folder: TempDir,
}

async fn house() -> TestHouse {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default(), Outside::system()).unwrap();
    let mut ids = Vec::new();
    for address in [ANN, BOB] {
        let account = NewAccount {
            address: Address::parse(address).unwrap(),
            display_name: String::new(),
            password: Password::from("hungry"),
            quota_octets: None,
        };
        ids.push(store.create_account(account).await.unwrap());
    }
    let settings = FilingSettings {
        hostname: Domain::parse("mx.hamburger.edu").unwrap(),
        given_up_after: 3_600,
        limits: FilingLimits::default(),
        junk: JunkLimits { lessons_min: 5, ..JunkLimits::default() },
    };
    let (ann, bob) = (ids[0], ids[1]);
    TestHouse { store, settings, ann, bob, _folder: folder }
}

/// A letter from alice, with what the tests change.
struct Letter {
    text: String,
    from: &'static str,
    junk: Option<&'static str>,
    author: Author,
}

impl Letter {
    fn new(text: &str) -> Self {
        let text = text.replace('\n', "\r\n");
        let text = format!("From: Alice <{ALICE}>\r\nMessage-ID: <1@crepes.fr>\r\n{text}");
        Self { text, from: ALICE, junk: None, author: Author::Unknown }
    }
}

impl TestHouse {
    async fn plan(&self, letter: &Letter, to: &[(AccountId, &str)]) -> Plan {
        let message = letter.text.as_bytes();
        let summary = Summary::of(message, &message::Limits::default());
        let reverse_path = if letter.from.is_empty() {
            ReversePath::Null
        } else {
            ReversePath::Address(Address::parse(letter.from).unwrap())
        };
        let arrived = Arrived {
            message,
            summary: &summary,
            octets: message.len() as u64,
            reverse_path: &reverse_path,
            junk: letter.junk,
            author: letter.author,
            body: BodyType::SevenBit,
            smtputf8: false,
            requiretls: false,
            now: self.store.now(),
        };
        let target = |(account, address): &(AccountId, &str)| LocalTarget {
            account: *account,
            address: Address::parse(address).unwrap(),
        };
        plan(&self.store, &self.settings, &arrived, to.iter().map(target).collect()).await.unwrap()
    }

    async fn special(
        &self,
        account: AccountId,
        use_: mailstore::SpecialUse,
    ) -> mailstore::MailboxId {
        self.store.mailbox_for(account, use_).await.unwrap().id
    }

    async fn rule(&self, name: &str, actions: Vec<Action>) {
        let condition = Condition::Text {
            field: TextField::Subject,
            how: Comparison::Contains,
            text: name.to_owned(),
        };
        let rule = Rule {
            name: name.to_owned(),
            matching: Matching::AllOf,
            conditions: vec![condition],
            actions,
        };
        self.store.add_rule(self.ann, rule).await.unwrap();
    }

    async fn forward(&self, account: AccountId, to: &str) {
        let to = Address::parse(to).unwrap();
        self.store.add_forward_target(account, &to).await.unwrap();
        self.store.confirm_forward_target(account, &to).await.unwrap();
    }

    async fn teach(&self) {
        for (text, class) in [
            ("Subject: casino\r\n\r\nwinner prize casino millions cash\r\n", JunkClass::Spam),
            ("Subject: minutes\r\n\r\nagenda review dinner meeting tomorrow\r\n", JunkClass::Ham),
        ] {
            let words = crate::filter::junk::Words::of(text.as_bytes(), &self.settings.junk);
            for _ in 0..5 {
                let tokens = words.tokens(self.ann);
                self.store.junk_learn(self.ann, &tokens, class, Lesson::Learn).await.unwrap();
            }
        }
    }

    async fn away(&self, account: AccountId) {
        let vacation = Vacation {
            enabled: true,
            from: None,
            until: None,
            subject: String::new(),
            text: "I am away.".to_owned(),
            days: 7,
        };
        self.store.set_vacation(account, vacation).await.unwrap();
    }
}

const CASINO: &str =
    "To: ann@hamburger.edu\nSubject: casino\n\nwinner prize casino millions cash\n";

#[tokio::test]
async fn without_any_wish_a_letter_goes_to_inbox_without_a_reason() {
    let house = house().await;
    let plan =
        house.plan(&Letter::new("Subject: x\n\nx\n"), &[(house.ann, ANN), (house.bob, BOB)]).await;
    let to: Vec<_> =
        plan.local.iter().map(|one| (one.account, one.mailbox, one.reason.clone())).collect();
    assert_eq!(to, [(house.ann, None, None), (house.bob, None, None)]);
    assert!(plan.outgoing.is_empty() && plan.answers.is_empty() && plan.labels.is_empty());
}

#[tokio::test]
async fn what_its_domain_calls_junk_is_not_asked_about_nor_sent_on_nor_answered() {
    let house = house().await;
    let junk = house.special(house.ann, mailstore::SpecialUse::Junk).await;
    house.rule("dinner", vec![Action::Forward(Address::parse(ALICE).unwrap()), Action::Star]).await;
    house.forward(house.ann, ALICE).await;
    house.away(house.ann).await;
    let mut letter = Letter::new("To: ann@hamburger.edu\nSubject: dinner\n\nx\n");
    letter.junk = Some("crepes.fr says that it is not theirs");
    let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
    assert_eq!(plan.local[0].mailbox, Some(junk));
    assert_eq!(plan.local[0].reason.as_deref(), letter.junk);
    assert!(plan.outgoing.is_empty() && plan.answers.is_empty());
    letter.junk = None;
    let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
    assert_eq!((plan.local[0].mailbox, plan.outgoing.len(), plan.answers.len()), (None, 1, 1));
}

#[tokio::test]
async fn rules_come_before_the_judge_of_junk_and_say_where_and_with_what() {
    let house = house().await;
    house.teach().await;
    let (junk, trash) = (
        house.special(house.ann, mailstore::SpecialUse::Junk).await,
        house.special(house.ann, mailstore::SpecialUse::Trash).await,
    );
    let archive = house.special(house.ann, mailstore::SpecialUse::Archive).await;
    let label = Keyword::parse("Fun").unwrap();
    house
        .rule(
            "casino night",
            vec![Action::File(archive), Action::Label(label.clone()), Action::MarkRead],
        )
        .await;
    house.rule("casino morning", vec![Action::Discard]).await;
    let subject = |subject| Letter::new(&CASINO.replace("Subject: casino", subject));
    let filed = house.plan(&subject("Subject: casino night"), &[(house.ann, ANN)]).await;
    assert_eq!(filed.local[0].mailbox, Some(archive));
    assert_eq!(filed.local[0].flags, mailstore::Flags::SEEN);
    assert_eq!(filed.local[0].reason.as_deref(), Some("your rule \u{201c}casino night\u{201d}"));
    assert_eq!(filed.labels, [(house.ann, label)]);
    let gone = house.plan(&subject("Subject: casino morning"), &[(house.ann, ANN)]).await;
    assert_eq!(gone.local[0].mailbox, Some(trash));
    let judged =
        house.plan(&subject("Subject: casino"), &[(house.ann, ANN), (house.bob, BOB)]).await;
    assert_eq!(judged.local[0].mailbox, Some(junk));
    assert!(judged.local[0].reason.as_deref().unwrap().contains("casino"), "{judged:?}");
    assert_eq!(judged.local[1].mailbox, None, "bob has taught nothing");
}

#[tokio::test]
async fn whom_the_account_has_written_to_is_no_junk_unless_the_domain_could_have_vouched() {
    let house = house().await;
    house.teach().await;
    let to = [Address::parse(ALICE).unwrap()];
    house.store.check_and_count_sending(house.ann, &to, house.store.now()).await.unwrap();
    let mut letter = Letter::new(CASINO);
    for (author, is_junk) in
        [(Author::Proved, false), (Author::Unknown, false), (Author::Doubtful, true)]
    {
        letter.author = author;
        let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
        assert_eq!(plan.local[0].mailbox.is_some(), is_junk, "{author:?}");
    }
}

#[tokio::test]
async fn junk_is_not_sent_on_even_when_a_rule_says_so() {
    let house = house().await;
    house.teach().await;
    let alice = Address::parse(ALICE).unwrap();
    house.rule("casino", vec![Action::Forward(alice)]).await;
    let plan = house.plan(&Letter::new(CASINO), &[(house.ann, ANN)]).await;
    assert!(plan.outgoing.is_empty());
    assert!(plan.local[0].mailbox.is_some());
}

#[tokio::test]
async fn what_is_sent_on_has_a_sender_of_ours_and_comes_back_to_the_right_one() {
    let house = house().await;
    house.forward(house.ann, "ann@elsewhere.example").await;
    let mut letter = Letter::new("Subject: x\n\nx\n");
    let now = house.store.now();
    for (from, expected) in [(ALICE, "SRS0="), (BOB, BOB), ("", "")] {
        letter.from = from;
        let plan = house.plan(&letter, &[(house.ann, "ann+tag@hamburger.edu")]).await;
        assert_eq!((plan.local.len(), plan.outgoing.len()), (1, 1));
        let sent = &plan.outgoing[0];
        assert_eq!(sent.recipients[0].address.to_string(), "ann@elsewhere.example");
        let path = sent.reverse_path.address().map(ToString::to_string).unwrap_or_default();
        assert!(path.starts_with(expected), "{path}");
        if let Some(path) = sent.reverse_path.address().filter(|_| from == ALICE) {
            let back = returned_to(&house.store, path, now).await.unwrap();
            assert_eq!(back.unwrap().to_string(), ALICE);
        }
    }
    let forged = Address::parse("SRS0=aaaaaaaa=aa=crepes.fr=alice@hamburger.edu").unwrap();
    assert_eq!(returned_to(&house.store, &forged, now).await.unwrap(), None);
    let long = format!("{}@crepes.fr", "x".repeat(60));
    letter.from = Box::leak(long.into_boxed_str());
    let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
    assert_eq!(plan.outgoing[0].reverse_path.address().unwrap().to_string(), ANN);
}

#[tokio::test]
async fn two_accounts_that_send_on_to_each_other_have_a_letter_once_each() {
    let house = house().await;
    house.rule("x", vec![Action::Forward(Address::parse(BOB).unwrap())]).await;
    house.forward(house.bob, "carl@elsewhere.example").await;
    let rule = |to: &str| Rule {
        name: "back".to_owned(),
        matching: Matching::AnyOf,
        conditions: vec![Condition::LargerThan(1)],
        actions: vec![Action::Forward(Address::parse(to).unwrap())],
    };
    house.store.add_rule(house.bob, rule(ANN)).await.unwrap();
    let letter = Letter::new("Subject: x\n\nx\n");
    let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
    let to: Vec<_> = plan.local.iter().map(|one| one.account).collect();
    assert_eq!(to, [house.ann, house.bob]);
    assert_eq!(plan.outgoing.len(), 1);
}

#[tokio::test]
async fn a_letter_that_comes_back_from_elsewhere_again_and_again_is_not_sent_on_any_more() {
    let house = house().await;
    house.forward(house.ann, "ann@elsewhere.example").await;
    house.away(house.ann).await;
    let visit = "Received: from elsewhere.example ([192.0.2.1])\n\tby mx.hamburger.edu with ESMTP id 1;\n\tx\n";
    for (visits, sent_on) in [(1, true), (3, true), (4, false), (40, false)] {
        let letter = Letter::new(&format!("{}To: {ANN}\nSubject: x\n\nx\n", visit.repeat(visits)));
        let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
        assert_eq!(plan.outgoing.len() == 1, sent_on, "{visits}");
        assert_eq!(plan.answers.len() == 1, sent_on, "{visits}");
        assert_eq!(plan.local.len(), 1);
    }
}

#[tokio::test]
async fn somebody_who_is_away_answers_a_person_once() {
    let house = house().await;
    house.away(house.ann).await;
    house.away(house.bob).await;
    let letter = Letter::new("To: Ann <ann+x@hamburger.edu>\nSubject: dinner?\n\nx\n");
    let plan = house.plan(&letter, &[(house.ann, "ann+x@hamburger.edu")]).await;
    assert!(plan.answers[0].send(&house.store).await.unwrap().is_some());
    assert!(plan.answers[0].send(&house.store).await.unwrap().is_none(), "once");
    let queued = house.store.outbound_list(OutboundFilter::default(), None, 10).await.unwrap();
    assert_eq!(queued.len(), 1);
    assert_eq!(queued[0].0.reverse_path, ReversePath::Null);
}

#[tokio::test]
async fn lists_robots_nobody_and_oneself_are_not_answered() {
    let house = house().await;
    house.away(house.ann).await;
    for (header, from, answered) in [
        ("To: ann@hamburger.edu\n", ALICE, true),
        ("Cc: x@crepes.fr, ann@hamburger.edu\n", ALICE, true),
        ("To: ann@hamburger.edu\n", "", false),
        ("To: ann@hamburger.edu\n", ANN, false),
        ("To: ann@hamburger.edu\n", "noreply@crepes.fr", false),
        ("To: everybody@crepes.fr\n", ALICE, false),
        ("", ALICE, false),
        ("To: ann@hamburger.edu\nAuto-Submitted: auto-replied\n", ALICE, false),
        ("To: ann@hamburger.edu\nList-Id: <l.example>\n", ALICE, false),
        ("To: ann@hamburger.edu\nPrecedence: bulk\n", ALICE, false),
    ] {
        let mut letter = Letter::new(&format!("{header}Subject: x\n\nx\n"));
        letter.from = from;
        let plan = house.plan(&letter, &[(house.ann, ANN)]).await;
        assert_eq!(!plan.answers.is_empty(), answered, "{header} {from}");
    }
}

#[tokio::test]
async fn who_keeps_no_copy_keeps_none_but_what_is_not_sent_on_stays() {
    let house = house().await;
    house.forward(house.ann, "ann@elsewhere.example").await;
    house.store.set_forward_keeps_copy(house.ann, false).await.unwrap();
    let plan = house.plan(&Letter::new("Subject: x\n\nx\n"), &[(house.ann, ANN)]).await;
    assert_eq!((plan.local.len(), plan.outgoing.len()), (0, 1));
    let mut junk = Letter::new("Subject: x\n\nx\n");
    junk.junk = Some("forged");
    let plan = house.plan(&junk, &[(house.ann, ANN)]).await;
    assert_eq!((plan.local.len(), plan.outgoing.len()), (1, 0));
}
