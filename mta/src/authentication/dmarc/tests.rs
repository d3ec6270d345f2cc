#![expect(clippy::unwrap_used, reason = "tests")]
use dns::{Fault, Name, Zone};

use super::super::dkim::{Claim, Dkim, DkimResult};
use super::super::keys::Algorithm;
use super::super::spf::{Spf, SpfResult};
use super::*;

const WORLD: &str = r#"
_dmarc.example.org        TXT "v=DMARC1; p=reject; sp=quarantine; np=reject; rua=mailto:d@example.org"
www.example.org           A   192.0.2.1
_dmarc.strict.example     TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
_dmarc.quiet.example      TXT "v=DMARC1; p=none"
_dmarc.trial.example      TXT "v=DMARC1; p=reject; t=y"
_dmarc.two.example        TXT "v=DMARC1; p=reject"
_dmarc.two.example        TXT "v=DMARC1; p=none"
_dmarc.mixed.example      TXT "google-site-verification=x"
_dmarc.mixed.example      TXT "v=DMARC1; p=quarantine"
_dmarc.alias.example      CNAME _dmarc.example.org
_dmarc.bank               TXT "v=DMARC1; p=reject; psd=y"
_dmarc.big.example        TXT "v=DMARC1; p=none"
_dmarc.lab.big.example    TXT "v=DMARC1; p=reject; psd=n"
_dmarc.deep.lab.big.example TXT "v=DMARC1; p=quarantine"
plain.example             A   192.0.2.1
"#;

fn spf(result: SpfResult, domain: &str) -> Spf {
    Spf { result, domain: domain.to_owned(), why: String::new(), explanation: None }
}

fn dkim(result: DkimResult, domain: &str) -> Dkim {
    let claim = Claim {
        domain: domain.to_owned(),
        selector: "s".to_owned(),
        identity: None,
        algorithm: Algorithm::RsaSha256,
        signature_start: String::new(),
        testing: false,
    };
    Dkim { result, why: String::new(), claim: Some(claim) }
}

async fn ask(zone: &Zone, authors: &[&str], spf: &Spf, signatures: &[Dkim]) -> Dmarc {
    let authors: Vec<_> = authors.iter().map(|author| (*author).to_owned()).collect();
    evaluate(zone, &authors, &Vouchers { spf, signatures }, &DmarcLimits::default()).await
}

/// With a pass of SPF for one domain and of a signature for another.
async fn vouched(author: &str, spf_domain: &str, signer: &str) -> Dmarc {
    let zone = Zone::parse(WORLD).unwrap();
    let spf = spf(SpfResult::Pass, spf_domain);
    ask(&zone, &[author], &spf, &[dkim(DkimResult::Pass, signer)]).await
}

#[tokio::test]
async fn a_domain_may_be_vouched_for_by_its_own_organization() {
    use DmarcResult::{Fail, None, Pass};
    for (author, spf, signer, expected) in [
        ("example.org", "example.org", "x.test", Pass),
        ("example.org", "x.test", "example.org", Pass),
        ("example.org", "bounces.example.org", "x.test", Pass),
        ("example.org", "x.test", "mail.example.org", Pass),
        ("www.example.org", "x.test", "example.org", Pass),
        ("a.example.org", "b.example.org", "x.test", Pass),
        ("example.org", "notexample.org", "org", Fail),
        ("example.org", "x.test", "y.test", Fail),
        ("strict.example", "strict.example", "x.test", Pass),
        ("strict.example", "a.strict.example", "b.strict.example", Fail),
        ("alias.example", "alias.example", "x.test", Pass),
        ("plain.example", "plain.example", "plain.example", None),
        ("two.example", "two.example", "two.example", None),
        ("mixed.example", "mixed.example", "x.test", Pass),
        // A public suffix does not speak for those below it, nor they for each other.
        ("one.bank", "bank", "two.bank", Fail),
        ("one.bank", "mail.one.bank", "x.test", Pass),
        // Who says that it is an organization of its own is one.
        ("lab.big.example", "big.example", "x.test", Fail),
        ("deep.lab.big.example", "x.test", "lab.big.example", Pass),
        ("deep.lab.big.example", "x.test", "big.example", Fail),
        ("big.example", "x.test", "lab.big.example", Fail),
    ] {
        let dmarc = vouched(author, spf, signer).await;
        assert_eq!(dmarc.result, expected, "{author} by {spf}, {signer}: {}", dmarc.why);
    }
}

#[tokio::test]
async fn the_policy_is_the_nearest_that_applies() {
    for (author, policy, found_at) in [
        ("example.org", Policy::Reject, "example.org"),
        ("www.example.org", Policy::Quarantine, "example.org"),
        ("nothing.example.org", Policy::Reject, "example.org"),
        ("a.b.c.d.e.f.g.h.i.example.org", Policy::Reject, "example.org"),
        ("quiet.example", Policy::None, "quiet.example"),
        ("trial.example", Policy::Quarantine, "trial.example"),
        ("one.bank", Policy::Reject, "bank"),
        ("x.lab.big.example", Policy::Reject, "lab.big.example"),
        ("deep.lab.big.example", Policy::Quarantine, "deep.lab.big.example"),
        ("x.deep.lab.big.example", Policy::Reject, "lab.big.example"),
    ] {
        let dmarc = vouched(author, "x.test", "y.test").await;
        assert_eq!(dmarc.result, DmarcResult::Fail, "{author}");
        assert_eq!(
            (dmarc.policy, dmarc.record.unwrap().domain.as_str()),
            (policy, found_at),
            "{author}"
        );
    }
}

