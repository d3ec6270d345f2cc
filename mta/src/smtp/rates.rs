//! How often strangers may come: connections, messages and recipients a minute, by address and by network.
//!
//! Pure: the time is an argument. One count for all connections of a listener, bounded however many addresses
//! come. It does *not* know who is welcome: those who are logged in are not counted here.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often, and what of it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// For what these numbers are meant. What was used of them comes back evenly over it.
    pub window: Duration,
    /// From one IPv4 address, or one IPv6 /64 network.
    pub per_address: Rate,
    /// From one IPv4 /24 network, or one IPv6 /48 network.
    pub per_network: Rate,
    /// Addresses and networks that are remembered; beyond that, those that came longest ago are not.
    pub counted_max: usize,
    /// Whether this machine's own addresses are not counted: a tunnel or a proxy may stand there.
    pub loopback_exempt: bool,
}

/// How many of each within the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Connections.
    pub connections: u32,
    /// Messages that are begun.
    pub messages: u32,
    /// Recipients that are named.
    pub recipients: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            per_address: Rate { connections: 60, messages: 120, recipients: 600 },
            per_network: Rate { connections: 240, messages: 480, recipients: 2_400 },
            counted_max: 20_000,
            loopback_exempt: true,
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A connection.
    Connection,
    /// A message that is begun.
    Message,
    /// A recipient that is named.
    Recipient,
}

impl Rate {
    const fn of(self, kind: Kind) -> u32 {
        match kind {
            Kind::Connection => self.connections,
            Kind::Message => self.messages,
            Kind::Recipient => self.recipients,
        }
    }
}

/// The count.
#[derive(Debug)]
pub struct Rates {
    limits: RateLimits,
    /// When all that was used will have come back.
    used_until: Mutex<HashMap<(Kind, Source), Instant>>,
}

/// Where somebody comes from, seen from near and from far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Address(IpAddr),
    Network(IpAddr),
}

impl Rates {
    /// Nobody has come yet.
    #[must_use]
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, used_until: Mutex::default() }
    }

    /// Counts one; or says for how long there will be none.
    ///
    /// # Errors
    /// When it is too often; then nothing was counted.
    pub fn take(&self, kind: Kind, peer: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.limits.loopback_exempt && peer.to_canonical().is_loopback() {
            return Ok(());
        }
        let asked = [
            (Source::Address(cut(peer, 32, 64)), self.limits.per_address.of(kind)),
            (Source::Network(cut(peer, 24, 48)), self.limits.per_network.of(kind)),
        ];
        let mut used_until = self.used_until();
        let mut after = Vec::with_capacity(asked.len());
        for (source, most) in asked {
            let before = used_until.get(&(kind, source)).map_or(now, |until| (*until).max(now));
            let until = before + self.limits.window / most.max(1);
            let longest = now + self.limits.window;
            if most == 0 || until > longest {
                return Err(until.saturating_duration_since(longest));
            }
            after.push(((kind, source), until));
        }
        if used_until.len() + after.len() > self.limits.counted_max {
            make_room(&mut used_until, self.limits.counted_max, now);
        }
        used_until.extend(after);
        Ok(())
    }

    fn used_until(&self) -> MutexGuard<'_, HashMap<(Kind, Source), Instant>> {
        self.used_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets who has everything back, and if that is not enough, the half that has most of it back.
fn make_room(used: &mut HashMap<(Kind, Source), Instant>, counted_max: usize, now: Instant) {
    used.retain(|_, until| *until > now);
    if used.len() > counted_max / 2 {
        let mut untils: Vec<Instant> = used.values().copied().collect();
        untils.sort_unstable();
        let middle = untils.get(untils.len() / 2).copied();
        used.retain(|_, until| Some(*until) > middle);
    }
}

/// The address without its last bits.
fn cut(peer: IpAddr, ipv4_bits: u32, ipv6_bits: u32) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - ipv4_bits).unwrap_or_default();
            Ipv4Addr::from(u32::from(address) & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - ipv6_bits).unwrap_or_default();
            Ipv6Addr::from(u128::from(address) & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn rates(per_address: u32, per_network: u32) -> Rates {
        let rate = |most| Rate { connections: most, messages: most, recipients: most };
        let (per_address, per_network) = (rate(per_address), rate(per_network));
        Rates::new(RateLimits { per_address, per_network, ..RateLimits::default() })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of a hundred are let through.
    fn passed(rates: &Rates, kind: Kind, peer: &str, now: Instant) -> usize {
        (0..100).filter(|_| rates.take(kind, ip(peer), now).is_ok()).count()
    }

    #[test]
    fn so_many_a_minute_and_what_was_used_comes_back_evenly() {
        let (rates, start) = (rates(6, 100), Instant::now());
        assert_eq!(passed(&rates, Kind::Message, "192.0.2.1", start), 6);
        let wait = rates.take(Kind::Message, ip("192.0.2.1"), start).unwrap_err();
        assert_eq!(wait, Duration::from_secs(10));
        let later = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(passed(&rates, Kind::Message, "192.0.2.1", later(9)), 0);
        assert_eq!(passed(&rates, Kind::Message, "192.0.2.1", later(10)), 1);
        assert_eq!(passed(&rates, Kind::Message, "192.0.2.1", later(40)), 3);
        assert_eq!(passed(&rates, Kind::Message, "192.0.2.1", later(400)), 6);
    }

    #[test]
    fn each_address_each_network_and_each_kind_has_its_own_count() {
        let (rates, now) = (rates(4, 10), Instant::now());
        for (peer, kind, passes) in [
            ("192.0.2.1", Kind::Message, 4),
            ("192.0.2.1", Kind::Recipient, 4),
            ("::ffff:192.0.2.1", Kind::Message, 0),
            ("192.0.2.2", Kind::Message, 4),
            ("192.0.2.3", Kind::Message, 2),
            ("192.0.2.4", Kind::Message, 0),
            ("192.0.3.1", Kind::Message, 4),
            ("2001:db8:1:2::1", Kind::Connection, 4),
            ("2001:db8:1:2:3::1", Kind::Connection, 0),
            ("2001:db8:1:3::1", Kind::Connection, 4),
            ("2001:db8:1:4::1", Kind::Connection, 2),
            ("2001:db8:2:1::1", Kind::Connection, 4),
        ] {
            assert_eq!(passed(&rates, kind, peer, now), passes, "{peer} {kind:?}");
        }
    }

    #[test]
    fn this_machine_is_not_counted_unless_it_is_wished() {
        let now = Instant::now();
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(passed(&rates(1, 1), Kind::Connection, peer, now), 100, "{peer}");
        }
        let limits = RateLimits {
            loopback_exempt: false,
            per_address: Rate { connections: 2, messages: 2, recipients: 2 },
            ..RateLimits::default()
        };
        assert_eq!(passed(&Rates::new(limits), Kind::Connection, "127.0.0.1", now), 2);
    }

    #[test]
    fn strangers_without_number_fill_no_memory() {
        let limits = RateLimits { counted_max: 100, ..RateLimits::default() };
        let (rates, now) = (Rates::new(limits), Instant::now());
        for number in 0..10_000_u32 {
            let peer = IpAddr::from(Ipv4Addr::from(number << 8));
            assert_eq!(rates.take(Kind::Connection, peer, now), Ok(()));
            assert!(rates.used_until().len() <= 100);
        }
    }

    #[test]
    fn zero_is_nobody() {
        assert_eq!(passed(&rates(0, 0), Kind::Message, "192.0.2.1", Instant::now()), 0);
    }
}
