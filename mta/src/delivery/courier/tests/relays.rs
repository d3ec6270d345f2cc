//! Smarthosts.

use super::super::super::client::{Credentials, Secret};
use super::super::super::route::{Relay, RelayHost, RelayTls};
use super::super::super::tls::Verified;
use super::super::super::tls_world;
use super::*;

const SMART: &str = "smart.example A 192.0.2.5";

fn smart(tls: RelayTls, port: u16) -> Scene {
    let mut scene = scene(SMART);
    let credentials = Some(Credentials { user: "ann".to_owned(), password: Secret::new("hungry") });
    let host = RelayHost::Name(name("smart.example"));
    scene.settings.route.relays.all_other = Some(Relay { host, port, tls, credentials });
    scene
}

const LOGIN: &str =
    "C: EHLO *\nS: 250-smart\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AGFubgBodW5ncnk=\nS: 235 yes\n";
const CLEAR: &str = "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n";

#[tokio::test]
async fn a_smarthost_takes_everything_after_a_login() {
    let scene = smart(RelayTls::Implicit, 465);
    let certified = scene.authority.certificate(&["smart.example"]);
    scene
        .world
        .at("192.0.2.5:465", Door::tls(certified, format!("S: 220 smart\n{LOGIN}{TAKE}{QUIT}")));
    let (outcome, report) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "delivered 2.0.0 smart.example");
    assert_eq!(outcome.tls.unwrap().verified, Verified::Web);
    // What the smarthost has says nothing of the domain.
    assert!(!report.memory.had_tls && report.tls.is_empty());
    scene.no_surprises().await;
    let scene = smart(RelayTls::Required, 587);
    let certified = scene.authority.certificate(&["smart.example"]);
    scene
        .world
        .at("192.0.2.5:587", Door::starttls(CLEAR, certified, format!("{LOGIN}{TAKE}{QUIT}")));
    assert_eq!(words(&scene.deliver_one().await.0), "delivered 2.0.0 smart.example");
    scene.no_surprises().await;
}

#[tokio::test]
async fn a_smarthost_that_can_not_be_trusted_does_not_hear_the_password() {
    for door in [
        Door::starttls(CLEAR, tls_world::certificate(&["smart.example"]), LOGIN),
        Door::plain(format!("{HELLO}C: QUIT")),
    ] {
        let scene = smart(RelayTls::Required, 587);
        scene.world.at("192.0.2.5:587", door);
        assert_eq!(scene.deliver_one().await.0.verdict, Verdict::Later);
        assert_eq!(scene.world.dialled().len(), 1);
    }
    let scene = smart(RelayTls::IfOffered, 25);
    scene.at("192.0.2.5:25", "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH PLAIN");
    assert_eq!(words(&scene.deliver_one().await.0), "later 4.7.0 smart.example");
}

#[tokio::test]
async fn mail_waits_for_a_password_to_be_set_right() {
    let scene = smart(RelayTls::Implicit, 465);
    let certified = scene.authority.certificate(&["smart.example"]);
    let script = "S: 220 smart\nC: EHLO *\nS: 250-smart\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\nS: 535 5.7.8 no";
    scene.world.at("192.0.2.5:465", Door::tls(certified, script));
    let (outcome, _) = scene.deliver_one().await;
    assert_eq!(words(&outcome), "later 4.7.8 smart.example");
    assert_eq!(outcome.reply, "535 5.7.8 no");
}
