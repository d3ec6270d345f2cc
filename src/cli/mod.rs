//! The command line: what can be said, and which file answers it.

mod account;
mod alias;
mod demo;
mod domain;
mod forward;
mod import;
mod junk;
mod logins;
mod mask;
mod queue;
mod rule;
mod secret;
mod serve;
mod trace;
mod vacation;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use mailstore::{AccountId, Options, Outside, Store};
use message::Address;

use crate::config::{self, Config};

const ABOUT: &str = "One house for your mail, your site and your name.";

const LEARN: &str = "\
A first walk:
  posthouse demo                                  everything, on this machine only, with sample mail
  posthouse config > posthouse.toml               every setting with its meaning, to edit
  posthouse serve --config posthouse.toml         the real thing
  posthouse account add ann@example.org           asks for a password, makes the mailboxes
  posthouse alias add info@example.org ann@example.org
  posthouse import mbox old.mbox --account ann@example.org
  posthouse domain keys example.org               what to publish, so that your mail is believed
  posthouse queue list                            what waits to leave, and why

Commands that change accounts or mail work while the server runs, on the same data folder.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "posthouse", version, about = ABOUT, after_help = LEARN, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try everything: two accounts with sample mail, on loopback, no root, no domain
    Demo(demo::Demo),
    /// Run the server
    Serve(serve::Serve),
    /// Accounts: who can log in
    Account(account::Account),
    /// Aliases: addresses that lead to accounts
    Alias(alias::Alias),
    /// Domains: whose mail is ours, and the keys that sign it
    Domain(domain::DomainCommand),
    /// Rules: what is done with which mail
    Rule(rule::Rule),
    /// Vacation: what is answered while somebody is away
    Vacation(vacation::Vacation),
    /// Forwarding: where an account's mail is sent on to
    Forward(forward::Forward),
    /// Masks: addresses for one purpose each
    Mask(mask::Mask),
    /// Junk: what an account has learned about it
    Junk(junk::Junk),
    /// The queue: mail on its way out
    Queue(queue::Queue),
    /// What became of a message
    Trace(trace::Trace),
    /// Bring in mail from mbox files, Maildirs or single messages
    Import(import::Import),
    /// Print every configuration key with its documentation and default
    Config,
}

/// Where the store is; the same for every command that opens it.
#[derive(Debug, Args)]
pub struct Place {
    /// The configuration file [default: /etc/posthouse/posthouse.toml if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The data folder, instead of the configuration's
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

impl Place {
    /// The configuration that the command works with.
    pub fn config(&self) -> Result<Config> {
        let usual = PathBuf::from("/etc/posthouse/posthouse.toml");
        let file = self.config.clone().or_else(|| usual.is_file().then_some(usual));
        let mut config = file.map_or_else(Config::defaults, |file| Config::read(&file))?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }

    /// The store in the data folder; a server may have it open at the same time.
    fn open(&self) -> Result<Store> {
        let data = self.config()?.data;
        Store::open(&data, Options::default(), Outside::system())
            .with_context(|| format!("cannot open {}", data.display()))
    }
}

/// Does what was asked.
///
/// # Errors
/// Whatever went wrong, in words for the person at the prompt.
pub async fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Demo(demo) => demo.run().await,
        Command::Serve(serve) => serve.run().await,
        Command::Account(account) => account.run().await,
        Command::Alias(alias) => alias.run().await,
        Command::Domain(domain) => domain.run().await,
        Command::Rule(rule) => rule.run().await,
        Command::Vacation(vacation) => vacation.run().await,
        Command::Forward(forward) => forward.run().await,
        Command::Mask(mask) => mask.run().await,
        Command::Junk(junk) => junk.run().await,
        Command::Queue(queue) => queue.run().await,
        Command::Trace(trace) => trace.run().await,
        Command::Import(import) => import.run().await,
        Command::Config => print_reference(),
    }
}

fn print_reference() -> Result<()> {
    tell(format_args!("{}", config::REFERENCE.trim_end()))
}

/// Whose: a login name.
async fn account_id(store: &Store, name: &str) -> Result<AccountId> {
    Ok(store.account_by_login(name).await.with_context(|| name.to_owned())?.id)
}

fn address(text: &str) -> Result<Address> {
    Address::parse(text).with_context(|| format!("{text:?} is not a mail address"))
}

/// A line of the command's answer. A reader who has seen enough (`| head`) is no error.
fn tell(line: std::fmt::Arguments<'_>) -> Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}
