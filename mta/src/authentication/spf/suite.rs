//! The RFC 7208 test suite of the OpenSPF project, case by case, where it is to be had.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use dns::{Fault, Kind, Mx, Name, Record, Zone};
use yaml_rust2::Yaml;

use super::super::suites;
use super::*;

#[tokio::test(start_paused = true)]
async fn every_case_of_the_rfc_7208_suite_gives_its_result() {
    let Some(scenarios) = suites::read("rfc7208-tests.yml") else { return };
    let mut wrong = Vec::new();
    let mut played = 0;
    for scenario in &scenarios {
        let zone = zone(&scenario["zonedata"]);
        for (name, case) in scenario["tests"].as_hash().unwrap() {
            played += 1;
            let spf = play(&zone, case).await;
            if !expected(&case["result"]).contains(&spf.result.as_str()) {
                wrong.push(format!(
                    "{}: {:?} instead of {:?}",
                    name.as_str().unwrap(),
                    spf,
                    case["result"]
                ));
            }
            let explanation =
                case["explanation"].as_str().filter(|_| spf.result == SpfResult::Fail);
            let explanation = explanation.map(|text| Some(text).filter(|text| *text != "DEFAULT"));
            if explanation.is_some_and(|text| text != spf.explanation.as_deref()) {
                wrong.push(format!("{}: explains {:?}", name.as_str().unwrap(), spf.explanation));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {played}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(played, 203);
}

async fn play(zone: &Zone, case: &Yaml) -> Spf {
    let helo = case["helo"].as_str().unwrap();
    let sender = case["mailfrom"].as_str().unwrap();
    let (local_part, domain) = if sender.is_empty() {
        ("", helo)
    } else {
        sender.rsplit_once('@').unwrap_or(("", sender))
    };
    let question = Question {
        peer: case["host"].as_str().unwrap().parse().unwrap(),
        local_part,
        domain,
        helo,
        receiver: "receiver.example",
        now: Timestamp::new(1_400_000_000),
    };
    check(zone, &question, &SpfLimits::default()).await
}

fn expected(result: &Yaml) -> Vec<&str> {
    match result {
        Yaml::Array(several) => several.iter().filter_map(Yaml::as_str).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

fn zone(data: &Yaml) -> Zone {
    let zone = Zone::default();
    for (name, entries) in data.as_hash().unwrap() {
        // Names that cannot exist stand there too.
        let Ok(name) = Name::parse(name.as_str().unwrap()) else { continue };
        let entries = entries.as_vec().unwrap();
        let records: Vec<_> = entries.iter().filter_map(Yaml::as_hash).flatten().collect();
        let has_text = records.iter().any(|(kind, _)| kind.as_str() == Some("TXT"));
        let mut kinds = Vec::new();
        for (kind, value) in records {
            let kind = kind.as_str().unwrap();
            // Where there is no TXT, what is meant for the old type stands for it too.
            let kind = if kind == "SPF" && !has_text { "TXT" } else { kind };
            if let Some(record) = record(kind, value) {
                kinds.push(record.kind());
                zone.insert(name.clone(), record, Duration::from_secs(60));
            }
        }
        if entries.iter().any(|entry| entry.as_str() == Some("TIMEOUT")) {
            let others = [Kind::A, Kind::Aaaa, Kind::Mx, Kind::Ptr, Kind::Txt];
            for kind in others.into_iter().filter(|kind| !kinds.contains(kind)) {
                zone.fail(name.clone(), Some(kind), Fault::Timeout);
            }
        }
    }
    zone
}

fn record(kind: &str, value: &Yaml) -> Option<Record> {
    let text = || value.as_str().unwrap();
    let record = match kind {
        "A" => Record::A(text().parse().unwrap()),
        "AAAA" => Record::Aaaa(text().parse().unwrap()),
        "CNAME" => Record::Cname(Name::parse(text()).unwrap()),
        "PTR" => Record::Ptr(Name::parse(text()).unwrap()),
        "MX" => Record::Mx(Mx {
            preference: u16::try_from(value[0].as_i64().unwrap()).unwrap(),
            exchange: Name::parse(value[1].as_str().unwrap()).ok()?,
        }),
        "TXT" if value.as_str() == Some("NONE") => return None,
        "TXT" => Record::Txt(match value {
            Yaml::Array(strings) => {
                strings.iter().filter_map(Yaml::as_str).collect::<String>().into_bytes()
            }
            _ => text().as_bytes().to_vec(),
        }),
        "SPF" => return None,
        other => panic!("{other} is a kind of record that the suite had not"),
    };
    Some(record)
}
