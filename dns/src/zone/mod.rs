//! DNS that lies in memory: what tests give to whoever wants a [`Resolver`].
//!
//! It holds the records of any names, follows aliases and wildcards, tells "no such name" from "no such
//! record", counts what it is asked, and fails in the way it is told to.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use parse::ZoneError;

use crate::{
    Alias, Answer, Denial, Kind, Limits, Looking, LookupError, Name, Proof, Record, Resolver,
};

/// Records in memory. Everything can be changed while it is in use.
#[derive(Debug, Default)]
pub struct Zone {
    limits: Limits,
    state: Mutex<State>,
}

/// How a lookup fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// [`LookupError::Timeout`], at once.
    Timeout,
    /// No answer, ever: the time limit of whoever asks is what ends it.
    Silence,
    /// [`LookupError::ServerFailure`].
    ServerFailure,
    /// [`LookupError::Bogus`].
    Bogus,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<Name, Vec<Entry>>,
    proofs: HashMap<Name, Proof>,
    faults: HashMap<(Name, Option<Kind>), Fault>,
    down: Option<Fault>,
    asked: Vec<(Name, Kind)>,
}

#[derive(Clone, Debug)]
struct Entry {
    record: Record,
    ttl: Duration,
}

const DENIAL_TTL: Duration = Duration::from_secs(3600);

impl Zone {
    /// Reads lines as in a zone file: `name [ttl] [IN] kind data`, comments after `;`, all names
    /// absolute with or without a dot at their end.
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        let zone = Self::default();
        zone.add(text)?;
        Ok(zone)
    }

    /// The same zone with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Adds lines.
    pub fn add(&self, text: &str) -> Result<(), ZoneError> {
        for (name, record, ttl) in parse::lines(text)? {
            self.insert(name, record, ttl);
        }
        Ok(())
    }

    /// Adds a record.
    pub fn insert(&self, name: Name, record: Record, ttl: Duration) {
        self.state().records.entry(name).or_default().push(Entry { record, ttl });
    }

    /// Takes all records of a name away.
    pub fn remove(&self, name: &Name) {
        self.state().records.remove(name);
    }

    /// From now on lookups of this name (of one kind or of all) fail.
    pub fn fail(&self, name: Name, kind: Option<Kind>, fault: Fault) {
        self.state().faults.insert((name, kind), fault);
    }

    /// From now on every lookup fails.
    pub fn go_down(&self, fault: Fault) {
        self.state().down = Some(fault);
    }

    /// Ends [`go_down`](Self::go_down).
    pub fn come_back(&self) {
        self.state().down = None;
    }

    /// Says what DNSSEC proves of this name and those below it; without a word it is
    /// [`Proof::Insecure`].
    pub fn prove(&self, name: Name, proof: Proof) {
        self.state().proofs.insert(name, proof);
    }

    /// How many lookups there were.
    pub fn queries(&self) -> usize {
        self.state().asked.len()
    }

    /// Every lookup, in order.
    pub fn asked(&self) -> Vec<(Name, Kind)> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolver for Zone {
    fn lookup<'a>(&'a self, name: &'a Name, kind: Kind) -> Looking<'a> {
        Box::pin(async move {
            let outcome = self.state().answer(name, kind, &self.limits);
            match outcome {
                Ok(outcome) => outcome,
                Err(Silence) => std::future::pending().await,
            }
        })
    }
}

/// No answer at all.
struct Silence;

impl State {
    fn answer(
        &mut self,
        name: &Name,
        kind: Kind,
        limits: &Limits,
    ) -> Result<Result<Answer<Record>, LookupError>, Silence> {
        self.asked.push((name.clone(), kind));
        match self.down.or_else(|| self.fault(name, kind)) {
            Some(Fault::Silence) => Err(Silence),
            Some(Fault::Timeout) => Ok(Err(LookupError::Timeout)),
            Some(Fault::ServerFailure) => Ok(Err(LookupError::ServerFailure)),
            Some(Fault::Bogus) => Ok(Err(LookupError::Bogus)),
            None => Ok(self.follow(name, kind, limits)),
        }
    }

    fn fault(&self, name: &Name, kind: Kind) -> Option<Fault> {
        [Some(kind), None]
            .into_iter()
            .find_map(|kind| self.faults.get(&(name.clone(), kind)).copied())
    }

    fn follow(
        &self,
        name: &Name,
        kind: Kind,
        limits: &Limits,
    ) -> Result<Answer<Record>, LookupError> {
        let mut answer = Answer {
            records: Vec::new(),
            left_out: 0,
            aliases: Vec::new(),
            proof: self.proof(name),
            ttl: Duration::MAX,
        };
        let mut owner = name.clone();
        loop {
            let entries =
                self.entries(&owner).ok_or_else(|| self.denial(&owner, LookupError::NoSuchName))?;
            answer.proof = answer.proof.min(self.proof(&owner));
            let wanted: Vec<_> =
                entries.iter().filter(|entry| entry.record.kind() == kind).collect();
            if !wanted.is_empty() {
                answer.ttl = wanted.iter().map(|entry| entry.ttl).fold(answer.ttl, Duration::min);
                answer.records = wanted.into_iter().map(|entry| entry.record.clone()).collect();
                limits.apply(&mut answer);
                return Ok(answer);
            }
            let alias = entries.iter().find_map(|entry| match &entry.record {
                Record::Cname(target) => Some((target, entry.ttl)),
                _ => None,
            });
            let Some((target, ttl)) = alias else {
                return Err(self.denial(&owner, LookupError::NoSuchRecord));
            };
            if answer.aliases.len() >= limits.aliases_max {
                return Err(LookupError::Aliases);
            }
            answer.ttl = answer.ttl.min(ttl);
            answer.aliases.push(Alias { target: target.clone(), proof: self.proof(&owner) });
            owner = target.clone();
        }
    }

    /// The records of a name; none when it has only names below it; nothing when there is no such name.
    fn entries(&self, name: &Name) -> Option<&[Entry]> {
        if let Some(entries) = self.records.get(name) {
            return Some(entries);
        }
        if self.records.keys().any(|other| other.is_within(name)) {
            return Some(&[]);
        }
        // The wildcard of the closest name that exists (RFC 4592 §3.3.1).
        let mut above = name.parent();
        while let Some(parent) = above {
            let wildcard =
                parent.prefixed("*").ok().and_then(|wildcard| self.records.get(&wildcard));
            if let Some(entries) = wildcard {
                return Some(entries);
            }
            if self.records.contains_key(&parent) {
                return None;
            }
            above = parent.parent();
        }
        None
    }

    fn denial(&self, name: &Name, error: impl FnOnce(Denial) -> LookupError) -> LookupError {
        error(Denial { proof: self.proof(name), ttl: DENIAL_TTL })
    }

    fn proof(&self, name: &Name) -> Proof {
        let mut at = Some(name.clone());
        while let Some(name) = at {
            if let Some(proof) = self.proofs.get(&name) {
                return *proof;
            }
            at = name.parent();
        }
        Proof::Insecure
    }
}
