//! Group commit: many pieces of work in one transaction, each in a savepoint, so that one that
//! fails does not take the others with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use super::work::{After, Purpose, Work, Write};
use crate::Error;

/// What came of a batch.
pub(super) struct Outcome {
    /// Done or failed for good: to be answered.
    pub(super) settled: Vec<Box<dyn Work>>,
    /// Found the disk full although it only takes away: to be tried again when the reserve is given
    /// up.
    pub(super) starved: Vec<Box<dyn Work>>,
    /// What is to happen now that it is committed.
    pub(super) after: Vec<After>,
}

/// Runs and commits a batch. When the transaction as a whole breaks (SQLite rolls all of it back
/// when the disk is full in the wrong place), each piece gets a transaction of its own: those that
/// need no space still go through.
pub(super) fn commit(connection: &Connection, batch: Vec<Box<dyn Work>>) -> Outcome {
    let alone = batch.len() == 1;
    let mut outcome = Outcome { settled: Vec::new(), starved: Vec::new(), after: Vec::new() };
    match try_commit(connection, batch) {
        Ok((batch, after)) => {
            outcome.after = after;
            outcome.sort(batch);
        }
        Err((batch, error)) if alone => {
            outcome.sort(batch.into_iter().map(|work| (work, Some(error.clone()))))
        }
        Err((batch, _)) => {
            for work in batch {
                let one = commit(connection, vec![work]);
                outcome.settled.extend(one.settled);
                outcome.starved.extend(one.starved);
                outcome.after.extend(one.after);
            }
        }
    }
    outcome
}

impl Outcome {
    fn sort(&mut self, batch: impl IntoIterator<Item = (Box<dyn Work>, Option<Error>)>) {
        for (mut work, error) in batch {
            match error {
                Some(Error::Full) if work.purpose() == Purpose::Frees => self.starved.push(work),
                Some(error) => {
                    work.fail(error);
                    self.settled.push(work);
                }
                None => self.settled.push(work),
            }
        }
    }
}

/// What was run, each with its own error if it had one.
type Ran = Vec<(Box<dyn Work>, Option<Error>)>;

/// The batch came to nothing: it comes back whole, with why.
type Broken = (Vec<Box<dyn Work>>, Error);

fn try_commit(
    connection: &Connection,
    batch: Vec<Box<dyn Work>>,
) -> Result<(Ran, Vec<After>), Broken> {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        return Err((batch, error));
    }
    let mut ran: Ran = Vec::with_capacity(batch.len());
    let mut after = Vec::with_capacity(batch.len());
    let mut batch = batch.into_iter();
    while let Some(mut work) = batch.next() {
        match run_one(connection, work.as_mut()) {
            Ok(done) => {
                after.push(done);
                ran.push((work, None));
            }
            Err(Failure::Work(error)) => ran.push((work, Some(error))),
            Err(Failure::Transaction(error)) => {
                roll_back(connection);
                return Err((
                    ran.into_iter().map(|(work, _)| work).chain([work]).chain(batch).collect(),
                    error,
                ));
            }
        }
    }
    if let Err(cause) = connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([])) {
        roll_back(connection);
        let grows = ran.iter().any(|(work, _)| work.purpose() == Purpose::Grows);
        return Err((ran.into_iter().map(|(work, _)| work).collect(), commit_failed(cause, grows)));
    }
    Ok((ran, after))
}

/// No space for the log itself is certain: nothing was committed. No space for the log's index is
/// found out when the log is written already, and a crash now would make a commit of it: what grew
/// must not take a message's file away as if it had never been.
fn commit_failed(cause: rusqlite::Error, grows: bool) -> Error {
    let index =
        cause.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE);
    if index && grows { Error::unavailable(cause) } else { cause.into() }
}

enum Failure {
    /// This piece failed; what went before it stands.
    Work(Error),
    /// The whole transaction is gone.
    Transaction(Error),
}

fn run_one(connection: &Connection, work: &mut dyn Work) -> Result<After, Failure> {
    execute(connection, "SAVEPOINT work").map_err(Failure::Transaction)?;
    let write = Write::new(connection);
    let result = catch_unwind(AssertUnwindSafe(|| work.run(&write))).unwrap_or_else(|_| {
        tracing::error!("a bug: a piece of the writer's work panicked and was taken back");
        Err(Error::unavailable("a bug"))
    });
    match result {
        Ok(()) => {
            execute(connection, "RELEASE work").map_err(Failure::Transaction)?;
            Ok(write.into_after())
        }
        Err(error) if connection.is_autocommit() => Err(Failure::Transaction(error)),
        Err(error) => {
            execute(connection, "ROLLBACK TO work").map_err(Failure::Transaction)?;
            execute(connection, "RELEASE work").map_err(Failure::Transaction)?;
            Err(Failure::Work(error))
        }
    }
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = execute(connection, "ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back");
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi::{self, SQLITE_FULL};

    use super::*;

    #[test]
    fn a_commit_that_may_be_found_after_a_crash_is_not_answered_like_a_full_disk() {
        let failed = |code, grows| {
            commit_failed(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None), grows)
        };
        assert!(matches!(failed(SQLITE_FULL, true), Error::Full));
        assert!(matches!(failed(SQLITE_IOERR_SHMSIZE, true), Error::Unavailable(_)));
        // What deletes is tried again with the reserve's space.
        assert!(matches!(failed(SQLITE_IOERR_SHMSIZE, false), Error::Full));
    }
}
