//! Looking at a chain (RFC 8617 §5.2).

use super::super::body_watch::BodyForm;
use super::super::canonical::{Canonicalization, write_field, write_own};
use super::super::keys::Keys;
use super::super::opened::Opened;
use super::super::signature::{Bodies, Doubt, check, key};
use super::set::{RESULTS, SEAL, SIGNATURE, Set, has_ended, highest_instance, results_text, sets};
use super::{ArcLimits, Chain, ChainResult, Link};

/// Whether the chain of a message holds. All that can go wrong is permanent (RFC 8617 §5.2.1).
pub(crate) async fn verify(opened: &Opened<'_>, keys: &mut Keys<'_>, limits: &ArcLimits) -> Chain {
    let (instance, ended) = (highest_instance(opened), has_ended(opened));
    let broken = |why: &str| Chain {
        result: ChainResult::Fail,
        why: format!("the chain of seals is broken: {why}"),
        links: Vec::new(),
        instance,
        ended,
    };
    let count = count(opened);
    if count == 0 {
        let why = "nobody sealed the message on its way".to_owned();
        return Chain { result: ChainResult::None, why, links: Vec::new(), instance, ended };
    }
    if count > limits.links_max {
        return broken(&format!("it has over {} links", limits.links_max));
    }
    if ended {
        return broken("a sealer found it broken");
    }
    match links(opened, keys).await {
        Ok(links) => {
            let last = links.last().map_or("", |link| link.sealer.as_str());
            let why = format!("the chain of {count} seals holds, the last is of {last}");
            Chain { result: ChainResult::Pass, why, links, instance, ended }
        }
        Err(doubt) => broken(doubt.why()),
    }
}

/// The hash of the body that the chain needs.
pub(crate) fn body_form(opened: &Opened<'_>, limits: &ArcLimits) -> Option<BodyForm> {
    let is_looked_at = (1..=limits.links_max).contains(&count(opened));
    let sets = sets(opened).ok().filter(|_| is_looked_at)?;
    sets.last().map(|newest| newest.signature.body_form())
}

/// Links that are claimed.
fn count(opened: &Opened<'_>) -> usize {
    let counts = [RESULTS, SIGNATURE, SEAL].map(|name| opened.all(name).count());
    counts.into_iter().max().unwrap_or_default()
}

async fn links(opened: &Opened<'_>, keys: &mut Keys<'_>) -> Result<Vec<Link>, Doubt> {
    let sets = sets(opened)?;
    for (place, set) in sets.iter().enumerate() {
        let expected = if place == 0 { ChainResult::None } else { ChainResult::Pass };
        if set.seal.chain != expected {
            let (found, instance) = (set.seal.chain, set.seal.instance);
            return Err(Doubt::Permanent(format!("seal {instance} found cv={found}")));
        }
    }
    // Only the newest signature is about the message as it is now; the older ones may have been broken
    // by those who changed it and said so with theirs.
    if let Some(newest) = sets.last() {
        let mut bodies = Bodies::new(opened.body, 1);
        newest.signature.verify(newest.signature_field, opened, &mut bodies, keys).await?;
    }
    for count in (1..=sets.len()).rev() {
        check_seal(sets.get(..count).unwrap_or_default(), opened, keys).await?;
    }
    let link = |set: &Set<'_, '_>| Link {
        sealer: set.seal.domain.clone(),
        results: results_text(set.results),
    };
    Ok(sets.iter().map(link).collect())
}

/// Checks the last seal of these sets. It covers all of them (RFC 8617 §5.1.1).
async fn check_seal(
    sets: &[Set<'_, '_>],
    opened: &Opened<'_>,
    keys: &mut Keys<'_>,
) -> Result<(), Doubt> {
    let Some((newest, older)) = sets.split_last() else { return Ok(()) };
    let mut signed = Vec::new();
    for set in older {
        for field in [set.results, set.signature_field, set.seal_field] {
            write_field(field, opened, Canonicalization::Relaxed, &mut signed);
        }
    }
    for field in [newest.results, newest.signature_field] {
        write_field(field, opened, Canonicalization::Relaxed, &mut signed);
    }
    write_own(newest.seal_field, opened, Canonicalization::Relaxed, &mut signed);
    let seal = &newest.seal;
    let key = key(keys, &seal.selector, &seal.domain).await?;
    check(&key, seal.algorithm, &signed, &seal.signature, keys)
}
