//! What the store may know of the world: the time and randomness. Both are handed in, so that tests
//! give their own.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use message::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now, in whole seconds, UTC.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable octets: for tokens, trace ids, salts and the names of content files.
pub trait Entropy: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, octets: &mut [u8]);
}

/// Everything the store asks of the world outside.
#[derive(Clone)]
pub struct Outside {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Outside {
    /// The machine's own clock and randomness.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::new(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }
}

/// The kernel's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::panic,
        reason = "without randomness no token is safe: a caught panic is the honest answer"
    )]
    fn fill(&self, octets: &mut [u8]) {
        if let Err(error) = getrandom::fill(octets) {
            panic!("the kernel gives no randomness: {error}");
        }
    }
}
