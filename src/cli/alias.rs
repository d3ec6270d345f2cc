//! `posthouse alias …`: addresses that lead to accounts, or away from here.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use mailstore::{AliasSource, Store};
use message::{Address, Domain};

use super::{Place, address, tell};

/// Aliases: addresses that lead to accounts, or away from here.
#[derive(Debug, Args)]
pub struct Alias {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an alias; several targets make a list
    Add {
        /// info@example.org, or @example.org for every address that nobody else has (catch-all)
        alias: String,
        /// Addresses of this host, or elsewhere in the world
        #[arg(required = true)]
        targets: Vec<String>,
    },
    /// List aliases and where they lead
    List,
    /// Remove an alias
    Remove {
        /// info@example.org, or @example.org
        alias: String,
    },
}

impl Alias {
    pub async fn run(self) -> Result<()> {
        let store = self.place.open()?;
        let outcome = self.verb.run(&store).await;
        store.close().await;
        outcome
    }
}

impl Verb {
    async fn run(self, store: &Store) -> Result<()> {
        match self {
            Verb::Add { alias, targets } => {
                let targets =
                    targets.iter().map(|target| address(target)).collect::<Result<Vec<_>>>()?;
                store.add_alias(source(&alias)?, targets).await?;
                tell(format_args!("Mail for {alias} is taken now."))
            }
            Verb::List => list(store).await,
            Verb::Remove { alias } => {
                store.remove_alias(source(&alias)?).await?;
                tell(format_args!("{alias} is gone."))
            }
        }
    }
}

async fn list(store: &Store) -> Result<()> {
    for alias in store.aliases().await? {
        let source = match &alias.source {
            AliasSource::Address(address) => address.to_string(),
            AliasSource::CatchAll(domain) => format!("@{}", domain.to_unicode()),
        };
        let targets: Vec<String> = alias.targets.iter().map(Address::to_string).collect();
        tell(format_args!("{source:<40} {}", targets.join(" ")))?;
    }
    Ok(())
}

fn source(text: &str) -> Result<AliasSource> {
    match text.strip_prefix('@') {
        Some(domain) => {
            let parsed =
                Domain::parse(domain).with_context(|| format!("{domain:?} is not a domain"))?;
            Ok(AliasSource::CatchAll(parsed))
        }
        None => Ok(AliasSource::Address(address(text)?)),
    }
}
