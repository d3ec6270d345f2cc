#![expect(clippy::unwrap_used, reason = "tests")]
use dns::{Fault, Kind, Name, Zone};

use super::*;

const WORLD: &str = r#"
example.org         TXT  "v=spf1 mx a:web.example.org ip4:198.51.100.0/24 include:_spf.partner.example -all"
example.org         MX   10 mx.example.org
mx.example.org      A    192.0.2.1
mx.example.org      AAAA 2001:db8::1
web.example.org     A    192.0.2.2
_spf.partner.example TXT "v=spf1 ip4:203.0.113.7 ~all exp=why.partner.example"
soft.example        TXT  "v=spf1 ip6:2001:db8::/32 ~all"
silent.example      TXT  "v=spf1 ip4:192.0.2.9"
empty.example       A    192.0.2.9
two.example         TXT  "v=spf1 -all"
two.example         TXT  "v=spf1 +all"
broken.example      TXT  "v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all"
moved.example       TXT  "v=spf1 redirect=example.org"
gone.example        TXT  "v=spf1 redirect=nothing.example"
needy.example       TXT  "v=spf1 include:nothing.example -all"
circle.example      TXT  "v=spf1 include:circle.example -all"
alias.example       CNAME example.org
strict.example      TXT  "v=spf1 -all exp=why.strict.example"
why.strict.example  TXT  "%{i} is not ours. See https://%{d}/?%{S}"
rude.example        TXT  "v=spf1 -all exp=why.rude.example"
why.rude.example    TXT  "line one\013\010QUIT"
named.example       TXT  "v=spf1 ptr -all"
1.2.0.192.in-addr.arpa PTR mx.named.example
mx.named.example    A    192.0.2.1
2.2.0.192.in-addr.arpa PTR liar.named.example
liar.named.example  A    192.0.2.99
perlocal.example    TXT  "v=spf1 exists:%{l}.allowed.%{d} -all"
ann.allowed.perlocal.example A 127.0.0.2
nomail.example      TXT  "v=spf1 mx -all"
nomail.example      MX   0 .
"#;

async fn ask(zone: &Zone, peer: &str, local_part: &str, domain: &str) -> Spf {
    let question = Question {
        peer: peer.parse().unwrap(),
        local_part,
        domain,
        helo: "client.example",
        receiver: "us.example",
        now: Timestamp::new(1_700_000_000),
    };
    check(zone, &question, &SpfLimits::default()).await
}

#[tokio::test]
async fn the_policy_of_a_domain_decides_about_an_address() {
    use SpfResult::{Fail, Neutral, None, Pass, PermError, SoftFail};
    let zone = Zone::parse(WORLD).unwrap();
    for (peer, domain, expected) in [
        ("192.0.2.1", "example.org", Pass),
        ("::ffff:192.0.2.1", "example.org", Pass),
        ("2001:db8::1", "example.org", Pass),
        ("192.0.2.2", "example.org", Pass),
        ("198.51.100.77", "example.org", Pass),
        ("203.0.113.7", "example.org", Pass),
        ("203.0.113.8", "example.org", Fail),
        ("2001:db8:1::1", "soft.example", Pass),
        ("192.0.2.1", "soft.example", SoftFail),
        ("192.0.2.1", "silent.example", Neutral),
        ("192.0.2.1", "empty.example", None),
        ("192.0.2.1", "nothing.example", None),
        ("192.0.2.1", "localhost", None),
        ("192.0.2.1", "[192.0.2.1]", None),
        ("192.0.2.1", "a..example", None),
        ("192.0.2.1", "two.example", PermError),
        ("192.0.2.1", "broken.example", PermError),
        ("192.0.2.1", "moved.example", Pass),
        ("203.0.113.8", "moved.example", Fail),
        ("192.0.2.1", "gone.example", PermError),
        ("192.0.2.1", "needy.example", PermError),
        ("192.0.2.1", "circle.example", PermError),
        ("192.0.2.1", "alias.example", Pass),
        ("192.0.2.1", "named.example", Pass),
        ("192.0.2.2", "named.example", Fail),
        ("192.0.2.1", "nomail.example", Fail),
        ("192.0.2.1", "EXAMPLE.org.", Pass),
    ] {
        let spf = ask(&zone, peer, "ann", domain).await;
        assert_eq!(spf.result, expected, "{peer} for {domain}: {}", spf.why);
    }
}

#[tokio::test]
async fn a_policy_may_be_about_one_sender() {
    let zone = Zone::parse(WORLD).unwrap();
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "perlocal.example").await.result, SpfResult::Pass);
    assert_eq!(ask(&zone, "192.0.2.1", "bob", "perlocal.example").await.result, SpfResult::Fail);
    // Who has no local part is the postmaster.
    assert_eq!(ask(&zone, "192.0.2.1", "", "perlocal.example").await.result, SpfResult::Fail);
    assert_eq!(zone.asked().last().unwrap().0.as_str(), "postmaster.allowed.perlocal.example");
}

