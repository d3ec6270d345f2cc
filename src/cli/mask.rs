//! `posthouse mask …`: an address for one shop, that can be switched off when it leaks.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use mailstore::Store;
use message::Domain;
use serde_json::json;

use super::{Place, address, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse mask make ann@example.org shop --note 'the shop with the shoes'
  posthouse mask list ann@example.org
  posthouse mask kill ann@example.org shop.k3v9q2md@example.org

A mask gets mail like any other address of the account, and mail may be sent in its name. Mail to one that was
killed is refused at the door.";

/// Masks: addresses for one purpose each
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Mask {
    #[command(flatten)]
    place: Place,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an address that nobody guesses
    Make {
        /// Whose
        account: String,
        /// Who gets it, in a word: letters, digits, hyphens
        word: String,
        /// What it is for
        #[arg(long, default_value = "")]
        note: String,
        /// One of this host's domains [default: the account's]
        #[arg(long)]
        domain: Option<String>,
    },
    /// List the masks, the newest first
    List {
        /// Whose
        account: String,
    },
    /// Refuse mail to it
    Kill {
        /// Whose
        account: String,
        /// The mask
        mask: String,
    },
    /// Take mail to it again
    Revive {
        /// Whose
        account: String,
        /// The mask
        mask: String,
    },
    /// Forget it: where there is a catch-all, that has its mail then
    Remove {
        /// Whose
        account: String,
        /// The mask
        mask: String,
    },
}

impl Mask {
    pub async fn run(self) -> Result<()> {
        let store = self.place.open()?;
        let outcome = self.verb.run(&store, self.json).await;
        store.close().await;
        outcome
    }
}

impl Verb {
    async fn run(self, store: &Store, json: bool) -> Result<()> {
        match self {
            Verb::Make { account, word, note, domain } => {
                make(store, &account, &word, &note, domain, json).await
            }
            Verb::List { account } => list(store, &account, json).await,
            Verb::Kill { account, mask } => switch(store, &account, &mask, false).await,
            Verb::Revive { account, mask } => switch(store, &account, &mask, true).await,
            Verb::Remove { account, mask } => {
                let id = super::account_id(store, &account).await?;
                store.remove_mask(id, &address(&mask)?).await?;
                tell(format_args!("{mask} is gone."))
            }
        }
    }
}

async fn make(
    store: &Store,
    account: &str,
    word: &str,
    note: &str,
    domain: Option<String>,
    json: bool,
) -> Result<()> {
    let account = store.account_by_login(account).await.with_context(|| account.to_owned())?;
    let domain = match &domain {
        Some(domain) => {
            Domain::parse(domain).with_context(|| format!("{domain:?} is not a domain"))?
        }
        None => account.address.domain().cloned().context("the account has no domain")?,
    };
    let mask = store.create_mask(account.id, word, &domain, note).await?;
    let written = mask.address.to_string();
    if json {
        tell(format_args!("{}", json!({ "address": written })))
    } else {
        tell(format_args!("{written}"))
    }
}

async fn switch(store: &Store, account: &str, mask: &str, enabled: bool) -> Result<()> {
    let id = super::account_id(store, account).await?;
    store.set_mask_enabled(id, &address(mask)?, enabled).await?;
    let word = if enabled { "taken again" } else { "refused" };
    tell(format_args!("Mail to {mask} is {word}."))
}

async fn list(store: &Store, account: &str, json: bool) -> Result<()> {
    let id = super::account_id(store, account).await?;
    for mask in store.masks(id).await? {
        let (written, enabled) = (mask.address.to_string(), mask.enabled);
        if json {
            let value = json!({
                "address": written, "enabled": enabled, "note": mask.note, "created": mask.created.seconds(),
            });
            tell(format_args!("{value}"))?;
        } else {
            let state = if enabled { "" } else { "killed" };
            tell(format_args!("{written:<40} {state:<7} {}", mask.note))?;
        }
    }
    Ok(())
}
