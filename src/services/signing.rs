//! Signatures on mail that leaves: the keys of this house's domains.

use mailstore::Store;
use mta::signing::{Signing, SigningLimits, keys};
use tracing::{info, warn};

use super::Opening;
use crate::config::{Config, DeliverTo};

/// What leaves is signed, where something leaves.
pub(super) fn signing(config: &Config, store: &Store) -> Option<Signing> {
    let leaves = config.delivery.to == DeliverTo::World;
    leaves.then(|| Signing::new(store.clone(), SigningLimits::default()))
}

/// Makes the keys that domains lack, while everything else goes on: that takes a good part of a second.
pub(super) fn keys(config: &Config, store: &Store, opening: &mut Opening) {
    if config.delivery.to == DeliverTo::Nowhere {
        return;
    }
    let (store, mut drain) = (store.clone(), opening.closing.drain());
    opening.services.push(Box::pin(async move {
        // A service that ends by itself has broken down: this one stays until the house closes.
        tokio::select! {
            () = async { make(&store).await; std::future::pending().await } => {}
            () = drain.begun() => {}
        }
    }));
}

async fn make(store: &Store) {
    let domains = match store.domains().await {
        Ok(domains) => domains,
        Err(cause) => return warn!(%cause, "cannot look which domains have keys"),
    };
    for domain in domains {
        match keys::make_missing(store, &domain).await {
            Ok(true) => {
                info!(
                    domain = domain.as_ascii(),
                    "made keys; `posthouse domain keys` tells what to publish"
                );
            }
            Ok(false) => {}
            Err(cause) => warn!(domain = domain.as_ascii(), %cause, "cannot make keys"),
        }
    }
}
