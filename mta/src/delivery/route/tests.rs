#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::collections::HashMap;

use dns::{Fault, Zone};
use message::Domain;

use super::*;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn settings() -> RouteSettings {
    let mut settings = RouteSettings::new(name("me.example"));
    settings.own.addresses.push("198.51.100.7".parse().unwrap());
    settings
}

async fn find_in(
    zone: &Zone,
    destination: &str,
    settings: &RouteSettings,
) -> Result<Route, NoRoute> {
    find(zone, &Host::parse(destination).unwrap(), settings, &|_| 0).await
}

/// The hosts of all groups with their addresses, as text.
async fn hosts(zone: &Zone, destination: &str, settings: &RouteSettings) -> Vec<Vec<String>> {
    let route = find_in(zone, destination, settings).await.unwrap();
    let mut all = Vec::new();
    for group in 0..route.groups() {
        let hops = route.hops(group, zone, settings).await;
        let text = |hop: &Hop| {
            let addresses: Vec<String> = hop.addresses.iter().map(ToString::to_string).collect();
            format!("{} {}", hop.label(), addresses.join(" "))
        };
        all.push(hops.found.iter().map(text).collect());
    }
    all
}

async fn status(zone: &Zone, destination: &str) -> String {
    match find_in(zone, destination, &settings()).await {
        Err(none) => none.status.to_string(),
        Ok(route) => {
            let hops = route.hops(0, zone, &settings()).await;
            assert_eq!(hops.found, []);
            if hops.are_ours { "ours".to_owned() } else { hops.lost[0].status.to_string() }
        }
    }
}

#[tokio::test]
async fn exchanges_are_tried_by_preference_ipv6_first() {
    let zone = Zone::parse(
        "b.example MX 20 two.b.example\nb.example MX 10 one.b.example\n\
         one.b.example A 192.0.2.1\none.b.example A 192.0.2.2\none.b.example AAAA 2001:db8::1\n\
         two.b.example CNAME real.b.example\nreal.b.example A 192.0.2.3",
    )
    .unwrap();
    assert_eq!(
        hosts(&zone, "b.example", &settings()).await,
        [
            ["one.b.example [2001:db8::1]:25 192.0.2.1:25 192.0.2.2:25"],
            ["two.b.example 192.0.2.3:25"]
        ]
    );
}

#[tokio::test]
async fn equal_exchanges_come_in_any_order() {
    let zone = Zone::parse(
        "b.example MX 10 a.b.example\nb.example MX 10 b.b.example\nb.example MX 10 c.b.example",
    )
    .unwrap();
    let destination = Host::parse("b.example").unwrap();
    let mut orders = std::collections::BTreeSet::new();
    for number in 0..6 {
        let dice = move |bound: usize| if bound == 3 { number % 3 } else { number % 2 };
        let route = find(&zone, &destination, &settings(), &dice).await.unwrap();
        orders.insert(format!("{:?}", route.groups));
    }
    assert_eq!(orders.len(), 6);
}

#[tokio::test]
async fn a_domain_without_exchanges_is_its_own() {
    let zone = Zone::parse("b.example A 192.0.2.1").unwrap();
    assert_eq!(hosts(&zone, "b.example", &settings()).await, [["b.example 192.0.2.1:25"]]);
}

#[tokio::test]
async fn an_address_literal_is_where_it_says() {
    let zone = Zone::default();
    assert_eq!(hosts(&zone, "[192.0.2.1]", &settings()).await, [["[192.0.2.1] 192.0.2.1:25"]]);
    let ipv6 = hosts(&zone, "[IPv6:2001:db8::1]", &settings()).await;
    assert_eq!(ipv6, [["[2001:db8::1] [2001:db8::1]:25"]]);
    assert_eq!(status(&zone, "[x-new:abc]").await, "5.1.2");
    assert_eq!(zone.queries(), 0);
}

#[tokio::test]
async fn what_can_never_get_mail_fails_for_good() {
    let zone = Zone::parse(
        "null.example MX 0 .\nempty.example TXT x\nlost.example MX 10 no.lost.example\n\
         loop.example CNAME pool.example\npool.example CNAME loop.example\n\
         ring.example MX 10 loop.example\nnumber.example MX 10 192.0.2.1",
    )
    .unwrap();
    for (domain, expected) in [
        ("null.example", "5.1.10"),
        ("nowhere.example", "5.1.2"),
        ("empty.example", "5.4.4"),
        ("lost.example", "5.4.4"),
        ("loop.example", "5.4.4"),
        ("ring.example", "5.4.4"),
        ("number.example", "5.4.4"),
    ] {
        assert_eq!(status(&zone, domain).await, expected, "{domain}");
    }
}

#[tokio::test]
async fn a_null_exchange_among_others_says_nothing() {
    let zone =
        Zone::parse("b.example MX 0 .\nb.example MX 10 m.b.example\nm.b.example A 192.0.2.1")
            .unwrap();
    assert_eq!(hosts(&zone, "b.example", &settings()).await, [["m.b.example 192.0.2.1:25"]]);
}

