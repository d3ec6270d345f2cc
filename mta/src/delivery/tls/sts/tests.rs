#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dns::Zone;
use tokio::time::Instant;

use super::*;
use crate::delivery::tls_world::{self, Authority, Certified};
use crate::delivery::world::{Door, World};

const POLICY: &str =
    "version: STSv1\r\nmode: enforce\r\nmx: mx.b.example\r\nmx: *.c.example\r\nmax_age: 86400\r\n";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

#[test]
fn a_policy_is_read_and_written() {
    let policy = Policy::parse(POLICY.as_bytes()).unwrap();
    assert_eq!((policy.mode, policy.max_age.as_secs()), (Mode::Enforce, 86_400));
    assert_eq!(policy.hosts, ["mx.b.example", "*.c.example"]);
    assert_eq!(Policy::parse(policy.to_text().as_bytes()), Ok(policy));
    // Bare line feeds, unknown keys, second values, blanks, letters in any case.
    let odd = "x: y\nversion:STSv1\nmode:testing \nmode: none\n\nmx:\tMX.b.example.\nmax_age: 99999999999\nmax_age: 1\n";
    assert_eq!(Policy::parse(odd.as_bytes()), Err(PolicyFault::MaxAge));
    let policy = Policy::parse(odd.replace("99999999999", "9999999999").as_bytes()).unwrap();
    assert_eq!((policy.mode, policy.max_age.as_secs()), (Mode::Testing, 31_557_600));
    assert_eq!(policy.hosts, ["mx.b.example"]);
    assert!(Policy::parse(b"version: STSv1\nmode: none\nmax_age: 0").unwrap().hosts.is_empty());
}

#[test]
fn what_is_no_policy_is_refused_with_its_reason() {
    for (text, fault) in [
        ("", PolicyFault::Version),
        ("version: STSv2\nmode: none\nmax_age: 1", PolicyFault::Version),
        ("version: STSv1\nmode: Enforce\nmx: a.b\nmax_age: 1", PolicyFault::Mode),
        ("version: STSv1\nmx: a.b\nmax_age: 1", PolicyFault::Mode),
        ("version: STSv1\nmode: enforce\nmx: a.b", PolicyFault::MaxAge),
        ("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: -1", PolicyFault::MaxAge),
        ("version: STSv1\nmode: enforce\nmax_age: 1", PolicyFault::Hosts),
        ("version: STSv1\nmode: enforce\nmx: a b\nmax_age: 1", PolicyFault::Hosts),
        ("version: STSv1\nmode: enforce\nmx: *.*.b\nmax_age: 1", PolicyFault::Hosts),
        ("version: STSv1\nmode: enforce\nmx: *.\nmax_age: 1", PolicyFault::Hosts),
        ("<html><title>404</title>", PolicyFault::Version),
    ] {
        assert_eq!(Policy::parse(text.as_bytes()), Err(fault), "{text}");
    }
    assert_eq!(Policy::parse(b"\xff"), Err(PolicyFault::Utf8));
}

#[test]
fn a_policy_is_limited_from_both_sides() {
    let padded = |octets: usize| format!("{POLICY}{}", "x".repeat(octets - POLICY.len()));
    assert!(Policy::parse(padded(64 << 10).as_bytes()).is_ok());
    assert_eq!(Policy::parse(padded((64 << 10) + 1).as_bytes()), Err(PolicyFault::TooLong));
    let hosts = |count: usize| format!("{POLICY}{}", "mx: m.example\n".repeat(count - 2));
    assert!(Policy::parse(hosts(1_000).as_bytes()).is_ok());
    assert_eq!(Policy::parse(hosts(1_001).as_bytes()), Err(PolicyFault::Hosts));
}

#[test]
fn a_star_stands_for_one_label() {
    let policy = Policy::parse(POLICY.as_bytes()).unwrap();
    for (host, listed) in [
        ("mx.b.example", true),
        ("MX.B.example.", true),
        ("x.mx.b.example", false),
        ("b.example", false),
        ("a.c.example", true),
        ("a.a.c.example", false),
        ("c.example", false),
        ("ac.example", false),
    ] {
        assert_eq!(policy.lists(&name(host)), listed, "{host}");
    }
}

