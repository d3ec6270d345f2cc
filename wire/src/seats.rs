//! How many connections there are, in all and from one place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Ending, Limits};

/// The seats of the house. Clones count together: give one to several listeners if they share.
#[derive(Clone, Debug)]
pub struct Seats(Arc<Count>);

#[derive(Debug)]
struct Count {
    total_max: usize,
    per_address_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
    /// Seats ever given.
    number: u64,
}

/// A seat that is taken until it is dropped.
#[derive(Debug)]
pub struct Seat {
    count: Arc<Count>,
    network: IpAddr,
    number: u64,
}

impl Seats {
    /// As many as `connections_max` and `connections_per_address_max` say.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self(Arc::new(Count {
            total_max: limits.connections_max,
            per_address_max: limits.connections_per_address_max,
            taken: Mutex::default(),
        }))
    }

    /// Takes one for a client at this address.
    ///
    /// # Errors
    /// [`Ending::TooManyConnections`] or [`Ending::TooManyFromAddress`].
    pub fn take(&self, address: IpAddr) -> Result<Seat, Ending> {
        let network = network(address);
        let mut taken = self.0.taken();
        if taken.total >= self.0.total_max {
            return Err(Ending::TooManyConnections);
        }
        let from_here = taken.by_network.get(&network).copied().unwrap_or_default();
        if from_here >= self.0.per_address_max {
            return Err(Ending::TooManyFromAddress);
        }
        taken.by_network.insert(network, from_here + 1);
        taken.total += 1;
        taken.number += 1;
        Ok(Seat { count: Arc::clone(&self.0), network, number: taken.number })
    }

    /// How many are taken now.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.0.taken().total
    }
}

impl Count {
    /// Nothing can panic while the lock is held, so a poisoned one is as good as any.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Unique among the seats counted together.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.count.taken();
        taken.total = taken.total.saturating_sub(1);
        if let Some(count) = taken.by_network.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_network.remove(&self.network);
            }
        }
    }
}

/// One customer of an IPv6 provider has a /64 at least: all its addresses count as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn seats(connections_max: usize, connections_per_address_max: usize) -> Seats {
        Seats::new(&Limits { connections_max, connections_per_address_max, ..Limits::default() })
    }

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn an_address_gets_so_many_seats_and_no_more_until_one_is_free() {
        let seats = seats(10, 2);
        let first = seats.take(at("192.0.2.1")).unwrap();
        let _second = seats.take(at("192.0.2.1")).unwrap();
        assert_eq!(seats.take(at("192.0.2.1")).unwrap_err(), Ending::TooManyFromAddress);
        assert!(seats.take(at("192.0.2.2")).is_ok());
        drop(first);
        assert!(seats.take(at("192.0.2.1")).is_ok());
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_count_as_one() {
        let seats = seats(10, 1);
        let _seat = seats.take(at("2001:db8:0:1::1")).unwrap();
        let same = seats.take(at("2001:db8:0:1:ffff::2"));
        assert_eq!(same.unwrap_err(), Ending::TooManyFromAddress);
        assert!(seats.take(at("2001:db8:0:2::1")).is_ok());
    }

    #[test]
    fn an_ipv4_address_counts_the_same_through_an_ipv6_socket() {
        let seats = seats(10, 1);
        let _seat = seats.take(at("::ffff:192.0.2.1")).unwrap();
        assert_eq!(seats.take(at("192.0.2.1")).unwrap_err(), Ending::TooManyFromAddress);
    }

    #[test]
    fn the_house_is_full_when_all_seats_are_taken_and_forgets_those_who_left() {
        let seats = seats(2, 2);
        let first = seats.take(at("192.0.2.1")).unwrap();
        let second = seats.take(at("192.0.2.2")).unwrap();
        assert_eq!(seats.take(at("192.0.2.3")).unwrap_err(), Ending::TooManyConnections);
        assert_eq!((first.number(), second.number(), seats.taken()), (1, 2, 2));
        drop((first, second));
        assert_eq!(seats.taken(), 0);
        assert!(seats.0.taken().by_network.is_empty());
    }
}
