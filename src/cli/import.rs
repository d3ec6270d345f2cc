//! `posthouse import …`: mail from elsewhere.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use mailstore::Store;

use super::Place;
use crate::import::{Files, Mbox, Plan, Progress, Source, run};

const EXAMPLES: &str = "\
Examples:
  posthouse import mbox old.mbox --account ann@example.org --mailbox Archive
  posthouse import maildir ~/Maildir --account ann@example.org
  posthouse import eml letters/ --account ann@example.org --seen

Messages that the account has already (by Message-ID, or by their bytes when they have none) are skipped, so
an import can be run again. One that was interrupted goes on: in an mbox that nobody has changed where it stopped,
else by skipping what is there.";

/// Bring in mail from mbox files, Maildirs or single messages
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// What it is
    form: Form,
    /// The file or folder
    path: PathBuf,
    /// Whose mail it becomes
    #[arg(long, value_name = "ADDRESS")]
    account: String,
    /// The mailbox it goes to; a Maildir brings its own
    #[arg(long, value_name = "NAME", default_value = "INBOX")]
    mailbox: String,
    /// Mark everything as read
    #[arg(long)]
    seen: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// A file of messages behind "From " lines
    Mbox,
    /// A Maildir with its subfolders and flags
    Maildir,
    /// A message in a file, or a folder of such files
    Eml,
}

impl Form {
    fn open(self, path: &Path) -> std::io::Result<Box<dyn Source>> {
        Ok(match self {
            Form::Mbox => Box::new(Mbox::open(path)?),
            Form::Maildir => Box::new(Files::maildir(path)?),
            Form::Eml => Box::new(Files::eml(path)?),
        })
    }
}

impl Import {
    pub async fn run(self) -> Result<()> {
        let mut source = self
            .form
            .open(&self.path)
            .with_context(|| format!("cannot read {}", self.path.display()))?;
        let store = self.place.open()?;
        let mut progress = Progress::start();
        let outcome = self.import(&store, source.as_mut(), &mut progress).await;
        progress.finish();
        store.close().await;
        outcome
    }

    async fn import(
        &self,
        store: &Store,
        source: &mut dyn Source,
        progress: &mut Progress,
    ) -> Result<()> {
        let account =
            store.account_by_login(&self.account).await.with_context(|| self.account.clone())?;
        let path = std::fs::canonicalize(&self.path)?;
        let plan = Plan {
            account: account.id,
            mailbox: self.mailbox.clone(),
            seen: self.seen,
            key: key(&path, &self.mailbox),
        };
        run(store, plan, source, progress).await
    }
}

/// A setting's key must not grow with the path.
fn key(path: &Path, mailbox: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (path, mailbox).hash(&mut hasher);
    format!("import.{:016x}", hasher.finish())
}
