//! Bringing in mail: from a source into the store, in constant memory, resumable.
//!
//! Knows how to go on after an interruption and what is there already; where mail comes from is `source`'s.

mod files;
mod line_ends;
mod mbox;
mod modified_utf7;
mod progress;
mod source;

use std::collections::HashMap;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};
use mailstore::{AccountId, Error, Flags, Imported, MailboxId, Staged, Store};
use message::Timestamp;

pub use files::Files;
pub use mbox::Mbox;
pub use progress::Progress;
pub use source::Source;

use line_ends::LineEnds;
use source::{Head, PIECE_OCTETS};

/// Messages on their way into the store at once, so that one commit takes many.
const AT_ONCE: usize = 32;

/// Octets from which a message has to itself the way into the store.
const LARGE: u64 = 128 << 10;

/// After so many messages it is written down how far the import has come.
const CHECKPOINT: u64 = 1_000;

/// What to import, into what.
pub struct Plan {
    pub account: AccountId,
    /// For messages whose source knows no mailboxes.
    pub mailbox: String,
    /// Mark everything as read.
    pub seen: bool,
    /// Names this source in the store, so that an interrupted import goes on where it was.
    pub key: String,
}

/// Imports everything.
///
/// # Errors
/// The source cannot be read, or the store takes no more; what is in stays in, and the next run goes on.
pub async fn run(
    store: &Store,
    plan: Plan,
    source: &mut dyn Source,
    progress: &mut Progress,
) -> Result<()> {
    let mut import =
        Import { store, mailboxes: HashMap::new(), under_way: FuturesOrdered::new(), plan };
    if let Some(bookmark) = import.bookmark().await?
        && source.resume(&bookmark)?
    {
        progress.resumed(source.position(), source.total());
    }
    let mut since_checkpoint = 0;
    while let Some(head) = source.next().context("cannot read the next message")? {
        import.one(head, source, progress).await?;
        since_checkpoint += 1;
        if since_checkpoint == CHECKPOINT {
            import.settle(0, progress).await?;
            import.checkpoint(source).await?;
            since_checkpoint = 0;
        }
        progress.show(source.position(), source.total());
    }
    import.settle(0, progress).await?;
    progress.vanished = source.vanished();
    import.finished().await
}

struct Import<'a> {
    store: &'a Store,
    plan: Plan,
    mailboxes: HashMap<String, MailboxId>,
    /// In the order of the source, and begun in it.
    under_way: FuturesOrdered<BoxFuture<'static, Result<Imported, Error>>>,
}

impl Import<'_> {
    async fn one(
        &mut self,
        head: Head,
        source: &mut dyn Source,
        progress: &mut Progress,
    ) -> Result<()> {
        let staged = self.stage(source).await?;
        let flags = head.flags
            | source.flags_from_header()
            | if self.plan.seen { Flags::SEEN } else { Flags::NONE };
        let name = head.mailbox.unwrap_or_else(|| self.plan.mailbox.clone());
        let mailbox = self.mailbox(name).await?;
        // Large messages are written to files of their own first, and must not be overtaken meanwhile.
        let large = staged.octets() > LARGE;
        self.settle(if large { 0 } else { AT_ONCE - 1 }, progress).await?;
        self.send(mailbox, staged, flags, head.received);
        self.settle(if large { 0 } else { AT_ONCE }, progress).await
    }

    /// The message's octets, in the form that is stored.
    async fn stage(&self, source: &mut dyn Source) -> Result<Staged> {
        let mut staging = self.store.staging();
        let mut line_ends = LineEnds::default();
        let (mut piece, mut converted) = (Vec::new(), Vec::new());
        while source.piece(&mut piece)? {
            // Lines come one by one; the staging likes more at a time.
            if piece.len() >= PIECE_OCTETS {
                line_ends.convert(&piece, &mut converted);
                staging.write(&converted).await?;
                piece.clear();
                converted.clear();
            }
        }
        line_ends.convert(&piece, &mut converted);
        staging.write(&converted).await?;
        Ok(staging.finish().await?)
    }

    fn send(
        &mut self,
        mailbox: MailboxId,
        staged: Staged,
        flags: Flags,
        received: Option<Timestamp>,
    ) {
        let store = self.store.clone();
        let import = async move { store.import(mailbox, staged, flags.into(), received).await };
        self.under_way.push_back(Box::pin(import));
    }

    /// Waits until at most `left` messages are under way.
    async fn settle(&mut self, left: usize, progress: &mut Progress) -> Result<()> {
        while self.under_way.len() > left {
            let Some(outcome) = self.under_way.next().await else { break };
            match outcome? {
                Imported::Stored(_) => progress.stored += 1,
                Imported::AlreadyThere => progress.skipped += 1,
            }
        }
        Ok(())
    }

    async fn mailbox(&mut self, name: String) -> Result<MailboxId> {
        if let Some(mailbox) = self.mailboxes.get(&name) {
            return Ok(*mailbox);
        }
        let account = self.plan.account;
        let mailbox = match self.store.mailbox_by_name(account, &name).await {
            Ok(mailbox) => mailbox.id,
            Err(Error::NoSuchMailbox) => {
                let made = self.store.create_mailbox(account, &name, None).await;
                let made = made.with_context(|| format!("cannot make the mailbox {name:?}"))?;
                self.store.subscribe_mailbox(account, made, true).await?;
                made
            }
            Err(other) => return Err(other.into()),
        };
        self.mailboxes.insert(name, mailbox);
        Ok(mailbox)
    }

    /// Where an earlier run was interrupted.
    async fn bookmark(&self) -> Result<Option<String>> {
        Ok(self.store.setting(Some(self.plan.account), &self.plan.key).await?)
    }

    async fn checkpoint(&self, source: &dyn Source) -> Result<()> {
        let Some(bookmark) = source.bookmark() else { return Ok(()) };
        Ok(self.store.set_setting(Some(self.plan.account), &self.plan.key, Some(&bookmark)).await?)
    }

    async fn finished(&self) -> Result<()> {
        Ok(self.store.set_setting(Some(self.plan.account), &self.plan.key, None).await?)
    }
}
