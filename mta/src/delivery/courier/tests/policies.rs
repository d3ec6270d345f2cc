//! TLS as policies want it.

use ::aws_lc_rs::digest::{SHA256, digest};
use dns::Proof;
use rustls::server::ParsedCertificate;

use super::super::super::tls::sts::{Fetching, Policy};
use super::super::super::tls::{FailureKind, PolicyKind, Verified};
use super::super::super::tls_world::{self, Certified};
use super::*;

/// One exchange with one address.
const SMALL: &str = "b.example MX 10 one.b.example\none.b.example A 192.0.2.1\n";
const CLEAR: &str = "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n";

fn tls_door(certified: Certified, extensions: &str) -> Door {
    let hidden = format!("C: EHLO *\nS: 250-mx\n{extensions}S: 250 HELP\n{TAKE}{QUIT}");
    Door::starttls(CLEAR, certified, hidden)
}

fn self_signed() -> Certified {
    tls_world::certificate(&["elsewhere.example"])
}

fn tls_outcomes(report: &Report) -> Vec<(PolicyKind, Option<FailureKind>)> {
    let kind = |record: &TlsRecord| record.outcome.as_ref().err().map(|failure| failure.kind);
    report.tls.iter().map(|record| (record.policy, kind(record))).collect()
}

#[tokio::test]
async fn without_a_policy_any_certificate_is_better_than_none() {
    let scene = scene(SMALL);
    scene.world.at(ONE, tls_door(self_signed(), ""));
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "delivered 2.0.0 one.b.example");
    let tls = outcome.tls.unwrap();
    assert_eq!(tls.verified, Verified::No);
    assert!(
        tls.to_string().starts_with("TLSv1.3 TLS13_") && tls.to_string().ends_with(", unverified")
    );
    assert!(report.memory.had_tls);
    assert_eq!(tls_outcomes(&report), [(PolicyKind::NoPolicyFound, None)]);
    // A right one is noticed.
    scene.world.at(ONE, tls_door(scene.authority.certificate(&["one.b.example"]), ""));
    let (outcome, _) = scene.deliver_one().await;
    assert_eq!(outcome.tls.unwrap().verified, Verified::Web);
    scene.no_surprises().await;
}

#[tokio::test]
async fn broken_tls_is_done_without_unless_the_domain_had_it_before() {
    for (had_tls, expected) in
        [(false, "delivered 2.0.0 one.b.example"), (true, "later 4.7.5 one.b.example")]
    {
        let mut scene = scene(SMALL);
        scene.memory.had_tls = had_tls;
        scene.at(ONE, format!("{CLEAR}octets 1 \u{16}\nraw this is no TLS at all"));
        scene.at(ONE, format!("S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\n{TAKE}{QUIT}"));
        let (outcome, report) = scene.deliver_one().await;
        assert_eq!(words(&outcome), expected);
        let failure = Some(FailureKind::ValidationFailure);
        assert_eq!(tls_outcomes(&report), [(PolicyKind::NoPolicyFound, failure)]);
        assert_eq!(report.memory.had_tls, had_tls);
    }
}

#[tokio::test]
async fn a_domain_that_had_tls_and_lacks_it_gets_nothing_in_clear() {
    for refusal in
        ["S: 250 mx\n", "S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 not now\n"]
    {
        for (had_tls, expected) in
            [(false, "delivered 2.0.0 one.b.example"), (true, "later 4.7.10 one.b.example")]
        {
            let mut scene = scene(SMALL);
            scene.memory.had_tls = had_tls;
            scene.at(ONE, format!("S: 220 mx\nC: EHLO *\n{refusal}{TAKE}{QUIT}"));
            let (outcome, report) = scene.deliver_one().await;
            assert_eq!(words(&outcome), expected);
            let failure = Some(FailureKind::StarttlsNotSupported);
            assert_eq!(tls_outcomes(&report), [(PolicyKind::NoPolicyFound, failure)]);
        }
    }
}

#[tokio::test]
async fn an_injection_behind_starttls_never_leads_to_clear_text() {
    let scene = scene(ZONE);
    let injected = "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nraw 220 go\\r\\n250 mx\\r\\n\nsilence";
    scene.at(ONE_BY_IPV6, injected);
    scene.at(ONE, injected);
    scene.at(TWO, injected);
    let (outcome, _) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.7.5 two.b.example");
    assert_eq!(scene.world.dialled(), [ONE_BY_IPV6, ONE, TWO]);
}

