//! The grammar as tables, and what must hold for any line.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use message::AddressError;
use proptest::prelude::*;

use mailstore::{DsnReturn, Notify};

use super::parameters::BodyKind;
use super::*;

fn sender(line: &str) -> String {
    match parse(line.as_bytes()) {
        Ok(Command::Mail(path, _)) => path.to_string(),
        other => format!("{other:?}"),
    }
}

fn recipient(line: &str) -> String {
    match parse(line.as_bytes()) {
        Ok(Command::Rcpt(recipient)) => recipient.path.to_string(),
        other => format!("{other:?}"),
    }
}

fn fault(line: impl AsRef<[u8]>) -> Fault {
    parse(line.as_ref()).unwrap_err()
}

#[test]
fn a_sender_is_read_however_clients_write_it() {
    for (line, path) in [
        ("MAIL FROM:<alice@crepes.fr>", "<alice@crepes.fr>"),
        ("mail from: <alice@crepes.fr>", "<alice@crepes.fr>"),
        ("Mail From : <alice@crepes.fr>  ", "<alice@crepes.fr>"),
        ("MAIL\tFROM:<alice@crepes.fr>", "<alice@crepes.fr>"),
        ("MAIL FROM:alice@crepes.fr", "<alice@crepes.fr>"),
        ("MAIL FROM: alice@crepes.fr SIZE=10", "<alice@crepes.fr>"),
        ("MAIL FROM:<>", "<>"),
        ("MAIL FROM: <> BODY=7BIT", "<>"),
        ("MAIL FROM:<@one.example,@two.example:joe@three.example>", "<joe@three.example>"),
        ("MAIL FROM:<\"joe smith\"@example.org>", "<\"joe smith\"@example.org>"),
        ("MAIL FROM:<\"plain\"@example.org>", "<plain@example.org>"),
        ("MAIL FROM:<\"a>b\"@example.org> SIZE=1", "<\"a>b\"@example.org>"),
        ("MAIL FROM:<Joe\\,Smith@example.org>", "Err(Sender(Address(BadLocalPart)))"),
        ("MAIL FROM:<joe@[192.0.2.1]>", "<joe@[192.0.2.1]>"),
        ("MAIL FROM:<joe@[IPv6:2001:db8::1]>", "<joe@[IPv6:2001:db8::1]>"),
        ("MAIL FROM:<a..b@docomo.example>", "<\"a..b\"@docomo.example>"),
        ("MAIL FROM:<a.@docomo.example>", "<\"a.\"@docomo.example>"),
        (
            "MAIL FROM:<SRS0=xy=zz=example.org=joe@example.com>",
            "<SRS0=xy=zz=example.org=joe@example.com>",
        ),
    ] {
        assert_eq!(sender(line), path, "{line}");
    }
}

#[test]
fn a_recipient_is_read_however_clients_write_it() {
    for (line, path) in [
        ("RCPT TO:<bob@hamburger.edu>", "<bob@hamburger.edu>"),
        ("rcpt to: <bob@hamburger.edu>", "<bob@hamburger.edu>"),
        ("RCPT TO:bob@hamburger.edu", "<bob@hamburger.edu>"),
        ("RCPT TO:<Postmaster>", "<Postmaster>"),
        ("RCPT TO:<POSTMASTER>", "<Postmaster>"),
        ("RCPT TO:postmaster", "<Postmaster>"),
        ("RCPT TO:<postmaster@hamburger.edu>", "<postmaster@hamburger.edu>"),
        ("RCPT TO:<@hosta.int,@jkl.org:userc@d.bar.org>", "<userc@d.bar.org>"),
        ("RCPT TO:<bob%elsewhere.org@hamburger.edu>", "<bob%elsewhere.org@hamburger.edu>"),
        ("RCPT TO:<\"bob@elsewhere.org\"@hamburger.edu>", "<\"bob@elsewhere.org\"@hamburger.edu>"),
        ("RCPT TO:<elsewhere.org!bob@hamburger.edu>", "<elsewhere.org!bob@hamburger.edu>"),
    ] {
        assert_eq!(recipient(line), path, "{line}");
    }
}

