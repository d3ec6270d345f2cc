//! A network for tests: addresses behind which scripted hosts stand.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;

use tokio::task::JoinHandle;

use super::dial::{Connection, Dial, Dialling};
use super::script::{play, play_on};
use super::tls_world::Certified;

/// What a connection finds.
pub(crate) enum Door {
    /// A script in clear, and then perhaps TLS and a script through it.
    Host { clear: String, hidden: Option<(Certified, String)> },
    /// Nobody ever answers.
    Silent,
}

impl Door {
    pub(crate) fn plain(script: impl Into<String>) -> Self {
        Self::Host { clear: script.into(), hidden: None }
    }

    /// TLS from the first octet on.
    pub(crate) fn tls(certified: Certified, script: impl Into<String>) -> Self {
        Self::starttls("", certified, script)
    }

    pub(crate) fn starttls(
        clear: impl Into<String>,
        certified: Certified,
        script: impl Into<String>,
    ) -> Self {
        Self::Host { clear: clear.into(), hidden: Some((certified, script.into())) }
    }
}

/// The addresses. Each connection takes the next door of its address; where there is none it is refused.
#[derive(Default)]
pub(crate) struct World {
    doors: Mutex<HashMap<SocketAddr, VecDeque<Door>>>,
    dialled: Mutex<Vec<String>>,
    hosts: Mutex<Vec<JoinHandle<Result<(), String>>>>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl World {
    pub(crate) fn at(&self, address: &str, door: Door) {
        let address = address.parse().unwrap();
        self.doors.lock().unwrap().entry(address).or_default().push_back(door);
    }

    /// Every address that was tried, in order.
    pub(crate) fn dialled(&self) -> Vec<String> {
        self.dialled.lock().unwrap().clone()
    }

    /// What went otherwise than the scripts say.
    pub(crate) async fn surprises(&self) -> Vec<String> {
        let hosts: Vec<_> = self.hosts.lock().unwrap().drain(..).collect();
        let mut surprises = Vec::new();
        for host in hosts {
            surprises.extend(host.await.unwrap().err());
        }
        surprises
    }
}

impl Dial for World {
    fn dial(&self, to: SocketAddr) -> Dialling<'_> {
        Box::pin(async move {
            self.dialled.lock().unwrap().push(to.to_string());
            let door = self.doors.lock().unwrap().get_mut(&to).and_then(VecDeque::pop_front);
            let (clear, hidden) = match door {
                Some(Door::Host { clear, hidden }) => (clear, hidden),
                Some(Door::Silent) => return std::future::pending().await,
                None => return Err(io::ErrorKind::ConnectionRefused.into()),
            };
            let (near, far) = tokio::io::duplex(4_096);
            let host = tokio::spawn(async move {
                let stream = play_on(far, &clear).await?;
                let Some((certified, script)) = hidden else { return Ok(()) };
                let accepting = certified.acceptor().accept(stream).await;
                play(accepting.map_err(|error| error.to_string())?, &script).await
            });
            self.hosts.lock().unwrap().push(host);
            Ok(Box::new(near) as Connection)
        })
    }
}
