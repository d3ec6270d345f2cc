//! The store as a transcript wants it.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use mailstore::{
    AliasSource, FlagList, Limits, LoginLimits, NewAccount, Options, Outside, Password, Store,
};
use message::{Address, Domain};
use tempfile::TempDir;

use super::script::Stage;

/// The setting that the store has to know.
pub const LOGIN_FAILURES_MAX: &str = "login-failures-max";

/// A store in a folder that goes when the play is over.
pub struct Set {
    pub store: Store,
    _folder: TempDir,
}

impl Set {
    /// `beside` is the folder of the transcript.
    pub async fn build(stage: &Stage, beside: &Path) -> Result<Self, String> {
        let folder = TempDir::new().map_err(text)?;
        // No disk is filled here, and putting octets aside for that is most of what opening takes.
        let limits = Limits { reserve_octets: 0, ..Limits::default() };
        let options = Options { limits, login: login_limits(stage)?, ..Options::default() };
        let store = Store::open(folder.path(), options, Outside::system()).map_err(text)?;
        let set = Self { store, _folder: folder };
        set.people(stage).await?;
        for (address, message) in &stage.messages {
            set.put(address, message).await?;
        }
        for (file, address) in &stage.files {
            let message = std::fs::read(beside.join(file)).map_err(text)?;
            set.put(address, &message).await?;
        }
        Ok(set)
    }

    async fn people(&self, stage: &Stage) -> Result<(), String> {
        for account in &stage.accounts {
            let account = NewAccount {
                address: address(&account.address)?,
                display_name: String::new(),
                password: Password::new(account.password.clone()),
                quota_octets: account.quota_octets,
            };
            self.store.create_account(account).await.map_err(text)?;
        }
        for domain in &stage.domains {
            self.store.add_domain(&Domain::parse(domain).map_err(text)?).await.map_err(text)?;
        }
        for (source, targets) in &stage.aliases {
            let source = match source.strip_prefix('@') {
                Some(domain) => AliasSource::CatchAll(Domain::parse(domain).map_err(text)?),
                None => AliasSource::Address(address(source)?),
            };
            let targets = targets.iter().map(|target| address(target)).collect::<Result<_, _>>()?;
            self.store.add_alias(source, targets).await.map_err(text)?;
        }
        Ok(())
    }

    async fn put(&self, address: &str, message: &[u8]) -> Result<(), String> {
        let account = self.store.account_by_login(address).await.map_err(text)?;
        let inbox = self.store.mailbox_by_name(account.id, "INBOX").await.map_err(text)?;
        let staged = self.store.stage(message).await.map_err(text)?;
        let put = self.store.append(inbox.id, staged, FlagList::default(), None).await;
        put.map(drop).map_err(text)
    }
}

/// Nobody waits for wrong passwords here; how many are too many, a transcript may say.
fn login_limits(stage: &Stage) -> Result<LoginLimits, String> {
    let mut limits = LoginLimits {
        short_delay: Duration::ZERO,
        long_delay: Duration::ZERO,
        ..LoginLimits::default()
    };
    for (_, count) in stage.settings.iter().filter(|(key, _)| key == LOGIN_FAILURES_MAX) {
        limits.pair_failures_max = count.parse().map_err(text)?;
    }
    Ok(limits)
}

fn address(address: &str) -> Result<Address, String> {
    Address::parse(address).map_err(|error| format!("{address}: {error}"))
}

fn text(error: impl Display) -> String {
    format!("the stage could not be set: {error}")
}
