//! Conversations that break, and time.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

#[tokio::test]
async fn a_message_that_a_host_did_not_get_whole_goes_to_the_next() {
    for script in [
        "",
        "S: 220 mx",
        "raw 2",
        "S: 220 mx\nC: EHLO *\nS: 250 mx\nC: MAIL *",
        "S: 220 mx\nC: EHLO *\nS: 250 mx\nC: MAIL *\nS: 421 bye",
        "S: 220 mx\nC: EHLO *\nS: 250 mx\nC: MAIL *\nS: 250 a\nC: RCPT *",
        "S: 220 mx\nC: EHLO *\nS: 250 mx\nC: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA",
        "S: 220 mx\nC: EHLO *\nS: 250 mx\nC: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 999 what",
    ] {
        let scene = scene(ZONE);
        scene.at(ONE_BY_IPV6, script);
        scene.at(TWO, format!("{HELLO}{TAKE}{QUIT}"));
        let (outcome, _) = scene.deliver_one().await;
        assert_eq!(words(&outcome), "delivered 2.0.0 two.b.example", "{script}");
        assert!(!outcome.perhaps_delivered);
    }
}

#[tokio::test]
async fn a_message_that_a_host_may_have_goes_nowhere_else() {
    let scene = scene(ZONE);
    let begin = "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nmessage *";
    scene.at(ONE_BY_IPV6, format!("{HELLO}{begin}"));
    scene.at(TWO, format!("{HELLO}{TAKE}{QUIT}"));
    let (settled, _) = scene.deliver(vec![parcel(0), parcel(1)]).await;
    assert_eq!(words(&settled[0].outcomes[0]), "later 4.4.2 one.b.example");
    assert_eq!(
        settled[0].outcomes[0].reply,
        "the message was sent, and then the host closed the connection"
    );
    assert!(settled[0].outcomes[0].perhaps_delivered);
    // The others go on, elsewhere: one possible double is enough.
    assert_eq!(settled[1].parcel.number, 1);
    assert_eq!(words(&settled[1].outcomes[0]), "delivered 2.0.0 two.b.example");
    scene.no_surprises().await;
}

#[tokio::test]
async fn a_host_that_hangs_up_after_some_messages_is_called_again() {
    let scene = scene(ZONE);
    for _ in 0..3 {
        scene.at(
            ONE_BY_IPV6,
            format!("{HELLO}{}C: MAIL *\nS: 421 4.7.0 that is enough", TAKE.repeat(2)),
        );
    }
    scene.at(ONE_BY_IPV6, format!("{HELLO}{TAKE}{QUIT}"));
    let (settled, _) = scene.deliver((0..7).map(parcel).collect()).await;
    assert!(settled.iter().all(|settled| settled.outcomes[0].verdict == Verdict::Delivered));
    assert_eq!(scene.world.dialled(), [ONE_BY_IPV6; 4]);
    scene.no_surprises().await;
}

#[tokio::test]
async fn a_message_that_breaks_every_conversation_does_not_hold_up_the_others() {
    let scene = scene(ZONE);
    let breaks = "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nC: Subject: x";
    let mut big = parcel(7);
    big.source = Arc::new(Bytes::from(format!("Subject: x\r\n\r\n{}", "x\r\n".repeat(10_000))));
    scene.at(ONE_BY_IPV6, format!("{HELLO}{TAKE}{breaks}"));
    scene.at(ONE_BY_IPV6, format!("{HELLO}{TAKE}{TAKE}{breaks}"));
    let parcels = vec![parcel(0), big, parcel(1), parcel(2)];
    let (settled, _) = scene.deliver(parcels).await;
    for settled in &settled {
        let expected = if settled.parcel.number == 7 { Verdict::Later } else { Verdict::Delivered };
        assert_eq!(settled.outcomes[0].verdict, expected, "{:?}", settled.outcomes);
    }
    assert_eq!(settled.len(), 4);
    // And nobody is called without a message to give.
    assert_eq!(scene.world.dialled(), [ONE_BY_IPV6; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_loses_what_is_sent_ahead_is_talked_to_step_by_step() {
    let scene = scene(ZONE);
    let hello = "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 PIPELINING\n";
    scene.at(ONE_BY_IPV6, format!("{hello}C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 a\nsilence"));
    scene.at(ONE_BY_IPV6, format!("{hello}{TAKE}{TAKE}{QUIT}"));
    let (settled, _) = scene.deliver(vec![parcel(0), parcel(1)]).await;
    assert!(settled.iter().all(|settled| settled.outcomes[0].verdict == Verdict::Delivered));
    assert_eq!(scene.world.dialled(), [ONE_BY_IPV6; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answers_costs_its_time_and_no_more() {
    let scene = scene("b.example MX 10 one.b.example\none.b.example A 192.0.2.1\n");
    scene.world.at(ONE, Door::Silent);
    let start = Instant::now();
    let (outcome, _) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.4.1 one.b.example");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_has_an_end_whatever_hosts_do() {
    let mut scene = scene(ZONE);
    scene.settings.limits.time_max = Duration::from_secs(400);
    for address in [ONE_BY_IPV6, ONE, TWO] {
        scene.at(address, "silence");
    }
    let start = Instant::now();
    let (settled, _) = scene.deliver(vec![parcel(0), parcel(1)]).await;
    assert!(settled.iter().all(|settled| settled.outcomes[0].verdict == Verdict::Later));
    assert_eq!((settled.len(), start.elapsed().as_secs()), (2, 400));
}

#[tokio::test]
async fn connections_of_one_delivery_are_limited() {
    for (connections_max, verdict) in [(3, Verdict::Delivered), (2, Verdict::Later)] {
        let mut scene = scene(ZONE);
        scene.settings.limits.connections_max = connections_max;
        scene.at(TWO, format!("{HELLO}{TAKE}{QUIT}"));
        assert_eq!(scene.deliver_one().await.0.verdict, verdict);
    }
}

/// Hands out a parcel whenever it is asked, for ever.
struct Endless(i64, Vec<Verdict>);

impl Desk for Endless {
    fn next(&mut self) -> Desking<'_, Option<Parcel>> {
        self.0 += 1;
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Some(parcel(self.0))
        })
    }

    fn settle(&mut self, settled: Settled) -> Desking<'_, ()> {
        self.1.push(settled.outcomes[0].verdict);
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test(start_paused = true)]
async fn more_is_handed_out_while_the_connection_is_open_until_others_have_their_turn() {
    let scene = scene(ZONE);
    scene.at(ONE_BY_IPV6, format!("{HELLO}{}{QUIT}", TAKE.repeat(10)));
    let mut desk = Endless(0, Vec::new());
    let report = scene.courier().serve(Timestamp::new(0), &scene.destination(), &mut desk).await;
    assert_eq!(desk.1, vec![Verdict::Delivered; 10]);
    assert!(report.was_served);
    scene.no_surprises().await;
}
