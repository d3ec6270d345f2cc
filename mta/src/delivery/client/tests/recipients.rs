//! Refusals, recipient by recipient.

use super::*;

/// A conversation of one message, with the replies to its commands as they stand.
fn dialogue(recipients: usize, replies: &str, end: &str) -> String {
    let rcpts = "C: RCPT TO:*\n".repeat(recipients);
    format!("{HELLO_PIPELINING}C: MAIL FROM:*\n{rcpts}C: DATA\n{replies}\n{end}\nC: QUIT")
}

const THREE: [&str; 3] = ["b@b.example", "c@b.example", "d@b.example"];

#[tokio::test]
async fn each_recipient_has_an_answer_of_its_own() {
    let script = dialogue(
        3,
        "S: 250 ok\nS: 550 5.1.1 no such\nS: 250 ok\nS: 451 4.7.1 later\nS: 354 go",
        "message *\nS: 250 ok",
    );
    let (answers, fault) = carry(script, &parcel(&THREE)).await;
    assert_eq!(words(&answers), ["rcpt 550", "taken", "rcpt 451"]);
    assert_eq!(fault, None);
}

#[tokio::test]
async fn a_host_that_refuses_all_and_takes_data_gets_an_empty_message() {
    let script = dialogue(
        3,
        "S: 250 ok\nS: 550 no\nS: 550 no\nS: 450 no\nS: 354 go",
        "C: .\nS: 554 no valid recipients",
    );
    let (answers, fault) = carry(script, &parcel(&THREE)).await;
    assert_eq!(words(&answers), ["rcpt 550", "rcpt 550", "rcpt 450"]);
    assert_eq!(fault, None);
}

#[tokio::test]
async fn when_all_are_refused_there_is_no_message_and_the_next_one_begins_anew() {
    let script =
        dialogue(1, "S: 250 ok\nS: 550 no\nS: 503 no valid recipients", "C: RSET\nS: 250 ok");
    let (answers, _) = carry(script, &parcel(&["b@b.example"])).await;
    assert_eq!(words(&answers), ["rcpt 550"]);
    let script = format!(
        "{HELLO}C: MAIL FROM:*\nS: 250 ok\nC: RCPT *\nS: 550 no\nC: RSET\nS: 250 ok\nC: QUIT"
    );
    let (answers, _) = carry(script, &parcel(&["b@b.example"])).await;
    assert_eq!(words(&answers), ["rcpt 550"]);
}

#[tokio::test]
async fn a_refusal_of_the_sender_is_one_for_all() {
    for code in [451, 550] {
        let script = dialogue(
            2,
            &format!("S: {code} no\nS: 503 mail first\nS: 503 mail first\nS: 503 mail first"),
            "C: RSET\nS: 250 ok",
        );
        let (answers, _) = carry(script, &parcel(&THREE[..2])).await;
        assert_eq!(words(&answers), [format!("mail {code}"), format!("mail {code}")]);
        let script = format!("{HELLO}C: MAIL FROM:*\nS: {code} no\nC: QUIT");
        let (answers, _) = carry(script, &parcel(&THREE[..1])).await;
        assert_eq!(words(&answers), [format!("mail {code}")]);
    }
}

#[tokio::test]
async fn data_and_the_message_may_be_refused_too() {
    for (code, hello) in [(451, HELLO_PIPELINING), (554, HELLO_PIPELINING)] {
        let begin = format!(
            "{hello}C: MAIL *\nC: RCPT *\nC: RCPT *\nC: DATA\nS: 250 a\nS: 250 b\nS: 550 c\n"
        );
        let script = format!("{begin}S: {code} no\nC: RSET\nS: 250 ok\nC: QUIT");
        let (answers, _) = carry(script, &parcel(&THREE[..2])).await;
        assert_eq!(words(&answers), [format!("data {code}"), "rcpt 550".to_owned()]);
        let script = format!("{begin}S: 354 go\nmessage *\nS: {code} no\nC: QUIT");
        let (answers, _) = carry(script, &parcel(&THREE[..2])).await;
        assert_eq!(words(&answers), [format!("content {code}"), "rcpt 550".to_owned()]);
    }
}

