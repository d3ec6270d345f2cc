//! Streaming.

use super::*;

/// A message of so many octets that is nowhere.
#[derive(Debug)]
struct Endless {
    octets: u64,
    longest: std::sync::atomic::AtomicUsize,
}

impl crate::delivery::Source for Endless {
    fn octets(&self) -> u64 {
        self.octets
    }

    fn read(&self, from: u64, octets_max: usize) -> crate::delivery::Reading<'_> {
        self.longest.fetch_max(octets_max, std::sync::atomic::Ordering::Relaxed);
        let left = usize::try_from(self.octets - from).unwrap();
        Box::pin(async move { Ok(Bytes::from(vec![b'.'; octets_max.min(left)])) })
    }
}

#[tokio::test]
async fn a_message_is_read_in_blocks_and_all_of_it_arrives() {
    let source = Arc::new(Endless { octets: 300_000, longest: 0.into() });
    let parcel = Parcel { source: Arc::<Endless>::clone(&source), ..parcel(&["b@b.example"]) };
    let body = ".".repeat(300_001);
    let script = format!(
        "{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nmessage {body}\nS: 250 ok\nC: QUIT"
    );
    let (near, far) = tokio::io::duplex(1 << 16);
    let host = tokio::spawn(async move { play(far, &script).await });
    let mut client = Client::open(near, terms()).await.unwrap();
    assert_eq!(words(&client.send(&parcel, &[0]).await), ["taken"]);
    client.quit().await;
    host.await.unwrap().unwrap();
    assert_eq!(source.longest.load(std::sync::atomic::Ordering::Relaxed), 64 << 10);
}

#[tokio::test]
async fn an_empty_message_is_a_message() {
    let parcel = Parcel { source: Arc::new(Bytes::new()), ..parcel(&["b@b.example"]) };
    let script = format!(
        "{HELLO}C: MAIL *\nS: 250 a\nC: RCPT *\nS: 250 b\nC: DATA\nS: 354 go\nC: .\nS: 250 ok\nC: QUIT"
    );
    assert_eq!(words(&carry(script, &parcel).await.0), ["taken"]);
}
