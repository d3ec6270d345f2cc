//! Finding policies and organizations in the tree of names (RFC 9989 §4.10).

use std::collections::HashMap;

use dns::{LookupError, Name, Resolver};

use super::record::Record;

/// Asks names for their policies, each once.
pub(super) struct Tree<'a> {
    dns: &'a dyn Resolver,
    steps_max: usize,
    known: HashMap<Name, Option<Record>>,
}

impl<'a> Tree<'a> {
    pub fn new(dns: &'a dyn Resolver, steps_max: usize) -> Self {
        Self { dns, steps_max, known: HashMap::new() }
    }

    /// The policy of this very domain. Several are none.
    pub async fn record(&mut self, domain: &Name) -> Result<Option<Record>, LookupError> {
        if let Some(known) = self.known.get(domain) {
            return Ok(known.clone());
        }
        let record = self.look_up(domain).await?;
        self.known.insert(domain.clone(), record.clone());
        Ok(record)
    }

    async fn look_up(&self, domain: &Name) -> Result<Option<Record>, LookupError> {
        // A name too long for the label in front of it has no policy.
        let Ok(place) = domain.prefixed("_dmarc") else { return Ok(None) };
        let texts = match self.dns.txt(&place).await {
            Ok(answer) => answer.records,
            Err(error) if error.is_temporary() => return Err(error),
            Err(_) => return Ok(None),
        };
        let mut records = texts.iter().filter_map(|text| Record::parse(text));
        Ok(records.next().filter(|_| records.next().is_none()))
    }

    /// The walk up: every policy from this domain to the top, the longest name first.
    pub async fn walk(&mut self, start: &Name) -> Result<Vec<(Name, Record)>, LookupError> {
        let mut found = Vec::new();
        let mut at = start.clone();
        for step in 0..self.steps_max {
            if let Some(record) = self.record(&at).await? {
                let suffix = record.public_suffix;
                found.push((at.clone(), record));
                // psd=y ends the walk, but not where it begins: a public suffix has an organization too.
                if suffix == Some(false) || suffix == Some(true) && step > 0 {
                    break;
                }
            }
            match shortened(&at, self.steps_max) {
                Some(shorter) => at = shorter,
                None => break,
            }
        }
        Ok(found)
    }

    /// Whether there is such a name at all (RFC 8020).
    pub async fn exists(&self, domain: &Name) -> Result<bool, LookupError> {
        match self.dns.a(domain).await {
            Err(LookupError::NoSuchName(_)) => Ok(false),
            Err(error) if error.is_temporary() => Err(error),
            _ => Ok(true),
        }
    }

    /// The organization that a domain belongs to (RFC 9989 §4.10.2).
    pub async fn organization(&mut self, domain: &Name) -> Result<Name, LookupError> {
        let found = self.walk(domain).await?;
        Ok(organization(domain, &found))
    }
}

/// RFC 9989 §4.10.2: the domain that says so, or the one below a public suffix, or the highest with a
/// policy, or the domain itself.
pub(super) fn organization(domain: &Name, found: &[(Name, Record)]) -> Name {
    for (name, record) in found {
        match record.public_suffix {
            Some(false) => return name.clone(),
            Some(true) if name != domain => return below(name, domain),
            _ => {}
        }
    }
    found.last().map_or(domain, |(name, _)| name).clone()
}

/// The name one label longer than `suffix`, on the way down to `domain`.
fn below(suffix: &Name, domain: &Name) -> Name {
    let mut at = domain.clone();
    while let Some(parent) = at.parent() {
        if parent == *suffix {
            return at;
        }
        at = parent;
    }
    domain.clone()
}

/// The next name of a walk: one label less, or, from a long name, as many less as leave enough steps.
fn shortened(name: &Name, steps_max: usize) -> Option<Name> {
    let labels = name.labels().count();
    let mut shorter = name.parent()?;
    if labels >= steps_max {
        for _ in 0..labels - steps_max {
            shorter = shorter.parent()?;
        }
    }
    (!shorter.is_root()).then_some(shorter)
}
