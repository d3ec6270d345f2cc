//! The one who looks what is due and sends somebody.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mailstore::Store;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::{error, info, warn};

use super::errand;
use super::schedule::Schedule;
use crate::delivery::{Courier, Memory};
use crate::signing::Signing;

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// Our own name, in what we write to senders.
    pub hostname: message::Domain,
    /// When mail is tried again, and given up.
    pub schedule: Schedule,
    /// How much at once.
    pub limits: QueueLimits,
}

/// How much at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Destinations that are served at once, each by one connection or some.
    pub errands_max: usize,
    /// Connections to one destination.
    pub errands_per_destination_max: usize,
    /// Due recipients of a destination from which on one more connection is worth its while.
    pub recipients_per_errand: u32,
    /// Recipients that are leased together.
    pub leased_at_once: u32,
    /// Octets up to which a letter goes back whole with its bounce, when its sender asked for that.
    pub returned_octets_max: u64,
    /// How long tries under way may go on when the house closes.
    pub drain_timeout: Duration,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            errands_max: 50,
            errands_per_destination_max: 4,
            recipients_per_errand: 20,
            leased_at_once: 50,
            returned_octets_max: 1 << 20,
            drain_timeout: Duration::from_millis(1_200),
        }
    }
}

/// The queue at work.
#[derive(Clone)]
pub struct Queue {
    pub(super) store: Store,
    pub(super) courier: Courier,
    pub(super) settings: Arc<QueueSettings>,
    pub(super) signing: Option<Signing>,
    pub(super) memories: Arc<Mutex<HashMap<String, Memory>>>,
    pub(super) closing: Arc<AtomicBool>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// When the store does not answer, it is asked again after this.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Clocks are set, and machines sleep: the queue is looked at this often whatever was planned.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Destinations that are looked at together.
const DESTINATIONS_SEEN: u32 = 1_000;

impl Queue {
    /// The queue of this store.
    #[must_use]
    pub fn new(store: Store, courier: Courier, settings: QueueSettings) -> Self {
        Self {
            store,
            courier,
            settings: Arc::new(settings),
            signing: None,
            memories: Arc::default(),
            closing: Arc::default(),
        }
    }

    /// The same, with signatures on what is written here.
    #[must_use]
    pub fn with(self, signing: Signing) -> Self {
        Self { signing: Some(signing), ..self }
    }

    /// Sends what is due until the house closes.
    pub async fn run(self, closing: impl Future<Output = ()>) {
        let mut closing = std::pin::pin!(closing);
        let mut errands = Errands::default();
        loop {
            let pause = match self.send_out(&mut errands).await {
                Ok(pause) => pause,
                Err(cause) => {
                    warn!(%cause, "cannot look at the queue; trying on");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                biased;
                () = &mut closing => break,
                ended = errands.one_ends() => {
                    if let Some(domain) = ended {
                        errands.rest(domain);
                    }
                }
                () = self.store.outbound_wake() => {}
                () = sleep(pause) => {}
            }
        }
        self.closing.store(true, Ordering::Release);
        errands.end(self.settings.limits.drain_timeout).await;
    }

    /// What is remembered of a destination.
    pub(super) fn memory(&self, domain: &str) -> Memory {
        self.memories().get(domain).cloned().unwrap_or_default()
    }

    /// Remembers it until the next time.
    pub(super) fn remember(&self, domain: &str, memory: Memory) {
        self.memories().insert(domain.to_owned(), memory);
    }

    fn memories(&self) -> MutexGuard<'_, HashMap<String, Memory>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins errands to destinations where somebody is due. Says how long nothing new is to be
    /// expected.
    async fn send_out(&self, errands: &mut Errands) -> Result<Duration, mailstore::Error> {
        let limits = &self.settings.limits;
        let now = self.store.now();
        for due in self.store.outbound_domains_due(now, DESTINATIONS_SEEN).await? {
            let more = due.recipients / limits.recipients_per_errand.max(1);
            let wanted = usize::try_from(more).unwrap_or(usize::MAX).saturating_add(1);
            let wanted = wanted.min(limits.errands_per_destination_max);
            if errands.rests(&due.domain) {
                continue;
            }
            while errands.to(&due.domain) < wanted && errands.count() < limits.errands_max {
                let (queue, domain) = (self.clone(), due.domain.clone());
                errands
                    .begin(due.domain.clone(), async move { errand::run(&queue, &domain).await });
            }
        }
        let next = self.store.next_outbound_attempt_after(now).await?;
        let seconds = next.map_or(i64::MAX, |next| next.seconds().saturating_sub(now.seconds()));
        // A clock of whole seconds: what is due in one second may be due in half a second.
        let until = Duration::from_secs(u64::try_from(seconds.max(1)).unwrap_or(u64::MAX));
        Ok(until.min(if errands.resting.is_empty() { LOOK_EVERY } else { STORE_PAUSE }))
    }
}

/// Errands under way.
#[derive(Default)]
struct Errands {
    tasks: JoinSet<Result<(), mailstore::Error>>,
    destinations: HashMap<tokio::task::Id, String>,
    /// Where an errand failed for a fault of ours, until when nobody goes there again.
    resting: HashMap<String, Instant>,
}

impl Errands {
    fn count(&self) -> usize {
        self.tasks.len()
    }

    fn to(&self, domain: &str) -> usize {
        self.destinations.values().filter(|one| *one == domain).count()
    }

    fn rests(&mut self, domain: &str) -> bool {
        self.resting.retain(|_, until| *until > Instant::now());
        self.resting.contains_key(domain)
    }

    fn rest(&mut self, domain: String) {
        self.resting.insert(domain, Instant::now() + STORE_PAUSE);
    }

    fn begin(
        &mut self,
        domain: String,
        errand: impl Future<Output = Result<(), mailstore::Error>> + Send + 'static,
    ) {
        let task = self.tasks.spawn(errand);
        self.destinations.insert(task.id(), domain);
    }

    /// Pending while nobody is under way. Gives the destination of an errand that failed for a fault of
    /// ours.
    async fn one_ends(&mut self) -> Option<String> {
        let (id, failed) = match self.tasks.join_next_with_id().await {
            Some(Ok((id, outcome))) => (id, outcome.err().map(|cause| cause.to_string())),
            Some(Err(error)) => (error.id(), Some(error.to_string())),
            None => std::future::pending().await,
        };
        let domain = self.destinations.remove(&id);
        let cause = failed?;
        error!(domain, cause, "sending failed, for a fault of ours; trying again soon");
        domain
    }

    /// What is being said to a host may be said to its end; what is not settled then is tried again.
    async fn end(mut self, patience: Duration) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(patience, all).await.is_err() {
            info!(left = self.tasks.len(), "cut off sending while closing");
            self.tasks.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests;
