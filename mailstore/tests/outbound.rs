//! The queue, verb by verb.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;
mod queue;

use std::time::Duration;

use house::{House, address, letter, noise};
use mailstore::*;
use message::{ReversePath, Timestamp};
use queue::{Queue, delivered, failed, in_seconds, later, outgoing, to};

#[tokio::test]
async fn local_copies_and_outbound_rows_are_one_transaction() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let sent = house.store.mailbox_for(bob, SpecialUse::Sent).await.unwrap().id;
    let copy = LocalRecipient {
        account: bob,
        address: address("bob@hamburger.edu"),
        mailbox: Some(sent),
        flags: Flags::SEEN,
        reason: None,
    };
    let forwarded = Outgoing {
        reverse_path: ReversePath::Null,
        ..outgoing(&house, None, &["carol@elsewhere.example"])
    };
    let out = vec![
        outgoing(&house, Some(bob), &["x@one.example", "y@two.example", "X@one.example"]),
        forwarded,
    ];
    let done = house.deliver_out(vec![copy.clone()], out.clone(), &letter("a", 200)).await.unwrap();
    assert_eq!((done.placed.len(), done.outbound.len()), (1, 2));
    assert_eq!(
        house.store.mailbox(bob, sent).await.unwrap().unseen,
        0,
        "what one sent oneself is read"
    );
    let shown = house.show(done.outbound[0]).await;
    assert_eq!(shown.message.recipients, 2, "an address that stands twice gets it once");
    assert_eq!(shown.message.reverse_path, ReversePath::Address(address("bob@hamburger.edu")));
    assert_eq!(house.show(done.outbound[1]).await.message.reverse_path, ReversePath::Null);
    assert_eq!(house.show(done.outbound[1]).await.message.trace, shown.message.trace);

    let facts = house.store.delivery_facts(done.content).await.unwrap().unwrap();
    assert_eq!(facts.recipients.len(), 1);
    assert_eq!(facts.elsewhere.len(), 4);
    let found = house.store.trace_address(&address("CAROL@elsewhere.example"), 5).await.unwrap();
    assert_eq!(found, [facts]);

    let nowhere = LocalRecipient { mailbox: Some(MailboxId::new(999)), ..copy };
    house.deliver_out(vec![nowhere], out, &letter("b", 200)).await.unwrap_err();
    assert_eq!(house.count("SELECT count(*) FROM outbound"), 2, "all or nothing");
    house.verify().await;
}

#[tokio::test]
async fn a_message_with_nobody_here_is_queued_and_one_with_nobody_at_all_is_refused() {
    let house = House::new();
    let out = vec![outgoing(&house, None, &["x@one.example"])];
    let done = house.deliver_out(Vec::new(), out, &letter("a", 200)).await.unwrap();
    assert_eq!(done.placed, []);
    assert_eq!(house.read(done.content).await, letter("a", 200));
    for out in [vec![], vec![outgoing(&house, None, &[])]] {
        let refused = house.deliver_out(Vec::new(), out, &letter("b", 200)).await;
        assert!(matches!(refused, Err(Error::NoRecipients)));
    }
    let stranger = Some(AccountId::new(99));
    let out = vec![outgoing(&house, stranger, &["x@one.example"])];
    let refused = house.deliver_out(Vec::new(), out, &letter("b", 200)).await;
    assert!(matches!(refused, Err(Error::NoSuchAccount)));
    house.verify().await;
}

#[tokio::test]
async fn everything_the_sender_asked_for_comes_out_with_the_lease() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let asked = Outgoing {
        recipients: vec![OutgoingRecipient {
            address: address("\"odd one\"@[192.0.2.7]"),
            notify: Notify::SUCCESS | Notify::DELAY,
            original: Some("rfc822;odd@x".to_owned()),
        }],
        body: BodyType::EightBitMime,
        smtputf8: true,
        requiretls: true,
        dsn: DsnRequest { ret: Some(DsnReturn::Headers), envid: Some("QQ".to_owned()) },
        ..outgoing(&house, Some(bob), &[])
    };
    let done = house.deliver_out(Vec::new(), vec![asked.clone()], &letter("a", 200)).await.unwrap();
    let leased = house.lease("[192.0.2.7]").await;
    let [leased] = leased.as_slice() else { unreachable!() };
    assert_eq!(
        (leased.outbound, leased.content, leased.account),
        (done.outbound[0], done.content, Some(bob))
    );
    assert_eq!(leased.octets, letter("a", 200).len() as u64);
    assert_eq!(leased.reverse_path, asked.reverse_path);
    assert_eq!((leased.accepted, leased.expires), (house.store.now(), asked.expires));
    assert_eq!((leased.body, leased.smtputf8, leased.requiretls), (asked.body, true, true));
    assert_eq!(leased.dsn, asked.dsn);
    let recipient = &leased.recipients[0];
    assert_eq!((&recipient.address, recipient.attempts), (&asked.recipients[0].address, 1));
    assert_eq!(recipient.notify, Notify::SUCCESS | Notify::DELAY);
    assert!(!recipient.notify.contains(Notify::NEVER) && Notify::NOT_GIVEN.is_empty());
    assert_eq!(recipient.original.as_deref(), Some("rfc822;odd@x"));
    assert!(!recipient.delay_told);
}

