//! What the indexing thread hears: that there is work, that a search met a damaged index, that it is to end. And how it waits.
//! The thread is no task of a runtime, so it polls its futures itself.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use futures_util::future::select;
use rusqlite::InterruptHandle;
use tokio::sync::{Notify, watch};

use crate::change::Announcer;

/// The thread's ears. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ears {
    inner: Arc<Inner>,
}

struct Inner {
    stopped: AtomicBool,
    damaged: AtomicBool,
    trusted: AtomicBool,
    told: Notify,
    /// Breaks off a long batch at the end.
    interrupt: Mutex<Option<InterruptHandle>>,
    announcer: Arc<Announcer>,
    /// Batches done since the start.
    batches: watch::Sender<u64>,
}

impl Ears {
    pub(super) fn new(announcer: Arc<Announcer>) -> Self {
        let inner = Inner {
            stopped: AtomicBool::new(false),
            damaged: AtomicBool::new(false),
            trusted: AtomicBool::new(false),
            told: Notify::new(),
            interrupt: Mutex::default(),
            announcer,
            batches: watch::Sender::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Tells the thread to end.
    pub(super) fn stop(&self) {
        self.inner.stopped.store(true, Ordering::Release);
        self.inner.told.notify_one();
        if let Some(handle) = &*self.interrupt() {
            handle.interrupt();
        }
    }

    /// Does something long that is broken off at the end. Only that: an interrupted connection does not tidy up its file either.
    pub(super) fn interruptible<T>(&self, handle: InterruptHandle, long: impl FnOnce() -> T) -> T {
        *self.interrupt() = Some(handle);
        let done = long();
        *self.interrupt() = None;
        done
    }

    fn interrupt(&self) -> MutexGuard<'_, Option<InterruptHandle>> {
        self.inner.interrupt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.inner.stopped.load(Ordering::Acquire)
    }

    /// Lets searches use the index that is there.
    pub(super) fn trust(&self) {
        self.inner.trusted.store(true, Ordering::Release);
    }

    pub(super) fn is_trusted(&self) -> bool {
        self.inner.trusted.load(Ordering::Acquire)
    }

    /// Tells that a batch is done.
    pub(super) fn done(&self) {
        self.inner.batches.send_modify(|batches| *batches = batches.wrapping_add(1));
    }

    /// Hears of batches.
    pub(super) fn batches(&self) -> watch::Receiver<u64> {
        self.inner.batches.subscribe()
    }

    /// Tells the thread that the index is not to be trusted any more.
    pub(super) fn damaged(&self) {
        self.inner.damaged.store(true, Ordering::Release);
        self.inner.told.notify_one();
    }

    /// True once after the index was found damaged.
    pub(super) fn hears_of_damage(&self) -> bool {
        self.inner.damaged.swap(false, Ordering::AcqRel)
    }

    /// Until there is something to do.
    pub(super) fn wait_for_work(&self) {
        if !self.is_stopped() {
            let work = pin!(self.inner.announcer.something_to_index());
            let told = pin!(self.inner.told.notified());
            block_on(select(work, told));
        }
    }

    /// For a while, or until told something.
    pub(super) fn wait(&self, length: Duration) {
        if !self.is_stopped() {
            let told = pin!(self.inner.told.notified());
            poll_until(told, Some(Instant::now() + length));
        }
    }
}

/// Polls a future on this thread until it is ready.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Some(output) = poll_until(future.as_mut(), None) {
            return output;
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// None when it was not ready in time.
fn poll_until<F: Future>(mut future: Pin<&mut F>, deadline: Option<Instant>) -> Option<F::Output> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            None => thread::park(),
            Some(Duration::ZERO) => return None,
            Some(left) => thread::park_timeout(left),
        }
    }
}
