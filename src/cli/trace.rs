//! `posthouse trace …`: a message's life, from the connection that brought it to the last reply.

use anyhow::{Result, bail};
use clap::Args;
use mailstore::{DeliveryFacts, Store};
use message::{Address, ReversePath, TraceId};

use super::queue::tell_history;
use super::{Place, tell};

/// Messages shown for an address.
const SHOWN: u32 = 20;

/// What became of a message
#[derive(Debug, Args)]
pub struct Trace {
    /// Its id (in the reply to the sender, the Received field, the log), or an address it came to
    what: String,
    #[command(flatten)]
    place: Place,
}

impl Trace {
    pub async fn run(self) -> Result<()> {
        let store = self.place.open()?;
        let outcome = trace(&store, &self.what).await;
        store.close().await;
        outcome
    }
}

async fn trace(store: &Store, what: &str) -> Result<()> {
    let found = if what.contains('@') {
        store.trace_address(&Address::parse(what)?, SHOWN).await?
    } else {
        let Some(id) = TraceId::parse(what) else {
            bail!("{what} is neither an id nor an address")
        };
        store.trace(&id).await?.into_iter().collect()
    };
    if found.is_empty() {
        return tell(format_args!("Nothing is known of {what}."));
    }
    for facts in found {
        tell_facts(&facts)?;
        for history in store.delivery_timeline(&facts.trace).await? {
            tell_history(&history)?;
        }
    }
    Ok(())
}

fn tell_facts(facts: &DeliveryFacts) -> Result<()> {
    let from = match &facts.reverse_path {
        ReversePath::Null => "<>".to_owned(),
        ReversePath::Address(address) => address.to_unicode(),
    };
    let peer = &facts.peer;
    tell(format_args!(
        "{}  {}  from {from}, {} octets, from {}{} by {} {}",
        facts.trace,
        facts.at.to_rfc5322(),
        facts.octets,
        peer.address,
        peer.helo.as_ref().map_or_else(String::new, |helo| format!(" ({helo})")),
        peer.protocol,
        peer.tls.as_deref().unwrap_or("in the clear"),
    ))?;
    for (account, address) in &facts.recipients {
        let reason = facts.reasons.iter().find(|(whose, _)| whose == account);
        let reason = reason.map_or_else(String::new, |(_, reason)| format!(" ({reason})"));
        tell(format_args!("  delivered here for {}{reason}", address.to_unicode()))?;
    }
    Ok(())
}
