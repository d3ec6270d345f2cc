//! What of an answer is taken.

use crate::{Answer, Record};

/// How much a stranger's name server may give us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records of one answer. Of MX, those of the lowest preference are kept.
    pub records_max: usize,
    /// Aliases from the name that was asked to the one that has the records.
    pub aliases_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records_max: 100, aliases_max: 8 }
    }
}

impl Limits {
    /// Puts MX in order, and leaves out what is too much.
    pub(crate) fn apply(&self, answer: &mut Answer<Record>) {
        if let Some(Record::Mx(_)) = answer.records.first() {
            answer.records.sort();
        }
        answer.left_out += answer.records.len().saturating_sub(self.records_max);
        answer.records.truncate(self.records_max);
    }
}
