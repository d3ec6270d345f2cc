//! The threads that read. Each has its own connection and takes one job after another; a job is one
//! short read transaction, and its result is copied out before anybody writes it to a socket.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::open_reader;
use crate::Error;

enum Job {
    Run(Box<dyn FnOnce(&Connection) + Send>),
    Stop,
}

/// After so long without a job a reader gives its page cache back.
const IDLE: Duration = Duration::from_secs(10);

/// The readers.
#[derive(Debug)]
pub(crate) struct Readers {
    jobs: Sender<Job>,
}

impl Readers {
    /// Opens the connections and begins.
    pub(crate) fn start(
        path: &Path,
        count: usize,
        cache_octets: usize,
    ) -> rusqlite::Result<(Self, Vec<JoinHandle<()>>)> {
        let (jobs, waiting) = unbounded::<Job>();
        let mut threads = Vec::new();
        for number in 0..count.max(1) {
            let connection = open_reader(path, cache_octets)?;
            let waiting = waiting.clone();
            let thread = std::thread::Builder::new()
                .name(format!("store-reader-{number}"))
                .spawn(move || work(&connection, &waiting))
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            threads.push(thread);
        }
        Ok((Self { jobs }, threads))
    }

    /// Runs a job on one of the readers, in one snapshot.
    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job::Run(Box::new(move |connection| {
            if reply.is_closed() {
                return;
            }
            if reply.send(in_snapshot(connection, job)).is_err() {
                tracing::trace!("whoever asked for this does not wait any more");
            }
        }));
        self.jobs.send(job).map_err(|_| Error::unavailable("the store is closed"))?;
        answer.await.map_err(|_| Error::unavailable("the store is closed"))?
    }
}

impl Readers {
    /// Ends this many readers after all that waits.
    pub(crate) fn close(&self, count: usize) {
        for _ in 0..count.max(1) {
            if self.jobs.send(Job::Stop).is_err() {
                return;
            }
        }
    }
}

fn work(connection: &Connection, waiting: &Receiver<Job>) {
    let mut warm = false;
    loop {
        match waiting.recv_timeout(if warm { IDLE } else { Duration::MAX }) {
            Ok(Job::Run(job)) => {
                job(connection);
                warm = true;
            }
            Ok(Job::Stop) => return,
            Err(RecvTimeoutError::Timeout) => {
                warm = false;
                if let Err(error) = connection.release_memory() {
                    tracing::debug!(%error, "a reader cannot give its cache back");
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn in_snapshot<T, F>(connection: &Connection, job: F) -> Result<T, Error>
where
    F: FnOnce(&Connection) -> Result<T, Error>,
{
    // A snapshot that could not be ended must not keep this reader from ever taking another.
    if !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or_else(|_| {
        tracing::error!("a bug: a reader's job panicked");
        Err(Error::unavailable("a bug"))
    });
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}