#[tokio::test]
async fn the_reason_is_in_words() {
    let zone = Zone::parse(WORLD).unwrap();
    for (peer, domain, why) in [
        ("192.0.2.1", "example.org", "192.0.2.1 is allowed by mx of example.org"),
        ("203.0.113.8", "example.org", "203.0.113.8 is not allowed by -all of example.org"),
        ("192.0.2.1", "soft.example", "192.0.2.1 is probably not allowed by ~all of soft.example"),
        (
            "192.0.2.1",
            "silent.example",
            "the SPF record of silent.example says nothing about 192.0.2.1",
        ),
        ("192.0.2.1", "empty.example", "empty.example has no SPF record"),
        ("192.0.2.1", "two.example", "two.example has several SPF records"),
        ("192.0.2.1", "broken.example", "the SPF record of broken.example has a syntax error"),
        ("192.0.2.1", "circle.example", "the SPF record of circle.example needs over 10 lookups"),
        ("192.0.2.1", "a\nb", "a\\nb is no domain name"),
    ] {
        assert_eq!(ask(&zone, peer, "ann", domain).await.why, why);
    }
}

#[tokio::test]
async fn an_explanation_is_quoted_when_it_is_fit_to_print() {
    let zone = Zone::parse(WORLD).unwrap();
    let explanation = ask(&zone, "192.0.2.1", "ann", "strict.example").await.explanation;
    let expected = "192.0.2.1 is not ours. See https://strict.example/?ann%40strict.example";
    assert_eq!(explanation.as_deref(), Some(expected));
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "rude.example").await.explanation, None);
    // An included record explains nothing (RFC 7208 §6.2).
    assert_eq!(ask(&zone, "203.0.113.8", "ann", "example.org").await.explanation, None);
    for (octets, is_kept) in [(400, true), (401, false)] {
        zone.remove(&Name::parse("why.strict.example").unwrap());
        zone.add(&format!("why.strict.example TXT {}", "x".repeat(octets))).unwrap();
        assert_eq!(
            ask(&zone, "192.0.2.1", "ann", "strict.example").await.explanation.is_some(),
            is_kept
        );
    }
}

#[tokio::test]
async fn ten_terms_with_lookups_are_the_limit() {
    let zone = Zone::default();
    let exists = |count| "exists:%{d} ".repeat(count);
    zone.add(&format!("ten.example TXT \"v=spf1 {}-all\"\nten.example A 192.0.2.1", exists(10)))
        .unwrap();
    zone.add(&format!(
        "bomb.example TXT \"v=spf1 -exists:no.example {}+all\"",
        "a:x.example ".repeat(500)
    ))
    .unwrap();
    zone.add("x.example A 192.0.2.250").unwrap();
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "ten.example").await.result, SpfResult::Pass);
    let mut record = String::from("v=spf1 ");
    for host in 0..10 {
        zone.add(&format!("h{host}.example A 192.0.2.250")).unwrap();
        record.push_str(&format!("a:h{host}.example "));
    }
    zone.add(&format!("full.example TXT \"{record} -all\"")).unwrap();
    zone.add(&format!("over.example TXT \"{record} a:x.example -all\"")).unwrap();
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "full.example").await.result, SpfResult::Fail);
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "over.example").await.result, SpfResult::PermError);
    let before = zone.queries();
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "bomb.example").await.result, SpfResult::PermError);
    assert!(zone.queries() - before <= 11, "{}", zone.queries() - before);
}

#[tokio::test]
async fn two_lookups_that_find_nothing_are_the_limit() {
    let zone = Zone::default();
    zone.add("two.example TXT \"v=spf1 a:no.example exists:none.example -all\"").unwrap();
    zone.add("three.example TXT \"v=spf1 a:no.example exists:none.example mx:nil.example -all\"")
        .unwrap();
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "two.example").await.result, SpfResult::Fail);
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "three.example").await.result, SpfResult::PermError);
}

#[tokio::test]
async fn ten_mail_exchanges_are_the_limit() {
    for (count, expected) in
        [(10, SpfResult::Fail), (11, SpfResult::PermError), (1_000, SpfResult::PermError)]
    {
        let zone = Zone::default();
        zone.add("big.example TXT \"v=spf1 mx -all\"\nhost.example A 192.0.2.250").unwrap();
        for preference in 0..count {
            zone.add(&format!("big.example MX {preference} host.example")).unwrap();
        }
        let spf = ask(&zone, "192.0.2.1", "ann", "big.example").await;
        assert_eq!(spf.result, expected, "{}", spf.why);
    }
}

#[tokio::test]
async fn of_a_thousand_names_ten_are_looked_up() {
    let zone = Zone::default();
    zone.add("named.example TXT \"v=spf1 ptr -all\"").unwrap();
    for number in 0..1_000 {
        zone.add(&format!("1.2.0.192.in-addr.arpa PTR h{number}.named.example")).unwrap();
    }
    assert_eq!(ask(&zone, "192.0.2.1", "ann", "named.example").await.result, SpfResult::Fail);
    assert_eq!(zone.asked().iter().filter(|(_, kind)| *kind == Kind::A).count(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_up_now_is_temporary() {
    for fault in [Fault::Timeout, Fault::ServerFailure, Fault::Bogus, Fault::Silence] {
        for name in ["example.org", "mx.example.org", "_spf.partner.example"] {
            let zone = Zone::parse(WORLD).unwrap();
            zone.fail(Name::parse(name).unwrap(), None, fault);
            let spf = ask(&zone, "203.0.113.8", "ann", "example.org").await;
            assert_eq!(spf.result, SpfResult::TempError, "{name} {fault:?}: {}", spf.why);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_ends_after_twenty_seconds() {
    let zone = Zone::parse(WORLD).unwrap();
    zone.go_down(Fault::Silence);
    let begun = tokio::time::Instant::now();
    let spf = ask(&zone, "192.0.2.1", "ann", "example.org").await;
    assert_eq!(begun.elapsed(), Duration::from_secs(20));
    assert_eq!(spf.why, "the policy of example.org took over 20 seconds to look up");
}
