//! The one thread that writes. It takes what waits, commits it at once, and answers only then;
//! between batches it brings the log in and does chores, a slice at a time.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::batch::{Outcome, commit};
use super::checkpoint::{LogLength, checkpoint, checkpoint_last, give_pages_back};
use super::reserve::Reserve;
use super::work::{After, Chore, Purpose, Request, Work, Write};
use crate::change::Announcer;
use crate::{Error, Limits};

/// Every piece of work counts as at least this much while it waits and in its batch.
const WORK_OCTETS_MIN: usize = 1 << 10;

/// After so long with nothing to do the writer gives its page cache back.
const IDLE_RELEASE: Duration = Duration::from_secs(10);

/// Chores begin when nothing was asked for this long: what comes in a row is not made to wait for
/// them.
const CHORE_QUIET: Duration = Duration::from_millis(20);

/// Chores get a turn this often even when work never stops coming.
const CHORE_INTERVAL: Duration = Duration::from_millis(250);

/// The way to the writer.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Sender<Message>,
    room: Arc<Semaphore>,
    room_kib: u32,
}

enum Message {
    Work(Box<dyn Work>, OwnedSemaphorePermit),
    Close(oneshot::Sender<()>),
}

/// What a writer is made of.
pub(crate) struct WriterSetup {
    /// The connection.
    pub(crate) connection: Connection,
    /// The numbers.
    pub(crate) limits: Limits,
    /// Where changes are told.
    pub(crate) announcer: Arc<Announcer>,
    /// The space kept aside.
    pub(crate) reserve: Reserve,
    /// What is done when nobody waits.
    pub(crate) chores: Vec<Chore>,
    /// Run when another process wrote.
    pub(crate) other_process: Box<dyn FnMut(&Connection) + Send>,
    /// Held open as long as the thread runs: says that the folder is in use.
    pub(crate) lock: File,
}

impl Writer {
    /// Begins.
    pub(crate) fn start(setup: WriterSetup) -> rusqlite::Result<(Self, JoinHandle<()>)> {
        let (queue, waiting) = unbounded();
        let room_kib =
            u32::try_from(setup.limits.waiting_octets_max >> 10).unwrap_or(u32::MAX >> 3).max(1);
        let mut run = Run::new(setup)?;
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run.run(&waiting))
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let room = Arc::new(Semaphore::new(usize::try_from(room_kib).unwrap_or(usize::MAX)));
        Ok((Self { queue, room, room_kib }, thread))
    }

    /// Has work done, in a transaction with whatever else waits. Returns after the commit. The work
    /// may be run more than once; it is done or not done even if the caller does not wait for it.
    pub(crate) async fn write<T, F>(
        &self,
        purpose: Purpose,
        octets: usize,
        run: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&Write<'_>) -> Result<T, Error> + Send + 'static,
    {
        let octets = octets.max(WORK_OCTETS_MIN);
        let kib = u32::try_from(octets >> 10).unwrap_or(u32::MAX).clamp(1, self.room_kib);
        let closed = || Error::unavailable("the store is closed");
        let room = self.room.clone().acquire_many_owned(kib).await.map_err(|_| closed())?;
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Request { run, purpose, octets, result: None, reply });
        self.queue.send(Message::Work(work, room)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Ends it after all that waits.
    pub(crate) async fn close(&self) {
        let (done, wait) = oneshot::channel();
        if self.queue.send(Message::Close(done)).is_ok() && wait.await.is_err() {
            tracing::error!("the writer ended before it was asked to");
        }
    }
}

/// What is known of the chores.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ChoresLeft {
    /// None.
    No,
    /// Something was written since they were last looked at.
    Perhaps,
    /// The last one had more to do.
    Yes,
}

/// The thread's own.
struct Run {
    connection: Connection,
    limits: Limits,
    announcer: Arc<Announcer>,
    reserve: Reserve,
    chores: Vec<Chore>,
    /// Chores that failed since all were last tried.
    resting: Vec<usize>,
    other_process: Box<dyn FnMut(&Connection) + Send>,
    log: LogLength,
    chores_left: ChoresLeft,
    last_chore: Instant,
    last_restore: Instant,
    last_notice: Instant,
    last_work: Instant,
    released: bool,
    data_version: i64,
    _lock: File,
}

