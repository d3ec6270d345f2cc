//! Counting failures: what they cost the next one, and when it is enough. Pure: the time is an
//! argument, nothing is waited for.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use message::Timestamp;

use super::BanScope;
use crate::LoginLimits;

/// Failures and bans, in memory. The bans are in the database too, as soon as it has taken them.
#[derive(Debug)]
pub(super) struct Guard {
    limits: LoginLimits,
    pairs: Counts<(String, IpAddr)>,
    networks: Counts<IpAddr>,
    bans: HashMap<BanScope, Held>,
}

/// A ban that holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    until: Timestamp,
    /// The database has it, too: then it ends here when it ends there.
    stored: bool,
}

/// What a failure costs.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Cost {
    /// How long the answer waits.
    pub(super) delay: Duration,
    /// Who is kept out from now on.
    pub(super) banned: Vec<BanScope>,
}

impl Guard {
    pub(super) fn new(limits: &LoginLimits) -> Self {
        Self {
            limits: limits.clone(),
            pairs: Counts::default(),
            networks: Counts::default(),
            bans: HashMap::new(),
        }
    }

    /// What the database knows. What it could not take holds all the same.
    pub(super) fn set_bans(&mut self, bans: impl IntoIterator<Item = (BanScope, Timestamp)>) {
        self.bans.retain(|_, held| !held.stored);
        let held = |(scope, until)| (scope, Held { until, stored: true });
        self.bans.extend(bans.into_iter().map(held));
    }

    /// The database has these now.
    pub(super) fn stored(&mut self, scopes: &[BanScope]) {
        for scope in scopes {
            if let Some(held) = self.bans.get_mut(scope) {
                held.stored = true;
            }
        }
    }

    /// Until when this name, or everybody from there, is kept out.
    pub(super) fn banned_until(
        &self,
        name: &str,
        network: IpAddr,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let pair = BanScope::Pair { name: name.to_owned(), network };
        self.holds(&pair, now).max(self.network_banned_until(network, now))
    }

    pub(super) fn network_banned_until(
        &self,
        network: IpAddr,
        now: Timestamp,
    ) -> Option<Timestamp> {
        self.holds(&BanScope::Network(network), now)
    }

    fn holds(&self, scope: &BanScope, now: Timestamp) -> Option<Timestamp> {
        self.bans.get(scope).map(|held| held.until).filter(|until| *until > now)
    }

    /// Somebody failed.
    pub(super) fn failed(
        &mut self,
        name: &str,
        network: IpAddr,
        bannable: bool,
        now: Timestamp,
    ) -> Cost {
        let limits = &self.limits;
        let since = before(now, limits.window);
        let pair = (name.to_owned(), network);
        let failures = self.pairs.add(pair.clone(), now, since, limits.counted_max);
        let delay = match failures {
            _ if failures <= limits.free_failures => Duration::ZERO,
            _ if failures >= limits.long_delay_from => limits.long_delay,
            _ => limits.short_delay,
        };
        let mut cost = Cost { delay, banned: Vec::new() };
        if failures >= limits.pair_failures_max {
            self.pairs.forget(&pair);
            cost.banned.push(BanScope::Pair { name: pair.0, network });
        }
        if bannable {
            let failures = self.networks.add(network, now, since, limits.counted_max);
            if failures >= limits.address_failures_max {
                self.networks.forget(&network);
                cost.banned.push(BanScope::Network(network));
            }
        }
        self.bans.retain(|_, held| held.until > now);
        let held = Held { until: self.ban_end(now), stored: false };
        self.bans.extend(cost.banned.iter().map(|scope| (scope.clone(), held)));
        cost
    }

    /// When a ban that begins now ends.
    pub(super) fn ban_end(&self, now: Timestamp) -> Timestamp {
        Timestamp::new(now.seconds().saturating_add(seconds(self.limits.ban)))
    }

    /// Somebody is in: what they mistyped before is forgiven.
    pub(super) fn succeeded(&mut self, name: &str, network: IpAddr) {
        self.pairs.forget(&(name.to_owned(), network));
    }
}

/// Failures by what they are counted for.
#[derive(Debug)]
struct Counts<K> {
    failures: HashMap<K, Vec<Timestamp>>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { failures: HashMap::new() }
    }
}

impl<K: Eq + Hash> Counts<K> {
    /// Counts one, and gives how many there are within the window.
    fn add(&mut self, key: K, now: Timestamp, since: Timestamp, kept_max: usize) -> u32 {
        if self.failures.len() >= kept_max && !self.failures.contains_key(&key) {
            self.make_room(since, kept_max);
        }
        let failures = self.failures.entry(key).or_default();
        failures.retain(|at| *at > since);
        failures.push(now);
        u32::try_from(failures.len()).unwrap_or(u32::MAX)
    }

