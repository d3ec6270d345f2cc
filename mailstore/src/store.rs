//! The store as the rest of the house holds it: opened once, cloned freely, closed at the end.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;

use message::{Timestamp, TraceId};
use rusqlite::Connection;

use crate::change::Announcer;
use crate::content::ContentFolder;
use crate::database::{self, Purpose, Readers, Reserve, Write, Writer, WriterSetup};
use crate::index::Index;
use crate::login::Door;
use crate::outbound::Flights;
use crate::{Clock, Error, OpenError, Options, Outside};

/// The database file.
const DATABASE: &str = "mail.db";

/// The file that is given up when the disk is full.
const RESERVE: &str = "reserve";

/// The mail store. A cheap clone of one shared thing.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    options: Arc<Options>,
    outside: Outside,
    writer: Writer,
    readers: Readers,
    index: Index,
    announcer: Arc<Announcer>,
    contents: ContentFolder,
    door: Door,
    flights: Arc<Flights>,
    closed: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.shared.folder).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in a folder, making it when it is not there, and brings it to this version.
    /// Another process may have it open too (the command line beside the server).
    pub fn open(folder: &Path, options: Options, outside: Outside) -> Result<Self, OpenError> {
        make_folder(folder)?;
        let options = Arc::new(options);
        match Self::try_open(folder, options.clone(), outside.clone()) {
            // Even opening takes some space: the owner of a full disk must be able to log in and
            // delete.
            Err(error) if error.is_full() && Reserve::was_given_up(&folder.join(RESERVE)) => {
                Self::try_open(folder, options, outside)
            }
            opened => opened,
        }
    }

    fn try_open(folder: &Path, options: Arc<Options>, outside: Outside) -> Result<Self, OpenError> {
        let path = folder.join(DATABASE);
        let database = |cause| OpenError::Database { path: path.clone(), cause };
        let (connection, contents, lock) = open_files(folder, &path, &options, &outside)?;
        let door = Door::open(&options.login, &outside, &connection).map_err(database)?;
        let limits = &options.limits;
        let announcer = Arc::new(Announcer::new(limits.feed_changes_max));
        let (readers, mut threads) =
            Readers::start(&path, limits.readers, limits.reader_cache_octets).map_err(database)?;
        let (index, searchers) =
            Index::open(folder, &path, &options, &contents, &announcer).map_err(database)?;
        threads.extend(searchers);
        let setup = WriterSetup {
            connection,
            limits: limits.clone(),
            announcer: announcer.clone(),
            reserve: Reserve::hold(folder.join(RESERVE), limits.reserve_octets),
            chores: crate::chore::all(&options, &outside, &contents),
            other_process: reread_bans(door.clone(), outside.clock.clone()),
            lock,
        };
        let (writer, thread) = Writer::start(setup).map_err(database)?;
        threads.push(thread);
        let shared = Shared {
            folder: folder.to_owned(),
            options,
            outside,
            writer,
            readers,
            index,
            announcer,
            contents,
            door,
            flights: Arc::default(),
            closed: AtomicBool::new(false),
            threads: Mutex::new(threads),
        };
        let store = Self { shared: Arc::new(shared) };
        let indexer =
            store.index().start(WeakStore(Arc::downgrade(&store.shared))).map_err(at(folder))?;
        store.threads().push(indexer);
        Ok(store)
    }

    /// Finishes what was asked for, brings the log into the database and ends the threads. Later
    /// verbs are `Unavailable`.
    pub async fn close(&self) {
        self.shared.index.stop();
        if self.shared.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.shared.readers.close(self.options().limits.readers);
        self.shared.writer.close().await;
        let threads = std::mem::take(&mut *self.threads());
        let joined =
            tokio::task::spawn_blocking(|| threads.into_iter().all(|thread| thread.join().is_ok()));
        if !joined.await.unwrap_or(false) {
            tracing::error!("a thread of the store ended with a panic");
        }
    }

    /// The time now, by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.outside.clock.now()
    }

    /// A new id for a message that is being accepted.
    pub fn new_trace_id(&self) -> TraceId {
        TraceId::from_parts(self.now(), self.random())
    }

    /// Unpredictable octets.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut octets = [0; N];
        self.shared.outside.entropy.fill(&mut octets);
        octets
    }

    /// Has something written: see [`Writer::write`].
    pub(crate) async fn write<T, F>(&self, purpose: Purpose, run: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Write<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.write_octets(purpose, 0, run).await
    }

    /// The same for something that brings many octets.
    pub(crate) async fn write_octets<T, F>(
        &self,
        purpose: Purpose,
        octets: usize,
        run: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Write<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.check_open()?;
        self.shared.writer.write(purpose, octets, run).await
    }

    /// Has something read, in one snapshot that sees everything committed before.
    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.check_open()?;
        self.shared.readers.read(job).await
    }

    pub(crate) fn check_open(&self) -> Result<(), Error> {
        if self.shared.closed.load(Ordering::Acquire) {
            return Err(Error::unavailable("the store is closed"));
        }
        Ok(())
    }

    pub(crate) fn options(&self) -> &Arc<Options> {
        &self.shared.options
    }

    pub(crate) fn announcer(&self) -> &Arc<Announcer> {
        &self.shared.announcer
    }

    pub(crate) fn index(&self) -> &Index {
        &self.shared.index
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn contents(&self) -> &ContentFolder {
        &self.shared.contents
    }

    pub(crate) fn door(&self) -> &Door {
        &self.shared.door
    }

    pub(crate) fn flights(&self) -> &Arc<Flights> {
        &self.shared.flights
    }

    pub(crate) fn database_path(&self) -> PathBuf {
        self.shared.folder.join(DATABASE)
    }
}

