#![expect(clippy::unwrap_used, reason = "tests")]
use dns::{Fault, Zone};
use message::{Domain, Timestamp};

use super::super::dkim::Signer;
use super::super::keys::{Algorithm, KeyLimits, Keys, SigningKey};
use super::super::opened::Opened;
use super::*;

const NOW: Timestamp = Timestamp::new(1_700_000_000);
const LETTER: &str = "From: Ann <ann@example.org>\r\nSubject: Dinner\r\n\r\nHi.\r\n";

async fn look(zone: &Zone, message: &str) -> Chain {
    let opened = Opened::new(message.as_bytes(), &message::Limits::default());
    let limits = KeyLimits::default();
    verify(&opened, &mut Keys::new(zone, &limits), &ArcLimits::default()).await
}

/// Somebody who passes mail on, known to the world.
fn sealer(zone: &Zone, domain: &str) -> Signer {
    let key = SigningKey::generate(Algorithm::Ed25519Sha256).unwrap();
    zone.add(&format!("s._domainkey.{domain} TXT \"{}\"", key.record().unwrap())).unwrap();
    Signer { domain: Domain::parse(domain).unwrap(), selector: "s".to_owned(), key }
}

async fn sealed(zone: &Zone, by: &Signer, message: &str, results: &str) -> String {
    let chain = look(zone, message).await;
    let results = format!("{};\r\n\t{results}", by.domain);
    by.seal(message.as_bytes(), &chain, &results, NOW).unwrap() + message
}

#[tokio::test]
async fn a_chain_of_three_holds_and_tells_what_each_found() {
    let zone = Zone::default();
    let mut message = LETTER.to_owned();
    assert_eq!(look(&zone, &message).await.result, ChainResult::None);
    for (place, domain) in
        ["list.example", "school.example", "home.example"].into_iter().enumerate()
    {
        let by = sealer(&zone, domain);
        message = sealed(&zone, &by, &message, "dmarc=pass").await;
        assert!(message.lines().all(|line| line.len() <= 78), "{message}");
        let chain = look(&zone, &message).await;
        assert_eq!(chain.result, ChainResult::Pass, "{}", chain.why);
        assert_eq!(chain.links.len(), place + 1);
        let last = chain.links.last().unwrap();
        assert_eq!(
            (last.sealer.as_str(), last.results.as_str()),
            (domain, format!("{domain}; dmarc=pass").as_str())
        );
    }
    // The one who seals may have changed the message before: the older signatures are not looked at.
    let changed = message.replace("Hi.", "Hi. (list footer)");
    assert_eq!(look(&zone, &changed).await.result, ChainResult::Fail);
    let by = sealer(&zone, "other.example");
    let unsealed = look(&zone, &message).await;
    let resealed = by.seal(changed.as_bytes(), &unsealed, "x; none", NOW).unwrap() + &changed;
    assert_eq!(look(&zone, &resealed).await.result, ChainResult::Pass);
}

#[tokio::test]
async fn a_changed_chain_is_broken_and_is_sealed_so_once() {
    let zone = Zone::default();
    let (list, home) = (sealer(&zone, "list.example"), sealer(&zone, "home.example"));
    let message = sealed(&zone, &list, LETTER, "dmarc=fail").await;
    let forged = message.replace("dmarc=fail", "dmarc=pass");
    let chain = look(&zone, &forged).await;
    assert_eq!(chain.why, "the chain of seals is broken: the signature is not that of the header");
    let marked =
        home.seal(forged.as_bytes(), &chain, "home.example; arc=fail", NOW).unwrap() + &forged;
    let chain = look(&zone, &marked).await;
    assert_eq!(chain.why, "the chain of seals is broken: a sealer found it broken");
    assert_eq!(
        home.seal(marked.as_bytes(), &chain, "home.example; none", NOW),
        Err(SealError::Ended)
    );
}

#[tokio::test]
async fn everything_that_goes_wrong_breaks_a_chain() {
    let zone = Zone::default();
    let list = sealer(&zone, "list.example");
    let message = sealed(&zone, &list, LETTER, "dmarc=pass").await;
    for (from, to) in [
        ("ARC-Seal:", "X:"),
        ("ARC-Message-Signature:", "X:"),
        ("ARC-Authentication-Results:", "X:"),
        ("i=1; list", "i=2; list"),
        ("cv=none", "cv=pass"),
        ("Hi.", "Ho."),
        ("d=list.example", "d=nobody.example"),
    ] {
        assert_eq!(
            look(&zone, &message.replacen(from, to, 1)).await.result,
            ChainResult::Fail,
            "{from}"
        );
    }
    // RFC 8617 §5.2.1: a failing name server too.
    zone.go_down(Fault::Timeout);
    assert_eq!(look(&zone, &message).await.result, ChainResult::Fail);
}

#[tokio::test]
async fn fifty_links_are_the_limit_and_cost_nothing_beyond() {
    let zone = Zone::default();
    let seals = "ARC-Seal: i=1; x\r\n".repeat(51) + LETTER;
    let chain = look(&zone, &seals).await;
    assert_eq!(chain.why, "the chain of seals is broken: it has over 50 links");
    assert_eq!(zone.queries(), 0);
}