#[test]
fn paths_that_are_none_are_told_apart() {
    let no_host = || Fault::Sender(PathFault::Address(AddressError::NoHost));
    for (line, expected) in [
        ("MAIL", Fault::FromMissing),
        ("MAIL alice@crepes.fr", Fault::FromMissing),
        ("MAIL FROM <alice@crepes.fr>", Fault::FromMissing),
        ("MAIL TO:<alice@crepes.fr>", Fault::FromMissing),
        ("RCPT <bob@hamburger.edu>", Fault::ToMissing),
        ("RCPT FROM:<bob@hamburger.edu>", Fault::ToMissing),
        ("MAIL FROM:", Fault::Sender(PathFault::Address(AddressError::BadPath))),
        ("MAIL FROM:alice", no_host()),
        ("MAIL FROM:<alice>", no_host()),
        ("MAIL FROM:<postmaster>", no_host()),
        ("MAIL FROM:<alice@crepes.fr", Fault::Sender(PathFault::Unclosed)),
        ("RCPT TO:<bob@hamburger.edu", Fault::Recipient(PathFault::Unclosed)),
        ("RCPT TO:<>", Fault::Recipient(PathFault::Empty)),
        ("RCPT TO:<bob>", Fault::Recipient(PathFault::Address(AddressError::NoHost))),
        (
            "RCPT TO:<a..b@hamburger.edu>",
            Fault::Recipient(PathFault::Address(AddressError::BadLocalPart)),
        ),
        ("RCPT TO:bob@hamburger.edu>", Fault::Recipient(PathFault::Address(AddressError::BadPath))),
    ] {
        assert_eq!(fault(line), expected, "{line}");
    }
}

#[test]
fn parameters_of_mail_are_read() {
    let parameters = |line: &str| match parse(line.as_bytes()) {
        Ok(Command::Mail(_, parameters)) => parameters,
        other => panic!("{line}: {other:?}"),
    };
    let all = parameters("MAIL FROM:<a@b.org> SIZE=500000 body=8bitmime SMTPUTF8");
    let expected = MailParameters {
        size: Some(500_000),
        body: Some(BodyKind::EightBitMime),
        utf8: true,
        ..MailParameters::default()
    };
    assert_eq!(all, expected);
    assert_eq!(parameters("MAIL FROM:<a@b.org>  BODY=7BIT ").body, Some(BodyKind::SevenBit));
    let twenty_digits = parameters("MAIL FROM:<a@b.org> SIZE=99999999999999999999");
    assert_eq!(twenty_digits.size, Some(u64::MAX));
}

#[test]
fn parameters_that_are_wrong_are_told_apart() {
    for (parameters, expected) in [
        ("SIZE=1", Fault::ParameterMalformed),
        (" SIZE", Fault::SizeMalformed),
        (" SIZE=", Fault::ParameterMalformed),
        (" SIZE=ten", Fault::SizeMalformed),
        (" SIZE=-1", Fault::SizeMalformed),
        (" SIZE=999999999999999999999", Fault::SizeMalformed),
        (" SIZE=1 SIZE=2", Fault::ParameterTwice),
        (" BODY=BINARYMIME", Fault::BodyMalformed),
        (" BODY=7BIT BODY=7BIT", Fault::ParameterTwice),
        (" SMTPUTF8=yes", Fault::FlagWithValue("SMTPUTF8")),
        (" SMTPUTF8 SMTPUTF8", Fault::ParameterTwice),
        (" AUTH", Fault::ParameterMalformed),
        (" AUTH=<> AUTH=<>", Fault::ParameterTwice),
        (" MTRK=x", Fault::ParameterUnknown("MTRK".to_owned())),
        (" REQUIRETLS=yes", Fault::FlagWithValue("REQUIRETLS")),
        (" RET", Fault::RetMalformed),
        (" RET=ALL", Fault::RetMalformed),
        (" ENVID=a+0D+0Ab", Fault::EnvidMalformed),
        (" ENVID=a+2b", Fault::EnvidMalformed),
        (" ENVID=a+2", Fault::EnvidMalformed),
        (" ENVID=é", Fault::EnvidMalformed),
        (&format!(" ENVID={}", "x".repeat(101)), Fault::EnvidMalformed),
        (" -X=1", Fault::ParameterMalformed),
        (" A=b=c", Fault::ParameterMalformed),
        (" <b@c.org>", Fault::ParameterMalformed),
    ] {
        assert_eq!(fault(format!("MAIL FROM:<a@b.org>{parameters}")), expected, "{parameters}");
    }
    for (parameters, expected) in [
        ("NOTIFY=NEVER,DELAY", Fault::NotifyMalformed),
        ("NOTIFY=SUCCESS,", Fault::NotifyMalformed),
        ("NOTIFY", Fault::NotifyMalformed),
        ("NOTIFY=DELAY NOTIFY=DELAY", Fault::ParameterTwice),
        ("ORCPT=bob@example.org", Fault::OrcptMalformed),
        ("ORCPT=;bob@example.org", Fault::OrcptMalformed),
        ("ORCPT=rfc822;", Fault::OrcptMalformed),
        ("ORCPT=rfc822;a+0A", Fault::OrcptMalformed),
        ("ORCPT=rfc822;jörg@example.org", Fault::OrcptMalformed),
        (&format!("ORCPT=rfc822;{}", "x".repeat(494)), Fault::OrcptMalformed),
        ("RET=FULL", Fault::ParameterUnknown("RET".to_owned())),
    ] {
        assert_eq!(fault(format!("RCPT TO:<a@b.org> {parameters}")), expected, "{parameters}");
    }
}

