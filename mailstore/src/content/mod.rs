//! A message's bytes: how they come in (staging), how they are kept, how they are read again, when
//! they go.

mod compression;
mod folder;
mod known;
mod people;
mod prepare;
mod read;
mod reclaim;
mod rows;
mod staging;
mod sums;

pub use prepare::Staged;
pub use read::Content;
pub use staging::Staging;

pub(crate) use folder::ContentFolder;
pub(crate) use known::Known;
pub(crate) use people::decode as decode_people;
pub(crate) use prepare::{PlacedFile, Prepared, answered, with_file};
pub(crate) use reclaim::{let_go, let_go_of_sent, reclaim_some};
pub(crate) use rows::{HAS_ATTACHMENT, HAS_HTML, IS_REPLY, insert};
pub(crate) use sums::short_hash;

use crate::value::ContentId;
use crate::{Error, Store};

impl Store {
    /// A place for a message that is about to arrive.
    pub fn staging(&self) -> Staging {
        Staging::new(self.contents().clone())
    }

    /// A message that is in memory already.
    pub async fn stage(&self, message: &[u8]) -> Result<Staged, Error> {
        let mut staging = self.staging();
        staging.write(message).await?;
        staging.finish().await
    }

    /// A stored message's bytes. The caller makes sure that they may be read: see
    /// [`Store::places`].
    pub async fn content(&self, content: ContentId) -> Result<Content, Error> {
        let folder = self.contents().clone();
        self.read(move |connection| Content::open(connection, &folder, content)).await
    }
}
