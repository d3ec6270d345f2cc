//! The keys that one message needs, each looked up once.

use std::collections::HashMap;

use dns::{Name, Resolver};

use super::KeyLimits;
use super::record::{KeyRecord, RecordError};

/// Looks keys up, and remembers them for as long as one message is judged.
pub(crate) struct Keys<'a> {
    dns: &'a dyn Resolver,
    pub limits: &'a KeyLimits,
    known: HashMap<Name, Result<KeyRecord, KeyFailure>>,
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyFailure {
    /// It could not be found out now.
    Temporary(String),
    /// There is none that we may use.
    Permanent(String),
}

impl<'a> Keys<'a> {
    pub fn new(dns: &'a dyn Resolver, limits: &'a KeyLimits) -> Self {
        Self { dns, limits, known: HashMap::new() }
    }

    /// The key of a selector and a domain.
    pub async fn get(&mut self, selector: &str, domain: &str) -> Result<KeyRecord, KeyFailure> {
        let name = Name::parse(&format!("{selector}._domainkey.{domain}")).map_err(|error| {
            KeyFailure::Permanent(format!("the key cannot be looked up: {error}"))
        })?;
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        if self.known.len() >= self.limits.lookups_max {
            let max = self.limits.lookups_max;
            return Err(KeyFailure::Permanent(format!(
                "the message needs over {max} different keys"
            )));
        }
        let found = self.look_up(&name).await;
        self.known.insert(name, found.clone());
        found
    }

    async fn look_up(&self, name: &Name) -> Result<KeyRecord, KeyFailure> {
        let texts = match self.dns.txt(name).await {
            Ok(answer) => answer.records,
            Err(error) if error.is_temporary() => {
                return Err(KeyFailure::Temporary(format!(
                    "the key {name} could not be looked up: {error}"
                )));
            }
            Err(_) => return Err(KeyFailure::Permanent(format!("there is no key {name}"))),
        };
        // Several records are undefined (RFC 6376 §3.6.2.2); wildcards put SPF and others beside a key.
        let mut best = RecordError::Syntax;
        for text in &texts {
            match KeyRecord::parse(text) {
                Ok(record) => return Ok(record),
                Err(RecordError::Syntax) => {}
                Err(error) => best = error,
            }
        }
        Err(KeyFailure::Permanent(format!("the key {name} {best}")))
    }
}
