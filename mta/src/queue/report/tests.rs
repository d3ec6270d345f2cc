#![expect(clippy::unwrap_used, reason = "tests")]
use message::mime::PartTree;

use super::*;

const LETTER: &[u8] = b"Subject: Cr=?utf-8?q?=C3=AApes?=\r\nMessage-ID: <1@crepes.fr>\r\nX: \xff\r\n\r\nDo you like ketchup?\r\n";
const AT: Timestamp = Timestamp::new(1_795_520_418);

fn told() -> Told {
    Told {
        address: Address::parse("bob@hamburger.edu").unwrap(),
        original: Some("rfc822;Bob@hamburger.edu".to_owned()),
        action: Action::Failed,
        status: "5.1.1".to_owned(),
        host: Some("mail.hamburger.edu".to_owned()),
        reply: "550 5.1.1 No such user here, and this is a reply that is so long that it has to be folded".to_owned(),
        last_attempt: AT,
        retry_until: None,
    }
}

fn report(recipients: &[Told], whole: bool) -> String {
    let to = Address::parse("alice@crepes.fr").unwrap();
    let original = Original { accepted: AT, envelope_id: Some("QQ314159"), message: LETTER, whole };
    let report = Report {
        trace: TraceId::from_parts(AT, [7; 6]),
        hostname: "mail.crepes.fr",
        at: AT + 60,
        to: &to,
        original,
        recipients,
    };
    let octets = report.to_bytes();
    let tree = PartTree::of(&octets, &Limits::default());
    assert_eq!(tree.children(tree.root()).count(), 3);
    String::from_utf8_lossy(&octets).into_owned()
}

#[test]
fn a_bounce_is_for_people_and_programs() {
    let report = report(&[told()], false);
    for expected in [
        "To: <alice@crepes.fr>\r\nSubject: Not delivered: Cr=?utf-8?q?=C3=AApes?=\r\n",
        "In-Reply-To: <1@crepes.fr>\r\n",
        "Auto-Submitted: auto-replied\r\n",
        "report-type=delivery-status",
        "Your letter to bob@hamburger.edu could not be delivered.\r\nThere is nobody with that address.",
        "mail.hamburger.edu said:\r\n    550 5.1.1 No such user here",
        "\r\nOriginal-Envelope-Id: QQ314159\r\nReporting-MTA: dns; mail.crepes.fr\r\n",
        "\r\n\r\nOriginal-Recipient: rfc822; Bob@hamburger.edu\r\nFinal-Recipient: rfc822; bob@hamburger.edu\r\n\
         Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mail.hamburger.edu\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 No such user here, and this is a reply that\r\n is so long",
        "Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: ",
    ] {
        assert!(report.contains(expected), "{expected}\n----\n{report}");
    }
    assert!(!report.contains("ketchup"));
}

#[test]
fn the_whole_letter_goes_back_when_that_was_asked_for() {
    let report = report(&[told()], true);
    assert!(report.contains("Content-Type: message/rfc822"));
    assert!(report.contains("\r\n\r\nDo you like ketchup?\r\n\r\n--"));
}

#[test]
fn a_delay_says_until_when_it_is_tried() {
    let delayed = Told {
        action: Action::Delayed,
        status: "4.4.1".to_owned(),
        host: None,
        reply: "no answer".to_owned(),
        retry_until: Some(AT + 432_000),
        ..told()
    };
    let report = report(&[delayed], false);
    for expected in [
        "Subject: Not delivered yet: ",
        "You need not send it again.\r\nThe other server could not be reached.\r\n\r\n    no answer\r\n",
        "Action: delayed\r\nStatus: 4.4.1\r\nDiagnostic-Code: x-posthouse; no answer\r\n",
        "Will-Retry-Until: Sun, 29 Nov 2026",
    ] {
        assert!(report.contains(expected), "{expected}\n----\n{report}");
    }
}

#[test]
fn an_address_in_unicode_is_written_for_programs_in_ascii() {
    let jorg = Told { address: Address::parse("jörg+x@bücher.example").unwrap(), ..told() };
    let report = report(&[jorg], false);
    assert!(report.contains("Your letter to jörg+x@bücher.example could"));
    assert!(
        report.contains("Final-Recipient: utf-8; j\\x{F6}rg\\x{2B}x@b\\x{FC}cher.example\r\n"),
        "{report}"
    );
}

#[test]
fn what_a_remote_says_makes_no_fields_of_ours() {
    let liar = Told { reply: "550 x\u{7}\u{1b}[31m ü Action: delivered".to_owned(), ..told() };
    let report = report(&[liar], false);
    assert!(
        report.contains("Diagnostic-Code: smtp; 550 x??[31m ? Action: delivered\r\n"),
        "{report}"
    );
}

#[test]
fn a_header_that_is_too_long_is_cut_at_a_line() {
    let to = Address::parse("alice@crepes.fr").unwrap();
    let line = format!("X: {}\r\n", "x".repeat(95));
    let message = line.repeat(HEADER_OCTETS_MAX / line.len() + 1) + "\r\ntext";
    let report = Report {
        trace: TraceId::from_parts(AT, [7; 6]),
        hostname: "mail.crepes.fr",
        at: AT,
        to: &to,
        original: Original {
            accepted: AT,
            envelope_id: None,
            message: message.as_bytes(),
            whole: false,
        },
        recipients: &[told()],
    };
    let returned = report.returned();
    assert_eq!(returned.len(), HEADER_OCTETS_MAX / line.len() * line.len());
}
