//! `posthouse domain …`: whose mail is ours, and the keys that sign it.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use mailstore::{DomainKey, KeyState, Store};
use message::Domain;
use mta::signing::keys;

use super::{Place, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse domain add example.org
  posthouse domain keys example.org        the DNS records to publish
  posthouse domain rotate example.org      makes the next keys; publish them, and say it again to use them";

/// Domains: whose mail is ours, and the keys that sign it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DomainCommand {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the domains whose mail is ours
    List,
    /// Make a domain one of this house's, with keys to sign its mail
    Add { domain: String },
    /// Take a domain away, with its keys; no address may be at it
    Remove { domain: String },
    /// Print the DNS records that publish a domain's keys
    Keys { domain: String },
    /// Make the keys that follow; the second time, sign with them
    Rotate { domain: String },
}

impl DomainCommand {
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
            Verb::List => list(store).await,
            Verb::Add { domain } => add(store, &parsed(&domain)?).await,
            Verb::Remove { domain } => {
                let domain = parsed(&domain)?;
                store.remove_domain(&domain).await?;
                tell(format_args!("{} is none of this house's any more.", domain.as_ascii()))
            }
            Verb::Keys { domain } => show(store, &known(store, &domain).await?).await,
            Verb::Rotate { domain } => rotate(store, &known(store, &domain).await?).await,
        }
    }
}

fn parsed(domain: &str) -> Result<Domain> {
    Domain::parse(domain).with_context(|| format!("{domain:?} is not a domain name"))
}

async fn known(store: &Store, domain: &str) -> Result<Domain> {
    let domain = parsed(domain)?;
    let ours = store.domains().await?.contains(&domain);
    anyhow::ensure!(
        ours,
        "{0} is none of this house's domains; `posthouse domain add {0}` makes it one",
        domain.as_ascii()
    );
    Ok(domain)
}

async fn list(store: &Store) -> Result<()> {
    for domain in store.domains().await? {
        let keys = store.domain_keys(&domain).await?;
        let signing: Vec<&str> = keys
            .iter()
            .filter(|key| key.state == KeyState::Active)
            .map(|key| key.key.selector.as_str())
            .collect();
        let signing = match signing.as_slice() {
            [] => "no keys yet: made when the server starts".to_owned(),
            selectors => format!("signs with {}", selectors.join(", ")),
        };
        tell(format_args!("{:<40} {signing}", domain.as_ascii()))?;
    }
    Ok(())
}

async fn add(store: &Store, domain: &Domain) -> Result<()> {
    store.add_domain(domain).await?;
    keys::make_missing(store, domain).await?;
    tell(format_args!("Mail for {} is ours. To be published in its DNS:\n", domain.as_ascii()))?;
    records(store, domain, |key| key.state == KeyState::Active).await
}

async fn show(store: &Store, domain: &Domain) -> Result<()> {
    keys::make_missing(store, domain).await?;
    records(store, domain, |_| true).await
}

async fn rotate(store: &Store, domain: &Domain) -> Result<()> {
    let keys = store.domain_keys(domain).await?;
    if keys.iter().any(|key| key.state == KeyState::Next) {
        keys::use_next(store, domain).await?;
        tell(format_args!(
            "{0} signs with its new keys, within a minute. Keep the records of the old ones for a month; \
             `posthouse domain keys {0}` lists all.",
            domain.as_ascii()
        ))
    } else {
        keys::make_next(store, domain).await?;
        tell(format_args!(
            "The next keys are made. Publish them, and say `posthouse domain rotate {}` again to sign with \
             them:\n",
            domain.as_ascii()
        ))?;
        records(store, domain, |key| key.state == KeyState::Next).await
    }
}

/// A record for each key, as a zone file has it, with what it is for.
async fn records(
    store: &Store,
    domain: &Domain,
    is_wanted: impl Fn(&DomainKey) -> bool,
) -> Result<()> {
    for key in store.domain_keys(domain).await?.iter().filter(|key| is_wanted(key)) {
        let (name, text) = keys::record(key)?;
        let use_of_it = match key.state {
            KeyState::Next => "signs later",
            KeyState::Active => "signs",
            KeyState::Retired => "signed: keep it while its mail is on its way",
        };
        tell(format_args!("; {use_of_it}\n{name}. IN TXT {}", strings(&text)))?;
    }
    Ok(())
}

/// Octets of one string of a TXT record (RFC 1035 §3.3).
const STRING_OCTETS_MAX: usize = 255;

/// A text as strings that a TXT record can hold; readers join them (RFC 6376 §3.6.2.2).
fn strings(text: &str) -> String {
    let pieces: Vec<String> = text
        .as_bytes()
        .chunks(STRING_OCTETS_MAX)
        .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
        .collect();
    match pieces.as_slice() {
        [one] => one.clone(),
        several => format!("( {} )", several.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_split_where_its_strings_are_full() {
        assert_eq!(strings("v=DKIM1"), "\"v=DKIM1\"");
        let full = "x".repeat(STRING_OCTETS_MAX);
        assert_eq!(strings(&full), format!("\"{full}\""));
        assert_eq!(strings(&format!("{full}y")), format!("( \"{full}\" \"y\" )"));
    }
}
