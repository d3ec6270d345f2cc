//! Where log lines go and how they look.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error.
///
/// # Errors
/// The level is no filter, or logging was started already.
pub fn start(log: &Log) -> Result<()> {
    let filter =
        EnvFilter::try_new(&log.level).with_context(|| format!("log.level = {:?}", log.level))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A line that cannot be written, as on a full disk, is lost; complaining about it there would panic.
        .log_internal_errors(false);
    let started = match log.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|cause| anyhow::anyhow!("cannot start logging: {cause}"))
}