#[tokio::test]
async fn letters_go_before_bulk_and_the_longest_due_first() {
    let house = House::new();
    let bulk = Outgoing {
        priority: Priority::Bulk,
        ..outgoing(&house, None, &["n@news.example", "m@both.example"])
    };
    house.deliver_out(Vec::new(), vec![bulk], &letter("news", 200)).await.unwrap();
    house.watch.forward(10);
    house.queue(&["a@both.example", "b@both.example"]).await;
    house.watch.forward(10);
    house.queue(&["c@late.example"]).await;
    let due = house.store.outbound_domains_due(house.store.now(), 10).await.unwrap();
    let named: Vec<_> = due.iter().map(|one| (one.domain.as_str(), one.recipients)).collect();
    assert_eq!(named, [("both.example", 3), ("late.example", 1), ("news.example", 1)]);
    assert_eq!(house.store.outbound_domains_due(house.store.now(), 1).await.unwrap(), due[..1]);
    assert_eq!(house.store.outbound_domains_due(Timestamp::new(0), 10).await.unwrap(), []);

    let first =
        house.store.lease_outbound("both.example", 2, in_seconds(&house, 60)).await.unwrap();
    assert_eq!(to(&first), ["a@both.example", "b@both.example"]);
    let then = house.store.lease_outbound("both.example", 2, in_seconds(&house, 60)).await.unwrap();
    assert_eq!(to(&then), ["m@both.example"]);
    assert_eq!(house.lease("both.example").await.len(), 0);
    house.verify().await;
}

#[tokio::test]
async fn a_busy_destination_does_not_hide_when_the_next_one_is_due() {
    let house = House::new();
    let now = house.store.now();
    let at = |seconds: i64| Timestamp::new(now.seconds() + seconds);
    for (to, priority, seconds) in [
        ("a@busy.example", Priority::Letter, 0),
        ("b@later.example", Priority::Bulk, 30),
        ("c@latest.example", Priority::Letter, 60),
    ] {
        let out = Outgoing { not_before: at(seconds), priority, ..outgoing(&house, None, &[to]) };
        house.deliver_out(Vec::new(), vec![out], &letter("a", 99)).await.unwrap();
    }
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), Some(now));
    for (after, next) in [(-1, Some(0)), (0, Some(30)), (30, Some(60)), (60, None)] {
        let found = house.store.next_outbound_attempt_after(at(after)).await.unwrap();
        assert_eq!(found, next.map(at));
    }
}

#[tokio::test]
async fn due_recipients_of_one_destination_are_counted_up_to_the_limit() {
    let mut options = house::options();
    options.outbound.counted_max = 2;
    let house = House::with(options);
    for count in [1, 2, 2] {
        house.queue(&["a@one.example"]).await;
        let due = house.store.outbound_domains_due(house.store.now(), 10).await.unwrap();
        assert_eq!(due[0].recipients, count);
    }
}

#[tokio::test]
async fn the_next_try_is_written_before_the_try_and_the_schedule_hears_what_it_needs() {
    let house = House::new();
    let accepted = house.store.now();
    let later = Timestamp::new(accepted.seconds() + 100);
    let out = Outgoing { not_before: later, ..outgoing(&house, None, &["a@one.example"]) };
    house.deliver_out(Vec::new(), vec![out], &letter("a", 100)).await.unwrap();
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), Some(later));
    assert_eq!(house.lease("one.example").await.len(), 0, "its time has not come");
    house.watch.forward(100);
    for attempts in 1..4 {
        let now = house.store.now();
        let next = Timestamp::new(now.seconds() + 50);
        let leased = house.store.lease_outbound("one.example", 9, move |tried| {
            assert_eq!(*tried, Tried { attempts, accepted: later });
            next
        });
        assert_eq!(leased.await.unwrap()[0].recipients[0].attempts, attempts);
        assert_eq!(house.store.next_outbound_attempt().await.unwrap(), Some(next));
        let listed = house.pending().await;
        assert_eq!((listed[0].attempts, listed[0].last_attempt), (attempts, Some(now)));
        house.watch.forward(50);
    }
    house.verify().await;
}

#[tokio::test]
async fn a_crash_between_lease_and_settlement_means_one_more_try_later() {
    let mut house = House::new();
    house.queue(&["a@one.example"]).await;
    let leased = house.lease("one.example").await;
    house.reopen().await;
    assert_eq!(house.lease("one.example").await.len(), 0, "no loop");
    house.watch.forward(60);
    let again = house.lease("one.example").await;
    assert_eq!(again[0].recipients[0].attempts, 2, "no loss");
    let settled = house.store.settle_outbound(vec![delivered(&leased[0].recipients[0])]).await;
    assert_eq!(settled.unwrap(), [Settled::Done]);
    house.settled().await;
    house.verify().await;
    assert_eq!(house.count("SELECT count(*) FROM content"), 0);
}

