//! Whole messages, judged.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use dns::{Fault, Zone};
use message::{Domain, ReversePath, Timestamp};
use proptest::prelude::*;

use super::arc::ChainResult;
use super::dkim::{DkimResult, Signer};
use super::dmarc::{DmarcResult, Policy};
use super::keys::{Algorithm, SigningKey};
use super::spf::SpfResult;
use super::*;

const NOW: Timestamp = Timestamp::new(1_700_000_000);
const LETTER: &str =
    "From: Ann <ann@example.org>\r\nTo: bob@home.example\r\nSubject: Dinner\r\n\r\nHi.\r\n";

const WORLD: &str = r#"
example.org            TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.example.org     TXT "v=DMARC1; p=reject"
mx.example.org         TXT "v=spf1 a -all"
mx.example.org         A   192.0.2.1
list.example           TXT "v=spf1 ip4:198.51.100.7 -all"
careful.example        TXT "v=spf1 -all"
_dmarc.careful.example TXT "v=DMARC1; p=quarantine"
"#;

/// The world, and Ann's domain's key.
fn world() -> (Zone, Signer) {
    let zone = Zone::parse(WORLD).unwrap();
    let signer = signer(&zone, "example.org");
    (zone, signer)
}

fn signer(zone: &Zone, domain: &str) -> Signer {
    let key = SigningKey::generate(Algorithm::Ed25519Sha256).unwrap();
    zone.add(&format!("s._domainkey.{domain} TXT \"{}\"", key.record().unwrap())).unwrap();
    Signer { domain: Domain::parse(domain).unwrap(), selector: "s".to_owned(), key }
}

async fn judged(
    zone: &Zone,
    peer: &str,
    sender: &str,
    message: &str,
    settings: &Settings,
) -> Verdict {
    let reverse_path = ReversePath::parse(sender).unwrap();
    let (peer, helo) = (peer.parse().unwrap(), "mx.example.org");
    let (header, body) = seen(message.as_bytes());
    let inquiry = Inquiry { peer, helo, reverse_path: &reverse_path, header, body: &body };
    judge(zone, NOW, &inquiry, settings).await
}

/// A message of which the body went by, in pieces.
fn seen(message: &[u8]) -> (&[u8], BodyHashes) {
    let (header, body) = message.split_at(message::header::header_octets(message));
    let mut watch = BodyWatch::for_signatures_of(header, &Limits::default());
    body.chunks(7).for_each(|piece| watch.see(piece));
    (header, watch.finish())
}

fn home() -> Settings {
    Settings::new("mx.home.example")
}

#[tokio::test]
async fn a_letter_from_where_it_should_come_is_vouched_for() {
    let (zone, signer) = world();
    let letter = signer.sign(LETTER.as_bytes(), NOW).unwrap() + LETTER;
    let verdict = judged(&zone, "192.0.2.1", "<ann@example.org>", &letter, &home()).await;
    assert_eq!(verdict.spf.as_ref().map(|spf| spf.result), Some(SpfResult::Pass));
    assert_eq!(verdict.spf_helo.result, SpfResult::Pass);
    assert_eq!(verdict.dkim.first().map(|dkim| dkim.result), Some(DkimResult::Pass));
    assert_eq!((verdict.dmarc.result, verdict.dmarc.policy), (DmarcResult::Pass, Policy::Reject));
    assert_eq!(
        (verdict.action, verdict.why.as_str()),
        (Action::Take, "SPF and DKIM vouch for example.org")
    );
    let signature = verdict.dkim.first().unwrap().claim.as_ref().unwrap().signature_start.clone();
    let expected = "Authentication-Results: mx.home.example;\r\n\
         \tspf=pass\r\n\
         \t\treason=\"192.0.2.1 is allowed by ip4:192.0.2.1 of example.org\"\r\n\
         \t\tsmtp.mailfrom=ann@example.org;\r\n\
         \tspf=pass\r\n\
         \t\treason=\"192.0.2.1 is allowed by a of mx.example.org\"\r\n\
         \t\tsmtp.helo=mx.example.org;\r\n\
         \tdkim=pass\r\n\
         \t\treason=\"example.org signed the message as it came\"\r\n\
         \t\theader.d=example.org\r\n\
         \t\theader.s=s\r\n\
         \t\theader.a=ed25519-sha256\r\n\
         \t\theader.b=SIGNATURE;\r\n\
         \tdmarc=pass\r\n\
         \t\treason=\"SPF and DKIM vouch for example.org\"\r\n\
         \t\theader.from=example.org\r\n\
         \t\tpolicy.dmarc=reject;\r\n\
         \tarc=none\r\n\
         \t\tsmtp.remote-ip=192.0.2.1\r\n";
    let field = verdict.field("mx.home.example");
    let written = [format!("header.b={signature}"), format!("header.b=\"{signature}\"")];
    let field =
        written.iter().fold(field, |field, one| field.replace(one.as_str(), "header.b=SIGNATURE"));
    assert_eq!(field, expected);
}