#[tokio::test]
async fn those_for_whom_there_was_no_room_get_it_on_the_same_connection() {
    for no_room in ["452 4.5.3 too many", "452 too many", "552 too many", "550 5.5.3 too many"] {
        let again = "C: MAIL FROM:*\nC: RCPT TO:<d@b.example>\nC: DATA\nS: 250 ok\nS: 250 ok\n\
            S: 354 go\nmessage Subject: x||..hi\nS: 250 second";
        let script = dialogue(
            3,
            &format!("S: 250 ok\nS: 250 ok\nS: 550 no\nS: {no_room}\nS: 354 go"),
            &format!("message *\nS: 250 first\n{again}"),
        );
        let (answers, _) = carry(script, &parcel(&THREE)).await;
        assert_eq!(words(&answers), ["taken", "rcpt 550", "taken"], "{no_room}");
    }
}

#[tokio::test]
async fn no_room_for_anybody_is_an_answer_and_not_a_circle() {
    let script =
        dialogue(2, "S: 250 ok\nS: 452 4.5.3 no\nS: 452 4.5.3 no\nS: 503 no", "C: RSET\nS: 250 ok");
    let (answers, _) = carry(script, &parcel(&THREE[..2])).await;
    assert_eq!(words(&answers), ["rcpt 452", "rcpt 452"]);
    // A full mailbox is something else.
    let script =
        dialogue(2, "S: 250 ok\nS: 250 ok\nS: 452 4.2.2 full\nS: 354 go", "message *\nS: 250 ok");
    let (answers, _) = carry(script, &parcel(&THREE[..2])).await;
    assert_eq!(words(&answers), ["taken", "rcpt 452"]);
}

#[tokio::test]
async fn recipients_beyond_a_transaction_go_into_the_next() {
    let addresses: Vec<String> = (0..250).map(|number| format!("r{number}@b.example")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let mut script = HELLO_PIPELINING.to_owned();
    for count in [100, 100, 50] {
        script.push_str("C: MAIL FROM:*\nS: 250 ok\n");
        script.push_str(&"C: RCPT TO:*\nS: 250 ok\n".repeat(count));
        script.push_str("C: DATA\nS: 354 go\nmessage *\nS: 250 ok\n");
    }
    script.push_str("C: QUIT");
    let (answers, fault) = carry(script, &parcel(&addresses)).await;
    assert!(words(&answers).iter().all(|word| word == "taken"));
    assert_eq!((answers.len(), fault), (250, None));
}

#[tokio::test]
async fn commands_sent_ahead_are_bounded() {
    let mut terms = terms();
    terms.limits.pipelined_max = 2;
    let script = format!(
        "{HELLO_PIPELINING}together C 3\nC: MAIL FROM:*\nC: RCPT *\nC: RCPT *\nS: 250 a\nS: 250 b\n\
         S: 250 c\ntogether C 2\nC: RCPT *\nC: DATA\nS: 250 d\nS: 354 go\nmessage *\nS: 250 ok\nC: QUIT"
    );
    let (answers, _) = carry_with(script, &parcel(&THREE), terms).await;
    assert_eq!(words(&answers), ["taken", "taken", "taken"]);
}

#[tokio::test]
async fn a_farewell_leaves_everything_open_for_another_host() {
    for replies in ["S: 421 bye", "S: 250 ok\nS: 421 bye", "S: 250 ok\nS: 250 ok\nS: 421 bye"] {
        let script = format!("{HELLO_PIPELINING}C: MAIL *\nC: RCPT *\nC: DATA\n{replies}");
        let (answers, fault) = carry(script, &parcel(&THREE[..1])).await;
        assert_eq!(words(&answers), ["open"], "{replies}");
        assert!(matches!(fault, Some(Fault::Farewell(_))), "{fault:?}");
    }
    // As the answer to a message it is one: not now.
    let script = dialogue(1, "S: 250 ok\nS: 250 ok\nS: 354 go", "message *\nS: 421 bye");
    let (answers, fault) = carry(script, &parcel(&THREE[..1])).await;
    assert_eq!(words(&answers), ["content 421"]);
    assert!(matches!(fault, Some(Fault::Farewell(_))), "{fault:?}");
}
