use proptest::prelude::*;

use super::*;

fn read(value: &str) -> Vec<AddressItem> {
    address_items(value.as_bytes(), &Limits::default())
}

fn one(value: &str) -> (Option<String>, String, String) {
    match read(value).as_slice() {
        [AddressItem::One(one)] => (one.name.clone(), one.local.clone(), one.domain.clone()),
        other => (Some(format!("{other:?}")), String::new(), String::new()),
    }
}

#[test]
fn one_address_reads_in_all_its_forms() {
    for (value, name, local, domain) in [
        ("ann@example.org", None, "ann", "example.org"),
        ("<ann@example.org>", None, "ann", "example.org"),
        ("Ann B. <ann@example.org>", Some("Ann B."), "ann", "example.org"),
        ("\"B., Ann \\\"x\\\"\"  <ann@example.org>", Some("B., Ann \"x\""), "ann", "example.org"),
        ("ann@example.org (Ann (B))", Some("Ann (B)"), "ann", "example.org"),
        ("Ann <ann@example.org> (c)", Some("Ann"), "ann", "example.org"),
        ("\"a b\"@example.org", None, "a b", "example.org"),
        ("X <\"a@b\"@example.org>", Some("X"), "a@b", "example.org"),
        ("ann . b @ example . org", None, "ann.b", "example.org"),
        ("Ann Bee ann@example.org", Some("Ann Bee"), "ann", "example.org"),
        ("<@one,@two:ann@example.org>", None, "ann", "example.org"),
        ("Ann <ann>", Some("Ann"), "ann", ""),
        ("root", None, "root", ""),
        ("no address here", Some("no address here"), "", ""),
        ("Daemon <>", Some("Daemon"), "", ""),
        ("Ann <ann@[IPv6:2001:db8::1]>", Some("Ann"), "ann", "[IPv6:2001:db8::1]"),
        ("=?utf-8?Q?B,_Ann?= <ann@b.org>", Some("=?utf-8?Q?B,_Ann?="), "ann", "b.org"),
        ("Ann <ann@example.org", Some("Ann"), "ann", "example.org"),
        ("a@b@example.org", None, "a@b", "example.org"),
        ("<a@b@example.org>", None, "a@b", "example.org"),
        ("\"Ann <ann@example.org>", Some("\"Ann"), "ann", "example.org"),
        ("Ann\t\r\n <ann@\r\n example.org>", Some("Ann"), "ann", "example.org"),
        ("Ann (x", Some("Ann (x"), "", ""),
        (",, ann@example.org ,,;", None, "ann", "example.org"),
    ] {
        let expected = (name.map(str::to_owned), local.to_owned(), domain.to_owned());
        assert_eq!(one(value), expected, "{value}");
    }
}

#[test]
fn lists_and_groups_read() {
    let items = read("a@x.org, Friends: b@x.org, C <c@x.org>;, Nobody:; d@x.org; e@x.org");
    let text: Vec<String> = items
        .iter()
        .map(|item| match item {
            AddressItem::One(one) => one.display_address(),
            AddressItem::Group { name, members } => format!("{name}={}", members.len()),
        })
        .collect();
    assert_eq!(text, ["a@x.org", "Friends=2", "Nobody=0", "d@x.org", "e@x.org"]);
    assert_eq!(correspondents(&items).count(), 5);
    assert_eq!(read("Open: a@x.org, b@x.org").len(), 1);
    assert_eq!(read("").len(), 0);
}

#[test]
fn names_decode_and_addresses_become_addresses() {
    let items =
        read("=?utf-8?Q?J=C3=BCrgen?= =?utf-8?Q?_M?= <J@M\u{fc}ller.example>, \"a b\"@x.org, x");
    let names: Vec<_> = correspondents(&items).map(Correspondent::display_name).collect();
    assert_eq!(names, [Some("Jürgen M".to_owned()), None, None]);
    let addresses: Vec<_> =
        correspondents(&items).map(|one| one.address().map(|a| a.to_string())).collect();
    let expected = [Some("J@xn--mller-kva.example"), Some("\"a b\"@x.org"), None];
    assert_eq!(addresses, expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn a_field_gives_as_many_addresses_as_its_limit_and_no_more() {
    let limits = Limits { addresses_max: 2, ..Limits::default() };
    assert_eq!(address_items(b"a@x, b@x", &limits).len(), 2);
    assert_eq!(address_items(b"a@x, b@x, c@x", &limits).len(), 2);
}

#[test]
fn a_megabyte_of_anything_takes_linear_time() {
    for piece in [
        "\"", "\\\"", "(", "(\\)", "<", "@", "a@", "=?a?q?", "=?", "[", "[ ", "[,", ",", ":", "a ",
        "a:;",
    ] {
        for before in ["\"", "<"] {
            let items = read(&format!("{before}{}", piece.repeat((1 << 20) / piece.len())));
            assert!(items.len() <= Limits::default().addresses_max);
        }
    }
}

proptest! {
    #[test]
    fn no_octets_panic(value in "[\\PC\0-\x7f<>@,;:\"()\\\\=?]{0,80}") {
        for one in correspondents(&read(&value)) {
            drop((one.display_name(), one.display_address(), one.address()));
        }
    }
}
