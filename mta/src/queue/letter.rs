//! A stored message as something that can be carried.

use std::fmt;
use std::io;

use bytes::Bytes;
use mailstore::{BodyType, Content, DsnReturn, Leased};

use crate::delivery::{BodyKind, DsnWish, Notify, Parcel, Reading, Recipient, Ret, Source};

/// What is read of a message.
pub(super) struct Letter {
    /// Our signatures, which go in front.
    head: Bytes,
    content: Content,
}

impl Letter {
    pub(super) const fn new(head: Bytes, content: Content) -> Self {
        Self { head, content }
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("octets", &self.content.octets()).finish()
    }
}

impl Source for Letter {
    fn octets(&self) -> u64 {
        self.head.len() as u64 + self.content.octets()
    }

    fn read(&self, from: u64, octets_max: usize) -> Reading<'_> {
        let head = usize::try_from(from).ok().and_then(|from| self.head.get(from..));
        if let Some(head) = head.filter(|head| !head.is_empty()) {
            let now = head.get(..octets_max).unwrap_or(head);
            return Box::pin(std::future::ready(Ok(self.head.slice_ref(now))));
        }
        let from = from.saturating_sub(self.head.len() as u64);
        let to = from.saturating_add(octets_max as u64);
        Box::pin(async move { self.content.read(from..to).await.map_err(io::Error::other) })
    }
}

/// What the courier is told of a leased message.
pub(super) fn parcel(number: i64, leased: &Leased, head: Bytes, content: Content) -> Parcel {
    Parcel {
        number,
        reverse_path: leased.reverse_path.clone(),
        recipients: leased.recipients.iter().map(recipient).collect(),
        body: match leased.body {
            BodyType::SevenBit => BodyKind::SevenBit,
            BodyType::EightBitMime => BodyKind::EightBit,
            BodyType::Binary => BodyKind::Binary,
        },
        smtputf8: leased.smtputf8,
        requiretls: leased.requiretls,
        dsn: DsnWish {
            ret: leased.dsn.ret.map(|ret| match ret {
                DsnReturn::Full => Ret::Full,
                DsnReturn::Headers => Ret::Headers,
            }),
            envid: leased.dsn.envid.clone(),
        },
        source: std::sync::Arc::new(Letter::new(head, content)),
    }
}

fn recipient(leased: &mailstore::LeasedRecipient) -> Recipient {
    let wishes = [
        (mailstore::Notify::NEVER, Notify::NEVER),
        (mailstore::Notify::SUCCESS, Notify::SUCCESS),
        (mailstore::Notify::FAILURE, Notify::FAILURE),
        (mailstore::Notify::DELAY, Notify::DELAY),
    ];
    let said = wishes.into_iter().filter(|(stored, _)| leased.notify.contains(*stored));
    Recipient {
        address: leased.address.clone(),
        notify: said.fold(Notify::NOTHING_SAID, |all, (_, wish)| all | wish),
        original: leased.original.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use mailstore::{Options, Outside, Store};
    use message::{Address, Envelope, ReversePath};

    use super::*;

    async fn content(store: &Store, octets: &[u8]) -> Content {
        let address = Address::parse("ann@example.org").unwrap();
        let account = mailstore::NewAccount {
            address: address.clone(),
            display_name: String::new(),
            password: "hungry".into(),
            quota_octets: None,
        };
        let delivery = mailstore::Delivery {
            trace: store.new_trace_id(),
            envelope: Envelope { reverse_path: ReversePath::Null, recipients: Vec::new() },
            staged: store.stage(octets).await.unwrap(),
            local: vec![mailstore::LocalRecipient {
                account: store.create_account(account).await.unwrap(),
                address,
                mailbox: None,
                flags: mailstore::Flags::NONE,
                reason: None,
            }],
            outgoing: Vec::new(),
            peer: mailstore::PeerFacts {
                address: [127, 0, 0, 1].into(),
                helo: None,
                tls: None,
                protocol: "ESMTPSA".to_owned(),
            },
            findings: None,
        };
        store.content(store.deliver(delivery).await.unwrap().content).await.unwrap()
    }

    #[tokio::test]
    async fn a_letter_is_read_with_its_head_however_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default(), Outside::system()).unwrap();
        let content = content(&store, b"From: x\r\n\r\ntext\r\n").await;
        for head in ["", "D: 1\r\n"] {
            let letter = Letter::new(Bytes::from_static(head.as_bytes()), content.clone());
            let whole = format!("{head}From: x\r\n\r\ntext\r\n");
            assert_eq!(letter.octets(), whole.len() as u64);
            for octets_max in 1..=whole.len() + 1 {
                let mut read = Vec::new();
                while read.len() < whole.len() {
                    let piece = letter.read(read.len() as u64, octets_max).await.unwrap();
                    assert!(!piece.is_empty() && piece.len() <= octets_max);
                    read.extend_from_slice(&piece);
                }
                assert_eq!(read, whole.as_bytes());
            }
            assert!(letter.read(whole.len() as u64, 10).await.unwrap().is_empty());
        }
    }
}
