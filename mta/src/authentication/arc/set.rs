//! The three fields that each sealer adds (RFC 8617 §4.1, §4.2).

use message::header::{Field, unfold};

use super::super::canonical::Canonicalization;
use super::super::keys::Algorithm;
use super::super::opened::Opened;
use super::super::signature::{
    Doubt, Signature, algorithm, domain, octets, required, selector, unreadable,
};
use super::super::tags::{Empty, Tags, number};
use super::ChainResult;

pub(super) const RESULTS: &str = "ARC-Authentication-Results";
pub(super) const SIGNATURE: &str = "ARC-Message-Signature";
pub(super) const SEAL: &str = "ARC-Seal";

/// Octets of somebody's results that are kept.
const RESULTS_OCTETS_MAX: usize = 8_192;

/// One set, complete.
pub(super) struct Set<'o, 'a> {
    pub results: &'o Field<'a>,
    pub signature_field: &'o Field<'a>,
    pub signature: Signature,
    pub seal_field: &'o Field<'a>,
    pub seal: Seal,
}

/// What an ARC-Seal says of itself.
pub(super) struct Seal {
    pub instance: u32,
    pub algorithm: Algorithm,
    pub signature: Vec<u8>,
    pub domain: String,
    pub selector: String,
    pub chain: ChainResult,
}

/// The sets of a message by their instances, from 1 without a gap.
pub(super) fn sets<'o, 'a>(opened: &'o Opened<'a>) -> Result<Vec<Set<'o, 'a>>, Doubt> {
    let results = sorted(opened.all(RESULTS).map(|field| Ok((results_instance(field)?, field))))?;
    let signatures = sorted(opened.all(SIGNATURE).map(|field| {
        let (instance, signature) = signature(field)?;
        Ok((instance, (field, signature)))
    }))?;
    let seals = sorted(opened.all(SEAL).map(|field| {
        let seal = Seal::of(field)?;
        Ok((seal.instance, (field, seal)))
    }))?;
    if results.len() != seals.len() || signatures.len() != seals.len() {
        return Err(Doubt::Permanent("a set of the chain lacks a field".to_owned()));
    }
    let sets = results.into_iter().zip(signatures).zip(seals);
    let set = |((results, (signature_field, signature)), (seal_field, seal))| Set {
        results,
        signature_field,
        signature,
        seal_field,
        seal,
    };
    Ok(sets.map(set).collect())
}

/// In the order of instances, which have to be 1, 2, 3…
fn sorted<T>(fields: impl Iterator<Item = Result<(u32, T), Doubt>>) -> Result<Vec<T>, Doubt> {
    let mut fields = fields.collect::<Result<Vec<_>, _>>()?;
    fields.sort_by_key(|(instance, _)| *instance);
    if !fields.iter().map(|(instance, _)| *instance).eq((1..).take(fields.len())) {
        return Err(Doubt::Permanent("the sets of the chain are not 1, 2, 3…".to_owned()));
    }
    Ok(fields.into_iter().map(|(_, field)| field).collect())
}

/// The highest instance that any field claims, whatever else is wrong with it.
pub(super) fn highest_instance(opened: &Opened<'_>) -> u32 {
    let claimed = |field: &Field<'_>| {
        let tags = Tags::parse(field.raw_value(), Empty::Skipped).ok();
        tags.and_then(|tags| instance(&tags).ok()).or_else(|| results_instance(field).ok())
    };
    let names = [RESULTS, SIGNATURE, SEAL];
    names
        .into_iter()
        .flat_map(|name| opened.all(name))
        .filter_map(claimed)
        .max()
        .unwrap_or_default()
}

/// Whether the newest seal says that the chain was broken before.
pub(super) fn has_ended(opened: &Opened<'_>) -> bool {
    let seals = opened.all(SEAL).filter_map(|field| Seal::of(field).ok());
    seals.max_by_key(|seal| seal.instance).is_some_and(|seal| seal.chain == ChainResult::Fail)
}

/// `i=1; …`: a prefix, not a tag among others (RFC 8617 §4.1.1).
fn results_instance(field: &Field<'_>) -> Result<u32, Doubt> {
    let missing = || Doubt::Neutral(format!("{RESULTS} has no instance"));
    let text = field.unfolded();
    let (tag, _) = text.split_once(';').ok_or_else(missing)?;
    let (name, value) = tag.split_once('=').ok_or_else(missing)?;
    if name.trim() != "i" {
        return Err(missing());
    }
    instance_number(value.trim()).ok_or_else(missing)
}

/// What stands behind the instance, on one line.
pub(super) fn results_text(field: &Field<'_>) -> String {
    let unfolded = unfold(field.raw_value());
    let text = String::from_utf8_lossy(&unfolded);
    let (_, results) = text.split_once(';').unwrap_or_default();
    let results =
        results.get(..results.floor_char_boundary(RESULTS_OCTETS_MAX)).unwrap_or_default();
    results.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn signature(field: &Field<'_>) -> Result<(u32, Signature), Doubt> {
    let tags = tags(field)?;
    // All that seal sign in relaxed form; those who leave c= out mean it.
    let signature = Signature::parse(&tags, Canonicalization::Relaxed)?;
    // RFC 8617 §4.1.2. That of the other two is forbidden too, and found in the wild.
    if signature.names.iter().any(|name| name.eq_ignore_ascii_case(SEAL)) {
        return Err(Doubt::Permanent(format!("{SIGNATURE} covers {SEAL}")));
    }
    Ok((instance(&tags)?, signature))
}

impl Seal {
    fn of(field: &Field<'_>) -> Result<Self, Doubt> {
        let tags = tags(field)?;
        // RFC 8617 §4.1.3: what a seal covers is not for it to choose.
        if tags.get("h").is_some() {
            return Err(Doubt::Permanent(format!("{SEAL} has h=")));
        }
        if tags.get("t").is_some_and(|time| number(time).is_none()) {
            return Err(unreadable("t"));
        }
        Ok(Self {
            instance: instance(&tags)?,
            algorithm: algorithm(&tags)?,
            signature: octets(&tags, "b")?,
            domain: domain(&tags)?,
            selector: selector(&tags)?,
            chain: ChainResult::parse(required(&tags, "cv")?).ok_or_else(|| unreadable("cv"))?,
        })
    }
}

fn tags<'a>(field: &Field<'a>) -> Result<Tags<'a>, Doubt> {
    Tags::parse(field.raw_value(), Empty::Refused)
        .map_err(|error| Doubt::Neutral(format!("{} cannot be read: {error}", field.name())))
}

fn instance(tags: &Tags<'_>) -> Result<u32, Doubt> {
    instance_number(required(tags, "i")?).ok_or_else(|| unreadable("i"))
}

/// One or two digits, not zero (RFC 8617 §4.2.1).
fn instance_number(text: &str) -> Option<u32> {
    let fits = text.len() <= 2 && text.bytes().all(|octet| octet.is_ascii_digit());
    text.parse().ok().filter(|number| fits && *number > 0)
}
