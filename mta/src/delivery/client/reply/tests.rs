#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use proptest::prelude::*;

use super::super::limits::ReplyLimits;
use super::*;

/// All replies of a text that comes in pieces, and the most that was kept of it.
fn read(pieces: &[&[u8]], limits: &ReplyLimits) -> (Result<Vec<Reply>, ReplyFault>, usize) {
    let (mut reader, mut buffer, mut replies, mut kept) =
        (ReplyReader::default(), Vec::new(), Vec::new(), 0);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match reader.next(&buffer, limits) {
                Err(fault) => return (Err(fault), kept),
                Ok((done, reply)) => {
                    buffer.drain(..done);
                    match reply {
                        Some(reply) => replies.push(reply),
                        None => break,
                    }
                }
            }
        }
        kept = kept.max(buffer.len());
    }
    (Ok(replies), kept)
}

fn all(text: &str) -> Result<Vec<Reply>, ReplyFault> {
    read(&[text.as_bytes()], &ReplyLimits::default()).0
}

fn one(text: &str) -> Reply {
    let [reply] = all(text).unwrap().try_into().unwrap();
    reply
}

#[test]
fn a_reply_has_a_code_a_status_and_lines() {
    let reply = one("550-5.1.1 No such user\r\n550 5.1.1 here\r\n");
    assert_eq!(reply.code(), 550);
    assert_eq!(reply.status(), Some(Status::new(5, 1, 1)));
    assert_eq!(reply.lines(), ["5.1.1 No such user", "5.1.1 here"]);
    assert_eq!(reply.to_string(), "550-5.1.1 No such user 550 5.1.1 here");
    assert!(reply.is_permanent() && !reply.is_success());
}

#[test]
fn a_reply_may_be_nothing_but_its_code() {
    assert_eq!(one("250\r\n").lines(), [""]);
    assert_eq!(one("250 \r\n").to_string(), "250 ");
    // Not by the book; no message hides behind it.
    assert_eq!(one("250 ok\n").lines(), ["ok"]);
}

#[test]
fn a_status_must_agree_with_its_code() {
    for (text, status) in [
        ("250 2.1.5 fine", Some(Status::new(2, 1, 5))),
        ("450 4.7.100 greylisted", Some(Status::new(4, 7, 100))),
        ("450 5.7.1 what now", None),
        ("550 5.1.1", Some(Status::new(5, 1, 1))),
        ("550 5.1", None),
        ("550 5.1.1.1 x", None),
        ("550 5.1.1000 x", None),
        ("550 5..1 x", None),
        ("354 3.0.0 go on", None),
        ("250 192.168.2.1 at your service", None),
    ] {
        assert_eq!(one(&format!("{text}\r\n")).status(), status, "{text}");
    }
}

#[test]
fn what_is_no_reply_is_said_to_be_none() {
    for text in [
        "hello\r\n",
        "\r\n",
        "25\r\n",
        "2500 x\r\n",
        "150 x\r\n",
        "600 x\r\n",
        "+50 x\r\n",
        "250_x\r\n",
        "HTTP/1.1 400 Bad\r\n",
    ] {
        assert_eq!(all(text), Err(ReplyFault::Malformed), "{text}");
    }
    assert_eq!(all("250-a\r\n251 b\r\n"), Err(ReplyFault::CodeChanged));
    assert_eq!(all("250-a\r\n550 b\r\n"), Err(ReplyFault::CodeChanged));
    assert_eq!(all("250-a\r\nb\r\n"), Err(ReplyFault::Malformed));
}

#[test]
fn control_characters_never_come_through() {
    let reply = one("550 a\x1b[31mb\0c\rd\te\u{202e}f\u{85}g\x7f\r\n");
    assert_eq!(reply.lines(), ["a?[31mb?c?d e?f?g?"]);
    let (replies, _) = read(&[b"550 caf\xe9\r\n"], &ReplyLimits::default());
    assert_eq!(replies.unwrap()[0].lines(), ["caf\u{fffd}"]);
}

#[test]
fn a_line_is_limited_from_both_sides() {
    let limits = ReplyLimits { line_octets_max: 10, ..ReplyLimits::default() };
    assert_eq!(read(&[b"250 4567\r\n"], &limits).0.unwrap().len(), 1);
    assert_eq!(read(&[b"250 45678\r\n"], &limits).0, Err(ReplyFault::LineTooLong));
    assert_eq!(read(&[b"250 456789"], &limits).0, Err(ReplyFault::LineTooLong));
    assert_eq!(read(&[b"250 45678"], &limits).0.unwrap().len(), 0);
}

#[test]
fn lines_and_octets_of_a_reply_are_limited_from_both_sides() {
    let limits = ReplyLimits { lines_max: 3, ..ReplyLimits::default() };
    let lines = |count| "250-x\r\n".repeat(count) + "250 x\r\n";
    assert_eq!(read(&[lines(2).as_bytes()], &limits).0.unwrap().len(), 1);
    assert_eq!(read(&[lines(3).as_bytes()], &limits).0, Err(ReplyFault::TooLong));
    let limits = ReplyLimits { octets_max: 15, ..ReplyLimits::default() };
    assert_eq!(read(&[lines(2).as_bytes()], &limits).0.unwrap().len(), 1);
    assert_eq!(read(&[lines(3).as_bytes()], &limits).0, Err(ReplyFault::TooLong));
    // Each reply is counted on its own.
    assert_eq!(read(&[lines(2).repeat(5).as_bytes()], &limits).0.unwrap().len(), 5);
}

#[test]
fn an_endless_reply_is_not_kept() {
    let long = vec![b'x'; 1 << 20];
    let pieces: Vec<&[u8]> = std::iter::once(&b"250 "[..]).chain(long.chunks(1_000)).collect();
    let (outcome, kept) = read(&pieces, &ReplyLimits::default());
    assert_eq!(outcome, Err(ReplyFault::LineTooLong));
    assert!(kept < 3_072, "{kept}");
    let endless = "250-x\r\n".repeat(100_000);
    let pieces: Vec<&[u8]> = endless.as_bytes().chunks(1_000).collect();
    let (outcome, kept) = read(&pieces, &ReplyLimits::default());
    assert_eq!(outcome, Err(ReplyFault::TooLong));
    assert!(kept < 3_072, "{kept}");
}

proptest! {
    #[test]
    fn any_split_into_reads_gives_the_same_replies(
        text in "(250|550|2|x|-| |a|\r\n|\r|\n){0,30}",
        cuts in prop::collection::vec(0usize..60, 0..6),
    ) {
        let limits = ReplyLimits { line_octets_max: 20, lines_max: 3, octets_max: 40 };
        let whole = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read(&pieces, &limits).0, read(&[whole], &limits).0);
    }
}
