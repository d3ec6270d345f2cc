//! What has to be known of a content that is here already, to file it into a mailbox later than it
//! came.

use message::Summary;

use super::folder::ContentFolder;
use super::read::Content;
use crate::conversation::Threading;
use crate::database::length;
use crate::value::ContentId;
use crate::{Error, Store};

/// A stored content, as far as filing it needs.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) content: ContentId,
    pub(crate) octets: u64,
    pub(crate) identity: i64,
    pub(crate) threading: Threading,
}

impl Store {
    /// Reads a content's header again: all that decides about its conversation stands there.
    pub(crate) async fn known(&self, content: ContentId) -> Result<Known, Error> {
        let folder = self.contents().clone();
        let opened = self.read(move |connection| {
            let opened = Content::open(connection, &folder, content)?;
            let mut statement = connection.prepare_cached(
                "SELECT octets, header_octets, identity FROM content WHERE id = ?1",
            )?;
            Ok(statement.query_row([content], |row| {
                let (octets, header) = (length(row.get(0)?), length(row.get(1)?));
                Ok((opened, octets, header, row.get::<_, i64>(2)?))
            })?)
        });
        let (opened, octets, header_octets, identity) = opened.await?;
        let header = opened.read(0..header_octets).await?;
        let threading = threading(self.contents(), &header);
        Ok(Known { content, octets, identity, threading })
    }
}

fn threading(folder: &ContentFolder, header: &[u8]) -> Threading {
    let summary = Summary::of(header, folder.message_limits());
    Threading::of(&summary, folder.conversation_limits())
}
