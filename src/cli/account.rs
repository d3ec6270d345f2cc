//! `posthouse account …`: who can log in.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use mailstore::{NewAccount, Password, Store};
use message::Address;

use super::{Place, secret, tell};

/// Accounts: who can log in.
#[derive(Debug, Args)]
pub struct Account {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an account with its mailboxes; its domain becomes one of this host's
    ///
    /// Asks for a password on a terminal; elsewhere the first line of standard input is the password.
    Add {
        /// The account's address, such as ann@example.org
        address: String,
        /// The name shown in front of the address
        #[arg(long, default_value = "")]
        name: String,
        /// How much mail it may hold, in MiB [default: no limit]
        #[arg(long, value_name = "MIB")]
        quota: Option<u64>,
        /// Make a password and print it, instead of asking for one
        #[arg(long)]
        generate: bool,
    },
    /// List accounts with what they hold
    List,
    /// Change an account's password; its web sessions end
    Passwd {
        /// The account's address
        address: String,
        /// Make a password and print it, instead of asking for one
        #[arg(long)]
        generate: bool,
    },
    /// Remove an account with all its mail
    Remove {
        /// The account's address
        address: String,
        /// Really
        #[arg(long)]
        yes: bool,
    },
    /// Who tried to log in lately, and who is refused at the moment
    Logins {
        /// The account's address; without it, names that are no account's
        address: Option<String>,
    },
}

impl Account {
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
            Verb::Add { address, name, quota, generate } => {
                add(store, &address, name, quota, generate).await
            }
            Verb::List => list(store).await,
            Verb::Passwd { address, generate } => passwd(store, &address, generate).await,
            Verb::Remove { address, yes } => remove(store, &address, yes).await,
            Verb::Logins { address } => super::logins::show(store, address.as_deref()).await,
        }
    }
}

async fn add(
    store: &Store,
    address: &str,
    name: String,
    quota: Option<u64>,
    generate: bool,
) -> Result<()> {
    let address =
        Address::parse(address).with_context(|| format!("{address:?} is not a mail address"))?;
    let password = new_password(store, generate)?;
    let quota_octets = quota.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
    let account =
        NewAccount { address: address.clone(), display_name: name, password, quota_octets };
    store.create_account(account).await?;
    tell(format_args!("{address} can log in now."))
}

async fn list(store: &Store) -> Result<()> {
    for account in store.accounts().await? {
        let used = account.used_octets / (1 << 20);
        let quota = account
            .quota_octets
            .map_or_else(String::new, |quota| format!(" of {}", quota / (1 << 20)));
        let owner = if account.owner { "  owner" } else { "" };
        tell(format_args!(
            "{:<40} {used:>8}{quota} MiB  {}{owner}",
            account.address.to_string(),
            account.display_name
        ))?;
    }
    Ok(())
}

async fn passwd(store: &Store, address: &str, generate: bool) -> Result<()> {
    let account = store.account_by_login(address).await.with_context(|| address.to_owned())?;
    store.set_password(account.id, new_password(store, generate)?).await?;
    tell(format_args!(
        "The password of {} is changed; its web sessions have ended.",
        account.address
    ))
}

async fn remove(store: &Store, address: &str, yes: bool) -> Result<()> {
    let account = store.account_by_login(address).await.with_context(|| address.to_owned())?;
    anyhow::ensure!(
        yes,
        "this removes {} with {} MiB of mail for ever; say --yes if you mean it",
        account.address,
        account.used_octets / (1 << 20)
    );
    store.remove_account(account.id).await?;
    tell(format_args!("{} is gone.", account.address))
}

fn new_password(store: &Store, generate: bool) -> Result<Password> {
    if !generate {
        return secret::ask();
    }
    let made = secret::made(store.random());
    tell(format_args!("The password: {made}"))?;
    Ok(made.into())
}
