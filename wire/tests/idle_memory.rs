//! What a connection that waits costs. Alone in its process, so that nothing else is measured.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "house/parrot.rs"]
mod parrot;

use std::io::{Read, Write};
use std::net::TcpStream;

use parrot::Parrot;
use wire::{Closing, Limits, Listener, OpenDoor, Seats, Service, Tls};

/// Two file descriptors each, and 1,024 is what a process usually may have.
const CONNECTIONS: usize = 400;
/// 1,000 idle connections shall cost less than 60 MB, most of which is for the session and the store.
const OCTETS_MAX: usize = 16 << 10;

#[tokio::test]
async fn an_idle_connection_costs_little_even_after_large_commands() {
    let listener = Listener::bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let address = listener.addresses()[0];
    let limits = Limits { connections_per_address_max: CONNECTIONS + 1, ..Limits::default() };
    let seats = Seats::new(&limits);
    let service =
        Service { name: "parrot", limits: limits.into(), tls: Tls::Absent, seats, door: OpenDoor };
    let closing = Closing::new();
    tokio::spawn(listener.serve(service, |_peer| Parrot::default(), closing.drain()));

    let visit = move || {
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"BODY\r\n").unwrap();
        client.write_all(&b"a line of text\r\n".repeat(4_000)).unwrap();
        client.write_all(b".\r\nBIG 50000\r\n").unwrap();
        let mut heard = [0; 50_000];
        client.read_exact(&mut heard).unwrap();
        client
    };
    // The allocator's own pools fill with the first.
    let _warm = tokio::task::spawn_blocking(visit).await.unwrap();
    let before = resident();
    let visits = move || (0..CONNECTIONS).map(|_| visit()).collect::<Vec<_>>();
    let clients = tokio::task::spawn_blocking(visits).await.unwrap();
    let each = resident().saturating_sub(before) / clients.len();
    assert!(each < OCTETS_MAX, "{each} octets for each idle connection");
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}
