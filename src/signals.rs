//! The signals that end the house.

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};

/// Resolves at the first SIGINT (Ctrl-C), SIGTERM or SIGHUP.
///
/// # Errors
/// The system lets no handler be installed.
pub async fn stop_asked() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
