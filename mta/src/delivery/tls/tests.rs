#![expect(clippy::unwrap_used, reason = "tests")]
use std::sync::Arc;

use aws_lc_rs::digest;
use dns::{Name, Proof, Tlsa, Zone};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;

use super::sts::Policy as StsPolicy;
use super::*;
use crate::delivery::tls_world::{self, Authority, Certified};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn look(check: &Check, certified: &Certified, host: &str) -> bool {
    let (own, others) = certified.chain.split_first().unwrap();
    let host = ServerName::try_from(host.to_owned()).unwrap();
    check.verify_server_cert(own, others, &host, &[], UnixTime::now()).is_ok()
}

#[test]
fn a_certificate_is_right_when_an_authority_says_so_of_the_name() {
    let authority = Authority::new();
    for (certified, kind) in [
        (authority.certificate(&["mx.b.example"]), None),
        (authority.certificate(&["other.example"]), Some(FailureKind::CertificateHostMismatch)),
        (authority.expired(&["mx.b.example"]), Some(FailureKind::CertificateExpired)),
        (Authority::new().certificate(&["mx.b.example"]), Some(FailureKind::CertificateNotTrusted)),
    ] {
        for insists in [true, false] {
            let check = Check::web(authority.roots(), insists);
            assert_eq!(check.found(), Ok(Verified::No));
            assert_eq!(look(&check, &certified, "mx.b.example"), kind.is_none() || !insists);
            let found = check.found().map_err(|failure| failure.kind);
            assert_eq!(found, kind.map_or(Ok(Verified::Web), Err));
        }
    }
    let check = Check::web(authority.roots(), true);
    assert!(!look(&check, &tls_world::certificate(&["mx.b.example"]), "mx.b.example"));
    assert!(check.found().is_err());
}

fn tlsa(usage: u8, selector: u8, matching: u8, certificate: &CertificateDer<'_>) -> Tlsa {
    let key = ParsedCertificate::try_from(certificate).unwrap().subject_public_key_info();
    let octets = if selector == 0 { certificate.as_ref() } else { key.as_ref() };
    let association = match matching {
        0 => octets.to_vec(),
        1 => digest::digest(&digest::SHA256, octets).as_ref().to_vec(),
        _ => digest::digest(&digest::SHA512, octets).as_ref().to_vec(),
    };
    Tlsa { usage, selector, matching, association }
}

fn dane_check(records: Vec<Tlsa>, names: &[&str]) -> Arc<Check> {
    let names = names.iter().map(|name| ServerName::try_from((*name).to_owned()).unwrap());
    Check::dane(records.into(), names.collect())
}

#[test]
fn a_record_of_the_hosts_own_certificate_is_enough_whatever_its_names_and_dates() {
    let authority = Authority::new();
    for certified in [
        tls_world::certificate(&["x.example"]),
        authority.expired(&["x.example"]),
        authority.certificate(&["mx.b.example"]),
    ] {
        for selector in [0, 1] {
            for matching in [0, 1, 2] {
                let own = tlsa(3, selector, matching, certified.chain.first().unwrap());
                let other = tlsa(3, 1, 1, &authority.der());
                let check = dane_check(vec![other.clone(), own], &["mx.b.example"]);
                assert!(look(&check, &certified, "mx.b.example"));
                assert_eq!(check.found(), Ok(Verified::Dane));
                let check = dane_check(vec![other], &["mx.b.example"]);
                assert!(!look(&check, &certified, "mx.b.example"));
            }
        }
    }
}

#[test]
fn a_record_of_an_anchor_needs_a_chain_a_name_and_a_date() {
    let authority = Authority::new();
    for (selector, matching) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        let anchor = || vec![tlsa(2, selector, matching, &authority.der())];
        let names = ["mx.b.example", "b.example"];
        for name in names {
            let check = dane_check(anchor(), &names);
            assert!(look(&check, &authority.certificate(&[name]), "mx.b.example"), "{name}");
            assert_eq!(check.found(), Ok(Verified::Dane));
        }
        for bad in [
            authority.certificate(&["other.example"]),
            authority.expired(&["mx.b.example"]),
            Authority::new().certificate(&["mx.b.example"]),
            tls_world::certificate(&["mx.b.example"]),
        ] {
            assert!(!look(&dane_check(anchor(), &names), &bad, "mx.b.example"));
        }
    }
}

