//! The word that the house is closing, and who listens for it.

use tokio::sync::watch;

/// Says it. Dropping it says nothing.
#[derive(Debug)]
pub struct Closing(watch::Sender<bool>);

/// Hears it; cheap to clone.
#[derive(Clone, Debug)]
pub struct Drain(watch::Receiver<bool>);

impl Closing {
    /// Nobody has been told yet.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Somebody who is to be told.
    #[must_use]
    pub fn drain(&self) -> Drain {
        Drain(self.0.subscribe())
    }

    /// Tells everyone, now and later.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

impl Default for Closing {
    fn default() -> Self {
        Self::new()
    }
}

impl Drain {
    /// A drain that never begins.
    #[must_use]
    pub fn never() -> Self {
        Closing::new().drain()
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves once it has begun; safe to cancel.
    pub async fn begun(&mut self) {
        if self.0.wait_for(|begun| *begun).await.is_err() {
            // Nobody is left who could say it.
            std::future::pending::<()>().await;
        }
    }
}
