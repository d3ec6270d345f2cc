#![expect(clippy::unwrap_used, reason = "tests")]
use std::sync::Arc;

use super::*;
use crate::{Mx, Tlsa};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn zone() -> Arc<Zone> {
    let text = r#"
; what a small domain has
example.org.            MX    20 backup.example.org.
example.org     300 IN  MX    10 mx.example.org
example.org             TXT   "v=spf1 mx" " -all"
mx.example.org          A     192.0.2.1
mx.example.org          AAAA  2001:db8::1
_25._tcp.mx.example.org TLSA  3 1 1 00ff10
www.example.org     60  CNAME mx.example.org
old.example.org         CNAME www.example.org
loop.example.org        CNAME pool.example.org
pool.example.org        CNAME loop.example.org
lost.example.org        CNAME nowhere.example.org
*.many.example.org      A     192.0.2.9
1.2.0.192.in-addr.arpa  PTR   mx.example.org
odd.example.org         TXT   "a\"b\195\\;c"   ; the end
nothing.example         MX    0 .
"#;
    Arc::new(Zone::parse(text).unwrap())
}

#[tokio::test]
async fn every_kind_is_answered() {
    let zone = zone();
    let dns: &dyn Resolver = &*zone;
    let mx = dns.mx(&name("example.org")).await.unwrap();
    let exchange = |preference, host| Mx { preference, exchange: name(host) };
    assert_eq!(mx.records, [exchange(10, "mx.example.org"), exchange(20, "backup.example.org")]);
    assert_eq!(mx.ttl, Duration::from_secs(300));
    assert_eq!(dns.txt(&name("example.org")).await.unwrap().records, [b"v=spf1 mx -all"]);
    assert_eq!(dns.txt(&name("odd.example.org")).await.unwrap().records, [b"a\"b\xc3\\;c"]);
    let host = name("mx.example.org");
    assert_eq!(
        dns.a(&host).await.unwrap().records,
        ["192.0.2.1".parse::<std::net::Ipv4Addr>().unwrap()]
    );
    assert_eq!(
        dns.aaaa(&host).await.unwrap().records,
        ["2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap()]
    );
    assert_eq!(dns.ptr("192.0.2.1".parse().unwrap()).await.unwrap().records, [host]);
    let tlsa = Tlsa { usage: 3, selector: 1, matching: 1, association: vec![0, 255, 16] };
    assert_eq!(dns.tlsa(&name("_25._tcp.mx.example.org")).await.unwrap().records, [tlsa]);
    assert_eq!(
        dns.cname(&name("old.example.org")).await.unwrap().records,
        [name("www.example.org")]
    );
    assert!(
        dns.mx(&name("nothing.example"))
            .await
            .unwrap()
            .records
            .iter()
            .all(|mx| mx.exchange.is_root())
    );
}

#[tokio::test]
async fn an_alias_is_followed_and_told() {
    let zone = zone();
    let dns: &dyn Resolver = &*zone;
    zone.prove(name("example.org"), Proof::Secure);
    zone.prove(name("www.example.org"), Proof::Insecure);
    let asked = name("old.example.org");
    let answer = dns.a(&asked).await.unwrap();
    let step = |target, proof| Alias { target: name(target), proof };
    assert_eq!(
        answer.aliases,
        [step("www.example.org", Proof::Secure), step("mx.example.org", Proof::Insecure)]
    );
    assert_eq!(answer.owner(&asked), &name("mx.example.org"));
    assert_eq!(answer.proof, Proof::Insecure);
    assert_eq!(answer.ttl, Duration::from_secs(60));
}

#[tokio::test]
async fn no_such_name_is_not_no_such_record() {
    let zone = zone();
    zone.prove(name("example.org"), Proof::Secure);
    let dns: &dyn Resolver = &*zone;
    let denial = Denial { proof: Proof::Secure, ttl: DENIAL_TTL };
    for (asked, error) in [
        ("nowhere.example.org", LookupError::NoSuchName(denial)),
        ("lost.example.org", LookupError::NoSuchName(denial)),
        ("mx.example.org", LookupError::NoSuchRecord(denial)),
        // It has only names below it (RFC 8020 §2).
        ("_tcp.mx.example.org", LookupError::NoSuchRecord(denial)),
        ("loop.example.org", LookupError::Aliases),
    ] {
        assert_eq!(dns.txt(&name(asked)).await.unwrap_err(), error, "{asked}");
    }
}

#[tokio::test]
async fn a_wildcard_stands_for_names_that_do_not_exist() {
    let zone = zone();
    let dns: &dyn Resolver = &*zone;
    dns.a(&name("7.many.example.org")).await.unwrap();
    assert!(matches!(dns.a(&name("many.example.org")).await, Err(LookupError::NoSuchRecord(_))));
    assert!(matches!(
        dns.txt(&name("7.many.example.org")).await,
        Err(LookupError::NoSuchRecord(_))
    ));
}

#[tokio::test]
async fn a_chain_of_aliases_is_limited_from_both_sides() {
    let zone = Zone::default();
    for step in 0..9 {
        zone.add(&format!("n{step}.example CNAME n{}.example", step + 1)).unwrap();
    }
    zone.add("n9.example A 192.0.2.1").unwrap();
    let dns: &dyn Resolver = &zone;
    assert_eq!(dns.a(&name("n0.example")).await.unwrap_err(), LookupError::Aliases);
    assert_eq!(dns.a(&name("n1.example")).await.unwrap().aliases.len(), 8);
}

#[tokio::test]
async fn of_a_thousand_hosts_a_hundred_most_wanted_are_taken() {
    let zone = Zone::default();
    for number in (0..1_000).rev() {
        zone.add(&format!("big.example MX {number} mx{number}.example")).unwrap();
    }
    let dns: &dyn Resolver = &zone;
    let answer = dns.mx(&name("big.example")).await.unwrap();
    assert_eq!((answer.records.len(), answer.left_out), (100, 900));
    assert!(answer.records.iter().map(|mx| mx.preference).eq(0..100));
}

#[tokio::test]
async fn it_fails_as_it_is_told_to() {
    let zone = zone();
    let dns: &dyn Resolver = &*zone;
    let host = name("mx.example.org");
    zone.fail(host.clone(), Some(Kind::A), Fault::Timeout);
    assert_eq!(dns.a(&host).await.unwrap_err(), LookupError::Timeout);
    dns.aaaa(&host).await.unwrap();
    zone.fail(host.clone(), None, Fault::Bogus);
    assert_eq!(dns.aaaa(&host).await.unwrap_err(), LookupError::Bogus);
    zone.go_down(Fault::ServerFailure);
    assert_eq!(dns.mx(&name("example.org")).await.unwrap_err(), LookupError::ServerFailure);
    zone.come_back();
    dns.mx(&name("example.org")).await.unwrap();
    assert_eq!(zone.queries(), 5);
    assert_eq!(zone.asked().last(), Some(&(name("example.org"), Kind::Mx)));
}

#[tokio::test(start_paused = true)]
async fn silence_lasts_until_the_asker_gives_up() {
    let zone = zone();
    zone.go_down(Fault::Silence);
    let dns: &dyn Resolver = &*zone;
    tokio::time::timeout(Duration::from_secs(60), dns.mx(&name("example.org"))).await.unwrap_err();
}

#[test]
fn a_line_that_is_no_record_is_named() {
    for (text, line) in [
        ("a.example", 1),
        ("a.example A 192.0.2.1\nb.example SRV 1", 2),
        ("a.example A 192.0.2", 1),
        ("a.example TLSA 3 1 1 abc", 1),
        ("a..example A 192.0.2.1", 1),
        ("a.example MX mx.example", 1),
    ] {
        assert_eq!(Zone::parse(text).unwrap_err().line, line, "{text}");
    }
}
