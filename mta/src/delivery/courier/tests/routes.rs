//! Which hosts are tried, and what they say.

use super::*;

#[tokio::test]
async fn the_most_wanted_host_gets_everything_over_one_connection() {
    let scene = scene(ZONE);
    scene.at(ONE_BY_IPV6, format!("{HELLO}{}{QUIT}", TAKE.repeat(20)));
    let (settled, report) = scene.deliver((0..20).map(parcel).collect()).await;
    assert_eq!(scene.world.dialled(), [ONE_BY_IPV6]);
    let numbers: Vec<i64> = settled.iter().map(|settled| settled.parcel.number).collect();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    for settled in &settled {
        let outcome = &settled.outcomes[0];
        assert_eq!(words(outcome), "delivered 2.0.0 one.b.example");
        assert_eq!((outcome.reply.as_str(), outcome.said_by_host), ("250 2.0.0 taken", true));
        assert_eq!(outcome.address, Some("2001:db8::1".parse().unwrap()));
        assert!(outcome.tls.is_none() && !outcome.perhaps_delivered && !outcome.dsn_passed_on);
    }
    assert!(report.was_served && report.obstacle.is_none() && !report.memory.had_tls);
    scene.no_surprises().await;
}

#[tokio::test]
async fn hosts_that_do_not_listen_are_passed_over() {
    let scene = scene(ZONE);
    scene.at(ONE_BY_IPV6, "S: 421 4.3.2 busy");
    scene.at(ONE, "S: 554 5.7.1 not you");
    scene.at(TWO, format!("{HELLO}{TAKE}{QUIT}"));
    let (outcome, _) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "delivered 2.0.0 two.b.example");
    assert_eq!(scene.world.dialled(), [ONE_BY_IPV6, ONE, TWO]);
    scene.no_surprises().await;
}

#[tokio::test]
async fn when_all_refuse_us_for_good_mail_fails_with_their_words() {
    let scene = scene(ZONE);
    for address in [ONE_BY_IPV6, ONE, TWO] {
        scene.at(
            address,
            "S: 554-5.7.1 Your address is on a list:\nS: 554 5.7.1 https://list.example",
        );
    }
    let (settled, report) = scene.deliver(vec![parcel(0), parcel(1)]).await;
    assert_eq!(settled.len(), 2);
    for settled in &settled {
        assert_eq!(words(&settled.outcomes[0]), "failed 5.7.1 two.b.example");
        assert_eq!(
            settled.outcomes[0].reply,
            "554-5.7.1 Your address is on a list: 554 5.7.1 https://list.example"
        );
    }
    assert!(!report.was_served && report.obstacle.is_some());
    // As long as one of them may come back it is for now.
    for address in [ONE_BY_IPV6, TWO] {
        scene.at(address, "S: 554 5.7.1 no");
    }
    let (outcome, _) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.4.1 one.b.example");
    assert_eq!(outcome.reply, "no connection to the host: connection refused");
}

#[tokio::test]
async fn a_refusal_of_a_message_is_the_last_word() {
    for (script, expected) in [
        ("C: MAIL *\nS: 550 5.7.1 no\n", "failed 5.7.1 one.b.example"),
        ("C: MAIL *\nS: 451 4.7.1 no\n", "later 4.7.1 one.b.example"),
        (
            "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 550 no\nC: RSET\nS: 250 ok\n",
            "failed 5.0.0 one.b.example",
        ),
        (
            "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 450 no\nC: RSET\nS: 250 ok\n",
            "later 4.0.0 one.b.example",
        ),
        (
            "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 554 no\nC: RSET\nS: 250 ok\n",
            "failed 5.0.0 one.b.example",
        ),
        (
            "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nmessage *\nS: 550 5.6.0 no\n",
            "failed 5.6.0 one.b.example",
        ),
        (
            "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nmessage *\nS: 452 4.3.1 no\n",
            "later 4.3.1 one.b.example",
        ),
    ] {
        let scene = scene(ZONE);
        scene.at(ONE_BY_IPV6, format!("{HELLO}{script}{QUIT}"));
        let (outcome, _) = scene.deliver_one().await;
        assert_eq!(words(&outcome), expected);
        assert_eq!(scene.world.dialled(), [ONE_BY_IPV6], "{script}");
        scene.no_surprises().await;
    }
}

#[tokio::test]
async fn without_a_way_nobody_is_tried() {
    let scene = scene("b.example MX 0 .");
    let (settled, report) = scene.deliver((0..3).map(parcel).collect()).await;
    assert_eq!(settled.len(), 3);
    for settled in &settled {
        assert_eq!(words(&settled.outcomes[0]), "failed 5.1.10 nobody");
    }
    assert_eq!(report.obstacle.unwrap().status.to_string(), "5.1.10");
    let scene = super::scene("b.example MX 10 me.example");
    assert_eq!(words(&scene.deliver_one().await.0), "failed 5.4.6 nobody");
    let scene = super::scene("b.example MX 10 x.example\nx.example A 127.0.0.1");
    assert_eq!(words(&scene.deliver_one().await.0), "failed 5.4.6 nobody");
    scene.zone.go_down(dns::Fault::Timeout);
    assert_eq!(words(&scene.deliver_one().await.0), "later 4.4.3 nobody");
    assert_eq!(scene.world.dialled().len(), 0);
}

#[tokio::test]
async fn nothing_to_carry_asks_nobody() {
    let scene = scene(ZONE);
    let (settled, _) = scene.deliver(Vec::new()).await;
    assert!(settled.is_empty() && scene.zone.queries() == 0);
}

#[tokio::test]
async fn recipients_are_settled_one_by_one() {
    let scene = scene(ZONE);
    let mut three = parcel(0);
    for address in ["cid@b.example", "dan@b.example"] {
        three.recipients.push(Recipient::new(Address::parse(address).unwrap()));
    }
    scene.at(
        ONE_BY_IPV6,
        format!(
            "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250-PIPELINING\nS: 250 DSN\nC: MAIL *\nC: RCPT *\nC: RCPT *\n\
             C: RCPT *\nC: DATA\nS: 250 a\nS: 250 b\nS: 550 5.1.1 c\nS: 451 4.7.1 d\nS: 354 go\nmessage *\nS: 250 e\n{QUIT}"
        ),
    );
    let (settled, _) = scene.deliver(vec![three]).await;
    let outcomes: Vec<String> = settled[0].outcomes.iter().map(words).collect();
    let host = "one.b.example";
    assert_eq!(
        outcomes,
        [
            format!("delivered 2.0.0 {host}"),
            format!("failed 5.1.1 {host}"),
            format!("later 4.7.1 {host}")
        ]
    );
    let told: Vec<bool> = settled[0].outcomes.iter().map(|outcome| outcome.dsn_passed_on).collect();
    assert_eq!(told, [true, false, false]);
    scene.no_surprises().await;
}

#[tokio::test]
async fn a_long_reply_is_cut() {
    let mut scene = scene(ZONE);
    scene.settings.limits.reply_octets_max = 11;
    let script = "C: MAIL *\nS: 550 5.7.1 éé and so on\n";
    scene.at(ONE_BY_IPV6, format!("{HELLO}{script}{QUIT}"));
    assert_eq!(scene.deliver_one().await.0.reply, "550 5.7.1 ");
}
