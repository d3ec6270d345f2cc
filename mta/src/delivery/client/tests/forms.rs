//! Extensions, and hosts that lack them.

use super::*;

fn hello(extensions: &[&str]) -> String {
    let mut lines = vec!["mx"];
    lines.extend(extensions);
    let last = lines.len() - 1;
    let line = |(number, line): (usize, &&str)| {
        format!("S: 250{}{line}\n", if number == last { ' ' } else { '-' })
    };
    let lines: String = lines.iter().enumerate().map(line).collect();
    format!("S: 220 mx\nC: EHLO *\n{lines}")
}

fn text(content: &'static str) -> Parcel {
    Parcel { source: Arc::new(Bytes::from_static(content.as_bytes())), ..parcel(&["b@b.example"]) }
}

const REST: &str = "S: 250 a\nC: RCPT TO:<b@b.example>\nS: 250 b\nC: DATA\nS: 354 go\n";

#[tokio::test]
async fn eight_bits_go_as_they_are_to_those_who_take_them() {
    let parcel = Parcel { body: BodyKind::EightBit, ..text("Subject: x\r\n\r\né\r\n") };
    let script = format!(
        "{}C: MAIL FROM:<ann@example.org> SIZE=18 BODY=8BITMIME\n{REST}message Subject: x||é\nS: 250 ok\nC: QUIT",
        hello(&["8BITMIME", "SIZE 1000"])
    );
    assert_eq!(words(&carry(script, &parcel).await.0), ["taken"]);
}

#[tokio::test]
async fn eight_bits_are_converted_for_those_who_do_not_even_if_nobody_declared_them() {
    for body in [BodyKind::SevenBit, BodyKind::EightBit] {
        let parcel = Parcel { body, ..text("Subject: x\r\n\r\nun café noir\r\n") };
        let script = format!(
            "{HELLO}C: MAIL FROM:<ann@example.org>\n{REST}message Subject: x|MIME-Version: 1.0|*||un caf=C3=A9 noir\nS: 250 ok\nC: QUIT"
        );
        assert_eq!(words(&carry(script, &parcel).await.0), ["taken"]);
    }
}

#[tokio::test]
async fn a_signed_part_is_not_converted() {
    let signed = "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\né\r\n--b--\r\n";
    let parcel = Parcel { body: BodyKind::EightBit, ..text(signed) };
    let (answers, _) = carry(format!("{HELLO}C: QUIT"), &parcel).await;
    assert_eq!(words(&answers), ["denied 5.6.3"]);
}

#[tokio::test]
async fn addresses_outside_of_ascii_go_only_to_those_who_read_them() {
    let both = Parcel { smtputf8: true, ..parcel(&["jürgen@b.example", "b@b.example"]) };
    let script = format!(
        "{}C: MAIL FROM:<ann@example.org> SMTPUTF8\nS: 250 a\nC: RCPT TO:<jürgen@b.example>\n{REST}message *\nS: 250 ok\nC: QUIT",
        hello(&["8BITMIME", "SMTPUTF8"])
    );
    assert_eq!(words(&carry(script, &both).await.0), ["taken", "taken"]);
    // A bounce to such an address may not say that it is one.
    let bounce = Parcel { smtputf8: false, reverse_path: ReversePath::Null, ..both.clone() };
    let script = format!(
        "{}C: MAIL FROM:<> SMTPUTF8\nS: 250 a\nC: RCPT TO:<jürgen@b.example>\n{REST}message *\nS: 250 ok\nC: QUIT",
        hello(&["8BITMIME", "SMTPUTF8"])
    );
    assert_eq!(words(&carry(script, &bounce).await.0), ["taken", "taken"]);
    // The others get it as long as nothing else needs SMTPUTF8.
    let script =
        format!("{HELLO}C: MAIL FROM:<ann@example.org>\n{REST}message *\nS: 250 ok\nC: QUIT");
    assert_eq!(words(&carry(script, &both).await.0), ["denied 5.6.7", "taken"]);
    let sender = ReversePath::Address(Address::parse("jürgen@example.org").unwrap());
    let from = Parcel { reverse_path: sender, ..both.clone() };
    let (answers, _) = carry(format!("{HELLO}C: QUIT"), &from).await;
    assert_eq!(words(&answers), ["denied 5.6.7", "denied 5.6.7"]);
    let header = Parcel { smtputf8: true, ..text("Subject: é\r\n\r\nx\r\n") };
    let (answers, _) = carry(format!("{HELLO}C: QUIT"), &header).await;
    assert_eq!(words(&answers), ["denied 5.6.9"]);
}

