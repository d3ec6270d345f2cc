#![expect(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

fn tree(message: &str) -> PartTree {
    let tree = PartTree::of(message.as_bytes(), &Limits::default());
    check(message.as_bytes(), &tree);
    tree
}

fn text<'a>(message: &'a str, part: &Part) -> &'a str {
    message.get(part.body()).unwrap()
}

/// What holds for every tree, whatever the message.
fn check(message: &[u8], tree: &PartTree) {
    let root = tree.root();
    assert_eq!((root.header().start, root.body().end), (0, message.len()));
    assert_eq!(root.header().end, crate::header::header_octets(message));
    for part in tree.parts() {
        let mut end = part.body().start;
        for child in tree.children(part) {
            assert!(child.header().start >= end && child.body().end <= part.body().end);
            end = child.body().end;
        }
        match part.kind {
            PartKind::Leaf => assert_eq!(tree.children(part).count(), 0),
            PartKind::Multipart => assert!(tree.children(part).count() > 0),
            PartKind::Message => {
                assert_eq!(tree.children(part).count(), 1);
                let nested = tree.nested(part).unwrap();
                assert_eq!(nested.header().start..nested.body().end, part.body());
            }
        }
        if part.kind == PartKind::Leaf {
            assert_eq!(tree.part(&tree.path(part)), Some(part));
        }
    }
    assert_eq!(PartTree::decode(&tree.encode()).as_ref(), Some(tree));
}

#[test]
fn a_message_without_structure_is_one_text_part() {
    for (message, body) in [
        ("", ""),
        ("Subject: x\r\n\r\nhello\r\n", "hello\r\n"),
        ("hello", ""),
        ("\r\nhello", "hello"),
        ("Content-Type: nonsense\r\n\r\nhello", "hello"),
        ("Content-Type: multipart/mixed\r\n\r\n--x\r\nhello", "--x\r\nhello"),
        ("Content-Type: multipart/mixed; boundary=b\r\n\r\nno delimiter", "no delimiter"),
        ("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\nx", "--\r\nx"),
    ] {
        let tree = tree(message);
        assert_eq!(tree.parts().len(), 1, "{message}");
        assert!(tree.root().is("text/plain"), "{message}");
        assert_eq!(text(message, tree.root()), body);
        assert_eq!(tree.part(&[1]), Some(tree.root()));
        assert_eq!(tree.part(&[2]), None);
        assert_eq!(tree.part(&[1, 1]), None);
    }
}

#[test]
fn parts_are_found_between_their_delimiters() {
    let message = "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\npreamble --b b\r\n\
        --b b  \t\r\n\r\none\r\n--b b\nContent-Type: text/html\n\ntwo --b b\r\nx\r\n\r\n--b bx\r\n\
        --b b\r\nX: no body\r\n--b b--\r\n--b b\r\nepilogue";
    let tree = tree(message);
    let bodies: Vec<_> = tree.children(tree.root()).map(|part| text(message, part)).collect();
    assert_eq!(bodies, ["one", "two --b b\r\nx\r\n\r\n--b bx", ""]);
    let third = tree.part(&[3]).unwrap();
    assert_eq!(message.get(third.header()), Some("X: no body"));
    assert_eq!(tree.part(&[2]).unwrap().media.value, "text/html");
    assert_eq!(tree.part(&[4]), None);
    assert_eq!(tree.part(&[]), Some(tree.root()));
}

#[test]
fn a_boundary_inside_of_a_line_parts_nothing() {
    let message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none --b\r\n two\r\n\
        x--b\r\n--bc\r\n\t--b\r\n--b--\r\n";
    let tree = tree(message);
    assert_eq!(text(message, tree.part(&[1]).unwrap()), "one --b\r\n two\r\nx--b\r\n--bc\r\n\t--b");
}

