//! The other side of a conversation with a parrot.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use wire::{Departure, Limits, Terms, run};

use crate::parrot::Parrot;

/// The other side of a conversation.
pub struct Client<T = DuplexStream> {
    pub stream: T,
    pub house: JoinHandle<Departure>,
}

impl Client {
    pub fn new(limits: Limits) -> Self {
        Self::on_terms(Terms::new(limits), Parrot::default())
    }

    pub fn on_terms(terms: Terms, parrot: Parrot) -> Self {
        let (stream, ours) = duplex(4_096);
        Self { stream, house: tokio::spawn(run(parrot, ours, terms)) }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Client<T> {
    pub async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
    }

    /// Exactly this comes next.
    pub async fn hears(&mut self, expected: &str) {
        let mut heard = vec![0; expected.len()];
        if let Err(error) = self.stream.read_exact(&mut heard).await {
            panic!("{error}: wanted {expected:?}, heard {:?}", String::from_utf8_lossy(&heard));
        }
        assert_eq!(String::from_utf8_lossy(&heard), expected);
    }

    /// The rest.
    pub async fn hears_last(&mut self) -> String {
        let mut heard = String::new();
        self.stream.read_to_string(&mut heard).await.unwrap();
        heard
    }

    pub async fn departs(self) -> Departure {
        drop(self.stream);
        self.house.await.unwrap()
    }
}
