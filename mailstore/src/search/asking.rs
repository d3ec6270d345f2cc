//! Asking the index: which messages may have the texts of a question at all?

use std::sync::Arc;

use super::test::{RowTest, Test, TextTest};
use crate::Error;
use crate::index::{Asked, IndexReader, Shelf};
use crate::value::{AccountId, ContentId};

/// Contents, lowest first.
pub(super) type Contents = Arc<Vec<ContentId>>;

/// Texts of one condition that the index is asked for together; a few of them leave as few messages as all would.
const TOGETHER: usize = 8;

/// Whose messages the index is asked for, how closely, and how many it may name.
pub(super) struct Asking<'a> {
    pub(super) index: &'a IndexReader,
    pub(super) account: AccountId,
    pub(super) trigrams_max: usize,
    /// Messages that may still be named, over all questions.
    pub(super) room: usize,
}

impl Asking<'_> {
    /// Asks about every text of a question. Texts that must all be there are asked for together.
    pub(super) fn ask(&mut self, test: &mut Test) -> Result<(), Error> {
        match test {
            Test::Text(test) => {
                if let Some(asked) = test.needle.asked(self.trigrams_max) {
                    test.may = self.matching(&asked)?;
                }
            }
            Test::And(all) => {
                for shelf in [Shelf::Text, Shelf::Glance] {
                    self.ask_together(all, shelf)?;
                }
                for test in all.iter_mut().filter(|test| !matches!(test, Test::Text(_))) {
                    self.ask(test)?;
                }
            }
            Test::Or(any) => {
                for test in any {
                    self.ask(test)?;
                }
            }
            Test::Not(inner) => self.ask(inner)?,
            Test::Is(_) | Test::Row(_) | Test::Facts(_) => {}
        }
        Ok(())
    }

    /// Asks for all texts at once that are on one shelf.
    fn ask_together(&mut self, all: &mut [Test], shelf: Shelf) -> Result<(), Error> {
        let mut texts: Vec<&mut TextTest> = Vec::new();
        let mut expressions = Vec::new();
        for test in all {
            if let Test::Text(test) = test
                && let Some(asked) = test.needle.asked(self.trigrams_max)
                && asked.shelf == shelf
            {
                expressions.push(asked.expression);
                texts.push(test);
            }
        }
        if texts.is_empty() {
            return Ok(());
        }
        expressions.truncate(TOGETHER);
        let together = self.matching(&Asked { shelf, expression: expressions.join(" AND ") })?;
        for test in texts {
            test.may.clone_from(&together);
        }
        Ok(())
    }

    /// None when there is no room for so many: then each message is looked at.
    fn matching(&mut self, asked: &Asked) -> Result<Option<Contents>, Error> {
        let found = self.index.matching(self.account, asked, self.room)?;
        if let Some(found) = &found {
            self.room -= found.len().min(self.room);
        }
        Ok(found.map(Arc::new))
    }
}

impl Test {
    /// The contents that may match, of those that the index knows; None when any may.
    pub(super) fn may(&self) -> Option<Contents> {
        match self {
            Self::Is(true) | Self::Not(_) | Self::Facts(_) => None,
            Self::Is(false) => Some(Arc::default()),
            Self::Row(RowTest::Content(content)) => Some(Arc::new(vec![*content])),
            Self::Row(_) => None,
            Self::Text(test) => test.may.clone(),
            Self::And(all) => all.iter().filter_map(Self::may).reduce(intersection),
            Self::Or(any) => {
                let any: Option<Vec<Contents>> = any.iter().map(Self::may).collect();
                Some(union(any?.iter().map(|one| one.as_slice())))
            }
        }
    }
}

/// Both are sorted.
fn intersection(one: Contents, other: Contents) -> Contents {
    if Arc::ptr_eq(&one, &other) {
        return one;
    }
    let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let both = few.iter().copied().filter(|content| many.binary_search(content).is_ok());
    Arc::new(both.collect())
}

/// Each is sorted, and so is what comes out.
pub(super) fn union<'a>(all: impl Iterator<Item = &'a [ContentId]>) -> Contents {
    let mut together = all.collect::<Vec<_>>().concat();
    // Sorted runs, which this sort notices.
    together.sort();
    together.dedup();
    Arc::new(together)
}
