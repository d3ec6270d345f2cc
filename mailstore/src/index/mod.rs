//! The search index: which messages may have a text in them, found in milliseconds among hundreds of thousands.
//!
//! It lives in `search.db`, follows `mail.db` at a distance, and may be deleted at any time. It answers "perhaps", never "yes":
//! the search looks at the text of each message that it names, and at all messages that it does not know yet.

mod document;
mod ears;
mod file;
mod indexer;
mod limits;
mod reader;
mod todo;
mod trigram;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rusqlite::Connection;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::change::Announcer;
use crate::content::ContentFolder;
use crate::database::{Readers, open_for_once};
use crate::store::WeakStore;
use crate::{Error, Options, Store};

use ears::Ears;
use indexer::Indexer;

pub use limits::SearchLimits;

pub(crate) use document::{Document, is_at_a_glance, is_for_machines};
pub(crate) use reader::{Asked, IndexReader, Shelf};
pub(crate) use todo::not_indexed;
pub(crate) use trigram::words_for;
pub(crate) use verify::check;

/// The index, and the threads that search.
pub(crate) struct Index {
    path: PathBuf,
    mail: PathBuf,
    options: Arc<Options>,
    contents: ContentFolder,
    readers: Readers,
    turns: Semaphore,
    ears: Ears,
}

impl Index {
    /// Starts the threads that search. The thread that indexes is started by [`Index::start`], when there is a store.
    pub(crate) fn open(
        folder: &Path,
        mail: &Path,
        options: &Arc<Options>,
        contents: &ContentFolder,
        announcer: &Arc<Announcer>,
    ) -> rusqlite::Result<(Self, Vec<JoinHandle<()>>)> {
        let limits = &options.search;
        let (readers, threads) =
            Readers::start(mail, limits.searchers, limits.searcher_cache_octets)?;
        let index = Self {
            path: folder.join("search.db"),
            mail: mail.to_owned(),
            options: options.clone(),
            contents: contents.clone(),
            readers,
            turns: Semaphore::new(limits.searches_at_once.max(1)),
            ears: Ears::new(announcer.clone()),
        };
        index.trust_if_right();
        Ok((index, threads))
    }

    /// Lets searches use the file that is there if it is the right one. What is wrong with it, the indexer says.
    fn trust_if_right(&self) {
        let file = IndexReader::open(&self.path, self.options.search.searcher_cache_octets);
        let right = file.and_then(|file| todo::knows(&open_for_once(&self.mail)?, file.state()));
        if right.unwrap_or(false) {
            self.ears.trust();
        }
    }

    /// Begins to index.
    pub(crate) fn start(&self, store: WeakStore) -> io::Result<JoinHandle<()>> {
        let indexer = Indexer {
            path: self.path.clone(),
            mail: self.mail.clone(),
            store,
            contents: self.contents.clone(),
            limits: self.options.search.clone(),
            message: self.options.message.clone(),
            ears: self.ears.clone(),
        };
        std::thread::Builder::new().name("store-indexer".to_owned()).spawn(move || indexer.run())
    }

    /// Ends all its threads, soon.
    pub(crate) fn stop(&self) {
        self.ears.stop();
        self.readers.close(self.options.search.searchers);
    }

    /// Waits for a turn to search.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.turns.acquire().await.map_err(Error::unavailable)
    }

    /// Runs a piece of a search, in one snapshot of `mail.db`.
    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.readers.read(job).await
    }

    /// Where the index lies.
    pub(crate) fn file(&self) -> &Path {
        &self.path
    }

    /// The way to the index file for one search.
    pub(crate) fn path(&self) -> IndexPath {
        IndexPath {
            path: self.path.clone(),
            cache_octets: self.options.search.searcher_cache_octets,
            ears: self.ears.clone(),
        }
    }
}

impl Store {
    /// How many messages wait to be put into the search index or taken out of it. They are searched all the same, only slower.
    pub async fn index_backlog(&self) -> Result<u64, Error> {
        self.read(todo::count).await
    }

    /// Waits until nothing waits for the search index.
    pub async fn indexed(&self) -> Result<(), Error> {
        let mut batches = self.index().ears.batches();
        while self.index_backlog().await? > 0 {
            // Another process may be the one that indexes: its batches are not heard of here.
            let patience = self.options().limits.idle_interval;
            if let Ok(heard) = tokio::time::timeout(patience, batches.changed()).await {
                heard.map_err(Error::unavailable)?;
            }
        }
        Ok(())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.ears.stop();
    }
}

/// Where a search finds the index.
#[derive(Clone)]
pub(crate) struct IndexPath {
    path: PathBuf,
    cache_octets: usize,
    ears: Ears,
}

impl IndexPath {
    /// Opens the index if it is the one that this snapshot of `mail.db` knows. To be asked after the snapshot's `index_todo` was
    /// read: what was taken from there is in the index by now.
    pub(crate) fn open(&self, mail: &Connection) -> Result<Option<IndexReader>, Error> {
        let Some((known, _)) = todo::state(mail)?.filter(|_| self.ears.is_trusted()) else {
            return Ok(None);
        };
        match IndexReader::open(&self.path, self.cache_octets) {
            Ok(index) => Ok(Some(index).filter(|index| index.state().0 == known)),
            Err(error) => {
                self.not_readable(&error);
                Ok(None)
            }
        }
    }

    /// The index could not be read: searches do without it, and a damaged one is made again.
    pub(crate) fn not_readable(&self, error: &Error) {
        if matches!(error, Error::Corrupt(_)) {
            tracing::warn!(%error, "searching without the index, which will be made again");
            self.ears.damaged();
        } else {
            tracing::debug!(%error, "searching without the index");
        }
    }
}
