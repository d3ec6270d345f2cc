//! `posthouse junk …`: what an account has learned about junk.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use mailstore::{JunkClass, Lesson, Store};
use mta::filter::junk::{JunkLimits, Words};
use serde_json::json;

use super::{Place, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse junk train ann@example.org old-spam/ --as junk
  posthouse junk train ann@example.org old-mail/ --as good
  posthouse junk stats ann@example.org

Each account learns for itself. Before it has learned 30 messages of either kind it has no opinion. A folder that is
trained twice counts twice.";

/// Junk: what an account has learned about it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Junk {
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
    /// Learn from messages, a file each
    Train {
        /// Who learns
        account: String,
        /// The folder that they lie in
        folder: PathBuf,
        /// What they are
        #[arg(long = "as", value_name = "KIND")]
        class: Kind,
    },
    /// How much was learned
    Stats {
        /// Who learned
        account: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Junk
    Junk,
    /// Other mail
    Good,
}

impl Junk {
    pub async fn run(self) -> Result<()> {
        let store = self.place.open()?;
        let outcome = match self.verb {
            Verb::Train { account, folder, class } => {
                train(&store, &account, &folder, class, self.json).await
            }
            Verb::Stats { account } => stats(&store, &account, self.json).await,
        };
        store.close().await;
        outcome
    }
}

async fn train(store: &Store, account: &str, folder: &Path, class: Kind, json: bool) -> Result<()> {
    let account = super::account_id(store, account).await?;
    let class = if class == Kind::Junk { JunkClass::Spam } else { JunkClass::Ham };
    let limits = JunkLimits::default();
    let mut count = 0_u64;
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            let message =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let words = Words::of(&message, &limits);
            store.junk_learn(account, &words.tokens(account), class, Lesson::Learn).await?;
            count += 1;
        }
    }
    if json {
        return tell(format_args!("{}", json!({ "learned": count })));
    }
    let plural = if count == 1 { "message" } else { "messages" };
    tell(format_args!("Learned from {count} {plural}."))
}

async fn stats(store: &Store, account: &str, json: bool) -> Result<()> {
    let id = super::account_id(store, account).await?;
    let counts = store.junk_counts(id, &[]).await?;
    let least = JunkLimits::default().lessons_min;
    let taught = counts.spam >= least && counts.ham >= least;
    if json {
        let value = json!({ "junk": counts.spam, "good": counts.ham, "judges": taught });
        return tell(format_args!("{value}"));
    }
    tell(format_args!(
        "{account} has learned {} junk and {} other messages.",
        counts.spam, counts.ham
    ))?;
    if !taught {
        tell(format_args!("It judges none before it has learned {least} of either."))?;
    }
    Ok(())
}
