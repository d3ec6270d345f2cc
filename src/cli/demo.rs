//! `posthouse demo`: the whole house on loopback, furnished.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use tempfile::TempDir;

use super::tell;
use crate::config::Config;
use crate::services::{self, House};
use crate::signals::Stop;
use crate::{demo, logging};

/// Try everything: two accounts with sample mail, on loopback, no root, no domain
#[derive(Debug, Args)]
pub struct Demo {
    /// Move all ports: 25, 587, 465, 110, 995, 80 and 443 are added to N; 0 lets the system choose
    ///
    /// Without it: SMTP 2525, submission 2587 and 2465 (TLS), POP3 2110 and 2995 (TLS), webmail 8080 and 8443 (TLS).
    #[arg(long, value_name = "N")]
    port_base: Option<u16>,
    /// Keep the data in this folder; the next start finds it there
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one line for scripts as soon as everything listens
    #[arg(long)]
    json: bool,
    /// What to log: error, warn, info, debug
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    log: String,
}

impl Demo {
    pub async fn run(self) -> Result<()> {
        let folder = Folder::of(self.data.clone())?;
        let mut config = demo::config(folder.path(), self.port_base)?;
        config.log.level.clone_from(&self.log);
        logging::start(&config.log)?;
        let stop = Stop::catch()?;
        let store = services::open_store(&config)?;
        demo::furnish(&store).await?;
        let house =
            services::start(&config, store).context("try --port-base 10000 for other ports")?;
        self.announce(&house, &config)?;
        stop.asked().await;
        house.stop().await;
        Ok(())
    }

    fn announce(&self, house: &House, config: &Config) -> Result<()> {
        if self.json {
            return tell(format_args!(
                "{}",
                serde_json::to_string(&Announcement::of(house, config))?
            ));
        }
        tell(format_args!("{}", demo::lesson(house, self.data.as_deref())))
    }
}

/// Where the demo's data is.
enum Folder {
    Kept(PathBuf),
    /// Dropping it removes the folder.
    Passing(TempDir),
}

impl Folder {
    fn of(kept: Option<PathBuf>) -> Result<Folder> {
        Ok(match kept {
            Some(path) => Folder::Kept(path),
            None => Folder::Passing(tempfile::Builder::new().prefix("posthouse-demo-").tempdir()?),
        })
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Kept(path) => path,
            Folder::Passing(folder) => folder.path(),
        }
    }
}

/// The line for scripts.
#[derive(Serialize)]
struct Announcement {
    ports: serde_json::Map<String, serde_json::Value>,
    accounts: Vec<AccountLine>,
    certificate: PathBuf,
    data: PathBuf,
}

#[derive(Serialize)]
struct AccountLine {
    address: &'static str,
    password: &'static str,
}

impl Announcement {
    fn of(house: &House, config: &Config) -> Announcement {
        let ports = house
            .addresses
            .iter()
            .map(|(name, address)| ((*name).to_owned(), address.port().into()));
        let accounts =
            demo::ACCOUNTS.iter().map(|&(address, _, password)| AccountLine { address, password });
        Announcement {
            ports: ports.collect(),
            accounts: accounts.collect(),
            certificate: house.certificate.file.clone(),
            data: config.data.clone(),
        }
    }
}
