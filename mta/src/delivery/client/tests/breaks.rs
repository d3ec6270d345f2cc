//! Hosts that hang up, fall silent, babble and lie.

use super::*;

#[tokio::test]
async fn a_host_that_hangs_up_before_the_final_dot_has_nothing() {
    let whole =
        "C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nC: Subject: x\nC: \nC: ..hi";
    let acts: Vec<&str> = whole.lines().collect();
    for hello in [HELLO, HELLO_PIPELINING] {
        for count in 0..=acts.len() {
            let script = format!("{hello}{}", acts[..count].join("\n"));
            let (answers, fault) = carry(script, &parcel(&["b@b.example"])).await;
            assert_eq!(fault, Some(Fault::Closed), "{hello} {count}");
            // Where the whole message has been written nobody knows how far the host read.
            let expected = if count > 5 { ["open", "perhaps"].as_slice() } else { &["open"] };
            assert!(expected.contains(&words(&answers)[0].as_str()), "{hello} {count} {answers:?}");
        }
    }
}

#[tokio::test]
async fn silence_after_the_final_dot_may_be_a_delivery() {
    let begin = format!(
        "{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: RCPT *\nC: DATA\nS: 250 a\nS: 550 b\nS: 250 c\nS: 354 go\nmessage *\n"
    );
    for end in ["", "raw 25", "S: hello", "S: 354 again", "raw 250-not yet\\r\\n"] {
        let (answers, fault) =
            carry(format!("{begin}{end}"), &parcel(&["b@b.example", "c@b.example"])).await;
        assert_eq!(words(&answers), ["rcpt 550", "perhaps"], "{end}");
        assert!(fault.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn each_step_has_its_time_and_no_more() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let steps = [
        ("", 5),
        ("S: 220 mx\nC: EHLO *", 5),
        (&format!("{HELLO}C: MAIL *"), 5),
        (&format!("{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *"), 5),
        (&format!("{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA"), 2),
        (
            &format!(
                "{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nmessage *"
            ),
            10,
        ),
    ];
    for (script, expected) in steps {
        let start = Instant::now();
        let (stream, _host) = host(format!("{script}\nsilence"));
        let fault = match Client::open(stream, terms()).await {
            Err(Trouble::Fault(fault)) => fault,
            Err(other) => panic!("{other}"),
            Ok(mut client) => {
                client.send(&parcel(&["b@b.example"]), &[0]).await;
                client.fault().cloned().unwrap()
            }
        };
        assert_eq!(fault, Fault::Timeout, "{script}");
        assert_eq!(start.elapsed().as_secs(), minutes(expected).as_secs(), "{script}");
    }
}

#[tokio::test(start_paused = true)]
async fn words_on_which_nothing_depends_have_little_time() {
    let script = format!("{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 550 b\nC: RSET\nsilence");
    let start = Instant::now();
    let (answers, fault) = carry(script, &parcel(&["b@b.example"])).await;
    assert_eq!((words(&answers), fault), (vec!["rcpt 550".to_owned()], Some(Fault::Timeout)));
    assert_eq!(start.elapsed().as_secs(), 60);
    let (stream, _host) = host(format!("{HELLO}C: QUIT\nsilence"));
    let client = Client::open(stream, terms()).await.unwrap();
    let start = Instant::now();
    client.quit().await;
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_an_octet_now_and_then_gains_nothing() {
    let (stream, mut far) = tokio::io::duplex(64);
    let _slow = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            tokio::io::AsyncWriteExt::write_all(&mut far, b"2").await.unwrap();
        }
    });
    let start = Instant::now();
    let outcome = Client::open(stream, terms()).await;
    assert_eq!(outcome.err(), Some(Trouble::Fault(Fault::Timeout)));
    assert_eq!(start.elapsed().as_secs(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_take_a_message_is_left_after_its_time() {
    let big =
        Parcel { source: Arc::new(Bytes::from(vec![b'x'; 200_000])), ..parcel(&["b@b.example"]) };
    let script =
        format!("{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nsilence");
    let start = Instant::now();
    let (answers, fault) = carry(script, &big).await;
    assert_eq!((words(&answers), fault), (vec!["open".to_owned()], Some(Fault::Timeout)));
    assert_eq!(start.elapsed().as_secs(), 180);
}

#[tokio::test(start_paused = true)]
async fn the_whole_conversation_has_an_end() {
    let mut terms = terms();
    terms.until = Instant::now() + Duration::from_secs(7);
    let script = format!("{HELLO}C: MAIL *\nsilence");
    let (answers, fault) = carry_with(script, &parcel(&["b@b.example"]), terms).await;
    assert_eq!((words(&answers), fault), (vec!["open".to_owned()], Some(Fault::OutOfTime)));
}

#[tokio::test]
async fn a_host_that_babbles_is_left_at_once() {
    for babble in
        ["220-hello\\r\\n", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "hello\\n", "220 \\r\\n250 \\r\\n"]
    {
        let (stream, host) = host(format!("babble {babble}"));
        let outcome = Client::open(stream, terms()).await;
        assert!(
            matches!(outcome.err(), Some(Trouble::Fault(Fault::Reply(_) | Fault::OutOfStep(_)))),
            "{babble}"
        );
        host.abort();
    }
}

#[tokio::test]
async fn a_reply_that_came_before_its_question_is_no_answer() {
    // It agrees to everything in advance.
    let yes = "S: 250 ok\n".repeat(20);
    for script in [
        format!("S: 220 mx\nC: EHLO *\nS: 250 mx\n{yes}C: MAIL *"),
        format!("{HELLO}C: MAIL *\n{yes}C: RCPT *"),
        format!("{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: DATA\n{yes}message *"),
        format!(
            "{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: DATA\nraw 250 a\\r\\n250 b\\r\\n354 c\\r\\n250 taken\\r\\n\nmessage *"
        ),
    ] {
        let (answers, fault) = carry(script.clone(), &parcel(&["b@b.example"])).await;
        assert_eq!(words(&answers), ["open"], "{script}");
        assert!(matches!(fault, Some(Fault::OutOfStep(_))), "{fault:?} {script}");
    }
}

#[tokio::test]
async fn a_host_that_takes_leave_unasked_is_understood() {
    let script =
        String::from("S: 220 mx\nC: EHLO *\nraw 250 mx\\r\\n421 4.3.2 closing\\r\\n\nsilence");
    let (answers, fault) = carry(script, &parcel(&["b@b.example"])).await;
    assert_eq!(words(&answers), ["open"]);
    assert!(matches!(fault, Some(Fault::Farewell(_))), "{fault:?}");
}

#[tokio::test]
async fn a_host_that_refuses_in_the_middle_of_a_message_is_heard() {
    let big =
        Parcel { source: Arc::new(Bytes::from(vec![b'x'; 1 << 20])), ..parcel(&["b@b.example"]) };
    for after in ["", "\nsilence"] {
        let script = format!(
            "{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\noctets 3 xxx\nS: 552 5.3.4 too big{after}"
        );
        let mut terms = terms();
        terms.limits.block_timeout = Duration::from_millis(200);
        let (answers, fault) = carry_with(script, &big, terms).await;
        assert_eq!(
            (words(&answers), fault),
            (vec!["content 552".to_owned()], Some(Fault::Interrupted))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_loses_what_was_sent_ahead_is_found_out() {
    // It throws away all that comes with MAIL, and waits for what it did not read.
    for (script, blamed) in [
        (format!("{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 a\nsilence"), true),
        (format!("{HELLO_PIPELINING}C: MAIL *\nS: 250 a"), true),
        (
            format!(
                "{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 a\nS: 354 go\nsilence"
            ),
            true,
        ),
        (
            format!(
                "{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 a\nS: 250 b\nS: 354 go\nmessage *\nsilence"
            ),
            false,
        ),
        (format!("{HELLO}C: MAIL *\nS: 250 a\nsilence"), false),
    ] {
        let (stream, _host) = host(script.clone());
        let mut client = Client::open(stream, terms()).await.unwrap();
        client.send(&parcel(&["b@b.example"]), &[0]).await;
        assert!(client.fault().is_some());
        assert_eq!(client.broke_ahead(), blamed, "{script}");
    }
}

#[derive(Debug)]
struct Broken;

impl crate::delivery::Source for Broken {
    fn octets(&self) -> u64 {
        100_000
    }

    fn read(&self, from: u64, _: usize) -> crate::delivery::Reading<'_> {
        Box::pin(async move {
            if from > 0 {
                Err(std::io::Error::other("the disk"))
            } else {
                Ok(Bytes::from_static(b"x"))
            }
        })
    }
}

#[tokio::test]
async fn a_message_that_can_not_be_read_to_its_end_gets_no_final_dot() {
    let (stream, host) = host(String::from(
        "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 8BITMIME\nC: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nmessage *",
    ));
    let mut client = Client::open(stream, terms()).await.unwrap();
    let broken = Parcel { source: Arc::new(Broken), ..parcel(&["b@b.example"]) };
    assert_eq!(words(&client.send(&broken, &[0]).await), ["denied 4.3.0"]);
    assert!(matches!(client.fault(), Some(Fault::Source(_))));
    // And what comes after it is not sent as a part of it.
    assert_eq!(words(&client.send(&parcel(&["b@b.example"]), &[0]).await), ["open"]);
    client.quit().await;
    assert_eq!(host.await.unwrap().unwrap_err(), "message *: the client hung up");
}
