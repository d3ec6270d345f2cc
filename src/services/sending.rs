//! Mail that leaves the house: the queue with its courier, as the configuration says.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use dns::{CacheLimits, Cached, Dnssec, Hickory, Kind, Looking, LookupError, Name, Resolver};
use mailstore::Store;
use message::Domain;
use mta::delivery::tls::machine_roots;
use mta::delivery::tls::sts::{Https, StsLimits};
use mta::delivery::{Courier, Dial, Dice, Network, Settings, Surroundings};
use mta::queue::{Queue, QueueLimits, QueueSettings, Schedule};
use tracing::warn;

use super::{Opening, signing};
use crate::config::{Config, DeliverTo};

/// The queue begins with the other services and closes with them.
pub(super) fn queue(config: &Config, store: &Store, opening: &mut Opening) -> Result<()> {
    let settings = QueueSettings {
        hostname: Domain::parse(&config.hostname)?,
        schedule: schedule(config),
        limits: QueueLimits {
            errands_max: config.delivery.destinations,
            errands_per_destination_max: config.delivery.connections_per_destination,
            ..QueueLimits::default()
        },
    };
    let mut queue = Queue::new(store.clone(), courier(config, store, opening)?, settings);
    if let Some(signing) = signing::signing(config, store) {
        queue = queue.with(signing);
    }
    let mut drain = opening.closing.drain();
    opening.services.push(Box::pin(queue.run(async move { drain.begun().await })));
    Ok(())
}

/// How long it is tried to deliver a message.
pub(super) fn lifetime(config: &Config) -> Duration {
    hours(config.delivery.give_up_hours)
}

fn schedule(config: &Config) -> Schedule {
    Schedule {
        delay_told_after: hours(config.delivery.tell_delay_hours),
        given_up_after: lifetime(config),
        ..Schedule::default()
    }
}

fn hours(hours: u32) -> Duration {
    Duration::from_secs(3_600 * u64::from(hours))
}

fn courier(config: &Config, store: &Store, opening: &mut Opening) -> Result<Courier> {
    let mut settings = Settings::new(Name::parse(&config.hostname)?);
    settings.route.port = config.delivery.port;
    settings.route.own.loopback = config.delivery.port == 25;
    let dns = resolver(config, opening)?;
    let dial: Arc<dyn Dial> = Arc::new(Network);
    let roots = machine_roots();
    let policies = Https::new(dns.clone(), dial.clone(), roots.clone(), StsLimits::default());
    let policies = Some(Arc::new(policies) as _);
    let dice = dice(store.clone());
    Ok(Courier::new(settings, Surroundings { dns, dial, policies, roots, dice }))
}

fn resolver(config: &Config, opening: &mut Opening) -> Result<Arc<dyn Resolver>> {
    if config.delivery.to == DeliverTo::Nowhere {
        return Ok(Arc::new(Nobody));
    }
    let settings = dns::Settings {
        servers: config.delivery.name_servers.clone(),
        dnssec: if config.delivery.dnssec { Dnssec::Root } else { Dnssec::Off },
        ..dns::Settings::default()
    };
    let hickory = Hickory::new(settings).context("cannot ask name servers")?;
    let resolver = Arc::new(Cached::new(hickory, CacheLimits::default()));
    if config.delivery.dnssec {
        let (asked, mut drain) = (resolver.clone(), opening.closing.drain());
        opening.services.push(Box::pin(async move {
            tokio::select! {
                () = warn_without_dnssec(asked.inner()) => {}
                () = drain.begun() => {}
            }
        }));
    }
    Ok(resolver)
}

/// Where name servers drop signatures nothing can be proved, and no mail would leave: the owner must know why.
async fn warn_without_dnssec(hickory: &Hickory) {
    if let Ok(false) = hickory.carries_dnssec().await {
        warn!(
            "no DNSSEC signatures from the name servers: set delivery.dnssec = false, or name others"
        );
    }
}

/// Whom a house asks that sends nothing: everything stays in the queue.
struct Nobody;

impl fmt::Debug for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nobody")
    }
}

impl Resolver for Nobody {
    fn lookup<'a>(&'a self, _name: &'a Name, _kind: Kind) -> Looking<'a> {
        Box::pin(std::future::ready(Err(LookupError::ServerFailure)))
    }
}

fn dice(store: Store) -> Dice {
    Arc::new(move |below| {
        let chance = u32::from_le_bytes(store.random());
        usize::try_from(chance).unwrap_or(0).checked_rem(below).unwrap_or(0)
    })
}
