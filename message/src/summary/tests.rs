#![expect(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

fn summary(message: &str) -> Summary {
    Summary::of(message.as_bytes(), &Limits::default())
}

#[test]
fn a_letter_is_summed_up() {
    let message = "Received: from x\r\nDate: Mon, 23 Nov 2026 12:40:18 +0100\r\n\
        From: =?utf-8?Q?J=C3=BCrgen?= <J@Example.org>, x@y.org\r\nX-Other: 1\r\n\
        To: Friends: Ann <ann@example.org>, bob@example.org;\r\nCc: ann@EXAMPLE.org, undisclosed\r\n\
        Subject: Re: [l] =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n aus Bonn\r\nMessage-ID: <3@x>\r\n\
        References: <1@x> <2@x>\r\nIn-Reply-To: <2@x>\r\nList-Id: The list <L.example.org>\r\n\r\n\
        Hello\r\n> quoted\r\nworld\r\n";
    let found = summary(message);
    assert_eq!(found.header_octets, message.find("Hello").unwrap());
    assert_eq!(found.subject, "Re: [l] Grüße aus Bonn");
    assert_eq!((found.base_subject.as_str(), found.is_reply), ("grüsse aus bonn", true));
    let person = |name: Option<&str>, address: &str| Person {
        name: name.map(str::to_owned),
        address: address.to_owned(),
    };
    assert_eq!(found.from, Some(person(Some("Jürgen"), "J@Example.org")));
    assert_eq!(found.to, [person(Some("Ann"), "ann@example.org"), person(None, "bob@example.org")]);
    assert_eq!(found.cc.len(), 2);
    assert_eq!(found.sent, Some(Timestamp::new(1_795_434_018)));
    assert_eq!(found.sent_offset_minutes, 60);
    assert_eq!(found.message_id.as_deref(), Some("3@x"));
    assert_eq!(found.references, ["1@x", "2@x"]);
    let people = ["j@example.org", "x@y.org", "ann@example.org", "bob@example.org"];
    assert_eq!(found.participants, people);
    assert_eq!(found.preview, "Hello world");
    assert_eq!((found.has_attachment, found.has_html), (false, false));
    assert_eq!(found.list_id.as_deref(), Some("l.example.org"));
    let block = String::from_utf8(found.header_block.unwrap()).unwrap();
    let expected = message.get(..found.header_octets - 2).unwrap().replace("X-Other: 1\r\n", "");
    assert_eq!(block, expected);
    assert_eq!(PartTree::decode(&found.parts).unwrap().parts().len(), 1);
    assert!(found.envelope_imap.starts_with(b"(\"Mon, 23 Nov"));
    assert!(found.structure_imap.starts_with(b"(\"text\" \"plain\""));
}

#[test]
fn a_paper_clip_is_for_what_a_person_would_open() {
    let with = |part: &str| {
        summary(&format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n{part}\r\n\r\nx\r\n--b--"
        ))
        .has_attachment
    };
    assert!(with("Content-Type: application/pdf"));
    assert!(with("Content-Disposition: attachment"));
    assert!(with("Content-Type: message/rfc822"));
    assert!(with("Content-Type: image/png\r\nContent-Disposition: attachment; filename=x.png"));
    assert!(!with("Content-Type: text/plain"));
    assert!(!with("Content-Type: application/pgp-signature"));
    // A phone's photo stands between paragraphs. Only HTML can show a picture by its Content-ID.
    assert!(with("Content-Type: image/jpeg\r\nContent-Disposition: inline; filename=x.jpg"));
    assert!(with("Content-Type: image/jpeg\r\nContent-ID: <1@x>"));
    assert!(!with(
        "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n\
        x\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <1@x>\r\n\r\nx\r\n--r--"
    ));
    assert!(summary("Content-Type: image/jpeg\r\n\r\nx").has_attachment);
}

#[test]
fn too_many_fields_leave_no_ready_block() {
    let limits = Limits { ready_header_octets_max: 20, header_fields_max: 3, ..Limits::default() };
    let block = |message: &str| Summary::of(message.as_bytes(), &limits).header_block;
    assert_eq!(block("Subject: 8901234567\n\n").unwrap().len(), 20);
    assert_eq!(block("Subject: 89012345678\n\n"), None);
    assert_eq!(block("A: 1\nTo: 2").unwrap(), b"To: 2\r\n");
    assert_eq!(block("A: 1\nB: 2\nC: 3\n"), None);
}

#[test]
fn nothing_at_all_has_a_summary() {
    let found = summary("");
    assert_eq!((found.header_octets, found.subject.as_str(), found.from), (0, "", None));
    assert_eq!(found.header_block.as_deref(), Some(&b""[..]));
}

#[test]
fn summaries_of_hostile_messages_are_bounded() {
    let limits = Limits::default();
    for message in [
        "To: ".to_owned() + &"a@b, ".repeat(200_000) + "\r\n\r\n",
        "To: ".to_owned() + &"a,".repeat(500_000) + "\r\n\r\n",
        "Subject: ".to_owned() + &"=?utf-8?Q?x?= ".repeat(70_000) + "\r\n\r\n",
        "References: ".to_owned() + &"<a@b>".repeat(200_000) + "\r\n\r\n",
        "X: y\r\n".repeat(1 << 20),
        "\0".repeat(1 << 20),
        "x".repeat(1 << 20),
        format!("Subject: {}\r\n\r\n", "\u{fdfa}".repeat(1 << 18)),
    ] {
        let found = summary(&message);
        assert!(found.subject.len() <= limits.subject_octets_max);
        assert!(found.to.len() <= limits.people_max);
        assert!(found.participants.len() <= limits.people_max);
        assert!(found.references.len() <= limits.references_max + 10);
        assert!(found.preview.chars().count() <= limits.preview_chars_max);
        assert!(found.envelope_imap.len() < 4 << 20);
    }
}

#[test]
fn fifty_megabytes_of_header_are_read_to_their_end() {
    let message = "X-Filler: nothing at all\r\n".repeat(2 << 20) + "Subject: late\r\n\r\nbody";
    let found = summary(&message);
    assert_eq!(found.header_octets, message.len() - 4);
    assert_eq!((found.subject.as_str(), found.preview.as_str()), ("", "body"));
    assert_eq!(found.header_block, None);
}

proptest! {
    #[test]
    fn no_octets_panic(message in proptest::collection::vec(any::<u8>(), 0..600)) {
        let found = Summary::of(&message, &Limits::default());
        prop_assert!(found.header_octets <= message.len());
    }
}
