//! Real sockets on loopback: limits at the door, TLS, draining, and what an idle connection costs.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use wire::{Closing, Door, Limits, Listener, OpenDoor, Seats, Service, Terms, Tls};

use crate::client::Client;
use crate::parrot::Parrot;

/// A house that listens on a free port of loopback.
struct House {
    address: SocketAddr,
    seats: Seats,
    closing: Closing,
    served: JoinHandle<()>,
}

fn open<D: Door>(limits: Limits, tls: Tls, door: D) -> House {
    let listener = Listener::bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let address = listener.addresses()[0];
    let seats = Seats::new(&limits);
    let service =
        Service { name: "parrot", limits: Arc::new(limits), tls, seats: seats.clone(), door };
    let closing = Closing::new();
    let served = tokio::spawn(listener.serve(service, |_peer| Parrot::default(), closing.drain()));
    House { address, seats, closing, served }
}

impl House {
    async fn visit(&self) -> Client<TcpStream> {
        client(TcpStream::connect(self.address).await.unwrap())
    }
}

fn client<T>(stream: T) -> Client<T> {
    // The house's side runs elsewhere.
    Client { stream, house: tokio::spawn(std::future::pending()) }
}

fn tls() -> (Arc<ServerConfig>, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(["house.test".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let trusting = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    (Arc::new(config), TlsConnector::from(Arc::new(trusting)))
}

async fn shake_hands<T>(connector: &TlsConnector, stream: T) -> Client<impl AsyncRead + AsyncWrite>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let name = ServerName::try_from("house.test").unwrap();
    client(connector.connect(name, stream).await.unwrap())
}

#[tokio::test]
async fn a_client_is_greeted_on_every_address() {
    let any = "127.0.0.1:0".parse().unwrap();
    let listener = Listener::bind(&[any, any]).unwrap();
    let addresses = listener.addresses();
    let limits = Limits::default();
    let seats = Seats::new(&limits);
    let service =
        Service { name: "parrot", limits: limits.into(), tls: Tls::Absent, seats, door: OpenDoor };
    let closing = Closing::new();
    tokio::spawn(listener.serve(service, |_peer| Parrot::default(), closing.drain()));
    for address in addresses {
        client(TcpStream::connect(address).await.unwrap()).hears("hello\r\n").await;
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let listener = Listener::bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let taken = listener.addresses()[0];
    let error = Listener::bind(&[taken]).unwrap_err();
    assert_eq!(error.address, taken);
    assert!(error.to_string().starts_with(&format!("cannot listen on {taken}: ")), "{error}");
}

#[tokio::test]
async fn one_connection_too_many_hears_why_and_the_next_gets_the_free_seat() {
    let limits = Limits { connections_max: 3, connections_per_address_max: 2, ..Limits::default() };
    let house = open(limits, Tls::Absent, OpenDoor);
    let mut first = house.visit().await;
    first.hears("hello\r\n").await;
    let mut second = house.visit().await;
    second.hears("hello\r\n").await;
    assert_eq!(house.visit().await.hears_last().await, "bye: too many of you\r\n");

    let _elsewhere = house.seats.take("192.0.2.1".parse().unwrap()).unwrap();
    assert_eq!(house.visit().await.hears_last().await, "bye: full\r\n");

    second.send("QUIT\r\n").await;
    assert_eq!(second.hears_last().await, "bye\r\n");
    drop(second);
    while house.seats.taken() > 2 {
        tokio::task::yield_now().await;
    }
    drop(_elsewhere);
    house.visit().await.hears("hello\r\n").await;
}

struct Closed;

impl Door for Closed {
    async fn admits(&self, address: IpAddr) -> bool {
        !address.is_loopback()
    }
}

#[tokio::test]
async fn a_banned_address_hears_so_and_gives_its_seat_back() {
    let house = open(Limits::default(), Tls::Absent, Closed);
    assert_eq!(house.visit().await.hears_last().await, "bye: banned\r\n");
    while house.seats.taken() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn implicit_tls_comes_before_the_first_word() {
    let (config, connector) = tls();
    let house = open(Limits::default(), Tls::Implicit(config), OpenDoor);
    let stream = TcpStream::connect(house.address).await.unwrap();
    let mut client = shake_hands(&connector, stream).await;
    client.hears("hello\r\n").await;
    client.send("BIG 100000\r\n").await;
    client.hears(&"x".repeat(100_000)).await;
    client.send("QUIT\r\n").await;
    assert_eq!(client.hears_last().await, "bye\r\n", "and a close_notify behind it");
}

#[tokio::test]
async fn all_that_was_said_under_tls_arrives_although_nothing_follows() {
    let (config, connector) = tls();
    // So small that most of what is said waits within TLS when the session has said it.
    let (stream, ours) = tokio::io::duplex(100);
    let terms = Terms { starttls: Some(config), ..Terms::new(Limits::default()) };
    tokio::spawn(wire::run(Parrot::default(), ours, terms));
    let mut client = client(stream);
    client.send("TLS\r\n").await;
    client.hears("hello\r\ngo\r\n").await;
    let mut client = shake_hands(&connector, client.stream).await;
    client.hears("secure TLSv1.3\r\n").await;
    client.send("BIG 40000\r\n").await;
    client.hears(&"x".repeat(40_000)).await;
}

#[tokio::test]
async fn what_is_pipelined_in_front_of_the_handshake_is_thrown_away() {
    let (config, connector) = tls();
    let house = open(Limits::default(), Tls::OnRequest(config), OpenDoor);
    let mut client = house.visit().await;
    client.send("TLS\r\ninjected\r\ninj").await;
    client.hears("hello\r\ngo\r\n").await;
    let mut client = shake_hands(&connector, client.stream).await;
    client.hears("secure TLSv1.3\r\n").await;
    client.send("one\r\n").await;
    client.hears("one\r\n").await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let (config, _) = tls();
    let tls_handshake_timeout = Duration::from_millis(100);
    let limits = Limits { tls_handshake_timeout, ..Limits::default() };
    for tls in [Tls::Implicit(Arc::clone(&config)), Tls::OnRequest(config)] {
        let starttls = matches!(tls, Tls::OnRequest(_));
        let house = open(limits.clone(), tls, OpenDoor);
        let mut client = house.visit().await;
        if starttls {
            client.send("TLS\r\n").await;
            client.hears("hello\r\ngo\r\n").await;
        }
        assert_eq!(client.hears_last().await, "");
    }
}

#[tokio::test]
async fn nonsense_instead_of_a_handshake_ends_the_connection() {
    let (config, _) = tls();
    let house = open(Limits::default(), Tls::Implicit(config), OpenDoor);
    let mut client = house.visit().await;
    client.send("EHLO example.org\r\n").await;
    let mut heard = Vec::new();
    // An alert, then the end.
    let _ended = tokio::io::AsyncReadExt::read_to_end(&mut client.stream, &mut heard).await;
    assert!(heard.len() < 10);
    while house.seats.taken() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_house_that_closes_is_empty_within_two_seconds() {
    let house = open(Limits::default(), Tls::Absent, OpenDoor);
    let (mut idle, mut busy, mut stuck) =
        (house.visit().await, house.visit().await, house.visit().await);
    for client in [&mut idle, &mut busy, &mut stuck] {
        client.hears("hello\r\n").await;
    }
    busy.send("SLOW 300\r\n").await;
    stuck.send("SLOW 60000\r\n").await;
    idle.send("one\r\n").await;
    idle.hears("one\r\n").await;
    let start = Instant::now();
    house.closing.begin();
    assert_eq!(idle.hears_last().await, "bye: closing\r\n");
    assert!(start.elapsed() < Duration::from_millis(250));
    assert_eq!(busy.hears_last().await, "slow\r\nbye: closing\r\n");
    house.served.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(house.seats.taken(), 0);
    assert!(TcpStream::connect(house.address).await.is_err());
}
