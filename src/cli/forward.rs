//! `posthouse forward …`: where an account's mail is sent on to.

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use mailstore::Store;
use serde_json::json;

use super::{Place, address, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse forward add ann@example.org ann@elsewhere.example
  posthouse forward confirm ann@example.org ann@elsewhere.example
  posthouse forward keep ann@example.org no        nothing stays here but junk

Nothing is sent on before somebody at the address has said that they want it, and you have confirmed that. Junk is
never sent on.";

/// Forwarding: where an account's mail is sent on to
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Forward {
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
    /// Add an address; nothing is sent to it before it is confirmed
    Add {
        /// Whose mail
        account: String,
        /// Where to
        target: String,
    },
    /// List where mail is sent on to
    List {
        /// Whose mail
        account: String,
    },
    /// Somebody at the address wants it
    Confirm {
        /// Whose mail
        account: String,
        /// Where to
        target: String,
    },
    /// Send nothing on to an address any more
    Remove {
        /// Whose mail
        account: String,
        /// Where to
        target: String,
    },
    /// Whether what is sent on stays here, too
    Keep {
        /// Whose mail
        account: String,
        /// yes or no
        keep: Keep,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keep {
    /// It does
    Yes,
    /// It does not
    No,
}

impl Forward {
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
            Verb::Add { account, target } => {
                let id = super::account_id(store, &account).await?;
                store.add_forward_target(id, &address(&target)?).await?;
                tell(format_args!(
                    "Once {target} is confirmed, mail for {account} is sent on to it."
                ))
            }
            Verb::List { account } => list(store, &account, json).await,
            Verb::Confirm { account, target } => {
                let id = super::account_id(store, &account).await?;
                store.confirm_forward_target(id, &address(&target)?).await?;
                tell(format_args!("Mail for {account} is sent on to {target}."))
            }
            Verb::Remove { account, target } => {
                let id = super::account_id(store, &account).await?;
                store.remove_forward_target(id, &address(&target)?).await?;
                tell(format_args!("Nothing is sent on to {target} any more."))
            }
            Verb::Keep { account, keep } => {
                let id = super::account_id(store, &account).await?;
                store.set_forward_keeps_copy(id, keep == Keep::Yes).await?;
                let word = if keep == Keep::Yes { "stays" } else { "does not stay" };
                tell(format_args!("What is sent on for {account} {word} here, too."))
            }
        }
    }
}

async fn list(store: &Store, account: &str, json: bool) -> Result<()> {
    let id = super::account_id(store, account).await?;
    let forwarding = store.forwarding(id).await?;
    for target in &forwarding.targets {
        let (written, confirmed) = (target.address.to_string(), target.confirmed);
        if json {
            let value =
                json!({ "address": written, "confirmed": confirmed, "keep": forwarding.keep_copy });
            tell(format_args!("{value}"))?;
        } else {
            let state = if confirmed { "confirmed" } else { "not confirmed: nothing is sent" };
            tell(format_args!("{written:<40} {state}"))?;
        }
    }
    if !json && !forwarding.targets.is_empty() {
        let word = if forwarding.keeps_copy() { "stays here, too" } else { "does not stay here" };
        tell(format_args!("What is sent on {word}."))?;
    }
    Ok(())
}