#[tokio::test]
async fn a_message_larger_than_the_host_takes_is_not_begun() {
    for (size, word) in
        [("SIZE 20", "taken"), ("SIZE 19", "denied 5.3.4"), ("SIZE 0", "taken"), ("SIZE", "taken")]
    {
        let rest = if word == "taken" {
            format!("C: MAIL FROM:<ann@example.org> SIZE=19\n{REST}message *\nS: 250 ok\n")
        } else {
            String::new()
        };
        let parcel = text("Subject: x\r\n\r\nhello");
        assert_eq!(parcel.source.octets(), 19);
        let larger = text("Subject: x\r\n\r\nhello!");
        let parcel = if word == "taken" { parcel } else { larger };
        let script = format!("{}{rest}C: QUIT", hello(&[size]));
        assert_eq!(words(&carry(script, &parcel).await.0), [word], "{size}");
    }
}

#[tokio::test]
async fn large_and_binary_messages_go_in_chunks() {
    let mut terms = terms();
    (terms.limits.chunking_octets_min, terms.limits.chunk_octets, terms.limits.block_octets) =
        (12, 5, 3);
    let parcel = text(".123456789ab");
    let script = format!(
        "{}C: MAIL FROM:<ann@example.org>\nS: 250 a\nC: RCPT *\nS: 250 b\nC: BDAT 5\noctets 5 .1234\nS: 250 c\n\
         C: BDAT 5\noctets 5 56789\nS: 250 d\nC: BDAT 2 LAST\noctets 2 ab\nS: 250 e\nC: QUIT",
        hello(&["CHUNKING", "8BITMIME"])
    );
    let (answers, fault) = carry_with(script, &parcel, terms.clone()).await;
    assert_eq!((words(&answers), fault), (vec!["taken".to_owned()], None));
    // One octet less is a small message.
    let script = format!(
        "{}C: MAIL FROM:<ann@example.org>\n{REST}message ..123456789a\nS: 250 e\nC: QUIT",
        hello(&["CHUNKING", "8BITMIME"])
    );
    assert_eq!(words(&carry_with(script, &text(".123456789a"), terms.clone()).await.0), ["taken"]);
    let binary = Parcel { body: BodyKind::Binary, ..text("\n\0é") };
    let script = format!(
        "{}C: MAIL FROM:<ann@example.org> BODY=BINARYMIME\nS: 250 a\nC: RCPT *\nS: 250 b\nC: BDAT 4 LAST\nraw 250 e\\r\\n",
        hello(&["CHUNKING", "BINARYMIME", "8BITMIME"])
    );
    assert_eq!(words(&carry(script, &binary).await.0), ["taken"]);
}

#[tokio::test]
async fn a_refused_chunk_ends_the_message_and_not_the_connection() {
    let mut terms = terms();
    (terms.limits.chunking_octets_min, terms.limits.chunk_octets) = (1, 4);
    let script = format!(
        "{}C: MAIL *\nC: RCPT *\nS: 250 a\nS: 250 b\nC: BDAT 4\noctets 4 abcd\nS: 552 5.3.4 too big\nC: RSET\nS: 250 ok\nC: QUIT",
        hello(&["CHUNKING", "PIPELINING"])
    );
    let (answers, fault) = carry_with(script, &text("abcdefgh"), terms.clone()).await;
    assert_eq!((words(&answers), fault), (vec!["content 552".to_owned()], None));
    let script = format!(
        "{}C: MAIL *\nC: RCPT *\nS: 250 a\nS: 550 b\nC: RSET\nS: 250 ok\nC: QUIT",
        hello(&["CHUNKING", "PIPELINING"])
    );
    assert_eq!(words(&carry_with(script, &text("abcdefgh"), terms).await.0), ["rcpt 550"]);
}

#[tokio::test]
async fn requiretls_goes_only_where_it_is_offered() {
    let parcel = Parcel { requiretls: true, ..parcel(&["b@b.example"]) };
    let script = format!(
        "{}C: MAIL FROM:<ann@example.org> REQUIRETLS\n{REST}message *\nS: 250 ok\nC: QUIT",
        hello(&["REQUIRETLS"])
    );
    assert_eq!(words(&carry(script, &parcel).await.0), ["taken"]);
    let (answers, _) = carry(format!("{HELLO}C: QUIT"), &parcel).await;
    assert_eq!(words(&answers), ["denied 5.7.30"]);
}