#[tokio::test]
async fn who_is_being_tried_is_not_leased_again_however_long_it_takes() {
    let house = House::new();
    house.queue(&["a@one.example", "b@one.example"]).await;
    let first = house.lease("one.example").await;
    house.watch.forward(60);
    assert_eq!(house.lease("one.example").await.len(), 0);
    let still_trying = house.options.outbound.still_trying.as_secs() as i64;
    let next = house.store.next_outbound_attempt().await.unwrap().unwrap();
    assert_eq!(next.seconds(), house.store.now().seconds() + still_trying, "put off, not spun on");
    assert_eq!(house.pending().await[0].attempts, 1);
    house.verify().await;

    house.watch.forward(still_trying);
    let told = later(&first[0].recipients[0], None);
    house.store.settle_outbound(vec![told]).await.unwrap();
    let again = house.lease("one.example").await;
    assert_eq!(to(&again), ["a@one.example"], "told of: it is not being tried any more");
    drop(first);
    house.watch.forward(still_trying);
    let again = house.lease("one.example").await;
    assert_eq!(to(&again), ["b@one.example"], "whoever tried it is gone");
}

#[tokio::test]
async fn two_leases_at_once_never_take_the_same_recipient() {
    let house = House::new();
    let addresses: Vec<String> = (0..200).map(|number| format!("r{number}@one.example")).collect();
    house.queue(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let workers = (0..8).map(|_| {
        let (store, next) = (house.store.clone(), house.store.now().seconds() + 60);
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let leased =
                    store.lease_outbound("one.example", 7, move |_| Timestamp::new(next)).await;
                let leased = leased.unwrap();
                if leased.is_empty() {
                    return taken;
                }
                taken.extend(leased.iter().flat_map(|one| &one.recipients).map(|one| one.id));
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.unwrap());
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 200);
    assert_eq!(house.count("SELECT sum(attempts) FROM outbound_recipient"), 200);
    house.verify().await;
}

#[tokio::test]
async fn settling_counts_once_and_says_what_it_did() {
    let house = House::new();
    let out = house.queue(&["a@one.example", "b@one.example", "c@one.example"]).await;
    let leased = house.lease("one.example").await;
    let [a, b, c] = leased[0].recipients.as_slice() else { unreachable!() };
    let soon = Timestamp::new(house.store.now().seconds() + 5);
    let told = vec![delivered(a), failed(b), later(c, Some(soon))];
    let done = house.store.settle_outbound(told.clone()).await.unwrap();
    assert_eq!(done, [Settled::Done; 3]);
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), Some(soon));
    let nobody = Settlement { recipient: OutboundRecipientId::new(99), ..told[0].clone() };
    let again = vec![told[0].clone(), told[1].clone(), told[1].clone(), nobody];
    assert_eq!(
        house.store.settle_outbound(again).await.unwrap(),
        [
            Settled::Already(RecipientState::Delivered),
            Settled::Already(RecipientState::Failed),
            Settled::Already(RecipientState::Failed),
            Settled::Unknown
        ]
    );
    let shown = house.show(out).await;
    assert_eq!((shown.message.pending, shown.message.settled), (1, None));
    let states: Vec<_> =
        shown.recipients.iter().map(|(one, tries)| (one.state, tries.len())).collect();
    assert_eq!(
        states,
        [(RecipientState::Delivered, 1), (RecipientState::Failed, 1), (RecipientState::Waiting, 1)]
    );
    house.verify().await;

    house.store.settle_outbound(vec![delivered(c)]).await.unwrap();
    let shown = house.show(out).await;
    assert_eq!((shown.message.pending, shown.message.settled), (0, Some(house.store.now())));
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), None);
    house.settled().await;
    house.verify().await;
    assert_eq!(house.count("SELECT count(*) FROM content"), 0, "nobody needs it any more");
}

