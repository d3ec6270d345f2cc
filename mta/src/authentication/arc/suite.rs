//! The two suites of the ARC drafts, case by case, where they are to be had.
#![expect(clippy::unwrap_used, reason = "tests")]

use dns::{Name, Record, Zone};
use message::Timestamp;
use yaml_rust2::Yaml;

use super::super::keys::{Algorithm, KeyError, KeyLimits, Keys};
use super::super::opened::Opened;
use super::super::suites;
use super::super::tags::{Empty, Tags, base64, signature_range};
use super::seal::Sealing;
use super::*;

fn zone(records: &Yaml) -> Zone {
    let zone = Zone::default();
    for (name, text) in records.as_hash().unwrap() {
        let record = Record::Txt(text.as_str().unwrap().trim().as_bytes().to_vec());
        zone.insert(
            Name::parse(name.as_str().unwrap()).unwrap(),
            record,
            std::time::Duration::from_secs(60),
        );
    }
    zone
}

fn message(case: &Yaml) -> String {
    case["message"].as_str().unwrap().replace("\r\n", "\n").replace('\n', "\r\n")
}

async fn chain(zone: &Zone, opened: &Opened<'_>) -> Chain {
    let limits = KeyLimits::default();
    verify(opened, &mut Keys::new(zone, &limits), &ArcLimits::default()).await
}

#[tokio::test]
async fn every_case_of_the_arc_validation_suite_gives_its_result() {
    let Some(scenarios) = suites::read("arc-draft-validation-tests.yml") else { return };
    let (mut wrong, mut played) = (Vec::new(), 0);
    for scenario in &scenarios {
        let zone = zone(&scenario["txt-records"]);
        for (name, case) in scenario["tests"].as_hash().unwrap() {
            let message = message(case);
            let opened = Opened::new(message.as_bytes(), &message::Limits::default());
            let chain = chain(&zone, &opened).await;
            // An empty expectation stands at chains that an earlier sealer found broken.
            let expected = case["cv"].as_str().filter(|text| !text.is_empty()).unwrap_or("fail");
            if !expected.eq_ignore_ascii_case(chain.result.as_str()) {
                wrong.push(format!(
                    "{}: {} instead of {expected}",
                    name.as_str().unwrap(),
                    chain.why
                ));
            }
            played += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {played}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(played, 175);
}

/// Its key has 1,024 bits, with which nobody should sign. So instead of signing, the expected
/// signatures are checked over what we would have signed.
#[tokio::test]
async fn every_case_of_the_arc_signing_suite_is_signed_as_it_says() {
    let Some(scenarios) = suites::read("arc-draft-sign-tests.yml") else { return };
    let (mut wrong, mut played) = (Vec::new(), 0);
    for scenario in &scenarios {
        let zone = zone(&scenario["txt-records"]);
        for (name, case) in scenario["tests"].as_hash().unwrap() {
            played += 1;
            if let Err(error) = play(scenario, case, &zone).await {
                wrong.push(format!("{}: {error}", name.as_str().unwrap()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {played}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(played, 17);
}

async fn play(scenario: &Yaml, case: &Yaml, zone: &Zone) -> Result<(), String> {
    let text = |value: &Yaml| value.as_str().unwrap_or_default().trim().to_owned();
    let message = message(case);
    let opened = Opened::new(message.as_bytes(), &message::Limits::default());
    let chain = chain(zone, &opened).await;
    let (seal, signature) = (text(&case["AS"]), text(&case["AMS"]));
    if seal.is_empty() {
        return if chain.ended {
            Ok(())
        } else {
            Err("a seal is made where none should be".to_owned())
        };
    }
    let (domain, selector) = (text(&scenario["domain"]), text(&scenario["sel"]));
    let limits = KeyLimits::default();
    let key = Keys::new(zone, &limits).get(&selector, &domain).await.unwrap();
    // What the message's last host found, which the suite wants to see in the seal.
    let host = text(&case["srv-id"]);
    let found = opened.all("Authentication-Results").map(|field| field.unfolded().into_owned());
    let results: Vec<_> = found.filter(|value| value.starts_with(&host)).collect();
    let results =
        results.iter().map(|value| value.trim_start_matches(&host).trim_start_matches(';').trim());
    let results = format!("{host}; {}", results.collect::<Vec<_>>().join("; "));
    let sealing = Sealing {
        opened: &opened,
        chain: &chain,
        results: &results,
        domain: &domain,
        selector: &selector,
        algorithm: Algorithm::RsaSha256,
        now: Timestamp::new(case["t"].as_i64().unwrap()),
    };
    let names = text(&case["sig-headers"]);
    let names: Vec<_> = names.split(':').map(str::trim).collect();
    let checked = |expected: Vec<u8>| {
        move |signed: &[u8]| {
            let right = key.verify(Algorithm::RsaSha256, signed, &expected, &limits);
            right.map(|()| expected.clone()).map_err(|_| KeyError::Library)
        }
    };
    let instance = (chain.instance + 1).to_string();
    let made = sealing.signature(&instance, &names, &checked.clone()(octets(&signature)));
    made.map_err(|error| format!("signature: {error}"))?;
    // The seal covers the other signature with its folds, and the suite's signer had none in b=.
    let at = signature_range(signature.as_bytes()).unwrap();
    let unfolded = signature.get(at.clone()).unwrap().split_ascii_whitespace().collect::<String>();
    let mut signature = signature;
    signature.replace_range(at, &unfolded);
    let signature = format!("ARC-Message-Signature: {}\r\n", signature.replace('\n', "\r\n "));
    let made = sealing.seal(&instance, &signature, &checked(octets(&seal)));
    made.map(drop).map_err(|error| format!("seal: {error}; {results}"))
}

fn octets(field: &str) -> Vec<u8> {
    base64(Tags::parse(field.as_bytes(), Empty::Skipped).unwrap().get("b").unwrap()).unwrap()
}
