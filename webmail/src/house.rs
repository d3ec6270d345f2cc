//! What every request is answered from: the store, the settings, the assets.

use crate::assets::Assets;
use crate::config::Config;
use crate::dates::Zone;
use mailstore::Store;
use std::sync::Arc;

/// A cheap clone.
#[derive(Clone)]
pub struct House {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    config: Config,
    assets: Assets,
    zone: Zone,
}

impl House {
    /// Puts it together.
    pub fn new(store: Store, config: Config) -> Self {
        let zone = Zone::named(&config.zone).unwrap_or_else(Zone::of_this_machine);
        Self { inner: Arc::new(Inner { store, config, assets: Assets::new(), zone }) }
    }

    /// Where the mail is.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Where the stylesheet and the script are.
    pub fn assets(&self) -> &Assets {
        &self.inner.assets
    }

    /// The zone for readers who have not told theirs.
    pub fn zone(&self) -> &Zone {
        &self.inner.zone
    }
}