#[test]
fn an_outer_delimiter_ends_all_that_is_inside() {
    let message = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\
        Content-Type: multipart/mixed; boundary=a1\r\n\r\n--a1\r\n\r\nin\r\n--a\r\n\r\nout\r\n--a--\r\n";
    let tree = tree(message);
    assert_eq!(text(message, tree.part(&[1, 1]).unwrap()), "in");
    assert_eq!(text(message, tree.part(&[2]).unwrap()), "out");
    // The inner one begins with the outer one's text.
    let swapped = message.replace("=a1\r", "=A\r").replace("--a1\r", "--A\r");
    assert_eq!(text(&swapped, super::tests::tree(&swapped).part(&[2]).unwrap()), "out");
}

#[test]
fn messages_in_messages_are_numbered_as_imap_does() {
    // The example of RFC 9051 §6.4.5.1, cut down.
    let message = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n1\r\n--a\r\n\
        Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\n\r\n2.1\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n2.2.1\r\n\
        --b--\r\n--a\r\nContent-Type: multipart/digest; boundary=c\r\n\r\n--c\r\n\r\n\
        Subject: y\r\n\r\n3.1.1\r\n--c--\r\n--a--\r\n";
    let tree = tree(message);
    for (path, body) in [
        (&[1][..], "1"),
        (&[2, 1], "2.1"),
        (&[2, 2], "Subject: x\r\n\r\n2.2.1"),
        (&[2, 2, 1], "2.2.1"),
        (&[3, 1], "Subject: y\r\n\r\n3.1.1"),
        (&[3, 1, 1], "3.1.1"),
    ] {
        let part = tree.part(path).unwrap();
        assert_eq!(text(message, part), body, "{path:?}");
        assert_eq!(tree.path(part), path);
    }
    for path in [&[0][..], &[4], &[2, 0], &[2, 3], &[2, 2, 2], &[2, 2, 1, 1], &[1, 1]] {
        assert_eq!(tree.part(path), None, "{path:?}");
    }
    let nested = tree.nested(tree.part(&[2]).unwrap()).unwrap();
    assert_eq!(tree.path(nested), [2]);
}

#[test]
fn lines_are_counted_with_an_unended_last_one() {
    for (body, lines) in [("", 0), ("a", 1), ("a\r\n", 1), ("a\r\nb", 2), ("\r\n\r\n", 2)] {
        assert_eq!(tree(&format!("A: b\r\n\r\n{body}")).root().lines, lines);
    }
    assert_eq!(tree("Content-Type: image/png\r\n\r\na\r\nb").root().lines, 0);
}

#[test]
fn what_headers_say_of_parts_is_kept_up_to_a_limit_for_all_of_them() {
    let part = |number: u32| {
        format!(
            "--b\r\nContent-Type: image/png; name={number}.png\r\nContent-ID: <{}>\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{number}\r\n",
            "x".repeat(200)
        )
    };
    let parts: String = (1..=3).map(part).collect();
    let message = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--");
    let whole = PartTree::of(message.as_bytes(), &Limits::default());
    let two = whole.parts().iter().take(3).map(Part::described_octets).sum::<usize>();
    for (octets, named) in [(two, 2), (two - 1, 1)] {
        let limits = Limits { mime_described_octets_max: octets, ..Limits::default() };
        let tree = PartTree::of(message.as_bytes(), &limits);
        assert_eq!(tree.parts().iter().filter(|part| part.id.is_some()).count(), named);
        for (cut, part) in tree.parts().iter().zip(whole.parts()).skip(1) {
            assert_eq!((cut.body(), &*cut.encoding), (part.body(), "base64"));
            assert!(cut.is("image/png"));
        }
        assert_eq!(PartTree::decode(&tree.encode()).as_ref(), Some(&tree));
    }
}

#[test]
fn containers_in_disguise_are_leaves() {
    let message =
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA==";
    let tree = tree(message);
    assert!(tree.root().is("application/octet-stream"));
    assert_eq!(&*tree.decode_part(message.as_bytes(), tree.root()), b"Subject: x");
}

#[test]
fn text_is_decoded_from_transfer_encoding_and_charset() {
    let message = "Content-Type: text/plain; charset=iso-8859-1\r\n\
        Content-Transfer-Encoding: Quoted-Printable (x)\r\n\r\ngr=FCn =\r\nund blau";
    let tree = tree(message);
    assert_eq!(tree.decode_text(message.as_bytes(), tree.root(), 1_000), "grün und blau");
    assert_eq!(tree.decode_text(message.as_bytes(), tree.root(), 3), "gr");
}

