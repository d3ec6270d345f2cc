#![expect(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

#[test]
fn addresses_read_and_print_without_needless_quotes() {
    for (text, printed) in [
        ("ann@example.org", "ann@example.org"),
        ("Ann.B+tag@Example.ORG", "Ann.B+tag@example.org"),
        ("\"ann\"@example.org", "ann@example.org"),
        ("\"a b\"@example.org", "\"a b\"@example.org"),
        ("\"a\\b\"@example.org", "ab@example.org"),
        ("\"a\\\"b\\\\\"@example.org", "\"a\\\"b\\\\\"@example.org"),
        ("\"a@b\"@example.org", "\"a@b\"@example.org"),
        ("\"\"@example.org", "\"\"@example.org"),
        ("ann@[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"),
        ("jürgen@müller.example", "jürgen@xn--mller-kva.example"),
    ] {
        assert_eq!(Address::parse(text).unwrap().to_string(), printed);
    }
}

#[test]
fn what_is_no_address_is_refused_with_its_reason() {
    for (text, error) in [
        ("", AddressError::Empty),
        ("ann", AddressError::NoHost),
        ("ann@", AddressError::NoHost),
        ("@example.org", AddressError::NoLocalPart),
        (".ann@example.org", AddressError::BadLocalPart),
        ("ann.@example.org", AddressError::BadLocalPart),
        ("a..b@example.org", AddressError::BadLocalPart),
        ("a b@example.org", AddressError::BadLocalPart),
        ("a\r\nb@example.org", AddressError::BadLocalPart),
        ("a\0b@example.org", AddressError::BadLocalPart),
        ("a\u{202e}b@example.org", AddressError::BadLocalPart),
        ("\"a@example.org", AddressError::NoHost),
        ("\"a\"b@example.org", AddressError::NoHost),
        ("\"a\r\"@example.org", AddressError::BadQuoting),
        ("\"a\\\r\"@example.org", AddressError::BadQuoting),
        ("a@b@example.org", AddressError::Domain(DomainError::Malformed)),
        ("ann@192.0.2.1", AddressError::Domain(DomainError::Numeric)),
        ("ann@[nonsense]", AddressError::BadLiteral),
        ("ann@example.org ", AddressError::Domain(DomainError::Malformed)),
    ] {
        assert_eq!(Address::parse(text), Err(error), "{text}");
    }
}

#[test]
fn the_longest_local_part_and_address_pass_and_one_octet_more_is_refused() {
    let local = "a".repeat(64);
    Address::parse(&format!("{local}@example.org")).unwrap();
    let error = Address::parse(&format!("{local}a@example.org"));
    assert_eq!(error, Err(AddressError::LocalPartTooLong));
    // As written, with its quotes.
    Address::parse(&format!("\"{} \"@example.org", "a".repeat(61))).unwrap();
    let error = Address::parse(&format!("\"{} \"@example.org", "a".repeat(62)));
    assert_eq!(error, Err(AddressError::LocalPartTooLong));
    let host = "abcdefgh.".repeat(21);
    Address::parse(&format!("{local}@{}", host.trim_end_matches('.'))).unwrap();
    assert_eq!(Address::parse(&format!("{local}@{host}a")), Err(AddressError::TooLong));
}

#[test]
fn case_does_not_part_addresses() {
    let (one, two) = (Address::parse("Ann@Example.org"), Address::parse("ann@EXAMPLE.ORG"));
    assert_eq!(one, two);
    assert_eq!(one.unwrap().canonical(), "ann@example.org");
    assert_eq!(Address::parse("jose\u{301}@a.org"), Address::parse("jos\u{e9}@a.org"));
}

#[test]
fn a_tag_is_what_follows_the_first_separator() {
    let address = Address::parse("ann+news+2@example.org").unwrap();
    assert_eq!(address.tag('+'), Some("news+2"));
    assert_eq!(address.without_tag('+').to_string(), "ann@example.org");
    let address = Address::parse("+ann@example.org").unwrap();
    assert_eq!(address.tag('+'), None);
    assert_eq!(address.without_tag('+'), address);
}

#[test]
fn smtputf8_is_needed_for_the_local_part_only() {
    assert!(Address::parse("ann@müller.example").unwrap().is_ascii());
    let address = Address::parse("jürgen@müller.example").unwrap();
    assert!(!address.is_ascii());
    assert_eq!(address.to_unicode(), "jürgen@müller.example");
}

proptest! {
    #[test]
    fn an_address_reads_back_as_it_was_printed(
        local in "[ -~é日]{0,40}", domain in "[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z]{1,6}){0,3}"
    ) {
        let quoted: String = local.chars().flat_map(|c| ['\\', c]).filter(char::is_ascii).collect();
        for text in [format!("{local}@{domain}"), format!("\"{quoted}\"@{domain}")] {
            if let Ok(address) = Address::parse(&text) {
                let again = Address::parse(&address.to_string()).unwrap();
                prop_assert_eq!(again.to_string(), address.to_string());
                prop_assert_eq!(again.local().as_str(), address.local().as_str());
                let path = format!("<{address}> SIZE=1");
                let (path, rest) = ForwardPath::parse_prefix(&path).unwrap();
                prop_assert_eq!(path, ForwardPath::Address(address));
                prop_assert_eq!(rest, " SIZE=1");
            }
        }
    }

    #[test]
    fn no_text_makes_parsing_panic(text in "[\\PC\0-\x7f]{0,80}") {
        drop((Address::parse(&text), Domain::parse(&text), Host::parse(&text)));
        drop((ForwardPath::parse(&text), ReversePath::parse_prefix(&text)));
        drop((Host::parse(&format!("[{text}]")), Address::parse(&format!("\"{text}\"@a"))));
    }
}