    /// Forgets what is over, and if that is not enough, a tenth: those that failed longest ago.
    fn make_room(&mut self, since: Timestamp, kept_max: usize) {
        self.failures.retain(|_, failures| failures.last().is_some_and(|at| *at > since));
        if self.failures.len() >= kept_max {
            let mut latest: Vec<Timestamp> =
                self.failures.values().filter_map(|failures| failures.last().copied()).collect();
            latest.sort_unstable();
            let oldest = latest.get(latest.len() / 10).copied();
            self.failures.retain(|_, failures| failures.last().copied() > oldest);
        }
    }

    fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }
}

pub(super) fn before(now: Timestamp, length: Duration) -> Timestamp {
    Timestamp::new(now.seconds().saturating_sub(seconds(length)))
}

fn seconds(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::new(1_000_000);

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn guard() -> Guard {
        Guard::new(&LoginLimits::default())
    }

    #[test]
    fn three_failures_are_free_then_half_a_second_then_two() {
        let mut guard = guard();
        let delays: Vec<u128> =
            (0..13).map(|_| guard.failed("bob", ip(1), true, NOW).delay.as_millis()).collect();
        assert_eq!(delays, [0, 0, 0, 500, 500, 500, 500, 500, 500, 500, 500, 2_000, 2_000]);
    }

    #[test]
    fn the_twentieth_failure_of_a_pair_bans_the_pair_and_nobody_else() {
        let mut guard = guard();
        for _ in 0..19 {
            assert!(guard.failed("bob", ip(1), true, NOW).banned.is_empty());
        }
        assert_eq!(guard.banned_until("bob", ip(1), NOW), None);
        let pair = BanScope::Pair { name: "bob".to_owned(), network: ip(1) };
        assert_eq!(guard.failed("bob", ip(1), true, NOW).banned, [pair]);
        let until = Timestamp::new(NOW.seconds() + 900);
        assert_eq!(guard.banned_until("bob", ip(1), NOW), Some(until));
        assert_eq!(guard.banned_until("bob", ip(2), NOW), None);
        assert_eq!(guard.banned_until("ann", ip(1), NOW), None);
        assert_eq!(guard.banned_until("bob", ip(1), until), None);
    }

    #[test]
    fn a_ban_that_the_database_could_not_take_holds_until_its_end() {
        let mut guard = guard();
        for name in ["bob", "ann"] {
            for _ in 0..20 {
                guard.failed(name, ip(1), true, NOW);
            }
        }
        guard.stored(&[BanScope::Pair { name: "ann".to_owned(), network: ip(1) }]);
        let later = Timestamp::new(NOW.seconds() + 60);
        guard.set_bans([(BanScope::Network(ip(2)), later)]);
        assert!(guard.banned_until("bob", ip(1), NOW).is_some());
        assert_eq!(guard.banned_until("ann", ip(1), NOW), None);
        assert_eq!(guard.banned_until("ann", ip(2), NOW), Some(later));
        guard.set_bans([]);
        assert_eq!(guard.banned_until("ann", ip(2), NOW), None);
    }

    #[test]
    fn the_sixtieth_failure_from_an_address_bans_it_whatever_the_names() {
        let mut guard = guard();
        for number in 0..59 {
            assert!(guard.failed(&format!("name{number}"), ip(1), true, NOW).banned.is_empty());
        }
        assert_eq!(guard.failed("another", ip(1), true, NOW).banned, [BanScope::Network(ip(1))]);
        assert!(guard.banned_until("ann", ip(1), NOW).is_some());
        assert!(guard.network_banned_until(ip(2), NOW).is_none());
    }

    #[test]
    fn this_machine_is_not_banned_only_its_pairs_are() {
        let mut guard = guard();
        let here = IpAddr::from([127, 0, 0, 1]);
        for number in 0..200 {
            let cost = guard.failed(&format!("name{}", number % 11), here, false, NOW);
            assert!(cost.banned.iter().all(|scope| matches!(scope, BanScope::Pair { .. })));
        }
        assert_eq!(guard.network_banned_until(here, NOW), None);
    }

    #[test]
    fn failures_are_forgotten_after_a_quarter_of_an_hour_and_forgiven_by_success() {
        let mut guard = guard();
        for _ in 0..5 {
            guard.failed("bob", ip(1), true, NOW);
        }
        let later = Timestamp::new(NOW.seconds() + 901);
        assert_eq!(guard.failed("bob", ip(1), true, later).delay, Duration::ZERO);
        for _ in 0..5 {
            guard.failed("bob", ip(1), true, later);
        }
        guard.succeeded("bob", ip(1));
        assert_eq!(guard.failed("bob", ip(1), true, later).delay, Duration::ZERO);
    }

    #[test]
    fn a_stranger_cannot_fill_the_memory_with_names() {
        let mut guard = Guard::new(&LoginLimits { counted_max: 100, ..LoginLimits::default() });
        for number in 0..10_000 {
            let at = Timestamp::new(NOW.seconds() + number / 50);
            guard.failed(&format!("name{number}"), ip(1), false, at);
            assert!(guard.pairs.failures.len() <= 100);
        }
    }
}