impl Run {
    fn new(setup: WriterSetup) -> rusqlite::Result<Self> {
        let WriterSetup { mut connection, limits, announcer, reserve, chores, other_process, lock } =
            setup;
        let log = LogLength::of(&mut connection)?;
        let data_version = data_version(&connection)?;
        let now = Instant::now();
        Ok(Self {
            connection,
            limits,
            announcer,
            reserve,
            chores,
            resting: Vec::new(),
            other_process,
            log,
            chores_left: ChoresLeft::Perhaps,
            last_chore: now,
            last_restore: now,
            last_notice: now,
            last_work: now,
            released: false,
            data_version,
            _lock: lock,
        })
    }

    fn run(&mut self, waiting: &Receiver<Message>) {
        loop {
            match waiting.recv_timeout(self.patience()) {
                Ok(Message::Work(work, room)) => {
                    let (batch, rooms, closing) = self.gather(waiting, work, room);
                    self.work(batch);
                    drop(rooms);
                    if let Some(done) = closing {
                        return self.end(Some(done));
                    }
                }
                Ok(Message::Close(done)) => return self.end(Some(done)),
                Err(RecvTimeoutError::Timeout) => self.idle(),
                Err(RecvTimeoutError::Disconnected) => return self.end(None),
            }
        }
    }

    fn patience(&self) -> Duration {
        match self.chores_left {
            ChoresLeft::No => self.limits.idle_interval,
            ChoresLeft::Perhaps => CHORE_QUIET.min(self.limits.idle_interval),
            ChoresLeft::Yes => Duration::ZERO,
        }
    }

    /// Everything that waits, up to the limits of one commit.
    #[expect(clippy::type_complexity, reason = "a batch, the room it takes, and perhaps the end")]
    fn gather(
        &self,
        waiting: &Receiver<Message>,
        first: Box<dyn Work>,
        room: OwnedSemaphorePermit,
    ) -> (Vec<Box<dyn Work>>, Vec<OwnedSemaphorePermit>, Option<oneshot::Sender<()>>) {
        let mut octets = first.octets();
        let (mut batch, mut rooms) = (vec![first], vec![room]);
        while batch.len() < self.limits.batch_operations_max
            && octets < self.limits.batch_octets_max
        {
            match waiting.try_recv() {
                Ok(Message::Work(work, room)) => {
                    octets += work.octets();
                    batch.push(work);
                    rooms.push(room);
                }
                Ok(Message::Close(done)) => return (batch, rooms, Some(done)),
                Err(_) => break,
            }
        }
        (batch, rooms, None)
    }

    fn work(&mut self, batch: Vec<Box<dyn Work>>) {
        self.restore_reserve();
        let batch = self.refuse_growth(batch);
        if !batch.is_empty() {
            self.commit(batch);
        }
        self.chores_left = self.chores_left.max(ChoresLeft::Perhaps);
        self.released = false;
        self.last_work = Instant::now();
        // After answering: nobody waits for this.
        if self.log.octets() > self.limits.log_octets_checkpoint {
            checkpoint(&self.connection, &self.log);
        }
        // With the reserve given up nothing is more urgent than tidying away what was deleted.
        if self.last_chore.elapsed() > CHORE_INTERVAL || !self.reserve.is_held() {
            self.chores_left = self.one_chore();
        }
        if self.last_notice.elapsed() > self.limits.idle_interval {
            self.notice_other_processes();
        }
    }

    /// The command line beside the server writes too. What it changed we do not know, only that it
    /// did.
    fn notice_other_processes(&mut self) {
        self.last_notice = Instant::now();
        if let Ok(version) = data_version(&self.connection)
            && version != self.data_version
        {
            self.data_version = version;
            self.chores_left = ChoresLeft::Perhaps;
            (self.other_process)(&self.connection);
            self.announcer.announce_unknown();
        }
    }

    /// Looks now and then whether there is space again, however much is asked for meanwhile.
    fn restore_reserve(&mut self) {
        if !self.reserve.is_held() && self.last_restore.elapsed() >= self.limits.idle_interval {
            self.reserve.restore();
            self.last_restore = Instant::now();
        }
    }