/// Fetches the same text for everybody, and counts.
#[derive(Debug)]
struct Canned(Result<&'static str, TlsFailure>, AtomicUsize);

impl Fetcher for Canned {
    fn fetch<'a>(&'a self, _: &'a Name, _: &'a str) -> Fetching<'a> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { self.0.clone().map(|text| Bytes::from_static(text.as_bytes())) })
    }
}

#[tokio::test]
async fn a_policy_is_fetched_when_its_id_changes_and_kept_when_that_fails() {
    let zone = Zone::parse("_mta-sts.b.example TXT \"v=STSv1; id=1\"").unwrap();
    let domain = name("b.example");
    let good = Canned(Ok(POLICY), AtomicUsize::new(0));
    let at = Timestamp::new;
    let first = find(&zone, &good, &domain, None, at(1_000)).await;
    assert_eq!(first.failure, None);
    let known = first.known.clone().unwrap();
    assert_eq!((known.id.as_str(), known.fetched), ("1", at(1_000)));
    let again = find(&zone, &good, &domain, first.known.clone(), at(2_000)).await;
    assert_eq!((&again.known, good.1.load(Ordering::Relaxed)), (&first.known, 1));
    // A newer one that can't be had does not take the old one away; neither does a lost record.
    zone.remove(&name("_mta-sts.b.example"));
    zone.add("_mta-sts.b.example TXT \"v=STSv1; id=2\"").unwrap();
    for bad in [Err(TlsFailure::new(FailureKind::StsPolicyFetchError, "404")), Ok("<html>")] {
        let bad = Canned(bad, AtomicUsize::new(0));
        let kept = find(&zone, &bad, &domain, first.known.clone(), at(2_000)).await;
        assert_eq!(kept.known, first.known);
        assert!(kept.failure.is_some());
        // Without an old one there is none.
        assert_eq!(find(&zone, &bad, &domain, None, at(2_000)).await.known, None);
    }
    zone.remove(&name("_mta-sts.b.example"));
    assert_eq!(
        find(&zone, &good, &domain, first.known.clone(), at(2_000)).await.known,
        first.known
    );
    assert_eq!(good.1.load(Ordering::Relaxed), 1);
}

#[test]
fn a_policy_holds_as_long_as_it_says() {
    let policy = Policy::parse(POLICY.as_bytes()).unwrap();
    let known = Known { id: String::new(), policy, fetched: Timestamp::new(1_000) };
    for (now, holds) in [(999, false), (1_000, true), (87_399, true), (87_400, false)] {
        assert_eq!(known.holds(Timestamp::new(now)), holds, "{now}");
    }
}

async fn fetch(door: Door, authority: &Authority) -> Result<Bytes, TlsFailure> {
    fetch_within(door, authority, StsLimits::default()).await.0
}

async fn fetch_within(
    door: Door,
    authority: &Authority,
    limits: StsLimits,
) -> (Result<Bytes, TlsFailure>, Https) {
    let zone = Zone::parse("mta-sts.b.example A 192.0.2.9").unwrap();
    let world = World::default();
    world.at("192.0.2.9:443", door);
    let https = Https::new(Arc::new(zone), Arc::new(world), authority.roots(), limits);
    (https.fetch(&name("b.example"), "1").await, https)
}

const REQUEST: &str = "C: GET /.well-known/mta-sts.txt HTTP/1.1\nC: host: mta-sts.b.example\nC: user-agent: posthouse\nC: \n";

fn answers(certified: Certified, answer: &str) -> Door {
    Door::tls(certified, format!("{REQUEST}{answer}"))
}

