//! Counting attempts that are refused unseen: there may be thousands a second, so they are written
//! down some at a time. Pure: the time is an argument.

use std::collections::HashMap;
use std::hash::Hash;

use message::Timestamp;

/// What was not written down yet, by what it is counted for.
#[derive(Debug)]
pub(super) struct Refused<K> {
    interval_seconds: i64,
    kept_max: usize,
    counted: HashMap<K, Counted>,
}

#[derive(Debug)]
struct Counted {
    times: u32,
    noted: Timestamp,
}

impl<K: Eq + Hash> Refused<K> {
    pub(super) fn new(interval_seconds: i64, kept_max: usize) -> Self {
        Self { interval_seconds, kept_max, counted: HashMap::new() }
    }

    /// Counts one. How many are to be written down, if it is time.
    pub(super) fn add(&mut self, key: K, now: Timestamp) -> Option<u32> {
        let due = |noted: Timestamp| now.seconds() - noted.seconds() >= self.interval_seconds;
        if self.counted.len() >= self.kept_max && !self.counted.contains_key(&key) {
            self.counted.retain(|_, counted| !due(counted.noted));
        }
        let full = self.counted.len() >= self.kept_max;
        match self.counted.get_mut(&key) {
            Some(counted) if !due(counted.noted) => {
                counted.times = counted.times.saturating_add(1);
                None
            }
            // What cannot be counted is not written down either: that would be each time.
            None if full => None,
            _ => {
                let before = self.counted.insert(key, Counted { times: 0, noted: now });
                Some(before.map_or(0, |counted| counted.times).saturating_add(1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_noted_at_once_and_the_others_together_when_it_is_time() {
        let mut refused = Refused::new(60, 2);
        let mut at = |key, seconds| refused.add(key, Timestamp::new(seconds));
        assert_eq!(
            [at('a', 0), at('a', 1), at('a', 59), at('b', 59)],
            [Some(1), None, None, Some(1)]
        );
        assert_eq!([at('c', 59), at('a', 60), at('a', 61)], [None, Some(3), None]);
        assert_eq!([at('c', 119), at('d', 119)], [Some(1), None]);
    }
}
