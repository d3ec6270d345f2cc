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