#[tokio::test]
async fn a_verdict_may_be_waited_for_on_any_thread() {
    fn can_be_sent<T: Send>(value: T) -> T {
        value
    }
    let (zone, _) = world();
    let verdict =
        can_be_sent(judged(&zone, "192.0.2.1", "<ann@example.org>", LETTER, &home())).await;
    let reasons: Vec<_> = verdict.reasons().collect();
    assert_eq!(
        reasons,
        [
            "192.0.2.1 is allowed by ip4:192.0.2.1 of example.org",
            "192.0.2.1 is allowed by a of mx.example.org",
            "SPF vouches for example.org",
            "nobody sealed the message on its way",
        ]
    );
}

#[tokio::test]
async fn a_letter_that_nobody_vouches_for_is_treated_as_its_domain_wants() {
    let (zone, _) = world();
    let junk = Settings { on_reject: OnReject::Junk, ..home() };
    let careful = LETTER.replace("ann@example.org", "ann@careful.example");
    let unknown = LETTER.replace("ann@example.org", "ann@unknown.example");
    let nobody = LETTER.replace("Ann <ann@example.org>", "Ann");
    let crowd = LETTER.replace("Ann <", "a@one.test, b@two.test, c@three.test, <");
    let hidden = "X: y\r\n".repeat(1_000) + LETTER;
    let nearly_hidden = "X: y\r\n".repeat(997) + LETTER;
    for (letter, settings, action) in [
        (LETTER, home(), Action::Refuse),
        (LETTER, junk, Action::Junk),
        (&careful, home(), Action::Junk),
        (&unknown, home(), Action::Take),
        (&nobody, home(), Action::Take),
        (&crowd, home(), Action::Junk),
        (&hidden, home(), Action::Junk),
        (&nearly_hidden, home(), Action::Refuse),
        ("", home(), Action::Take),
    ] {
        let verdict = judged(&zone, "203.0.113.9", "<x@list.example>", letter, &settings).await;
        assert_eq!(verdict.action, action, "{letter}: {}", verdict.why);
    }
}

#[tokio::test]
async fn without_a_sender_the_helo_name_stands_for_it() {
    let (zone, _) = world();
    let bounce = LETTER.replace("ann@example.org", "postmaster@mx.example.org");
    let verdict = judged(&zone, "192.0.2.1", "<>", &bounce, &home()).await;
    assert_eq!(verdict.spf, None);
    assert_eq!((verdict.dmarc.result, verdict.dmarc.spf_aligned), (DmarcResult::Pass, true));
    assert!(!verdict.field("x").contains("smtp.mailfrom"));
}

#[tokio::test]
async fn a_list_that_we_trust_may_pass_on_what_it_got_vouched_for() {
    let (zone, signer) = world();
    let list = self::signer(&zone, "list.example");
    let letter = signer.sign(LETTER.as_bytes(), NOW).unwrap() + LETTER;
    let trusting =
        Settings { trusted_sealers: vec![Domain::parse("list.example").unwrap()], ..home() };
    for (peer, settings, action) in
        [("192.0.2.1", &trusting, Action::Take), ("192.0.2.1", &home(), Action::Refuse)]
    {
        let at_list = judged(&zone, peer, "<ann@example.org>", &letter, &home()).await;
        let changed =
            letter.replace("Dinner", "[list] Dinner").replace("Hi.", "Hi.\r\n-- \r\nThe list");
        let results = at_list.results("list.example");
        let passed_on =
            list.seal(changed.as_bytes(), &at_list.chain, &results, NOW).unwrap() + &changed;
        let verdict =
            judged(&zone, "198.51.100.7", "<bounces@list.example>", &passed_on, settings).await;
        assert_eq!(
            (verdict.dmarc.result, verdict.chain.result),
            (DmarcResult::Fail, ChainResult::Pass)
        );
        assert_eq!(verdict.action, action, "{}", verdict.why);
    }
    // What it got without a voucher it cannot make good.
    let at_list = judged(&zone, "203.0.113.9", "<ann@example.org>", LETTER, &home()).await;
    let results = at_list.results("list.example");
    let passed_on = list.seal(LETTER.as_bytes(), &at_list.chain, &results, NOW).unwrap() + LETTER;
    let verdict =
        judged(&zone, "198.51.100.7", "<bounces@list.example>", &passed_on, &trusting).await;
    assert_eq!((verdict.chain.result, verdict.action), (ChainResult::Pass, Action::Refuse));
}

#[tokio::test(start_paused = true)]
async fn silent_name_servers_hold_nothing_up_for_long_and_refuse_nothing() {
    let (zone, signer) = world();
    let letter = signer.sign(LETTER.as_bytes(), NOW).unwrap() + LETTER;
    zone.go_down(Fault::Silence);
    let begun = tokio::time::Instant::now();
    let verdict = judged(&zone, "203.0.113.9", "<ann@example.org>", &letter, &home()).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    assert_eq!(verdict.spf.map(|spf| spf.result), Some(SpfResult::TempError));
    assert_eq!(verdict.dkim.first().map(|dkim| dkim.result), Some(DkimResult::TempError));
    assert_eq!((verdict.dmarc.result, verdict.action), (DmarcResult::TempError, Action::Take));
}