    /// While the reserve is given up, what grows is refused unseen: it would eat the space that
    /// deleting needs.
    fn refuse_growth(&self, batch: Vec<Box<dyn Work>>) -> Vec<Box<dyn Work>> {
        if self.reserve.is_held() {
            return batch;
        }
        let (frees, grows): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|work| work.purpose() == Purpose::Frees);
        for mut work in grows {
            work.fail(Error::Full);
            work.answer();
        }
        frees
    }

    fn commit(&mut self, batch: Vec<Box<dyn Work>>) {
        let Outcome { settled, starved, after } = commit(&self.connection, batch);
        self.conclude(settled, after);
        if starved.is_empty() {
            return;
        }
        let helped = self.reserve.give_up();
        for mut work in starved {
            if helped {
                let Outcome { settled, starved, after } = commit(&self.connection, vec![work]);
                self.conclude(settled, after);
                for mut work in starved {
                    work.fail(Error::Full);
                    work.answer();
                }
            } else {
                work.fail(Error::Full);
                work.answer();
            }
        }
    }

    /// It is committed: first what goes with it, then the answers, then the news.
    fn conclude(&self, settled: Vec<Box<dyn Work>>, after: Vec<After>) {
        let mut told = Vec::new();
        for mut after in after {
            after.done.drain(..).for_each(|what| what());
            told.append(&mut after.told);
        }
        for work in settled {
            work.answer();
        }
        self.announcer.announce(&told);
    }

    /// Nobody waits: chores while there are any, then the log, then other processes, then sleep.
    fn idle(&mut self) {
        self.restore_reserve();
        if self.chores_left != ChoresLeft::No {
            self.chores_left = self.one_chore();
            return;
        }
        if self.log.octets() > 0 {
            checkpoint(&self.connection, &self.log);
        }
        self.notice_other_processes();
        if !self.released && self.last_work.elapsed() > IDLE_RELEASE {
            self.released = true;
            if let Err(error) = self.connection.release_memory() {
                tracing::debug!(%error, "the writer cannot give its cache back");
            }
        }
    }

    /// One slice of the first chore that has something to do. One that fails rests until the others
    /// are done; of a full disk all of them know.
    fn one_chore(&mut self) -> ChoresLeft {
        self.last_chore = Instant::now();
        if self.chores_left != ChoresLeft::Yes {
            self.resting.clear();
        }
        for (number, chore) in self.chores.iter_mut().enumerate() {
            if self.resting.contains(&number) {
                continue;
            }
            match in_transaction(&self.connection, chore) {
                Ok((false, _)) => {}
                Ok((true, after)) => {
                    self.conclude(Vec::new(), vec![after]);
                    return ChoresLeft::Yes;
                }
                Err(Error::Full) => return self.chore_failed(&Error::Full),
                Err(error) => {
                    tracing::warn!(%error, "a chore failed");
                    self.resting.push(number);
                }
            }
        }
        match give_pages_back(&self.connection) {
            Ok(true) => ChoresLeft::Yes,
            Ok(false) => ChoresLeft::No,
            Err(error) => self.chore_failed(&error.into()),
        }
    }

    /// It will be tried again after the next piece of work, or with the reserve's space.
    fn chore_failed(&mut self, error: &Error) -> ChoresLeft {
        tracing::warn!(%error, "a chore failed");
        let helped = matches!(error, Error::Full) && self.reserve.give_up();
        self.last_restore = Instant::now();
        if helped { ChoresLeft::Yes } else { ChoresLeft::No }
    }

    fn end(&mut self, done: Option<oneshot::Sender<()>>) {
        checkpoint_last(&self.connection);
        if done.is_some_and(|done| done.send(()).is_err()) {
            tracing::debug!("nobody waits for the writer to end");
        }
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// A chore's slice in a transaction of its own.
fn in_transaction(connection: &Connection, chore: &mut Chore) -> Result<(bool, After), Error> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let write = Write::new(connection);
    let result = catch_unwind(AssertUnwindSafe(|| chore(&write)))
        .unwrap_or_else(|_| Err(Error::unavailable("a bug: a chore panicked")))
        .and_then(|more| {
            connection.prepare_cached(if more { "COMMIT" } else { "ROLLBACK" })?.execute([])?;
            Ok(more)
        });
    if result.is_err() && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    Ok((result?, write.into_after()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_chore_that_fails_keeps_no_other_from_being_done() {
        let folder = tempfile::tempdir().unwrap();
        let (done, hears) = mpsc::channel();
        let slices = move |_: &Write<'_>| Ok(done.send(()).is_ok());
        let setup = WriterSetup {
            connection: Connection::open_in_memory().unwrap(),
            limits: Limits { idle_interval: Duration::from_millis(1), ..Limits::default() },
            announcer: Arc::new(Announcer::new(1)),
            reserve: Reserve::hold(folder.path().join("reserve"), 1),
            chores: vec![Box::new(|_| Err(Error::unavailable("broken"))), Box::new(slices)],
            other_process: Box::new(|_| {}),
            lock: tempfile::tempfile().unwrap(),
        };
        let (writer, thread) = Writer::start(setup).unwrap();
        for _ in 0..3 {
            hears.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        drop((hears, writer));
        thread.join().unwrap();
    }
}