/// A store that may be closed and gone: what its own threads hold of it.
pub(crate) struct WeakStore(Weak<Shared>);

impl WeakStore {
    /// The store, while somebody else has it.
    pub(crate) fn upgrade(&self) -> Option<Store> {
        Some(Store { shared: self.0.upgrade()? })
    }
}

/// The database and the content files, brought to this version and swept when we are alone.
fn open_files(
    folder: &Path,
    path: &Path,
    options: &Options,
    outside: &Outside,
) -> Result<(Connection, ContentFolder, File), OpenError> {
    let (lock, alone) = lock_folder(folder)?;
    let mut connection = database::open_new(path, options.limits.writer_cache_octets)
        .map_err(|cause| OpenError::Database { path: path.to_owned(), cause })?;
    database::migrate(&mut connection)?;
    let contents = ContentFolder::open(folder, options, outside.entropy.clone())?;
    if alone {
        contents.sweep(&connection)?;
    }
    share_lock(folder, &lock)?;
    Ok((connection, contents, lock))
}

/// Mail is private: the folder is its owner's alone.
fn make_folder(folder: &Path) -> Result<(), OpenError> {
    if fs::metadata(folder).is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

/// The lock, and whether we are alone: then what lies about was left by a process that is gone, and
/// may be swept.
fn lock_folder(folder: &Path) -> Result<(File, bool), OpenError> {
    let path = folder.join("lock");
    let lock = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(at(&path))?;
    let alone = lock.try_lock().is_ok();
    if !alone {
        lock.lock_shared().map_err(at(&path))?;
    }
    Ok((lock, alone))
}

/// From here on others may come in. Whoever comes in between and sweeps finds nothing of ours, and
/// we wait for its end.
fn share_lock(folder: &Path, lock: &File) -> Result<(), OpenError> {
    lock.lock_shared().map_err(at(&folder.join("lock")))
}

/// The command line may have lifted a ban.
fn reread_bans(door: Door, clock: Arc<dyn Clock>) -> Box<dyn FnMut(&Connection) + Send> {
    Box::new(move |connection| {
        if let Err(error) = door.reload_bans(connection, clock.now()) {
            tracing::warn!(%error, "cannot read the bans again");
        }
    })
}

pub(crate) fn at(path: &Path) -> impl Fn(std::io::Error) -> OpenError {
    let path = path.to_owned();
    move |cause| OpenError::Folder { path: path.clone(), cause }
}