#[tokio::test]
async fn the_timeline_tells_every_try_word_for_word_within_its_limits() {
    let mut options = house::options();
    options.outbound.reply_octets_max = 20;
    options.outbound.word_octets_max = 10;
    let house = House::with(options);
    let out = house.queue(&["a@one.example"]).await;
    let begun = house.store.now();
    let leased = house.lease("one.example").await;
    let first = Settlement {
        host: Some("mx1.one.example".to_owned()),
        reply: "451-4.7.1 Come\r\n451 4.7.1 \x1b[31mback".to_owned(),
        tls: Some("TLS1.3 AES".to_owned()),
        ..later(&leased[0].recipients[0], None)
    };
    house.store.settle_outbound(vec![first]).await.unwrap();
    house.watch.forward(60);
    let leased = house.lease("one.example").await;
    let second = Settlement { host: None, ..delivered(&leased[0].recipients[0]) };
    house.store.settle_outbound(vec![second]).await.unwrap();

    let shown = house.show(out).await;
    let (recipient, tries) = &shown.recipients[0];
    assert_eq!(
        *tries,
        [
            OutboundAttempt {
                at: begun,
                outcome: Outcome::Later(None),
                host: Some("mx1.one.ex".to_owned()),
                reply: "451-4.7.1 Come\n451 4".to_owned(),
                tls: Some("TLS1.3 AES".to_owned()),
            },
            OutboundAttempt {
                at: house.store.now(),
                outcome: Outcome::Delivered,
                host: None,
                reply: "250 ok".to_owned(),
                tls: None,
            }
        ]
    );
    assert_eq!(recipient.last_reply.as_deref(), Some("250 ok"));
    let (trace, content) = (shown.message.trace.clone(), shown.message.content);
    assert_eq!(house.store.delivery_timeline(&trace).await.unwrap(), std::slice::from_ref(&shown));
    house.settled().await;
    let by_content = house.store.delivery_timeline_of(content).await.unwrap();
    assert_eq!(by_content[0].recipients, shown.recipients, "outlives the bytes");
    assert_eq!(by_content[0].message.octets, None);
    assert_eq!(house.store.delivery_timeline_of(ContentId::new(99)).await.unwrap(), []);
}

#[tokio::test]
async fn a_report_goes_with_its_settlement_once_or_not_at_all() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    house.queue(&["a@one.example", "b@one.example"]).await;
    let leased = house.lease("one.example").await;
    let [a, b] = leased[0].recipients.as_slice() else { unreachable!() };
    let slow = vec![later(a, None), later(b, None)];
    for told in [1, 1] {
        let report = house.report(bob, &letter("delayed", 300)).await;
        let (settled, _) =
            house.store.settle_with_report(slow.clone(), Some(report)).await.unwrap();
        assert_eq!(settled, [Settled::Done; 2]);
        assert_eq!(house.store.mailbox(bob, inbox).await.unwrap().messages, told);
        assert!(house.pending().await.iter().all(|one| one.delay_told));
    }
    let gone = vec![failed(a), failed(b)];
    for told in [true, false] {
        let report = house.report(bob, &noise("bounce", 300_000)).await;
        let (settled, delivered) =
            house.store.settle_with_report(gone.clone(), Some(report)).await.unwrap();
        assert_eq!(settled[0] == Settled::Done, told);
        assert_eq!(delivered.is_some(), told);
    }
    assert_eq!(house.store.mailbox(bob, inbox).await.unwrap().messages, 2);
    assert_eq!(house::files(&house.folder.path().join("content")), 1, "one bounce was thrown away");
    assert_eq!(house.store.settle_with_report(vec![failed(a)], None).await.unwrap().1, None);
    house.verify().await;
}

#[tokio::test]
async fn a_report_that_cannot_be_delivered_leaves_everything_as_it_was() {
    let house = House::new();
    let bob = house.account_with("bob@hamburger.edu", Some(0)).await;
    house.queue(&["a@one.example"]).await;
    let leased = house.lease("one.example").await;
    let report = house.report(bob, &letter("bounce", 300)).await;
    let refused =
        house.store.settle_with_report(vec![failed(&leased[0].recipients[0])], Some(report)).await;
    assert!(matches!(refused, Err(Error::OverQuota { .. })));
    assert_eq!(house.pending().await[0].state, RecipientState::Waiting);
    house.verify().await;
}

#[tokio::test]
async fn the_owner_holds_releases_retries_and_drops() {
    let house = House::new();
    let out = house.queue(&["a@one.example", "b@two.example"]).await;
    house.queue(&["c@one.example"]).await;
    let store = &house.store;
    let one = || Selection::Domain("ONE.example".to_owned());
    assert_eq!(store.hold_outbound(one()).await.unwrap(), 2);
    assert_eq!(store.hold_outbound(one()).await.unwrap(), 0);
    assert_eq!(house.lease("one.example").await.len(), 0);
    assert_eq!(store.retry_outbound(Selection::All).await.unwrap(), 0, "due already, or held");
    house.verify().await;
    assert_eq!(store.release_outbound(Selection::Message(out)).await.unwrap(), 1);
    let leased = house.lease("one.example").await;
    assert_eq!(to(&leased), ["a@one.example"]);
    drop(leased);
    assert_eq!(store.retry_outbound(Selection::All).await.unwrap(), 1);
    let leased = house.lease("one.example").await;
    assert_eq!(leased[0].recipients[0].attempts, 2);
    let a = leased[0].recipients[0].id;
    assert_eq!(store.drop_outbound(Selection::Recipient(a)).await.unwrap(), 1);
    assert_eq!(store.drop_outbound(Selection::Recipient(a)).await.unwrap(), 0);
    house.verify().await;
    assert_eq!(store.drop_outbound(Selection::All).await.unwrap(), 2, "the held one too");
    assert_eq!(store.release_outbound(Selection::All).await.unwrap(), 0);
    house.settled().await;
    house.verify().await;
    assert_eq!(house.count("SELECT count(*) FROM content"), 0);
    let shown = house.show(out).await;
    assert!(shown.recipients.iter().all(|(one, _)| one.state == RecipientState::Dropped));
    assert_eq!(store.hold_outbound(Selection::Message(OutboundId::new(99))).await.unwrap(), 0);
}

