//! `posthouse serve`: the house, until it is told to stop.

use anyhow::Result;
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
        let house = services::start(&config, services::open_store(&config)?)?;
        house.log_addresses();
        stop.asked().await;
        house.stop().await;
        Ok(())
    }
}