#[derive(Debug)]
struct Canned(String);

impl Fetcher for Canned {
    fn fetch<'a>(&'a self, _: &'a Name, _: &'a str) -> Fetching<'a> {
        Box::pin(async { Ok(Bytes::from(self.0.clone())) })
    }
}

fn with_sts(mode: &str, host: &str) -> Scene {
    let scene = scene(&format!("{SMALL}_mta-sts.b.example TXT \"v=STSv1; id=7\""));
    let policy = format!("version: STSv1\nmode: {mode}\nmx: {host}\nmax_age: 1000\n");
    Scene { policies: Some(Arc::new(Canned(policy))), ..scene }
}

#[tokio::test]
async fn mta_sts_enforced_lets_nothing_else_pass() {
    let scene = with_sts("enforce", "*.b.example");
    scene.world.at(ONE, tls_door(scene.authority.certificate(&["one.b.example"]), ""));
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "delivered 2.0.0 one.b.example");
    assert_eq!(outcome.tls.unwrap().verified, Verified::Web);
    assert_eq!(tls_outcomes(&report), [(PolicyKind::Sts, None)]);
    let known = report.memory.sts.unwrap();
    assert_eq!((known.id.as_str(), known.fetched), ("7", Timestamp::new(1_000)));
    for (certified, kind) in [
        (self_signed(), FailureKind::CertificateNotTrusted),
        (scene.authority.certificate(&["b.example"]), FailureKind::CertificateHostMismatch),
        (scene.authority.expired(&["one.b.example"]), FailureKind::CertificateExpired),
    ] {
        scene.world.at(ONE, tls_door(certified, ""));
        let (outcome, report) = scene.deliver_one().await;
        assert_eq!(words(&outcome), "later 4.7.5 one.b.example");
        let [(PolicyKind::Sts, Some(found))] = tls_outcomes(&report)[..] else {
            panic!("{report:?}")
        };
        assert!(found == kind || kind == FailureKind::CertificateNotTrusted, "{found}");
    }
    scene.at(ONE, HELLO);
    assert_eq!(words(&scene.deliver_one().await.0), "later 4.7.10 one.b.example");
    // A host that is not listed is not even called.
    let scene = with_sts("enforce", "other.example");
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.7.0 one.b.example");
    assert_eq!(tls_outcomes(&report), [(PolicyKind::Sts, Some(FailureKind::ValidationFailure))]);
    assert_eq!(scene.world.dialled().len(), 0);
}

#[tokio::test]
async fn mta_sts_in_testing_reports_and_delivers() {
    for (host, door) in [
        ("*.b.example", Door::plain(format!("{HELLO}{TAKE}{QUIT}"))),
        ("*.b.example", tls_door(self_signed(), "")),
        ("other.example", tls_door(self_signed(), "")),
    ] {
        let scene = with_sts("testing", host);
        scene.world.at(ONE, door);
        let (outcome, report) = scene.deliver_one().await;
        assert_eq!(words(&outcome), "delivered 2.0.0 one.b.example");
        assert!(matches!(tls_outcomes(&report)[..], [(PolicyKind::Sts, Some(_))]), "{report:?}");
    }
}

fn tlsa(certified: &Certified) -> String {
    let certificate = certified.chain.first().unwrap();
    let key = ParsedCertificate::try_from(certificate).unwrap().subject_public_key_info();
    let hash = digest(&SHA256, key.as_ref());
    let hash: String = hash.as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
    format!("_25._tcp.one.b.example TLSA 3 1 1 {hash}")
}

#[tokio::test]
async fn dane_needs_the_certificate_that_dnssec_vouches_for() {
    let certified = self_signed();
    let scene = scene(&format!("{SMALL}{}", tlsa(&certified)));
    // Without DNSSEC the record says nothing.
    scene.world.at(ONE, tls_door(self_signed(), ""));
    assert_eq!(scene.deliver_one().await.0.tls.unwrap().verified, Verified::No);
    scene.zone.prove(name("b.example"), Proof::Secure);
    scene.world.at(ONE, tls_door(certified, ""));
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "delivered 2.0.0 one.b.example");
    assert_eq!(outcome.tls.unwrap().verified, Verified::Dane);
    assert_eq!(tls_outcomes(&report), [(PolicyKind::Tlsa, None)]);
    // Another certificate, even a right one for the web, and clear text.
    scene.world.at(ONE, tls_door(scene.authority.certificate(&["one.b.example"]), ""));
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.7.5 one.b.example");
    let failure = Some(FailureKind::ValidationFailure);
    assert_eq!(tls_outcomes(&report), [(PolicyKind::Tlsa, failure)]);
    scene.at(ONE, HELLO);
    assert_eq!(words(&scene.deliver_one().await.0), "later 4.7.10 one.b.example");
    // Nobody may make us forget it.
    scene.zone.fail(name("_25._tcp.one.b.example"), None, dns::Fault::ServerFailure);
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.7.0 one.b.example");
    assert_eq!(tls_outcomes(&report), [(PolicyKind::Tlsa, Some(FailureKind::DnssecInvalid))]);
}

