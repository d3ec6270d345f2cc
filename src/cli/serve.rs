//! `posthouse serve`: the house, until it is told to stop.

use anyhow::Result;
use clap::Args;

use super::Place;
use crate::{logging, services, signals};

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
        let house = services::start(&config, services::open_store(&config)?)?;
        house.log_addresses();
        signals::stop_asked().await?;
        house.stop().await;
        Ok(())
    }
}