#[tokio::test]
async fn a_destination_is_found_however_it_is_written() {
    let house = House::new();
    house.queue(&["a@xn--xample-9ua.org", "b@[IPv6:2001:db8::1]", "c@one.example"]).await;
    for name in ["Éxample.ORG", "[ipv6:2001:DB8::1]", "One.Example"] {
        let filter = OutboundFilter { domain: Some(name.to_owned()), ..OutboundFilter::default() };
        assert_eq!(house.store.outbound_list(filter, None, 9).await.unwrap().len(), 1, "{name}");
        let named = Selection::Domain(name.to_owned());
        assert_eq!(house.store.hold_outbound(named).await.unwrap(), 1, "{name}");
    }
    let nothing = Selection::Domain("not a domain".to_owned());
    assert_eq!(house.store.hold_outbound(nothing).await.unwrap(), 0);
}

#[tokio::test]
async fn a_store_that_closes_in_the_middle_of_it_all_loses_and_doubles_nothing() {
    let mut house = House::new();
    let workers = (0..6).map(|worker| {
        let (store, next) = (house.store.clone(), house.store.now().seconds() + 1);
        let letters = (0..40).map(|turn| {
            let to = format!("r{worker}.{turn}@one.example");
            (to.clone(), outgoing(&house, None, &[&to]))
        });
        let letters: Vec<_> = letters.collect();
        tokio::spawn(async move {
            let (mut queued, mut sent) = (Vec::new(), Vec::new());
            for (to, out) in letters {
                match queue::deliver_out(&store, Vec::new(), vec![out], &letter("x", 300)).await {
                    Ok(_) => queued.push(to),
                    Err(_) => break,
                }
                let leased =
                    store.lease_outbound("one.example", 2, move |_| Timestamp::new(next)).await;
                let Ok(leased) = leased else { break };
                for one in leased.iter().flat_map(|one| &one.recipients) {
                    if let Ok(settled) = store.settle_outbound(vec![delivered(one)]).await {
                        assert_eq!(settled, [Settled::Done]);
                        sent.push(one.address.to_string());
                    }
                }
            }
            (queued, sent)
        })
    });
    let workers: Vec<_> = workers.collect();
    while house.count("SELECT count(*) FROM outbound_attempt") < 20 {
        tokio::task::yield_now().await;
    }
    house.store.close().await;
    let (mut queued, mut sent) = (Vec::new(), Vec::new());
    for worker in workers {
        let (his, gone) = worker.await.unwrap();
        queued.extend(his);
        sent.extend(gone);
    }
    house.reopen().await;
    house.verify().await;
    house.watch.forward(1);
    let left = house.lease("one.example").await;
    let told: Vec<_> = left.iter().flat_map(|one| &one.recipients).map(delivered).collect();
    let settled = house.store.settle_outbound(told.clone()).await.unwrap();
    assert_eq!(settled, vec![Settled::Done; told.len()]);
    sent.extend(to(&left));
    let counted = sent.len();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), counted, "somebody was settled twice");
    let lost: Vec<_> = queued.iter().filter(|one| sent.binary_search(one).is_err()).collect();
    // Settled by a commit whose answer did not come through any more.
    let unheard = house.count("SELECT count(*) FROM outbound_recipient WHERE state = 2");
    assert!(lost.len() + counted <= usize::try_from(unheard).unwrap(), "{lost:?}");
    assert_eq!(house.count("SELECT count(*) FROM outbound WHERE pending > 0"), 0);
    house.settled().await;
    house.verify().await;
}

#[tokio::test]
async fn what_was_held_or_dropped_in_the_middle_of_a_try_is_told_as_it_was() {
    let house = House::new();
    let out = house.queue(&["held@one.example", "dropped@one.example", "slow@one.example"]).await;
    let leased = house.lease("one.example").await;
    let [held, dropped, slow] = leased[0].recipients.as_slice() else { unreachable!() };
    for one in [held, slow] {
        house.store.hold_outbound(Selection::Recipient(one.id)).await.unwrap();
    }
    house.store.drop_outbound(Selection::Recipient(dropped.id)).await.unwrap();
    let told = vec![delivered(held), delivered(dropped), later(slow, None)];
    for _ in 0..2 {
        house.store.settle_outbound(told.clone()).await.unwrap();
    }
    let shown = house.show(out).await;
    let states: Vec<_> =
        shown.recipients.iter().map(|(one, tries)| (one.state, tries.len())).collect();
    assert_eq!(
        states,
        [(RecipientState::Delivered, 1), (RecipientState::Dropped, 1), (RecipientState::Held, 2)]
    );
    house.verify().await;
}