#[tokio::test]
async fn name_servers_that_fail_are_asked_again_later() {
    let zone = Zone::parse("b.example MX 10 m.b.example\nm.b.example TXT x").unwrap();
    for fault in [Fault::Timeout, Fault::ServerFailure, Fault::Bogus] {
        zone.fail(name("b.example"), None, fault);
        assert_eq!(status(&zone, "b.example").await, "4.4.3");
    }
    let zone = Zone::parse("b.example MX 10 m.b.example\nm.b.example TXT x").unwrap();
    zone.fail(name("m.b.example"), Some(dns::Kind::Aaaa), Fault::Timeout);
    assert_eq!(status(&zone, "b.example").await, "4.4.3");
    // One family is enough.
    zone.add("m.b.example A 192.0.2.1").unwrap();
    assert_eq!(hosts(&zone, "b.example", &settings()).await, [["m.b.example 192.0.2.1:25"]]);
}

#[tokio::test]
async fn mail_does_not_go_in_circles() {
    let zone = Zone::parse(
        "b.example MX 10 one.b.example\nb.example MX 20 me.example\nb.example MX 20 two.b.example\n\
         b.example MX 30 three.b.example\none.b.example A 192.0.2.1\n\
         first.example MX 10 ME.example\nfirst.example MX 20 one.b.example\n\
         address.example MX 10 us.example\nus.example A 198.51.100.7\n\
         mapped.example AAAA ::ffff:198.51.100.7\n\
         local.example MX 10 here.example\nhere.example A 127.0.0.5\nzero.example A 0.0.0.0",
    )
    .unwrap();
    assert_eq!(hosts(&zone, "b.example", &settings()).await, [["one.b.example 192.0.2.1:25"]]);
    assert_eq!(status(&zone, "first.example").await, "5.4.6");
    for domain in ["address.example", "mapped.example", "local.example", "zero.example"] {
        assert_eq!(status(&zone, domain).await, "ours", "{domain}");
    }
    for literal in ["[127.0.0.1]", "[198.51.100.7]", "[IPv6:::1]"] {
        assert_eq!(status(&zone, literal).await, "5.4.6", "{literal}");
    }
    // Where others live on this machine, its loopback addresses are theirs.
    let mut settings = settings();
    settings.own.loopback = false;
    assert_eq!(hosts(&zone, "local.example", &settings).await, [["here.example 127.0.0.5:25"]]);
}

#[tokio::test]
async fn a_thousand_exchanges_with_a_thousand_addresses_are_few() {
    let zone = Zone::default();
    for number in 0..1_000 {
        zone.add(&format!("b.example MX {} h{number}.b.example", number / 3)).unwrap();
    }
    for number in 0..200 {
        zone.add(&format!("h0.b.example A 192.0.2.{}", number % 250)).unwrap();
    }
    let route = find_in(&zone, "b.example", &settings()).await.unwrap();
    assert_eq!(route.groups.iter().map(Vec::len).sum::<usize>(), 10);
    let hops = route.hops(0, &zone, &settings()).await;
    assert_eq!(hops.found[0].addresses.len(), 3);
}

#[tokio::test]
async fn relays_stand_before_what_the_world_says() {
    let relay = |host, port| Relay { host, port, tls: RelayTls::Required, credentials: None };
    let zone = Zone::parse("smart.example A 127.0.0.1\nsmart.example MX 10 no.example").unwrap();
    let mut settings = settings();
    let domain = Domain::parse("b.example").unwrap();
    let fixed = relay(RelayHost::Address("127.0.0.9".parse().unwrap()), 2525);
    settings.relays.by_domain = HashMap::from([(domain, fixed)]);
    assert_eq!(hosts(&zone, "b.example", &settings).await, [["[127.0.0.9] 127.0.0.9:2525"]]);
    assert_eq!(find_in(&zone, "c.example", &settings).await.unwrap_err().status.class, 5);
    settings.relays.all_other = Some(relay(RelayHost::Name(name("smart.example")), 587));
    for destination in ["c.example", "[192.0.2.1]"] {
        assert_eq!(hosts(&zone, destination, &settings).await, [["smart.example 127.0.0.1:587"]]);
    }
}

#[tokio::test]
async fn tlsa_records_are_asked_where_dnssec_proves_the_way() {
    let zone = Zone::parse(
        "plain.example A 192.0.2.1\nalias.example CNAME end.secure.example\nend.secure.example A 192.0.2.2\n\
         half.example CNAME end.insecure.example\nend.insecure.example A 192.0.2.3",
    )
    .unwrap();
    let bases = async |domain: &str| {
        let route = find_in(&zone, domain, &settings()).await.unwrap();
        route.hops(0, &zone, &settings()).await.found[0].tlsa_bases.clone()
    };
    assert_eq!(bases("plain.example").await, []);
    for secure in ["plain.example", "alias.example", "half.example", "secure.example"] {
        zone.prove(name(secure), Proof::Secure);
    }
    assert_eq!(bases("plain.example").await, [name("plain.example")]);
    assert_eq!(bases("alias.example").await, [name("end.secure.example"), name("alias.example")]);
    assert_eq!(bases("half.example").await, [name("half.example")]);
}
