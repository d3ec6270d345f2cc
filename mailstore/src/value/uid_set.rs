//! Sets of UIDs as sorted ranges that neither touch nor overlap, read and written as RFC 9051 §9
//! `sequence-set`. Does not know `*`: whoever has the mailbox's view resolves it before it comes
//! here.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::Uid;

/// A set of UIDs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

/// Not a sequence-set of plain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a set of message numbers")]
pub struct UidSetInvalid;

impl UidSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// Every UID there can be.
    pub fn all() -> Self {
        Self { ranges: vec![(1, u32::MAX)] }
    }

    /// All from `first` to `last`, whichever is greater (RFC 9051 §9: `4:2` is `2:4`).
    pub fn range(first: Uid, last: Uid) -> Self {
        let (low, high) = (first.min(last), first.max(last));
        Self { ranges: vec![(low.get(), high.get())] }
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many UIDs.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    /// True when it is one of them.
    pub fn contains(&self, uid: Uid) -> bool {
        let number = uid.get();
        let after = self.ranges.partition_point(|(low, _)| *low <= number);
        after
            .checked_sub(1)
            .and_then(|at| self.ranges.get(at))
            .is_some_and(|(_, high)| number <= *high)
    }

    /// The lowest.
    pub fn first(&self) -> Option<Uid> {
        self.ranges.first().and_then(|(low, _)| Uid::new(*low))
    }

    /// The highest.
    pub fn last(&self) -> Option<Uid> {
        self.ranges.last().and_then(|(_, high)| Uid::new(*high))
    }

    /// Each, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.ranges.iter().flat_map(|(low, high)| (*low..=*high).filter_map(Uid::new))
    }

    /// The ranges, lowest first: neither touching nor overlapping.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<Uid>> + '_ {
        self.ranges.iter().filter_map(|(low, high)| Some(Uid::new(*low)?..=Uid::new(*high)?))
    }

    /// Puts one in.
    pub fn insert(&mut self, uid: Uid) {
        self.insert_range(uid, uid);
    }

    /// Puts all from `first` to `last` in.
    pub fn insert_range(&mut self, first: Uid, last: Uid) {
        let (low, high) = (first.min(last).get(), first.max(last).get());
        // Ranges that touch or overlap the new one: those ending no sooner than just before it, and
        // beginning no later than just after.
        let from = self.ranges.partition_point(|(_, end)| *end < low.saturating_sub(1));
        let to = self.ranges.partition_point(|(begin, _)| *begin <= high.saturating_add(1));
        let touched = self.ranges.get(from..to).unwrap_or_default();
        let low = touched.first().map_or(low, |(begin, _)| low.min(*begin));
        let high = touched.last().map_or(high, |(_, end)| high.max(*end));
        self.ranges.splice(from..to, [(low, high)]);
    }

    /// Puts all of the other set in.
    pub fn extend_set(&mut self, other: &Self) {
        for range in other.ranges() {
            self.insert_range(*range.start(), *range.end());
        }
    }
}

impl FromIterator<Uid> for UidSet {
    fn from_iter<I: IntoIterator<Item = Uid>>(uids: I) -> Self {
        let mut numbers: Vec<u32> = uids.into_iter().map(Uid::get).collect();
        numbers.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some((_, high)) if number <= high.saturating_add(1) => *high = number,
                _ => ranges.push((number, number)),
            }
        }
        Self { ranges }
    }
}

impl From<Uid> for UidSet {
    fn from(uid: Uid) -> Self {
        Self { ranges: vec![(uid.get(), uid.get())] }
    }
}

impl FromStr for UidSet {
    type Err = UidSetInvalid;

    fn from_str(text: &str) -> Result<Self, UidSetInvalid> {
        let mut set = Self::new();
        for item in text.split(',') {
            let (first, last) = item.split_once(':').unwrap_or((item, item));
            set.insert_range(number(first)?, number(last)?);
        }
        Ok(set)
    }
}

/// nz-number: digits only, no leading zero (RFC 9051 §9).
fn number(text: &str) -> Result<Uid, UidSetInvalid> {
    if text.starts_with('0') || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(UidSetInvalid);
    }
    text.parse().ok().and_then(Uid::new).ok_or(UidSetInvalid)
}

/// `1:3,7`; the empty set is the empty string, which no command of IMAP may carry.
impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (low, high)) in self.ranges.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else {
                write!(f, "{comma}{low}:{high}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    #[test]
    fn a_set_is_written_shortest_however_it_was_read() {
        for (read, written) in [
            ("1", "1"),
            ("4:2", "2:4"),
            ("3,1,2", "1:3"),
            ("1:5,4:9,20", "1:9,20"),
            ("4294967295,1", "1,4294967295"),
        ] {
            assert_eq!(read.parse::<UidSet>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_set_of_numbers_is_refused() {
        for bad in
            ["", "0", "1:", ":1", "1,,2", "a", "*", "1:*", "-1", "+1", " 1", "4294967296", "01"]
        {
            assert!(bad.parse::<UidSet>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_uid_fits_in_a_set() {
        let all = UidSet::all();
        assert_eq!(all.len(), u64::from(u32::MAX));
        assert!(all.contains(Uid::LAST) && all.contains(Uid::FIRST));
    }

    proptest! {
        #[test]
        fn a_set_of_ranges_holds_what_a_set_of_numbers_holds(ranges in prop::collection::vec((1u32..60, 1u32..60), 0..12)) {
            let mut model = BTreeSet::new();
            let mut set = UidSet::new();
            for (first, last) in ranges {
                model.extend(first.min(last)..=first.max(last));
                set.insert_range(uid(first), uid(last));
            }
            let numbers: Vec<u32> = set.iter().map(Uid::get).collect();
            prop_assert_eq!(&numbers, &model.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(set.len(), model.len() as u64);
            prop_assert!((1..60).all(|number| set.contains(uid(number)) == model.contains(&number)));
            prop_assert_eq!(&UidSet::from_iter(set.iter()), &set);
            if !set.is_empty() {
                prop_assert_eq!(set.to_string().parse::<UidSet>().unwrap(), set);
            }
        }
    }
}
