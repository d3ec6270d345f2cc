//! A stored message as something that can be carried.

use std::fmt;
use std::io;

use mailstore::{BodyType, Content, DsnReturn, Leased};

use crate::delivery::{BodyKind, DsnWish, Notify, Parcel, Reading, Recipient, Ret, Source};

/// What is read of a message.
pub(super) struct Letter {
    content: Content,
}

impl Letter {
    pub(super) const fn new(content: Content) -> Self {
        Self { content }
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("octets", &self.content.octets()).finish()
    }
}

impl Source for Letter {
    fn octets(&self) -> u64 {
        self.content.octets()
    }

    fn read(&self, from: u64, octets_max: usize) -> Reading<'_> {
        let to = from.saturating_add(octets_max as u64);
        Box::pin(async move { self.content.read(from..to).await.map_err(io::Error::other) })
    }
}

/// What the courier is told of a leased message.
pub(super) fn parcel(number: i64, leased: &Leased, content: Content) -> Parcel {
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
        source: std::sync::Arc::new(Letter::new(content)),
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