#[tokio::test]
async fn a_queue_longer_than_a_slice_is_changed_to_its_end() {
    let house = House::new();
    let addresses: Vec<String> =
        (0..1_001).map(|number| format!("r{number}@d{}.example", number % 3)).collect();
    house.queue(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(house.store.hold_outbound(Selection::All).await.unwrap(), 1_001);
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), None);
    assert_eq!(house.store.drop_outbound(Selection::All).await.unwrap(), 1_001);
    house.verify().await;
}

#[tokio::test]
async fn the_queue_is_listed_from_its_newest_and_filtered() {
    let mut options = house::options();
    options.outbound.listed_recipients_max = 2;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let account = (number % 2 == 0).then_some(bob);
        let to = format!("r{number}@{}.example", if number < 3 { "one" } else { "two" });
        let out = outgoing(&house, account, &[&to, "x@three.example", "y@three.example"]);
        ids.push(
            house.deliver_out(Vec::new(), vec![out], &letter("a", 99)).await.unwrap().outbound[0],
        );
    }
    let list = async |filter, before, limit| {
        let listed = house.store.outbound_list(filter, before, limit).await.unwrap();
        listed.into_iter().map(|(message, _)| message.id).collect::<Vec<_>>()
    };
    let all = OutboundFilter::default;
    assert_eq!(list(all(), None, 3).await, [ids[4], ids[3], ids[2]]);
    assert_eq!(list(all(), Some(ids[2]), 3).await, [ids[1], ids[0]]);
    let one = OutboundFilter { domain: Some("ONE.example".to_owned()), ..all() };
    assert_eq!(list(one.clone(), None, 9).await, [ids[2], ids[1], ids[0]]);
    let his = OutboundFilter { account: Some(bob), ..one };
    assert_eq!(list(his, None, 9).await, [ids[2], ids[0]]);
    let held = OutboundFilter { held: true, ..all() };
    assert_eq!(list(held.clone(), None, 9).await, []);
    let leased = house.lease("one.example").await;
    house.store.hold_outbound(Selection::Recipient(leased[0].recipients[0].id)).await.unwrap();
    assert_eq!(list(held, None, 9).await, [ids[0]]);

    let listed = house.store.outbound_list(all(), None, 9).await.unwrap();
    let (message, recipients) = &listed[4];
    assert_eq!((message.recipients, message.pending, message.held, recipients.len()), (3, 3, 1, 2));
    house.store.drop_outbound(Selection::Message(ids[4])).await.unwrap();
    assert_eq!(list(all(), None, 1).await, [ids[3]]);
    let sent = house.store.outbound_of_account(bob, None, 9).await.unwrap();
    let sent: Vec<_> = sent.iter().map(|(message, _)| (message.id, message.pending)).collect();
    assert_eq!(sent, [(ids[4], 0), (ids[2], 3), (ids[0], 3)]);
    assert_eq!(house.store.outbound_of_account(bob, Some(ids[2]), 9).await.unwrap().len(), 1);

    let stats = house.store.outbound_stats(1).await.unwrap();
    assert_eq!((stats.messages, stats.waiting, stats.held), (4, 11, 1));
    assert_eq!((stats.destinations, stats.oldest), (3, Some(house.store.now())));
    assert_eq!((stats.busiest[0].domain.as_str(), stats.busiest[0].waiting), ("three.example", 8));
    assert_eq!(house.store.outbound_show(OutboundId::new(99)).await.unwrap(), None);
}

#[tokio::test]
async fn a_recipient_that_is_here_is_filed_and_settled_in_one_transaction() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let inbox = house.inbox(bob).await.id;
    for (number, sent) in [letter("one", 300), noise("two", 300_000)].iter().enumerate() {
        let out = outgoing(&house, None, &["bob@hamburger.edu"]);
        let done = house.deliver_out(Vec::new(), vec![out], sent).await.unwrap();
        let leased = house.lease("hamburger.edu").await;
        let recipient = leased[0].recipients[0].id;
        let here = || LocalRecipient {
            account: bob,
            address: address("bob@hamburger.edu"),
            mailbox: None,
            flags: Flags::FLAGGED,
            reason: None,
        };
        let next = outgoing(&house, None, &["bob@elsewhere.example"]);
        let filed = house
            .store
            .deliver_outbound_here(recipient, vec![here(), here()], vec![next.clone()])
            .await
            .unwrap();
        assert_eq!((filed.settled, filed.placed.len()), (Settled::Done, 1));
        let again = house.store.deliver_outbound_here(recipient, vec![here()], vec![next]).await;
        assert_eq!(again.unwrap().settled, Settled::Already(RecipientState::Delivered));
        let rows = house.store.messages(inbox, &UidSet::all()).await.unwrap();
        assert_eq!(rows.len(), number + 1);
        assert_eq!((rows[number].content, rows[number].flags), (done.content, Flags::FLAGGED));
        assert_eq!(&house.read(done.content).await, sent);
        let trace = house.show(done.outbound[0]).await.message.trace;
        let timeline = house.store.delivery_timeline(&trace).await.unwrap();
        assert_eq!(timeline.len(), 2, "and where it was led on to");
        assert_eq!(timeline[1].message.id, filed.outbound[0]);
        house.verify().await;
        house.store.drop_outbound(Selection::Message(filed.outbound[0])).await.unwrap();
        house.settled().await;
        let again = house.store.deliver_outbound_here(recipient, vec![here()], vec![]).await;
        assert_eq!(again.unwrap().settled, Settled::Already(RecipientState::Delivered));
        let refused = house.store.deliver_outbound_here(recipient, vec![], vec![]).await;
        assert!(matches!(refused, Err(Error::NoRecipients)));
    }
    house.store.expunge(inbox, Expunge::Uids(UidSet::all())).await.unwrap();
    house.settled().await;
    let here = LocalRecipient {
        account: bob,
        address: address("bob@hamburger.edu"),
        mailbox: None,
        flags: Flags::NONE,
        reason: None,
    };
    let gone = house
        .store
        .deliver_outbound_here(OutboundRecipientId::new(1), vec![here.clone()], vec![])
        .await
        .unwrap();
    assert_eq!(gone.settled, Settled::Already(RecipientState::Delivered));
    let nobody = house
        .store
        .deliver_outbound_here(OutboundRecipientId::new(99), vec![here], vec![])
        .await
        .unwrap();
    assert_eq!(nobody.settled, Settled::Unknown);
    assert_eq!(house.count("SELECT count(*) FROM content"), 0);
    house.verify().await;
}

