//! Time limits, with a clock that is not waited for, and the end of the house.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::Notify;
use tokio::time::{Instant, advance, sleep};
use wire::{Closing, Departure, Ending, Limits, Terms};

use crate::client::Client;
use crate::parrot::Parrot;

fn limits() -> Limits {
    Limits::default()
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_hears_last_words_when_its_time_is_over() {
    let mut client = Client::new(limits());
    let start = Instant::now();
    assert_eq!(client.hears_last().await, "hello\r\nbye: idle\r\n");
    assert_eq!(start.elapsed().as_secs(), limits().idle_timeout.as_secs());
    assert!(matches!(client.departs().await, Departure::Ended(Ending::IdleTooLong)));
}

#[tokio::test(start_paused = true)]
async fn an_octet_now_and_then_does_not_make_a_line_last_for_ever() {
    let mut client = Client::new(limits());
    client.hears("hello\r\n").await;
    let start = Instant::now();
    while !client.house.is_finished() && start.elapsed() < Duration::from_secs(3_600) {
        if tokio::io::AsyncWriteExt::write_all(&mut client.stream, b"x").await.is_err() {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    let lasted = start.elapsed() - limits().linger_timeout;
    assert!(lasted < limits().idle_timeout + Duration::from_secs(2), "{lasted:?}");
    assert_eq!(client.hears_last().await, "bye: idle\r\n");
}

#[tokio::test(start_paused = true)]
async fn each_whole_line_gives_new_time() {
    let mut client = Client::new(limits());
    client.hears("hello\r\n").await;
    for _ in 0..3 {
        sleep(limits().idle_timeout - Duration::from_secs(1)).await;
        client.send("one\r\n").await;
        client.hears("one\r\n").await;
    }
}

#[tokio::test(start_paused = true)]
async fn changes_do_not_keep_a_silent_client_alive() {
    let change = Arc::new(Notify::new());
    let parrot = Parrot { change: Arc::clone(&change) };
    let mut client = Client::on_terms(Terms::new(limits()), parrot);
    client.send("WAIT\r\n").await;
    client.hears("hello\r\ngo\r\n").await;
    sleep(limits().idle_timeout - Duration::from_secs(1)).await;
    change.notify_one();
    client.hears("changed\r\n").await;
    let start = Instant::now();
    assert_eq!(client.hears_last().await, "bye: idle\r\n");
    assert!(start.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_ends_the_connection() {
    let mut client = Client::new(limits());
    client.send("BODY\r\nhalf a li").await;
    let start = Instant::now();
    assert_eq!(client.hears_last().await, "hello\r\ngo\r\nbye: idle\r\n");
    assert_eq!(start.elapsed().as_secs(), limits().body_idle_timeout.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_body_of_an_octet_a_second_has_a_last_second() {
    let mut client = Client::new(limits());
    client.send("BODY\r\n").await;
    client.hears("hello\r\ngo\r\n").await;
    let start = Instant::now();
    while tokio::io::AsyncWriteExt::write_all(&mut client.stream, b"x").await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(3 * 3_600));
        sleep(Duration::from_secs(1)).await;
    }
    assert!(start.elapsed() >= limits().body_timeout);
    assert!(start.elapsed() < limits().body_timeout + Duration::from_secs(5));
    assert_eq!(client.hears_last().await, "bye: idle\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_an_octet_a_second_is_given_up() {
    let mut client = Client::new(limits());
    client.send("BIG 1000000\r\n").await;
    let start = Instant::now();
    while !client.house.is_finished() {
        client.stream.read_u8().await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    assert!(start.elapsed() < limits().write_timeout + Duration::from_secs(2));
    assert!(matches!(client.departs().await, Departure::Stalled));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_but_fairly_gets_it_all() {
    let mut client = Client::new(limits());
    client.send("BIG 1000000\r\n").await;
    client.hears("hello\r\n").await;
    let pause = limits().write_timeout / 10;
    let mut slice = vec![0; 4_000];
    for _ in 0..250 {
        sleep(pause).await;
        client.stream.read_exact(&mut slice).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_before_quit_is_sent_whole_to_a_slow_reader() {
    let mut client = Client::new(limits());
    client.send("BIG 20000\r\nQUIT\r\n").await;
    client.hears("hello\r\n").await;
    let mut slice = vec![0; 4_000];
    for _ in 0..5 {
        sleep(limits().linger_timeout * 2).await;
        client.stream.read_exact(&mut slice).await.unwrap();
    }
    assert!(client.hears_last().await.ends_with("bye\r\n"));
}

#[tokio::test(start_paused = true)]
async fn idle_sessions_hear_at_once_that_the_house_closes() {
    let closing = Closing::new();
    let terms = Terms { drain: closing.drain(), ..Terms::new(limits()) };
    let mut client = Client::on_terms(terms, Parrot::default());
    client.hears("hello\r\n").await;
    let start = Instant::now();
    closing.begin();
    assert_eq!(client.hears_last().await, "bye: closing\r\n");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(matches!(client.departs().await, Departure::Ended(Ending::Draining)));
}

#[tokio::test(start_paused = true)]
async fn a_command_in_progress_is_finished_and_those_behind_it_are_not_begun() {
    let closing = Closing::new();
    let terms = Terms { drain: closing.drain(), ..Terms::new(limits()) };
    let mut client = Client::on_terms(terms, Parrot::default());
    client.send("SLOW 1000\r\nnot this\r\n").await;
    advance(Duration::from_millis(500)).await;
    closing.begin();
    assert_eq!(client.hears_last().await, "hello\r\nslow\r\nbye: closing\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_body_on_its_way_is_finished_and_answered() {
    let closing = Closing::new();
    let terms = Terms { drain: closing.drain(), ..Terms::new(limits()) };
    let mut client = Client::on_terms(terms, Parrot::default());
    client.send("BODY\r\na\r\n").await;
    client.hears("hello\r\ngo\r\n").await;
    closing.begin();
    client.send(".\r\n").await;
    assert_eq!(client.hears_last().await, "took 3 in 1: b\"a\\r\\n\"\r\nbye: closing\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_command_that_takes_too_long_is_cut_off_when_the_house_closes() {
    let closing = Closing::new();
    let terms = Terms { drain: closing.drain(), ..Terms::new(limits()) };
    let mut client = Client::on_terms(terms, Parrot::default());
    client.send("SLOW 60000\r\n").await;
    client.hears("hello\r\n").await;
    closing.begin();
    let start = Instant::now();
    assert_eq!(client.hears_last().await, "bye: closing\r\n");
    let closed = start.elapsed();
    assert!(closed >= limits().drain_timeout && closed < Duration::from_secs(2), "{closed:?}");
}
