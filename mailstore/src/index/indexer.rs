//! The thread that fills the index behind the deliveries. It takes what `index_todo` asks for, a batch at a time; has the batch on
//! disk in `search.db`; and only then has it taken from `index_todo`. Killed in between, it does the same batch again, to the same
//! end. A file that is missing, damaged, or not the one that `mail.db` knows, is made again from the messages.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use rusqlite::Connection;

use super::document::Document;
use super::ears::{Ears, block_on};
use super::file::{Change, IndexFile};
use super::todo::{self, Todo};
use crate::content::{Content, ContentFolder};
use crate::database::{Purpose, Write, open_for_once};
use crate::store::WeakStore;
use crate::value::ContentId;
use crate::{Error, SearchLimits};

/// Contents put on the list in one transaction when the index begins anew.
const LISTED_AT_ONCE: i64 = 2_000;

/// What the thread is made of.
pub(super) struct Indexer {
    pub(super) path: PathBuf,
    pub(super) mail: PathBuf,
    pub(super) store: WeakStore,
    pub(super) contents: ContentFolder,
    pub(super) limits: SearchLimits,
    pub(super) message: message::Limits,
    pub(super) ears: Ears,
}

/// How a turn ended that did not fail.
enum Turn {
    /// A batch was done; so many messages have come in meanwhile.
    Done { newer: usize },
    /// There is nothing to do.
    Idle,
    /// Another process fills the index.
    Elsewhere,
}

impl Indexer {
    /// Runs until it is stopped or the store is gone.
    pub(super) fn run(&self) {
        let mut state = None;
        while !self.ears.is_stopped() {
            let begun = Instant::now();
            match self.step(&mut state) {
                Ok(Turn::Done { newer }) if newer < self.limits.index_busy_messages => {}
                Ok(Turn::Done { .. }) => {
                    self.ears.wait(begun.elapsed() * self.limits.index_busy_pause)
                }
                Ok(Turn::Idle) => {
                    self.ears.wait_for_work();
                    self.ears.wait(self.limits.index_delay);
                }
                Ok(Turn::Elsewhere) => self.ears.wait(self.limits.index_retry),
                Err(_) if self.ears.is_stopped() => {}
                Err(error) => {
                    tracing::warn!(%error, "indexing will be tried again");
                    state = None;
                    self.ears.wait(self.limits.index_retry);
                }
            }
        }
    }

    fn step(&self, state: &mut Option<State>) -> Result<Turn, Error> {
        let damaged = self.ears.hears_of_damage();
        if damaged {
            *state = None;
        }
        let state = match state {
            Some(state) => state,
            none => match self.open(damaged)? {
                Some(new) => none.insert(new),
                None => return Ok(Turn::Elsewhere),
            },
        };
        let turn = self.turn(state)?;
        if matches!(turn, Turn::Idle) {
            state.rest();
        }
        Ok(turn)
    }

    /// The files; None while another process fills the index.
    fn open(&self, damaged: bool) -> Result<Option<State>, Error> {
        let lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        if damaged {
            IndexFile::remove(&self.path)?;
        }
        let mail = open_for_once(&self.mail)?;
        mail.execute_batch("PRAGMA cache_size = -512")?;
        let index = match self.open_index(&mail) {
            Ok(index) => index,
            Err(Error::Corrupt(why)) => {
                tracing::info!(%why, "making the search index from the messages");
                self.make_index()?
            }
            Err(error) => return Err(error),
        };
        self.ears.trust();
        Ok(Some(State { mail, index, youngest: None, _lock: lock }))
    }

    /// The file that is there, if it is the one that `mail.db` knows.
    fn open_index(&self, mail: &Connection) -> Result<IndexFile, Error> {
        let index = IndexFile::open(&self.path, self.limits.index_cache_octets)?;
        if todo::knows(mail, index.state()?)? {
            return Ok(index);
        }
        Err(Error::corrupt("the search index belongs to another state of the store"))
    }