#[tokio::test]
async fn a_letter_filed_late_joins_its_conversation() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.deliver(&["bob@hamburger.edu"], &letter("lunch", 200)).await.unwrap();
    let answer = b"From: a@b.example\r\nMessage-ID: <2@b>\r\nIn-Reply-To: <lunch@crepes.fr>\r\nSubject: Re: x\r\n\r\nyes\r\n";
    let out = outgoing(&house, None, &["bob@hamburger.edu"]);
    house.deliver_out(Vec::new(), vec![out], answer).await.unwrap();
    let leased = house.lease("hamburger.edu").await;
    let local = vec![LocalRecipient {
        account: bob,
        address: address("bob@hamburger.edu"),
        mailbox: None,
        flags: Flags::NONE,
        reason: None,
    }];
    house.store.deliver_outbound_here(leased[0].recipients[0].id, local, Vec::new()).await.unwrap();
    let rows = house.store.messages(house.inbox(bob).await.id, &UidSet::all()).await.unwrap();
    assert_eq!(rows[0].conversation, rows[1].conversation);
    house.verify().await;
}

#[tokio::test]
async fn a_message_can_be_called_back_until_its_time_comes() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let drafts = house.store.mailbox_for(bob, SpecialUse::Drafts).await.unwrap().id;
    let later = Timestamp::new(house.store.now().seconds() + 10);
    let undoable = async |subject: &str| {
        let to = ["x@one.example", "secret@two.example"];
        let out = Outgoing { not_before: later, ..outgoing(&house, Some(bob), &to) };
        house.deliver_out(Vec::new(), vec![out], &letter(subject, 200)).await.unwrap().outbound[0]
    };
    let (first, second, third) = (undoable("a").await, undoable("b").await, undoable("c").await);
    let others = house.store.cancel_outbound(ann, first, None).await;
    assert!(matches!(others, Err(Error::NotFound(_))));
    let cancelled = house.store.cancel_outbound(bob, first, Some(drafts)).await.unwrap();
    let named: Vec<String> = cancelled.recipients.iter().map(ToString::to_string).collect();
    assert_eq!(named, ["x@one.example", "secret@two.example"]);
    let again = house.store.cancel_outbound(bob, first, None).await;
    assert!(matches!(again, Err(Error::OnItsWay)));
    let bare = house.store.cancel_outbound(bob, second, None).await.unwrap();
    assert_eq!(bare.placed, None);
    house.settled().await;
    house.verify().await;
    let rows = house.store.messages(drafts, &UidSet::all()).await.unwrap();
    assert_eq!((rows.len(), rows[0].content), (1, cancelled.content));
    assert_eq!(rows[0].flags, Flags::DRAFT | Flags::SEEN);
    assert_eq!(house.read(cancelled.content).await, letter("a", 200));

    house.watch.forward(9);
    let wrong = house.store.cancel_outbound(bob, third, Some(MailboxId::new(99))).await;
    assert!(matches!(wrong, Err(Error::NoSuchMailbox)));
    assert_eq!(house.show(third).await.message.pending, 2, "not called back into nowhere");
    house.watch.forward(1);
    let late = house.store.cancel_outbound(bob, third, None).await;
    assert!(matches!(late, Err(Error::OnItsWay)));
    assert_eq!(house.lease("one.example").await.len(), 1);
}