fn nested(depth: usize) -> String {
    let mut message = String::new();
    for level in 0..depth {
        message +=
            &format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    message + "\r\nend\r\n"
}

fn deepest(tree: &PartTree) -> usize {
    let ancestors = |part| std::iter::successors(Some(part), |part: &&Part| tree.parent(part));
    tree.parts().iter().map(|part| ancestors(part).count() - 1).max().unwrap()
}

#[test]
fn nesting_ends_at_its_limit() {
    assert_eq!(deepest(&tree(&nested(49))), 49);
    assert_eq!(deepest(&tree(&nested(50))), 50);
    let message = nested(51);
    let tree = tree(&message);
    assert_eq!(deepest(&tree), 50);
    assert!(tree.parts().last().unwrap().is("application/octet-stream"));
    assert_eq!(deepest(&super::tests::tree(&nested(10_000))), 50);
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(10_000);
    assert_eq!(deepest(&super::tests::tree(&messages)), 50);
}

#[test]
fn parts_end_at_their_limit_and_the_last_one_has_the_rest() {
    let with = |parts: usize| {
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned()
            + &"--b\r\n\r\nx\r\n".repeat(parts)
    };
    assert_eq!(tree(&with(999)).parts().len(), 1_000);
    for parts in [1_000, 100_000] {
        let message = with(parts);
        let tree = tree(&message);
        assert_eq!(tree.parts().len(), 1_000);
        assert!(text(&message, tree.part(&[999]).unwrap()).starts_with("x\r\n--b\r\n"));
        assert_eq!(tree.parts().last().unwrap().body().end, message.len());
    }
}

#[test]
fn hostile_octets_are_walked_through_in_linear_time() {
    let boundary = "b".repeat(900);
    let head = format!("Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n");
    let mut heads = nested(50);
    heads.push_str("\r\n--b\r\n");
    for message in [
        "x".repeat(1 << 20),
        "\0".repeat(1 << 20),
        "X: y\r\n".repeat(1 << 18),
        head.clone() + &"\r\n--".repeat(1 << 18),
        head.clone() + &format!("--{}\n", boundary.get(1..).unwrap()).repeat(1_000),
        head + &format!("--{boundary}x\n").repeat(1_000),
        heads + &"--b1\n".repeat(1 << 18),
        "\r\n".repeat(1 << 19),
    ] {
        tree(&message);
    }
}

#[test]
fn damaged_octets_are_no_tree() {
    let octets = tree(&nested(3)).encode();
    assert_eq!(PartTree::decode(&[]), None);
    for cut in 0..octets.len() {
        assert_eq!(PartTree::decode(octets.get(..cut).unwrap()), None);
    }
    for place in 0..octets.len() {
        for value in [0, 1, 2, 0x7f, 0x80, 0xff] {
            let mut damaged = octets.clone();
            *damaged.get_mut(place).unwrap() = value;
            // Whatever still reads as a tree is one.
            if let Some(tree) = PartTree::decode(&damaged) {
                assert!(tree.parts().iter().all(|part| part.body().end <= tree.root().body().end));
            }
        }
    }
}

proptest! {
    #[test]
    fn pieces_of_mail_in_any_order_make_a_sound_tree(pieces in proptest::collection::vec(
        prop::sample::select(vec![
            "--a\r\n", "--a--\r\n", "--b\n", "--b--\n", "\r\n", "\n", "text\r\n", "--", "\r", "x",
            "Content-Type: multipart/mixed; boundary=a\r\n",
            "Content-Type: multipart/digest; boundary=b\n", "Content-Type: message/rfc822\r\n",
            "Content-Type: text/html; charset=x; name*0=y\r\n", "Content-ID: <z>\r\n", " folded\r\n",
            "Content-Disposition: attachment; filename=f\r\n", "Content-Language: en,de\r\n",
        ]), 0..40,
    )) {
        tree(&pieces.concat());
    }

    #[test]
    fn no_octets_panic(message in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&message, &PartTree::of(&message, &Limits::default()));
        drop(PartTree::decode(&message));
    }
}
