#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod world;

use std::time::Duration;

use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, MX, PTR, TLSA, TXT};

use self::world::World;
use super::*;
use crate::{Alias, Denial, LookupError, Mx, Name, Proof, Tlsa};

fn ours(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn cname(target: &str) -> RData {
    RData::CNAME(CNAME(world::name(target)))
}

fn world() -> World {
    let mx = |preference, host| RData::MX(MX::new(preference, world::name(host)));
    let tlsa = TLSA::new(3.into(), 1.into(), 1.into(), vec![0xab, 0xcd]);
    World::default()
        .with("example.test.", mx(20, "backup.test."))
        .with("example.test.", mx(10, "Host.test."))
        .with("example.test.", RData::TXT(TXT::new(vec!["v=spf1 ".into(), "-all".into()])))
        .with("host.test.", RData::A(A::new(192, 0, 2, 1)))
        .with("host.test.", RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)))
        .with("_25._tcp.host.test.", RData::TLSA(tlsa))
        .with("1.2.0.192.in-addr.arpa.", RData::PTR(PTR(world::name("host.test."))))
        .with("www.test.", cname("web.test."))
        .with("web.test.", cname("host.test."))
        .with("one.test.", cname("other.test."))
        .with("other.test.", cname("one.test."))
        .with("lost.test.", cname("nowhere.test."))
        .failing("broken.test.")
        .silent("silent.test.")
}

fn settings(server: std::net::SocketAddr, dnssec: Dnssec) -> Settings {
    let answer_time_max = Duration::from_millis(200);
    Settings { servers: vec![server], answer_time_max, retries: 1, dnssec, ..Settings::default() }
}

async fn plain(world: World) -> Hickory {
    let server = world.serve().await;
    Hickory::new(settings(server, Dnssec::Off)).unwrap()
}

async fn proving(world: World) -> (Hickory, tempfile::NamedTempFile) {
    let (world, anchor) = world.signed();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), anchor).unwrap();
    let server = world.serve().await;
    let hickory = Hickory::new(settings(server, Dnssec::Anchors(file.path().to_owned()))).unwrap();
    (hickory, file)
}

#[tokio::test]
async fn every_kind_comes_over_the_network() {
    let hickory = plain(world()).await;
    let dns: &dyn Resolver = &hickory;
    let mx = dns.mx(&ours("example.test")).await.unwrap();
    let host = ours("host.test");
    let expected = [(10, host.clone()), (20, ours("backup.test"))];
    assert_eq!(mx.records, expected.map(|(preference, exchange)| Mx { preference, exchange }));
    assert_eq!((mx.proof, mx.ttl), (Proof::Indeterminate, Duration::from_secs(300)));
    assert_eq!(dns.txt(&ours("example.test")).await.unwrap().records, [b"v=spf1 -all"]);
    assert_eq!(dns.a(&host).await.unwrap().records[0].octets(), [192, 0, 2, 1]);
    assert_eq!(dns.aaaa(&host).await.unwrap().records[0].segments()[1], 0xdb8);
    assert_eq!(dns.ptr("192.0.2.1".parse().unwrap()).await.unwrap().records, [host]);
    let tlsa = Tlsa { usage: 3, selector: 1, matching: 1, association: vec![0xab, 0xcd] };
    assert_eq!(dns.tlsa(&ours("_25._tcp.host.test")).await.unwrap().records, [tlsa]);
    assert_eq!(dns.cname(&ours("www.test")).await.unwrap().records, [ours("web.test")]);
}

#[tokio::test]
async fn an_alias_is_followed_over_several_answers() {
    let hickory = plain(world()).await;
    let dns: &dyn Resolver = &hickory;
    let answer = dns.a(&ours("www.test")).await.unwrap();
    let step = |target| Alias { target: ours(target), proof: Proof::Indeterminate };
    assert_eq!(answer.aliases, [step("web.test"), step("host.test")]);
    assert_eq!(answer.records.len(), 1);
}

#[tokio::test]
async fn each_failure_has_its_name() {
    let hickory = plain(world()).await;
    let dns: &dyn Resolver = &hickory;
    // The lower of the SOA's TTL and minimum.
    let denial = Denial { proof: Proof::Indeterminate, ttl: Duration::from_secs(77) };
    for (asked, error) in [
        ("nowhere.test", LookupError::NoSuchName(denial)),
        ("host.test", LookupError::NoSuchRecord(denial)),
        ("lost.test", LookupError::NoSuchName(denial)),
        ("one.test", LookupError::Aliases),
        ("broken.test", LookupError::ServerFailure),
        ("silent.test", LookupError::Timeout),
    ] {
        assert_eq!(dns.txt(&ours(asked)).await.unwrap_err(), error, "{asked}");
    }
}

