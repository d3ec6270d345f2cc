#![expect(clippy::unwrap_used, reason = "tests")]
use message::Limits;
use message::mime::PartTree;
use proptest::prelude::*;

use super::*;

fn converted(message: &str) -> String {
    let out = to_seven_bit(message.as_bytes(), BodyKind::EightBit).unwrap();
    String::from_utf8(out.to_vec()).unwrap()
}

#[test]
fn a_plain_text_becomes_quoted_printable_and_says_so() {
    let text = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: 8bit\r\nX-After: y\r\n\r\nOne café = \r\nFrom me\r\n.\r\n";
    assert_eq!(
        converted(text),
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         X-After: y\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         One caf=C3=A9 =3D=20\r\n=46rom me\r\n=2E\r\n"
    );
}

#[test]
fn a_message_without_mime_gets_it() {
    assert_eq!(
        converted("Subject: x\r\n\r\nUn café noir\r\n"),
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nUn caf=C3=A9 noir\r\n"
    );
    let latin = b"Subject: x\r\n\r\nUn caf\xe9 noir\r\n";
    let out = to_seven_bit(latin, BodyKind::EightBit).unwrap();
    let out = String::from_utf8(out.to_vec()).unwrap();
    assert!(out.contains("charset=unknown-8bit\r\n") && out.contains("caf=E9"), "{out}");
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    pré\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\
    Content-Transfer-Encoding:\r\n 8bit\r\n\r\n<p>é et tout cela\r\n\
    --b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\nééé\r\n\
    --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nà l'intérieur de cela\r\n--b--\r\népi";

#[test]
fn each_part_is_converted_on_its_own_and_containers_are_not() {
    assert_eq!(
        converted(MIXED),
        "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
         pr??\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A9 et tout cela\r\n\
         --b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nw6nDqcOp\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n\
         =C3=A0 l'int=C3=A9rieur de cela\r\n--b--\r\n??pi"
    );
}

#[test]
fn what_is_signed_is_not_converted() {
    let signed = "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\né\r\n--b\r\n\
        Content-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n";
    assert_eq!(to_seven_bit(signed.as_bytes(), BodyKind::EightBit), Err(Denial::Signed));
    let ascii = signed.replace('é', "e");
    assert_eq!(converted(&ascii), ascii);
    // Beside a signed part others may be converted.
    let beside = format!(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n{ascii}\r\n--a\r\n\r\nla journée\r\n--a--\r\n"
    );
    assert!(converted(&beside).contains("la journ=C3=A9e"));
}

#[test]
fn eight_bits_in_what_claims_to_be_encoded_go() {
    let message = |encoding, body| format!("Content-Transfer-Encoding: {encoding}\r\n\r\n{body}");
    assert_eq!(converted(&message("base64", "YWJéj\r\n")), message("base64", "YWJj\r\n"));
    let quoted = message("quoted-printable", "a=\r\né\r\n");
    assert_eq!(converted(&quoted), message("quoted-printable", "a=\r\n=C3=A9\r\n"));
}

#[test]
fn binary_content_is_encoded_even_without_eight_bits() {
    let line = "x".repeat(998);
    for (body, encoded) in [
        ("a\r\nb\r\n", false),
        ("a\nb\r\n", true),
        ("a\rb\r\n", true),
        ("a\0b\r\n", true),
        (&format!("{line}\r\n"), false),
        (&format!("{line}x\r\n"), true),
    ] {
        let message = format!("Content-Type: image/png\r\n\r\n{body}");
        let out = to_seven_bit(message.as_bytes(), BodyKind::Binary).unwrap();
        assert_eq!(out != message.as_bytes(), encoded, "{body:?}");
        let limits = Limits::default();
        let tree = PartTree::of(&out, &limits);
        assert_eq!(&*tree.decode_part(&out, tree.root()), body.as_bytes());
    }
}

proptest! {
    #[test]
    fn a_body_decodes_to_what_it_was(
        body in "([ -~é日\t]{0,90}\r\n){0,4}[ -~é]{0,20}", text in any::<bool>()
    ) {
        let media = if text { "text/plain" } else { "image/png" };
        let message = format!("MIME-Version: 1.0\r\nContent-Type: {media}\r\n\r\n{body}");
        let out = to_seven_bit(message.as_bytes(), BodyKind::EightBit).unwrap();
        prop_assert!(out.is_ascii());
        let limits = Limits::default();
        let tree = PartTree::of(&out, &limits);
        prop_assert_eq!(&*tree.decode_part(&out, tree.root()), body.as_bytes());
        if !body.is_ascii() {
            let encoded = out.get(tree.root().body()).unwrap();
            prop_assert!(encoded.split(|o| *o == b'\n').all(|line| line.len() <= 77));
        }
    }

    #[test]
    fn no_message_makes_it_panic(message in "(Content-Type: multipart/mixed; boundary=b\r\n|Content-Transfer-Encoding: 8bit\r\n|--b|--b--|\r\n|é|a|\n){0,30}") {
        drop(to_seven_bit(message.as_bytes(), BodyKind::EightBit));
        drop(to_seven_bit(message.as_bytes(), BodyKind::Binary));
    }
}