#[tokio::test]
async fn records_that_say_nothing_to_us_still_demand_tls() {
    let scene = scene(&format!("{SMALL}_25._tcp.one.b.example TLSA 1 1 1 00ff"));
    scene.zone.prove(name("b.example"), Proof::Secure);
    scene.world.at(ONE, tls_door(self_signed(), ""));
    assert_eq!(words(&scene.deliver_one().await.0), "delivered 2.0.0 one.b.example");
    scene.at(ONE, HELLO);
    assert_eq!(words(&scene.deliver_one().await.0), "later 4.7.10 one.b.example");
}

#[tokio::test]
async fn requiretls_goes_only_where_the_host_is_sure_and_promises_the_same() {
    let deliver = async |scene: &Scene| {
        let parcel = Parcel { requiretls: true, ..parcel(0) };
        let (settled, _) = scene.deliver(vec![parcel]).await;
        words(&settled[0].outcomes[0])
    };
    let right = |scene: &Scene, extensions: &str| {
        tls_door(scene.authority.certificate(&["one.b.example"]), extensions)
    };
    // Nobody vouches for the exchange being the domain's.
    let scene = scene(SMALL);
    scene.world.at(ONE, right(&scene, "S: 250-REQUIRETLS\n"));
    assert_eq!(deliver(&scene).await, "failed 5.7.10 one.b.example");
    scene.zone.prove(name("b.example"), Proof::Secure);
    scene.world.at(ONE, right(&scene, "S: 250-REQUIRETLS\n"));
    assert_eq!(deliver(&scene).await, "delivered 2.0.0 one.b.example");
    scene.world.at(ONE, right(&scene, ""));
    assert_eq!(deliver(&scene).await, "failed 5.7.30 one.b.example");
    scene.world.at(ONE, tls_door(self_signed(), "S: 250-REQUIRETLS\n"));
    assert_eq!(deliver(&scene).await, "failed 5.7.10 one.b.example");
    scene.at(ONE, format!("{HELLO}C: QUIT"));
    assert_eq!(deliver(&scene).await, "failed 5.7.10 one.b.example");
    // A host that is not there may be sure when it comes back.
    assert_eq!(deliver(&scene).await, "later 4.4.1 one.b.example");
    let scene = with_sts("testing", "one.b.example");
    scene.world.at(ONE, right(&scene, "S: 250-REQUIRETLS\n"));
    assert_eq!(deliver(&scene).await, "delivered 2.0.0 one.b.example");
}

#[tokio::test]
async fn a_policy_that_is_known_holds_without_its_record() {
    let scene = with_sts("enforce", "one.b.example");
    let text = "version: STSv1\nmode: enforce\nmx: one.b.example\nmax_age: 1000\n";
    let policy = Policy::parse(text.as_bytes()).unwrap();
    let known = Known { id: "6".to_owned(), policy, fetched: Timestamp::new(900) };
    scene.zone.remove(&name("_mta-sts.b.example"));
    let mut scene = Scene { memory: Memory { sts: Some(known.clone()), had_tls: false }, ..scene };
    scene.at(ONE, HELLO);
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.7.10 one.b.example");
    assert_eq!(report.memory.sts, Some(known.clone()));
    // When it is too old it does not, whether policies are fetched or not.
    let old = Known { fetched: Timestamp::new(0), ..known };
    scene.memory.sts = Some(old);
    for policies in [scene.policies.clone(), None] {
        scene.policies = policies;
        scene.at(ONE, format!("{HELLO}{TAKE}{QUIT}"));
        let (outcome, report) = scene.deliver_one().await;
        assert_eq!(words(&outcome), "delivered 2.0.0 one.b.example");
        assert_eq!(report.memory.sts, None);
    }
}
