//! What is handed to the writer: a piece of work that may be run more than once, and is answered
//! after the commit.

use std::cell::RefCell;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::Error;
pub(crate) use crate::change::Told;

/// Whether a piece of work needs space or gives it back. When the disk is full, the second kind may
/// use the reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It adds.
    Grows,
    /// It takes away.
    Frees,
}

/// What a piece of work sees: the open transaction, and a list of what is to happen once it is
/// committed.
pub(crate) struct Write<'a> {
    connection: &'a Connection,
    after: RefCell<After>,
}

/// What happens after the commit, and only then.
#[derive(Default)]
pub(super) struct After {
    pub(super) told: Vec<Told>,
    pub(super) done: Vec<Box<dyn FnOnce() + Send>>,
}

impl<'a> Write<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, after: RefCell::default() }
    }

    /// Tells whoever listens, once it is committed.
    pub(crate) fn tell(&self, told: Told) {
        self.after.borrow_mut().told.push(told);
    }

    /// Does something that cannot be taken back, once it is committed.
    pub(crate) fn after_commit(&self, what: impl FnOnce() + Send + 'static) {
        self.after.borrow_mut().done.push(Box::new(what));
    }

    pub(super) fn into_after(self) -> After {
        self.after.into_inner()
    }
}

impl std::ops::Deref for Write<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// A piece of work without its types.
pub(super) trait Work: Send {
    /// Runs it inside the open transaction. May be called again after a rollback.
    fn run(&mut self, write: &Write<'_>) -> Result<(), Error>;
    /// It failed, or the commit did: this is what its caller gets instead of its result.
    fn fail(&mut self, error: Error);
    /// Gives the result to whoever waits. Who no longer waits gets nothing, and the work stays
    /// done.
    fn answer(self: Box<Self>);
    /// What it needs.
    fn purpose(&self) -> Purpose;
    /// Octets it puts into the log, roughly.
    fn octets(&self) -> usize;
}

/// A piece of work with its types.
pub(super) struct Request<T, F> {
    pub(super) run: F,
    pub(super) purpose: Purpose,
    pub(super) octets: usize,
    pub(super) result: Option<Result<T, Error>>,
    pub(super) reply: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Work for Request<T, F>
where
    T: Send,
    F: FnMut(&Write<'_>) -> Result<T, Error> + Send,
{
    fn run(&mut self, write: &Write<'_>) -> Result<(), Error> {
        let value = (self.run)(write)?;
        self.result = Some(Ok(value));
        Ok(())
    }

    fn fail(&mut self, error: Error) {
        self.result = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        let Self { run, result, reply, .. } = *self;
        // What it held is let go of first: a refused message's file is gone when its caller hears
        // of it.
        drop(run);
        let result = result.unwrap_or_else(|| Err(Error::unavailable("the work was not run")));
        if reply.send(result).is_err() {
            tracing::debug!("whoever asked for this does not wait any more");
        }
    }

    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn octets(&self) -> usize {
        self.octets
    }
}

/// Something to be done when nobody waits: a slice at a time, each in its own transaction. True
/// when there may be more.
pub(crate) type Chore = Box<dyn FnMut(&Write<'_>) -> Result<bool, Error> + Send>;