#[tokio::test]
async fn a_message_made_to_cost_much_costs_a_bounded_number_of_lookups() {
    let (zone, _) = world();
    for number in 0..20 {
        zone.add(&format!(
            "bomb.example TXT \"v=spf1 {}-all\"",
            format!("a:h{number}.example ").repeat(20)
        ))
        .unwrap();
    }
    let signature = |number| {
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=d{number}.example; s=s; h=from; bh=AA==; b=AA==\r\nARC-Seal: i={number}\r\n"
        )
    };
    let header = (0..400).map(signature).collect::<String>();
    let from = "From: a@a.b.c.d.e.f.g.h.i.j.bomb.example, b@x.example, c@y.example\r\n\r\n";
    let before = zone.queries();
    judged(&zone, "203.0.113.9", "<a@bomb.example>", &(header + from), &home()).await;
    assert!(zone.queries() - before < 50, "{}", zone.queries() - before);
}

/// Everything that strangers can write, in places where it hurts.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = [
        "From: a@example.org",
        "From: ",
        "DKIM-Signature: ",
        "ARC-Seal: ",
        "ARC-Message-Signature: ",
        "ARC-Authentication-Results: ",
        "Authentication-Results: ",
        "v=1;",
        " a=rsa-sha256;",
        " d=example.org;",
        " s=s;",
        " h=from:to;",
        " b=AAAA;",
        " bh=AAAA;",
        " i=1;",
        " cv=none;",
        " l=",
        "9999999999999999999999",
        " c=relaxed/simple;",
        "=",
        ";",
        ":",
        "\r\n",
        "\r\n ",
        "\r\n\r\n",
        "\r",
        "\n",
        "\0",
        "\u{e9}",
        "(",
        "\"",
        "\\",
        "<",
        ">",
        "@",
        ",",
        " ",
        "x",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..60)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_a_message_says_it_is_judged(message in fragments()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (zone, signer) = world();
        let verdict = runtime.block_on(judged(&zone, "192.0.2.1", "<a@example.org>", &message, &home()));
        let field = verdict.field("mx.home.example");
        prop_assert!(field.is_ascii() && field.split("\r\n").all(|line| line.len() <= 998));
        prop_assert!(field.split("\r\n").skip(1).all(|line| line.is_empty() || line.starts_with('\t')));
        prop_assert_eq!(forged(field.as_bytes(), "mx.home.example").len(), 1);
        let _found = forged(message.as_bytes(), "mx.home.example");
        let _signed_or_not = signer.sign(message.as_bytes(), NOW);
        let _sealed_or_not = signer.seal(message.as_bytes(), &verdict.chain, &verdict.results("x"), NOW);
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Real mail, where it is to be had: all of it is judged, and what we sign of it verifies.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "it says that it is skipped, or how long it took")]
async fn real_mail_is_judged_and_what_we_sign_of_it_verifies() {
    let folder = std::env::var_os("POSTHOUSE_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus")),
        PathBuf::from,
    );
    if !folder.is_dir() {
        eprintln!(
            "skipped: there is no {} (set POSTHOUSE_CORPUS to a folder of mail)",
            folder.display()
        );
        return;
    }
    let (zone, signer) = world();
    let (mut judged_count, mut signed_count, mut octets) = (0_u32, 0_u32, 0);
    let begun = std::time::Instant::now();
    for file in files(&folder).into_iter().step_by(8) {
        let mail = std::fs::read(&file).unwrap();
        if mail.len() > 2_000_000 {
            continue;
        }
        let text: Vec<u8> =
            mail.split(|octet| *octet == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
        let reverse_path = ReversePath::parse("<ann@example.org>").unwrap();
        let whole = Settings::new("mx.home.example");
        let judged = async |message: &[u8]| {
            let (header, body) = seen(message);
            let (peer, helo) = ([192, 0, 2, 1].into(), "mx.example.org");
            let inquiry = Inquiry { peer, helo, reverse_path: &reverse_path, header, body: &body };
            judge(&zone, NOW, &inquiry, &whole).await
        };
        judged_count += 1;
        octets += text.len();
        match signer.sign(&text, NOW) {
            Err(_) => drop(judged(&text).await),
            Ok(field) => {
                signed_count += 1;
                let signed = [field.as_bytes(), &text].concat();
                let verdict = judged(&signed).await;
                let ours = verdict.dkim.iter().filter(|dkim| {
                    dkim.claim.as_ref().is_some_and(|claim| claim.domain == "example.org")
                });
                let passed = ours.clone().any(|dkim| dkim.result == DkimResult::Pass);
                assert!(passed, "{}: {:?}", file.display(), ours.collect::<Vec<_>>());
            }
        }
    }
    let each = begun.elapsed() / judged_count.max(1);
    eprintln!(
        "{judged_count} messages, {signed_count} signed, {octets} octets, {each:?} each (unoptimized)"
    );
}
