//! What the indexing thread hears: that there is work, that a search met a damaged index, that it is to end. And how it waits.
//! The thread is no task of a runtime, so it polls its futures itself.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use futures_util::future::select;
use rusqlite::InterruptHandle;
use tokio::sync::Notify;

use crate::change::Announcer;

/// The thread's ears. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ears {
    inner: Arc<Inner>,
}

struct Inner {
    stopped: AtomicBool,
    damaged: AtomicBool,
    told: Notify,
    /// Breaks off a long batch at the end.
    interrupt: Mutex<Option<InterruptHandle>>,
    announcer: Arc<Announcer>,
}

impl Ears {
    pub(super) fn new(announcer: Arc<Announcer>) -> Self {
        let inner = Inner {
            stopped: AtomicBool::new(false),
            damaged: AtomicBool::new(false),
            told: Notify::new(),
            interrupt: Mutex::default(),
            announcer,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Tells the thread to end.
    pub(super) fn stop(&self) {
        self.inner.stopped.store(true, Ordering::Release);
        self.inner.told.notify_one();
        if let Some(handle) = &*self.inner.interrupt.lock().unwrap_or_else(PoisonError::into_inner)
        {
            handle.interrupt();
        }
    }

    /// What is to be broken off at the end.
    pub(super) fn interruptible(&self, handle: InterruptHandle) {
        *self.inner.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.inner.stopped.load(Ordering::Acquire)
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
            drop(block_on(select(work, told)));
        }
    }

    /// For a while, or until told something.
    pub(super) fn wait(&self, length: Duration) {
        if !self.is_stopped() {
            let told = pin!(self.inner.told.notified());
            drop(poll_until(told, Some(Instant::now() + length)));
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
