//! `posthouse serve`: the house, until it is told to stop.

use anyhow::{Result, bail};
use clap::Args;

use super::Place;
use crate::signals::Stop;
use crate::{logging, services};

/// Run the server
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    place: Place,
}

impl Serve {
    pub async fn run(self) -> Result<()> {
        let config = self.place.config()?;
        logging::start(&config.log)?;
        let stop = Stop::catch()?;
        let mut house = services::start(&config, services::open_store(&config)?)?;
        house.log_addresses();
        let asked = tokio::select! {
            () = stop.asked() => true,
            () = house.one_breaks() => false,
        };
        house.stop().await;
        // Whoever started us may start us again.
        if asked { Ok(()) } else { bail!("a service broke down; the log says which") }
    }
}
