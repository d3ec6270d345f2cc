//! The signals that end the house.

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask us to stop, caught from now on.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    /// Catches SIGINT (Ctrl-C), SIGTERM and SIGHUP: before anybody hears that we run, so that none of them finds us
    /// without a way to close well.
    ///
    /// # Errors
    /// The system lets no handler be installed.
    pub fn catch() -> Result<Stop> {
        Ok(Stop {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Resolves at the first of them.
    pub async fn asked(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
