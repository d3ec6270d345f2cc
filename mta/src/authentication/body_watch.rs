//! Hashes of a message's body, taken while it goes by: so that a message need not be in memory to be
//! judged or signed.
//!
//! Which hashes are wanted, the header says, which comes first.

use std::fmt;

use super::arc;
use super::authors::authors;
use super::canonical::{BodyHash, BodyHasher, Canonicalization};
use super::dkim;
use super::judge::Limits;
use super::opened::Opened;

/// Which hash: the form, and of how many octets (`l=`).
pub(super) type BodyForm = (Canonicalization, Option<u64>);

/// Sees a body go by, and keeps none of it.
pub struct BodyWatch {
    hashers: Vec<(BodyForm, BodyHasher)>,
}

/// What became of it: the hash of a body in each form that was wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyHashes {
    known: Vec<(BodyForm, BodyHash)>,
}

impl BodyWatch {
    /// For the signatures that stand in this header, within the limits.
    #[must_use]
    pub fn for_signatures_of(header: &[u8], limits: &Limits) -> Self {
        let nothing_yet = BodyHashes::default();
        let opened = Opened::of_header(header, &nothing_yet, &limits.message);
        let authors = authors(&opened, &limits.message);
        let mut forms = dkim::body_forms(&opened, &authors, &limits.dkim);
        if let Some(form) =
            arc::body_form(&opened, &limits.arc).filter(|form| !forms.contains(form))
        {
            forms.push(form);
        }
        Self::of(forms)
    }

    /// For a signature of ours.
    #[must_use]
    pub fn for_signing() -> Self {
        Self::of(vec![(Canonicalization::Relaxed, None)])
    }

    fn of(forms: Vec<BodyForm>) -> Self {
        let hasher = |form: BodyForm| (form, BodyHasher::new(form.0, form.1));
        Self { hashers: forms.into_iter().map(hasher).collect() }
    }

    /// Sees the next octets.
    pub fn see(&mut self, octets: &[u8]) {
        for (_, hasher) in &mut self.hashers {
            hasher.write(octets);
        }
    }

    /// That was all.
    #[must_use]
    pub fn finish(self) -> BodyHashes {
        let finish = |(form, hasher): (BodyForm, BodyHasher)| (form, hasher.finish());
        BodyHashes { known: self.hashers.into_iter().map(finish).collect() }
    }
}

impl fmt::Debug for BodyWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyWatch").field("hashers", &self.hashers.len()).finish()
    }
}

impl BodyHashes {
    pub(super) fn get(&self, form: BodyForm) -> Option<BodyHash> {
        self.known.iter().find(|(known, _)| *known == form).map(|(_, hash)| *hash)
    }
}