#[tokio::test]
async fn records_count_when_dnssec_proves_them_and_they_are_of_use() {
    let digest = "00".repeat(32);
    let zone = Zone::parse(&format!(
        "_25._tcp.mx.example TLSA 3 1 1 {digest}\n_25._tcp.mx.example TLSA 1 1 1 {digest}\n\
         _25._tcp.mx.example TLSA 3 1 2 {digest}\n_25._tcp.mx.example TLSA 3 9 1 {digest}\n\
         _25._tcp.odd.example TLSA 0 0 1 {digest}\n_25._tcp.odd.example TLSA 3 1 1 0011\n\
         _25._tcp.odd.example TLSA 3 1 7 {digest}\n"
    ))
    .unwrap();
    let ask = async |bases: &[&str]| {
        let bases: Vec<Name> = bases.iter().map(|base| name(base)).collect();
        dane(&zone, &bases, 25).await
    };
    assert_eq!(ask(&["mx.example"]).await, Dane::None);
    zone.prove(name("example"), Proof::Secure);
    for bases in [&["mx.example", "odd.example"][..], &["none.example", "mx.example"]] {
        let Dane::Records { usable, base } = ask(bases).await else { unreachable!() };
        assert_eq!((usable.len(), base), (1, name("mx.example")));
    }
    let Dane::Records { usable, .. } = ask(&["odd.example"]).await else { unreachable!() };
    assert_eq!(usable.len(), 0);
    assert_eq!(ask(&["none.example"]).await, Dane::None);
    assert_eq!(ask(&[]).await, Dane::None);
    for fault in [dns::Fault::Timeout, dns::Fault::ServerFailure, dns::Fault::Bogus] {
        zone.go_down(fault);
        assert!(matches!(ask(&["mx.example"]).await, Dane::Unknown(_)));
    }
}

#[test]
fn what_is_demanded_follows_from_what_is_known() {
    let (domain, host) = (name("b.example"), name("mx.b.example"));
    let sts = |mode, host| {
        let text = format!("version: STSv1\nmode: {mode}\nmx: {host}\nmax_age: 1\n");
        StsPolicy::parse(text.as_bytes()).unwrap()
    };
    let policy = |dane: &Dane, sts: Option<&StsPolicy>, had_tls| {
        Policy::for_hop(Some(&domain), Some(&host), dane, sts, had_tls)
    };
    let plain = policy(&Dane::None, None, false).unwrap();
    assert_eq!((plain.kind, &plain.demand), (PolicyKind::NoPolicyFound, &Demand::Nothing));
    assert!(plain.allows_clear());
    assert_eq!(policy(&Dane::None, None, true).unwrap().demand, Demand::Encrypted);
    // MTA-STS.
    let enforced = policy(&Dane::None, Some(&sts("enforce", "mx.b.example")), false).unwrap();
    assert_eq!((enforced.kind, enforced.demand), (PolicyKind::Sts, Demand::Web));
    assert!(policy(&Dane::None, Some(&sts("enforce", "other.example")), false).is_err());
    let tested = policy(&Dane::None, Some(&sts("testing", "other.example")), false).unwrap();
    assert!(tested.allows_clear() && tested.complaint.is_some() && tested.kind == PolicyKind::Sts);
    let none = policy(&Dane::None, Some(&sts("none", "other.example")), false).unwrap();
    assert_eq!((none.kind, none.complaint), (PolicyKind::NoPolicyFound, None));
    // DANE.
    let record = Tlsa { usage: 3, selector: 1, matching: 1, association: vec![0; 32] };
    let records = Dane::Records { usable: Arc::new([record]), base: host.clone() };
    let proved = policy(&records, Some(&sts("testing", "other.example")), false).unwrap();
    assert_eq!((proved.kind, proved.complaint.clone()), (PolicyKind::Tlsa, None));
    assert!(matches!(proved.demand, Demand::Dane { .. }));
    let odd = Dane::Records { usable: Arc::new([]), base: host.clone() };
    assert_eq!(policy(&odd, None, false).unwrap().demand, Demand::Encrypted);
    let both = policy(&odd, Some(&sts("enforce", "mx.b.example")), false).unwrap();
    assert_eq!(both.demand, Demand::Web);
    assert!(policy(&records, Some(&sts("enforce", "other.example")), false).is_err());
    let unknown = Dane::Unknown(TlsFailure::new(FailureKind::DnssecInvalid, "x"));
    assert!(policy(&unknown, None, false).is_err());
}
