//! STARTTLS and AUTH.

use rustls::pki_types::ServerName;
use tokio::io::AsyncWriteExt;

use super::*;
use crate::delivery::script::play_on;
use crate::delivery::tls_world;

fn name() -> ServerName<'static> {
    ServerName::try_from("mx.example.org").unwrap()
}

/// A host that speaks in clear by one script, and through TLS by another.
fn tls_host(
    clear: &'static str,
    hidden: &'static str,
) -> (DuplexStream, JoinHandle<Result<(), String>>) {
    let (near, far) = tokio::io::duplex(4_096);
    let host = tokio::spawn(async move {
        let stream = play_on(far, clear).await?;
        let acceptor = tls_world::certificate(&["mx.example.org"]).acceptor();
        let stream = acceptor.accept(stream).await.map_err(|error| error.to_string())?;
        play(stream, hidden).await
    });
    (near, host)
}

const STARTTLS: &str =
    "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250-SIZE 5\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go";

#[tokio::test]
async fn after_starttls_what_was_offered_is_asked_for_again() {
    let (stream, host) = tls_host(STARTTLS, "C: EHLO *\nS: 250-mx\nS: 250 DSN\nC: QUIT");
    let mut client = Client::open(stream, terms()).await.unwrap();
    assert!(client.offer().starttls && client.offer().size == Some(5));
    client.start_tls(tls_world::any_certificate(), name()).await.unwrap();
    assert_eq!(client.offer(), &Offer { dsn: true, ..Offer::default() });
    assert_eq!(client.tls().unwrap().version, "TLSv1.3");
    client.quit().await;
    host.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_said_in_clear_behind_starttls_is_an_attack() {
    for injected in ["220 go\\r\\n250 mx\\r\\n", "220 go\\r\\nx", "220 go\\r\\n250-"] {
        let (stream, _host) = host(format!(
            "S: 220 mx\nC: EHLO *\nS: 250 STARTTLS\nC: STARTTLS\nraw {injected}\nsilence"
        ));
        let mut client = Client::open(stream, terms()).await.unwrap();
        let outcome = client.start_tls(tls_world::any_certificate(), name()).await;
        assert_eq!(outcome, Err(Trouble::Fault(Fault::Injected)), "{injected}");
    }
}

#[tokio::test]
async fn a_handshake_may_fail_in_many_ways() {
    for rest in ["", "raw hello, is this TLS?", "raw \\r\\n"] {
        let (stream, _host) = host(format!(
            "S: 220 mx\nC: EHLO *\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\noctets 1 \u{16}\n{rest}"
        ));
        let mut client = Client::open(stream, terms()).await.unwrap();
        let outcome = client.start_tls(tls_world::any_certificate(), name()).await;
        assert!(matches!(outcome, Err(Trouble::Fault(Fault::Handshake(_)))), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_its_time() {
    let (stream, _host) = host("S: 220 mx\nC: EHLO *\nS: 250 mx\nC: STARTTLS\nS: 220 go\nsilence");
    let mut client = Client::open(stream, terms()).await.unwrap();
    let start = Instant::now();
    let outcome = client.start_tls(tls_world::any_certificate(), name()).await;
    assert_eq!(outcome, Err(Trouble::Fault(Fault::Timeout)));
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn a_host_may_refuse_to_start_tls() {
    for code in [421, 454, 501, 502] {
        let (stream, _host) = host(format!(
            "S: 220 mx\nC: EHLO *\nS: 250 STARTTLS\nC: STARTTLS\nS: {code} no\nsilence"
        ));
        let mut client = Client::open(stream, terms()).await.unwrap();
        match client.start_tls(tls_world::any_certificate(), name()).await {
            Err(Trouble::Refused { step: Step::StartTls, reply }) => assert_eq!(reply.code(), code),
            other => panic!("{other:?}"),
        }
    }
}

async fn log_in(hidden: &'static str) -> Result<(), Trouble> {
    let (near, far) = tokio::io::duplex(4_096);
    let _host = tokio::spawn(async move {
        let acceptor = tls_world::certificate(&["mx.example.org"]).acceptor();
        let stream = acceptor.accept(far).await.map_err(|error| error.to_string())?;
        let mut stream = play_on(stream, hidden).await?;
        stream.shutdown().await.map_err(|error| error.to_string())
    });
    let mut client =
        Client::open_tls(near, tls_world::any_certificate(), name(), terms()).await.unwrap();
    let credentials = Credentials { user: "ann".to_owned(), password: Secret::new("hungry") };
    assert!(!format!("{credentials:?}").contains("hungry"));
    client.log_in(&credentials).await
}

#[tokio::test]
async fn a_smarthost_is_told_who_we_are() {
    log_in("S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH LOGIN PLAIN\nC: AUTH PLAIN AGFubgBodW5ncnk=\nS: 235 yes")
        .await
        .unwrap();
    log_in(
        "S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YW5u\n\
         S: 334 UGFzc3dvcmQ6\nC: aHVuZ3J5\nS: 235 yes",
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_login_may_fail() {
    let refused =
        log_in("S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\nS: 535 no")
            .await;
    assert!(matches!(refused, Err(Trouble::Refused { step: Step::Auth, .. })), "{refused:?}");
    let odd =
        log_in("S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 235 yes")
            .await;
    assert!(matches!(odd, Err(Trouble::Refused { step: Step::Auth, .. })), "{odd:?}");
    let none = log_in("S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH GSSAPI").await;
    assert_eq!(none, Err(Trouble::Denied(Denial::NoLogin)));
}

#[tokio::test]
async fn a_password_never_goes_in_clear() {
    let (stream, _host) = host("S: 220 mx\nC: EHLO *\nS: 250-mx\nS: 250 AUTH PLAIN\nsilence");
    let mut client = Client::open(stream, terms()).await.unwrap();
    let credentials = Credentials { user: "ann".to_owned(), password: Secret::new("hungry") };
    assert_eq!(client.log_in(&credentials).await, Err(Trouble::Denied(Denial::NoLogin)));
}