#[tokio::test]
async fn a_lookup_ends_in_time_whatever_the_servers_do() {
    let server = world().serve().await;
    let lookup_time_max = Duration::from_millis(50);
    let settings = Settings { lookup_time_max, ..settings(server, Dnssec::Off) };
    let hickory =
        Hickory::new(Settings { answer_time_max: Duration::from_secs(60), ..settings }).unwrap();
    let dns: &dyn Resolver = &hickory;
    assert_eq!(dns.a(&ours("silent.test")).await.unwrap_err(), LookupError::Timeout);
}

#[tokio::test]
async fn a_thousand_hosts_come_by_tcp_and_a_hundred_are_taken() {
    let mut world = World::default();
    for number in 0..1_000 {
        let host = world::name(&format!("mx{number}.example.test."));
        world = world.with("big.test.", RData::MX(MX::new(1_000 - number, host)));
    }
    let hickory = plain(world).await;
    let dns: &dyn Resolver = &hickory;
    let answer = dns.mx(&ours("big.test")).await.unwrap();
    assert_eq!((answer.records.len(), answer.left_out), (100, 900));
    assert!(answer.records.iter().map(|mx| mx.preference).eq(1..=100));
}

#[tokio::test]
async fn nobody_there_is_a_failure_of_the_servers() {
    let address = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hickory = Hickory::new(settings(address, Dnssec::Off)).unwrap();
    let dns: &dyn Resolver = &hickory;
    assert!(dns.a(&ours("host.test")).await.unwrap_err().is_temporary());
}

#[tokio::test]
async fn signatures_prove_an_answer_and_its_aliases() {
    let (hickory, _anchor) = proving(world()).await;
    let dns: &dyn Resolver = &hickory;
    assert_eq!(hickory.carries_dnssec().await, Ok(true));
    assert_eq!(dns.mx(&ours("example.test")).await.unwrap().proof, Proof::Secure);
    assert_eq!(dns.tlsa(&ours("_25._tcp.host.test")).await.unwrap().proof, Proof::Secure);
    let answer = dns.a(&ours("www.test")).await.unwrap();
    assert_eq!(answer.proof, Proof::Secure);
    assert!(answer.aliases.iter().all(|alias| alias.proof == Proof::Secure));
}

#[tokio::test]
async fn that_there_is_nothing_is_proved_too() {
    let (hickory, _anchor) = proving(world()).await;
    let dns: &dyn Resolver = &hickory;
    let denial = Denial { proof: Proof::Secure, ttl: Duration::from_secs(77) };
    assert_eq!(dns.tlsa(&ours("host.test")).await.unwrap_err(), LookupError::NoSuchRecord(denial));
    assert_eq!(dns.a(&ours("nowhere.test")).await.unwrap_err(), LookupError::NoSuchName(denial));
}

#[tokio::test]
async fn what_its_signature_contradicts_is_bogus() {
    let (hickory, _anchor) = proving(world().forged("host.test.")).await;
    let dns: &dyn Resolver = &hickory;
    assert_eq!(dns.a(&ours("host.test")).await.unwrap_err(), LookupError::Bogus);
    assert_eq!(dns.a(&ours("www.test")).await.unwrap_err(), LookupError::Bogus);
}

#[tokio::test]
async fn a_zone_that_is_not_signed_is_insecure_and_not_bogus() {
    let address = RData::A(A::new(192, 0, 2, 7));
    let world = world()
        .unsigned("plain.test.")
        .with("mail.plain.test.", address)
        .with("to-plain.test.", cname("mail.plain.test."));
    let (hickory, _anchor) = proving(world).await;
    let dns: &dyn Resolver = &hickory;
    assert_eq!(dns.a(&ours("mail.plain.test")).await.unwrap().proof, Proof::Insecure);
    let answer = dns.a(&ours("to-plain.test")).await.unwrap();
    assert_eq!((answer.proof, answer.aliases[0].proof), (Proof::Insecure, Proof::Secure));
    let error = dns.tlsa(&ours("_25._tcp.mail.plain.test")).await.unwrap_err();
    assert_eq!(error.denial().map(|denial| denial.proof), Some(Proof::Insecure));
}

#[tokio::test]
async fn servers_that_strip_signatures_are_found_out() {
    let server = world().serve().await;
    let hickory = Hickory::new(settings(server, Dnssec::Root)).unwrap();
    assert_eq!(hickory.carries_dnssec().await, Ok(false));
}

#[test]
fn a_file_without_keys_is_no_trust_anchor() {
    let dnssec = Dnssec::Anchors("/nowhere/root.key".into());
    let settings = settings(([127, 0, 0, 1], 53).into(), dnssec);
    assert!(matches!(Hickory::new(settings), Err(SettingsError::Anchors(_))));
}

#[test]
fn the_system_settings_are_read() {
    let servers = Settings::default().name_servers().unwrap();
    assert_eq!(servers.search(), []);
}