#[test]
fn what_a_sender_wants_to_hear_is_read_and_kept_as_it_came() {
    let mail = match parse(b"MAIL FROM:<a@b.org> RET=hdrs ENVID=QQ+2B314+20159 REQUIRETLS AUTH=<>")
    {
        Ok(Command::Mail(_, parameters)) => parameters,
        other => panic!("{other:?}"),
    };
    assert_eq!(mail.dsn.ret, Some(DsnReturn::Headers));
    assert_eq!(mail.dsn.envid.as_deref(), Some("QQ+2B314+20159"));
    assert!(mail.requiretls && mail.auth);
    let rcpt = |parameters: &str| match parse(format!("RCPT TO:<a@b.org>{parameters}").as_bytes()) {
        Ok(Command::Rcpt(recipient)) => recipient.parameters,
        other => panic!("{parameters}: {other:?}"),
    };
    assert_eq!(rcpt(""), RcptParameters::default());
    assert_eq!(rcpt(" notify=never").notify, Notify::NEVER);
    assert_eq!(rcpt(" NOTIFY=success,DELAY").notify, Notify::SUCCESS | Notify::DELAY);
    let longest = format!("rfc822;{}", "x".repeat(493));
    assert_eq!(rcpt(&format!(" ORCPT={longest}")).original.as_deref(), Some(longest.as_str()));
    let utf8 = rcpt(" ORCPT=utf-8;jörg@example.org");
    assert_eq!(utf8.original.as_deref(), Some("utf-8;jörg@example.org"));
}

#[test]
fn commands_without_arguments_take_none() {
    for (line, command) in [
        ("DATA", Command::Data),
        ("data ", Command::Data),
        ("RSET", Command::Rset),
        ("QuIt", Command::Quit),
        ("STARTTLS", Command::StartTls),
        ("NOOP", Command::Noop),
        ("NOOP whatever comes", Command::Noop),
        ("HELP", Command::Help(String::new())),
        ("HELP mail from", Command::Help("mail".to_owned())),
        ("EXPN list", Command::NotOffered(NotOffered::Expn)),
        ("SOML FROM:<a@b.org>", Command::NotOffered(NotOffered::Send)),
        ("GET / HTTP/1.1", Command::Http),
        ("post /?x HTTP/1.0", Command::Http),
    ] {
        assert_eq!(parse(line.as_bytes()), Ok(command), "{line}");
    }
    for verb in ["DATA", "RSET", "QUIT", "STARTTLS"] {
        assert_eq!(fault(format!("{verb} now")), Fault::ArgumentForbidden(verb));
    }
}

