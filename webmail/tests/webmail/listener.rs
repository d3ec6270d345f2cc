//! The listener itself: real connections on this machine.

use crate::guest::House;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsConnector, client::TlsStream};
use webmail::{ServeLimits, serve};

struct Open {
    address: SocketAddr,
    close: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    _house: House,
}

async fn open(tls: Option<Arc<ServerConfig>>, limits: ServeLimits) -> Open {
    let house = House::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (close, closed) = oneshot::channel();
    let router = house.router.clone();
    let serving =
        tokio::spawn(serve(listener, tls, router, limits, async { closed.await.unwrap() }));
    Open { address, close, serving, _house: house }
}

const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

async fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    // A connection that was refused may end with a reset.
    let _end = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn requests_are_answered_and_the_end_comes_quickly() {
    let open = open(None, ServeLimits::default()).await;
    let answer = ask(open.address, ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
    // One who keeps the connection and one who says nothing do not hold up the end.
    let mut kept = TcpStream::connect(open.address).await.unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    kept.read_u8().await.unwrap();
    let _silent = TcpStream::connect(open.address).await.unwrap();
    let began = Instant::now();
    open.close.send(()).unwrap();
    open.serving.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_address_gets_so_many_connections_and_no_more() {
    let open =
        open(None, ServeLimits { connections_per_address_max: 2, ..ServeLimits::default() }).await;
    let mut first = TcpStream::connect(open.address).await.unwrap();
    let mut second = TcpStream::connect(open.address).await.unwrap();
    for stream in [&mut first, &mut second] {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        stream.read_u8().await.unwrap();
    }
    assert_eq!(ask(open.address, ASK).await, "");
    drop(first);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !ask(open.address, ASK).await.starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection() {
    let open = open(None, ServeLimits::default()).await;
    let answer = ask(open.address, b"EHLO client.example\r\n\r\n").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n", "a".repeat(64 * 1024));
    let answer = ask(open.address, huge.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(ask(open.address, ASK).await.starts_with("HTTP/1.1 200"), "others are served on");
}

#[tokio::test]
async fn tls_is_spoken_and_http_2_offered() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = certified.cert.der().clone();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let open = open(Some(Arc::new(config)), ServeLimits::default()).await;
    for (offered, chosen) in [
        (vec![b"h2".to_vec(), b"http/1.1".to_vec()], "h2"),
        (vec![b"http/1.1".to_vec()], "http/1.1"),
    ] {
        let mut stream = connect(open.address, certificate.clone(), offered).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(chosen.as_bytes()));
        if chosen == "http/1.1" {
            stream
                .write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .await
                .unwrap();
            let mut answer = String::new();
            let _end = stream.read_to_string(&mut answer).await;
            assert!(answer.contains("__Host-door="), "{answer}");
            assert!(!answer.contains("strict-transport-security"), "not for loopback: {answer}");
        }
    }
    let answer = ask(open.address, ASK).await;
    assert!(!answer.contains("HTTP/"), "plain words at a TLS port end: {answer}");
}

async fn connect(
    address: SocketAddr,
    trusted: CertificateDer<'static>,
    protocols: Vec<Vec<u8>>,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols;
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
        .unwrap()
}