#[tokio::test]
async fn the_reason_is_in_words() {
    for (author, spf, signer, why) in [
        ("example.org", "example.org", "example.org", "SPF and DKIM vouch for example.org"),
        ("example.org", "x.test", "example.org", "DKIM vouches for example.org"),
        ("example.org", "example.org", "x.test", "SPF vouches for example.org"),
        (
            "example.org",
            "x.test",
            "y.test",
            "nobody vouches for example.org, which wants such mail refused",
        ),
        (
            "quiet.example",
            "x.test",
            "y.test",
            "nobody vouches for quiet.example, which wants nothing done about it",
        ),
        ("plain.example", "x.test", "y.test", "plain.example has no DMARC policy"),
    ] {
        assert_eq!(vouched(author, spf, signer).await.why, why);
    }
}

#[tokio::test]
async fn only_who_passed_vouches() {
    let zone = Zone::parse(WORLD).unwrap();
    for result in [
        SpfResult::Fail,
        SpfResult::SoftFail,
        SpfResult::Neutral,
        SpfResult::None,
        SpfResult::PermError,
    ] {
        let dmarc = ask(&zone, &["example.org"], &spf(result, "example.org"), &[]).await;
        assert_eq!(dmarc.result, DmarcResult::Fail);
    }
    for result in [DkimResult::Fail, DkimResult::Policy, DkimResult::Neutral, DkimResult::PermError]
    {
        let signatures = [dkim(result, "example.org")];
        let dmarc = ask(&zone, &["example.org"], &spf(SpfResult::None, ""), &signatures).await;
        assert_eq!(dmarc.result, DmarcResult::Fail);
    }
}

#[tokio::test]
async fn what_might_have_passed_is_temporary_unless_somebody_else_passed() {
    let zone = Zone::parse(WORLD).unwrap();
    let late = spf(SpfResult::TempError, "example.org");
    let signed = |result, domain| [dkim(result, domain)];
    for (spf, signatures, expected) in [
        (&late, signed(DkimResult::Fail, "example.org"), DmarcResult::TempError),
        (&late, signed(DkimResult::Pass, "example.org"), DmarcResult::Pass),
        (
            &spf(SpfResult::TempError, "x.test"),
            signed(DkimResult::Fail, "example.org"),
            DmarcResult::Fail,
        ),
        (
            &spf(SpfResult::None, ""),
            signed(DkimResult::TempError, "mail.example.org"),
            DmarcResult::TempError,
        ),
    ] {
        assert_eq!(ask(&zone, &["example.org"], spf, &signatures).await.result, expected);
    }
    zone.fail(Name::parse("_dmarc.example.org").unwrap(), None, Fault::ServerFailure);
    for author in ["example.org", "www.example.org"] {
        assert_eq!(ask(&zone, &[author], &late, &[]).await.result, DmarcResult::TempError);
    }
}

#[tokio::test]
async fn of_several_authors_the_worst_counts() {
    let zone = Zone::parse(WORLD).unwrap();
    let spf = spf(SpfResult::Pass, "quiet.example");
    for (authors, result, domain) in [
        (&["quiet.example"][..], DmarcResult::Pass, "quiet.example"),
        (&["quiet.example", "example.org"], DmarcResult::Fail, "example.org"),
        (&["trial.example", "example.org", "quiet.example"], DmarcResult::Fail, "example.org"),
        (&["plain.example", "quiet.example"], DmarcResult::None, "plain.example"),
        (&[], DmarcResult::PermError, ""),
        (&["a.test", "b.test", "c.test", "d.test"], DmarcResult::PermError, ""),
    ] {
        let dmarc = ask(&zone, authors, &spf, &[]).await;
        assert_eq!(
            (dmarc.result, dmarc.domain.as_str()),
            (result, domain),
            "{authors:?}: {}",
            dmarc.why
        );
    }
}

#[tokio::test]
async fn a_walk_takes_eight_steps_at_most() {
    let zone = Zone::default();
    let dmarc =
        ask(&zone, &["a.b.c.d.e.f.g.h.i.j.k.l.m.example.org"], &spf(SpfResult::None, ""), &[])
            .await;
    assert_eq!(dmarc.result, DmarcResult::None);
    let asked: Vec<_> = zone.asked().into_iter().map(|(name, _)| name.to_string()).collect();
    let expected = [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.k.l.m.example.org",
        "_dmarc.i.j.k.l.m.example.org",
        "_dmarc.j.k.l.m.example.org",
        "_dmarc.k.l.m.example.org",
        "_dmarc.l.m.example.org",
        "_dmarc.m.example.org",
        "_dmarc.example.org",
        "_dmarc.org",
    ];
    // From a name of fifteen labels the walk goes on at seven.
    assert_eq!(asked, expected);
}
