//! Conversations over a stream in memory: order, framing, bodies, panics.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;
use wire::{Departure, Ending, Limits, Terms};

use crate::client::Client;
use crate::parrot::{BODY_MAX, LINE_MAX, Parrot};

fn client() -> Client {
    Client::new(Limits::default())
}

#[tokio::test(start_paused = true)]
async fn pipelined_commands_are_answered_in_order_in_one_write() {
    let mut client = client();
    client.send("one\r\nSLOW 50\r\ntwo\r\nthr").await;
    client.hears("hello\r\none\r\nslow\r\ntwo\r\n").await;
    client.send("ee\r\nQUIT\r\nignored\r\n").await;
    client.hears("three\r\nbye\r\n").await;
    assert!(matches!(client.departs().await, Departure::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_only_stops_writing_still_hears_all_answers() {
    let mut client = client();
    client.send("one\r\ntwo\r\n").await;
    client.stream.shutdown().await.unwrap();
    assert_eq!(client.hears_last().await, "hello\r\none\r\ntwo\r\n");
    assert!(matches!(client.departs().await, Departure::Left));
}

#[tokio::test(start_paused = true)]
async fn a_bare_lf_is_told_to_the_session() {
    let mut client = client();
    client.send("one\ntwo\r\n").await;
    client.hears("hello\r\nbare one\r\n\r\ntwo\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_long_line_is_one_answer_and_does_not_turn_its_rest_into_commands() {
    let mut client = client();
    let longest = "x".repeat(LINE_MAX - 2);
    client.send(format!("{longest}\r\n{longest}x\r\n{}\r\nend\r\n", "QUIT ".repeat(100))).await;
    client.hears(&format!("hello\r\n{longest}\r\nlong\r\nlong\r\nend\r\n")).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_comes_whole_and_commands_go_on_behind_it() {
    let mut client = client();
    client.send("BODY\r\n..a\r\nb\r\n.\r\nnext\r\n").await;
    client.hears("hello\r\ngo\r\ntook 7 in 1: b\".a\\r\\nb\\r\\n\"\r\nnext\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn the_word_to_go_on_is_sent_before_the_body_is_waited_for() {
    let mut client = client();
    client.send("BODY\r\n").await;
    client.hears("hello\r\ngo\r\n").await;
    client.send(".\r\n").await;
    client.hears("took 0 in 0: b\"\"\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_faulty_body_is_read_to_its_end_and_none_of_it_is_a_command() {
    let mut client = client();
    client.hears("hello\r\n").await;
    for (body, answer) in [
        ("a\n.\nQUIT\r\n", "BareLf"),
        ("a\r\n.\rQUIT\r\n", "BareCr"),
        (&format!("{}\r\nQUIT\r\n", "x".repeat(999)), "LineTooLong"),
        (&"QUIT QUIT\r\n".repeat(30_000), "TooLong"),
    ] {
        client.send("BODY\r\n").await;
        client.hears("go\r\n").await;
        client.send(body).await;
        client.send(".\r\nnext\r\n").await;
        client.hears(&format!("fault {answer} after ")).await;
        let mut rest = String::new();
        while !rest.ends_with("next\r\n") {
            rest.push(char::from(
                tokio::io::AsyncReadExt::read_u8(&mut client.stream).await.unwrap(),
            ));
        }
        let kept: u64 = rest.split("\r\n").next().unwrap().parse().unwrap();
        assert!(kept <= BODY_MAX);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_we_cannot_take_is_our_fault_and_is_read_to_its_end() {
    let mut client = client();
    client.send("BODY full\r\na\r\n..QUIT\r\nb\r\n.\r\nnext\r\n").await;
    client.hears("hello\r\ngo\r\nfault Intake(Custom { kind: Other, error: \"full\" }) after 3\r\nnext\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_literal_is_so_many_octets_whatever_they_are() {
    let mut client = client();
    client.send("LITERAL 5\r\n.\r\n\n.next\r\n").await;
    client.hears("hello\r\ngo\r\ntook 5 in 1: b\".\\r\\n\\n.\"\r\nnext\r\n").await;
    client.send("LITERAL 0\r\n").await;
    client.hears("go\r\ntook 0 in 0: b\"\"\r\n").await;
    client.send("LITERAL 300000\r\n").await;
    client.send("x".repeat(300_000)).await;
    client.hears("go\r\ntook 300000 in ").await;
}

#[tokio::test(start_paused = true)]
async fn dotted_output_is_stuffed_across_pieces_and_ended() {
    let mut client = client();
    client.send("DOTTED .a_b,c_,.,d\r\nDOTTED \r\n").await;
    client.hears("hello\r\ndots\r\n..a\r\nbc\r\n..d\r\n.\r\ndots\r\n.\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn output_larger_than_any_buffer_comes_whole() {
    let mut client = client();
    client.send("BIG 1000000\r\nend\r\n").await;
    client.hears("hello\r\n").await;
    client.hears(&"x".repeat(1_000_000)).await;
    client.hears("end\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_in_the_middle_cuts_the_connection_without_words() {
    let mut client = client();
    client.send("CUT\r\nmore\r\n").await;
    assert_eq!(client.hears_last().await, "hello\r\n");
    assert!(matches!(client.departs().await, Departure::CutOff(_)));
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_only_its_connection_and_politely() {
    let (mut other, mut client) = (client(), client());
    client.send("one\r\nPANIC\r\nmore\r\n").await;
    assert_eq!(client.hears_last().await, "hello\r\none\r\nbye: crashed\r\n");
    assert!(matches!(client.departs().await, Departure::Ended(Ending::Crashed)));
    other.send("one\r\n").await;
    other.hears("hello\r\none\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_while_a_line_is_waited_for_and_the_line_is_not_hurt() {
    let change = Arc::new(Notify::new());
    let parrot = Parrot { change: Arc::clone(&change) };
    let mut client = Client::on_terms(Terms::new(Limits::default()), parrot);
    client.send("WAIT\r\nDO").await;
    client.hears("hello\r\ngo\r\n").await;
    for _ in 0..2 {
        change.notify_one();
        client.hears("changed\r\n").await;
    }
    client.send("NE\r\n").await;
    client.hears("DONE\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn starttls_without_tls_ends_the_connection() {
    let mut client = client();
    client.send("TLS\r\n").await;
    assert_eq!(client.hears_last().await, "hello\r\ngo\r\n");
    assert!(matches!(client.departs().await, Departure::TlsFailed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_dialogue_sent_octet_by_octet_gets_the_same_answers() {
    let dialogue = "one\r\nbare\nBODY\r\n..a\r\n\r\n.b\r\n.\r\nLITERAL 4\r\n\r\n.\rtwo\r\n\
                    BODY\r\na\n.\r\nQUIT\r\n.\r\nDOTTED a_,.b\r\nQUIT\r\n";
    let at_once = {
        let mut client = client();
        client.send(dialogue).await;
        client.hears_last().await
    };
    let mut client = client();
    for octet in dialogue.as_bytes() {
        client.send([*octet]).await;
        tokio::task::yield_now().await;
    }
    // Only the pieces of a body may differ, and how many of them came before a fault was seen.
    let heard = client.hears_last().await;
    let without_pieces = |text: &str| {
        let cut =
            |line: &str| line.split(" in ").next()?.split(" after ").next().map(str::to_owned);
        text.lines().filter_map(cut).collect::<Vec<_>>()
    };
    assert_eq!(without_pieces(&heard), without_pieces(&at_once));
    assert!(heard.contains("took 9 in ") && heard.ends_with("bye\r\n"), "{heard}");
}
