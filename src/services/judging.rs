//! Who sent what comes: the name servers that are asked, and what follows.

use std::sync::Arc;

use anyhow::{Context, Result};
use dns::{CacheLimits, Cached, Dnssec, Hickory};
use mta::authentication::{OnReject, Settings};
use mta::smtp::Judging;

use crate::config::{Config, DmarcReject};

/// How mail that comes is judged, if it is.
///
/// It has a resolver of its own: what is found out about senders needs no proof, and many questions of
/// strangers shall not push what the queue knows out of its cache.
pub(super) fn judging(config: &Config) -> Result<Option<Arc<Judging>>> {
    if !config.receiving.check_senders {
        return Ok(None);
    }
    let servers = config.delivery.name_servers.clone();
    let settings = dns::Settings { servers, dnssec: Dnssec::Off, ..dns::Settings::default() };
    let hickory = Hickory::new(settings).context("cannot ask name servers")?;
    let on_reject = match config.receiving.dmarc_reject {
        DmarcReject::Refuse => OnReject::Refuse,
        DmarcReject::Junk => OnReject::Junk,
    };
    Ok(Some(Arc::new(Judging {
        resolver: Arc::new(Cached::new(hickory, CacheLimits::default())),
        settings: Settings { on_reject, ..Settings::new(config.hostname.clone()) },
    })))
}