    /// First the file, then the list of what is to be put in, some at a time, and only then is it the file that searches know: until
    /// then they do without.
    fn make_index(&self) -> Result<IndexFile, Error> {
        let store = self.store.upgrade().ok_or_else(closed)?;
        let identity = i64::from_le_bytes(store.random());
        let index = IndexFile::make(&self.path, self.limits.index_cache_octets, identity)?;
        let youngest = block_on(store.write(Purpose::Grows, |write| todo::begin(write)))?;
        let mut listed = 0;
        while listed < youngest && !self.ears.is_stopped() {
            let slice = move |write: &Write<'_>| todo::put_all(write, listed, LISTED_AT_ONCE);
            block_on(store.write(Purpose::Grows, slice))?;
            listed += LISTED_AT_ONCE;
        }
        if self.ears.is_stopped() {
            return Err(closed());
        }
        block_on(store.write(Purpose::Grows, move |write| todo::trust(write, identity)))?;
        Ok(index)
    }

    /// One batch.
    fn turn(&self, state: &mut State) -> Result<Turn, Error> {
        let mut todo = todo::next(&state.mail, self.limits.index_batch_messages_max)?;
        let Some(youngest) = todo.first().map(|first| first.content) else { return Ok(Turn::Idle) };
        let newer = state.newer(&todo, youngest);
        let documents = self.documents(state, &mut todo)?;
        if self.ears.is_stopped() {
            return Ok(Turn::Idle);
        }
        let batch = todo::state(&state.mail)?.map_or(0, |(_, batch)| batch) + 1;
        let mut changes: Vec<_> = todo
            .iter()
            .map(|one| {
                let document = documents.get(&one.content).filter(|_| one.is_put());
                (one.account, one.content, document.map_or(Change::Take, Change::Put))
            })
            .collect();
        let interrupt = state.index.interrupt();
        if let Err(error) =
            self.ears.interruptible(interrupt, || state.index.change(batch, &mut changes))
        {
            if matches!(error, Error::Corrupt(_)) {
                self.ears.damaged();
            }
            return Err(error);
        }
        drop(changes);
        let store = self.store.upgrade().ok_or_else(closed)?;
        block_on(store.write(Purpose::Frees, move |write| todo::done(write, &todo, batch)))?;
        self.ears.done();
        Ok(Turn::Done { newer })
    }

    /// The texts of a batch. It is cut short where they become too many octets.
    fn documents(
        &self,
        state: &State,
        todo: &mut Vec<Todo>,
    ) -> Result<BTreeMap<ContentId, Document>, Error> {
        let mut documents = BTreeMap::new();
        let mut octets = 0;
        let mut taken = 0;
        for one in todo.iter() {
            if octets > self.limits.index_batch_octets_max || self.ears.is_stopped() {
                break;
            }
            taken += 1;
            if one.is_put()
                && !documents.contains_key(&one.content)
                && let Some(document) = self.document(&state.mail, one.content)?
            {
                octets += document.all().len();
                documents.insert(one.content, document);
            }
        }
        todo.truncate(taken);
        Ok(documents)
    }

    /// The text of a message. None when it is gone. One that cannot be read has no text: it must not keep all others waiting.
    fn document(&self, mail: &Connection, content: ContentId) -> Result<Option<Document>, Error> {
        let read =
            Content::open(mail, &self.contents, content).and_then(|content| content.read_all_now());
        let octets = match read {
            Ok(octets) => octets,
            Err(Error::NoSuchMessage) => return Ok(None),
            Err(Error::Corrupt(what)) => {
                tracing::error!(%what, %content, "a message that cannot be read is not searched");
                return Ok(Some(Document::default()));
            }
            Err(error) => return Err(error),
        };
        let document = catch_unwind(AssertUnwindSafe(|| Document::of(&octets, &self.message)));
        Ok(Some(document.unwrap_or_else(|_| {
            tracing::error!(%content, "a bug: taking the text out of a message panicked; it is not searched");
            Document::default()
        })))
    }
}

/// What is open while the index is being filled.
struct State {
    mail: Connection,
    index: IndexFile,
    /// The youngest message of the last batch.
    youngest: Option<ContentId>,
    /// Held as long as this process fills the index.
    _lock: File,
}

impl State {
    /// How many messages of this batch came after the last batch began.
    fn newer(&mut self, todo: &[Todo], youngest: ContentId) -> usize {
        let before = self.youngest.replace(youngest.max(self.youngest.unwrap_or(youngest)));
        before.map_or(0, |before| todo.iter().filter(|one| one.content > before).count())
    }

    fn rest(&self) {
        self.index.rest();
        if let Err(error) = self.mail.release_memory() {
            tracing::debug!(%error, "the indexer cannot give its cache back");
        }
    }
}

fn closed() -> Error {
    Error::unavailable("the store is closed")
}