#[test]
fn a_client_names_itself() {
    let name = |line: &str| match parse(line.as_bytes()) {
        Ok(Command::Helo(name) | Command::Ehlo(name)) => name.to_string(),
        other => format!("{other:?}"),
    };
    for (line, expected) in [
        ("HELO crepes.fr", "crepes.fr"),
        ("helo   crepes.fr  ", "crepes.fr"),
        ("EHLO [192.0.2.1]", "[192.0.2.1]"),
        ("EHLO [IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("EHLO [192.0.2.1] and other news", "[192.0.2.1]"),
        ("EHLO ann_pc", "ann_pc"),
        ("EHLO localhost", "localhost"),
        ("EHLO", "Err(HelloNameless(\"EHLO\"))"),
        ("HELO ", "Err(HelloNameless(\"HELO\"))"),
        ("HELO (comment", "Err(HelloInvalid(\"HELO\"))"),
        ("HELO a;b", "Err(HelloInvalid(\"HELO\"))"),
        ("HELO []", "Err(HelloInvalid(\"HELO\"))"),
        ("HELO crêpes.fr", "Err(EightBit)"),
    ] {
        assert_eq!(name(line), expected, "{line}");
    }
    assert_eq!(name(&format!("HELO {}", "a".repeat(255))), "a".repeat(255));
    assert_eq!(fault(format!("HELO {}", "a".repeat(256))), Fault::HelloInvalid("HELO"));
}

#[test]
fn lines_that_are_no_commands_are_told_apart() {
    for (line, expected) in [
        (&b""[..], Fault::Empty),
        (b"   ", Fault::Empty),
        (b" NOOP", Fault::Unknown),
        (b"HELLO", Fault::Unknown),
        (b"X-MAGIC", Fault::Unknown),
        (b"NO\0OP", Fault::ControlCharacter),
        (b"NOOP\rQUIT", Fault::ControlCharacter),
        (b"\x16\x03\x01", Fault::ControlCharacter),
        (b"MAIL FROM:<\xe9@b.org>", Fault::EightBit),
        (b"NOOP \xc3\xa9", Fault::EightBit),
        (b"\xc3\xa9", Fault::EightBit),
        (b"VRFY", Fault::VerifyNobody),
    ] {
        assert_eq!(fault(line), expected, "{}", line.escape_ascii());
    }
}

#[test]
fn utf8_stands_in_addresses_and_only_with_smtputf8() {
    assert_eq!(fault("MAIL FROM:<jörg@example.org>"), Fault::SenderNeedsUtf8);
    assert_eq!(fault("MAIL FROM:<joerg@exämple.org>"), Fault::SenderNeedsUtf8);
    assert_eq!(sender("MAIL FROM:<jörg@exämple.org> SMTPUTF8"), "<jörg@xn--exmple-cua.org>");
    let recipient = Recipient {
        path: ForwardPath::parse("<jörg@example.org>").unwrap(),
        needs_utf8: true,
        parameters: RcptParameters::default(),
    };
    assert_eq!(parse("RCPT TO:<jörg@example.org>".as_bytes()), Ok(Command::Rcpt(recipient)));
    let question = Question { about: "jörg@example.org".to_owned(), utf8: true };
    assert_eq!(parse("VRFY jörg@example.org SMTPUTF8".as_bytes()), Ok(Command::Vrfy(question)));
}

proptest! {
    #[test]
    fn any_line_is_answered(line in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(parse(&line));
    }

    #[test]
    fn anything_after_a_verb_is_answered(verb in "(MAIL FROM:|RCPT TO:|EHLO |VRFY |HELP )", rest in "\\PC{0,60}") {
        drop(parse(format!("{verb}{rest}").as_bytes()));
    }

    #[test]
    fn a_path_that_was_read_reads_back_as_it_prints(
        local in "([a-z.]{1,9}|\"[ -~]{0,9}\"|[a-z]{1,5}[+%!=][a-z]{1,5})",
        host in "([a-z]{1,9}\\.[a-z]{2,4}|\\[192\\.0\\.2\\.[0-9]\\]|\\[IPv6:2001:db8::[0-9]\\])",
        route in "(@[a-z]{2,5},@[a-z]{2,5}\\.org:)?",
    ) {
        if let Ok(Command::Mail(path, _)) = parse(format!("MAIL FROM:<{route}{local}@{host}>").as_bytes()) {
            let again = parse(format!("MAIL FROM:{path}").as_bytes());
            prop_assert_eq!(again, Ok(Command::Mail(path, MailParameters::default())));
        }
        if let Ok(Command::Rcpt(first)) = parse(format!("RCPT TO:<{route}{local}@{host}>").as_bytes()) {
            let again = parse(format!("RCPT TO:{}", first.path).as_bytes());
            prop_assert_eq!(again, Ok(Command::Rcpt(first)));
        }
    }
}

#[test]
fn a_chunk_has_a_size_and_may_be_the_last() {
    for (line, octets, last) in [
        ("BDAT 0", 0, false),
        ("bdat 86 last", 86, true),
        ("BDAT 00007", 7, false),
        ("BDAT 99999999999999999999999 LAST", u64::MAX, true),
    ] {
        assert_eq!(parse(line.as_bytes()), Ok(Command::Bdat(Chunk { octets, last })), "{line}");
    }
    for line in
        ["BDAT", "BDAT LAST", "BDAT -1", "BDAT 0x10", "BDAT 1 2", "BDAT 1 LAST x", "BDAT 1LAST"]
    {
        assert_eq!(fault(line), Fault::ChunkMalformed, "{line}");
    }
}
