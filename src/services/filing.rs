//! What becomes of mail that comes: filing, and learning what is junk.

use std::sync::Arc;

use anyhow::Result;
use mailstore::Store;
use message::Domain;
use mta::filter::Trainer;
use mta::filter::filing::{FilingLimits, FilingSettings};
use mta::filter::junk::JunkLimits;

use super::Opening;
use crate::config::Config;

/// How mail is filed.
pub(super) fn settings(config: &Config) -> Result<Arc<FilingSettings>> {
    Ok(Arc::new(FilingSettings {
        hostname: Domain::parse(&config.hostname)?,
        given_up_after: 3_600 * i64::from(config.delivery.give_up_hours),
        limits: FilingLimits::default(),
        junk: JunkLimits::default(),
    }))
}

/// Learns beside the other services.
pub(super) fn trainer(store: &Store, opening: &mut Opening) {
    let (store, mut drain) = (store.clone(), opening.closing.drain());
    opening.services.push(Box::pin(async move {
        let trainer = Trainer::default();
        tokio::select! {
            () = trainer.run(&store) => {}
            () = drain.begun() => {}
        }
    }));
}