#[tokio::test]
async fn a_message_can_be_put_off_or_brought_forward_until_its_time_comes() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let at = |seconds: i64| Timestamp::new(house.store.now().seconds() + seconds);
    let out = Outgoing { not_before: at(100), ..outgoing(&house, Some(bob), &["x@one.example"]) };
    let expires = out.expires.seconds();
    let out = house.deliver_out(Vec::new(), vec![out], &letter("a", 99)).await.unwrap().outbound[0];
    house.store.reschedule_outbound(bob, out, at(500)).await.unwrap();
    assert_eq!(house.store.next_outbound_attempt().await.unwrap(), Some(at(500)));
    assert_eq!(house.show(out).await.message.expires.seconds(), expires + 400);
    assert_eq!(
        house.store.retry_outbound(Selection::All).await.unwrap(),
        0,
        "nothing before its time"
    );
    house.verify().await;
    house.store.reschedule_outbound(bob, out, at(0)).await.unwrap();
    assert_eq!(house.lease("one.example").await.len(), 1, "now");
    let late = house.store.reschedule_outbound(bob, out, at(9)).await;
    assert!(matches!(late, Err(Error::OnItsWay)));
    house.verify().await;
}

#[tokio::test]
async fn whoever_waits_for_the_queue_is_woken() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let woken = async |why: &str| {
        let woken = tokio::time::timeout(Duration::from_secs(20), house.store.outbound_wake());
        assert!(woken.await.is_ok(), "not woken: {why}");
    };
    let later = Timestamp::new(house.store.now().seconds() + 10);
    let out = Outgoing { not_before: later, ..outgoing(&house, Some(bob), &["x@one.example"]) };
    let out = house.deliver_out(Vec::new(), vec![out], &letter("a", 99)).await.unwrap().outbound[0];
    woken("queued").await;
    house.store.reschedule_outbound(bob, out, house.store.now()).await.unwrap();
    woken("brought forward").await;
    house.store.hold_outbound(Selection::All).await.unwrap();
    house.store.release_outbound(Selection::All).await.unwrap();
    woken("released").await;
    drop(house.lease("one.example").await);
    house.store.retry_outbound(Selection::All).await.unwrap();
    woken("to be tried again").await;
    let quiet = tokio::time::timeout(Duration::from_millis(1), house.store.outbound_wake());
    assert!(quiet.await.is_err(), "woken for nothing");
    let other = house::open(house.folder.path(), &house.options, &house.watch);
    other.hold_outbound(Selection::All).await.unwrap();
    woken("another process wrote").await;
    other.close().await;
}

#[tokio::test]
async fn what_was_settled_long_ago_is_forgotten_and_what_is_pending_is_not() {
    let mut house = House::new();
    let old = house.queue(&["a@one.example", "b@one.example"]).await;
    let held = house.queue(&["c@two.example"]).await;
    house.store.hold_outbound(Selection::Message(held)).await.unwrap();
    let leased = house.lease("one.example").await;
    let told = leased[0].recipients.iter().map(delivered).collect();
    house.store.settle_outbound(told).await.unwrap();
    let kept = house.options.outbound.kept.as_secs() as i64;
    house.watch.forward(kept - 1);
    house.store.drop_outbound(Selection::Message(held)).await.unwrap();
    house.reopen().await;
    house.pruned().await;
    assert!(house.store.outbound_show(old).await.unwrap().is_some(), "kept as long as it should");
    house.watch.forward(2);
    house.reopen().await;
    house.pruned().await;
    assert_eq!(house.store.outbound_show(old).await.unwrap(), None);
    assert_eq!(house.count("SELECT count(*) FROM outbound_attempt"), 0);
    assert!(house.store.outbound_show(held).await.unwrap().is_some(), "it was settled later");
    house.watch.forward(kept);
    house.reopen().await;
    house.pruned().await;
    assert_eq!(house.count("SELECT count(*) FROM outbound_recipient"), 0);
    house.verify().await;
}

#[tokio::test]
async fn what_was_leased_and_not_tried_is_due_at_once_and_was_no_try() {
    let house = House::new();
    house.queue(&["a@one.example", "b@one.example"]).await;
    let leased = house.lease("one.example").await;
    let ids = leased[0].recipients.iter().map(|one| one.id).collect();
    assert!(house.lease("one.example").await.is_empty());
    house.store.give_back_outbound(ids).await.unwrap();
    drop(leased);
    assert!(house.pending().await.iter().all(|one| one.attempts == 0));
    assert_eq!(house.lease("one.example").await[0].recipients.len(), 2);
    house.verify().await;
}

#[tokio::test]
async fn what_a_removed_account_wanted_to_send_does_not_leave() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let out = |account| vec![outgoing(&house, Some(account), &["x@one.example"])];
    for account in [bob, ann] {
        house.deliver_out(Vec::new(), out(account), &letter("spam", 200)).await.unwrap();
    }
    house.store.remove_account(bob).await.unwrap();
    let leased = house.lease("one.example").await;
    assert_eq!(leased.iter().map(|one| one.account).collect::<Vec<_>>(), [Some(ann)]);
    drop(leased);
    house.verify().await;
}