#[tokio::test]
async fn a_policy_comes_over_https() {
    let authority = Authority::new();
    let certified = authority.certificate(&["mta-sts.b.example"]);
    let answer = "S: HTTP/1.1 200 OK\nS: Content-Type: text/plain; charset=utf-8\nS: Content-Length: 5\nS: \nraw hello\nsilence";
    assert_eq!(fetch(answers(certified, answer), &authority).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_policy_by_a_host_that_nobody_vouches_for_is_none() {
    let authority = Authority::new();
    let answer = "S: HTTP/1.1 200 OK\nS: Content-Type: text/plain\nS: Content-Length: 5\nS: \nraw hello\nsilence";
    for certified in [
        tls_world::certificate(&["mta-sts.b.example"]),
        authority.certificate(&["b.example"]),
        authority.expired(&["mta-sts.b.example"]),
        Authority::new().certificate(&["mta-sts.b.example"]),
    ] {
        let failure = fetch(answers(certified, answer), &authority).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::StsWebpkiInvalid, "{failure}");
    }
}

#[tokio::test]
async fn only_a_text_found_at_once_is_a_policy() {
    let authority = Authority::new();
    let long = format!("Content-Length: {}", (64 << 10) + 1);
    for answer in [
        "S: HTTP/1.1 404 Not Found\nS: Content-Length: 0\nS: \nsilence",
        "S: HTTP/1.1 301 Moved\nS: Location: https://evil.example/\nS: Content-Length: 0\nS: \nsilence",
        "S: HTTP/1.1 200 OK\nS: Content-Type: text/html\nS: Content-Length: 5\nS: \nraw hello\nsilence",
        "S: HTTP/1.1 200 OK\nS: Content-Length: 5\nS: \nraw hello\nsilence",
        &format!(
            "S: HTTP/1.1 200 OK\nS: Content-Type: text/plain\nS: {long}\nS: \nbabble xxxxxxxxxxxxxxxxxxxxxxxxxxx"
        ),
        "S: HTTP/1.1 200 OK\nS: Content-Type: text/plain\nS: \nbabble xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "babble HTTP/1.1 200 OK\\r\\n",
        "S: 220 mx.example.org",
        "",
    ] {
        let certified = authority.certificate(&["mta-sts.b.example"]);
        let failure = fetch(answers(certified, answer), &authority).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::StsPolicyFetchError, "{answer}");
    }
}

#[tokio::test]
async fn addresses_and_remembered_failures_are_limited_from_both_sides() {
    let addresses: String = (0..9)
        .map(|number| {
            format!(
                "mta-sts.b.example A 192.0.2.{number}\nmta-sts.b.example AAAA 2001:db8::{number}\n"
            )
        })
        .collect();
    let (zone, world) = (Arc::new(Zone::parse(&addresses).unwrap()), Arc::new(World::default()));
    let limits = StsLimits { addresses_max: 4, failures_max: 1, ..StsLimits::default() };
    let dial = Arc::<World>::clone(&world);
    let https = Https::new(zone, dial, Authority::new().roots(), limits);
    for (id, connections) in [("1", 4), ("1", 4), ("2", 8), ("2", 12), ("1", 12)] {
        https.fetch(&name("b.example"), id).await.unwrap_err();
        assert_eq!(world.dialled().len(), connections, "{id}");
    }
    assert!(world.dialled()[..2].iter().all(|address| address.starts_with('[')));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_can_not_be_had_is_not_asked_for_again_at_once() {
    let authority = Authority::new();
    let start = Instant::now();
    let door = Door::plain("silence");
    let (outcome, https) = fetch_within(door, &authority, StsLimits::default()).await;
    assert_eq!(outcome.unwrap_err().kind, FailureKind::StsPolicyFetchError);
    assert_eq!(start.elapsed().as_secs(), 60);
    let failure = https.fetch(&name("b.example"), "1").await.unwrap_err();
    assert_eq!(failure.detail, "the policy took too long");
    // Another policy is another matter, and so is the same one after a while.
    let failure = https.fetch(&name("b.example"), "2").await.unwrap_err();
    assert_ne!(failure.detail, "the policy took too long");
    tokio::time::advance(Duration::from_secs(300)).await;
    let failure = https.fetch(&name("b.example"), "1").await.unwrap_err();
    assert_ne!(failure.detail, "the policy took too long");
}
