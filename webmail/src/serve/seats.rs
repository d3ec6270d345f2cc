//! How many may be in the house at one time, and how many of them from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// All the seats. A cheap clone.
#[derive(Clone)]
pub struct Seats {
    total_max: usize,
    each_max: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// One seat, free again when dropped.
pub struct Seat {
    seats: Seats,
    network: IpAddr,
}

impl Seats {
    /// So many, and so many for one address.
    pub fn new(total_max: usize, each_max: usize) -> Self {
        Self { total_max, each_max, taken: Arc::default() }
    }

    /// A seat, if there is one left for this address.
    pub fn take(&self, address: IpAddr) -> Option<Seat> {
        let network = network_of(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = taken.by_network.get(&network).copied().unwrap_or(0);
        if taken.total >= self.total_max || mine >= self.each_max {
            return None;
        }
        taken.total += 1;
        taken.by_network.insert(network, mine + 1);
        Some(Seat { seats: self.clone(), network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        if let Some(mine) = taken.by_network.get_mut(&self.network) {
            *mine -= 1;
            if *mine == 0 {
                taken.by_network.remove(&self.network);
            }
        }
    }
}

/// Whoever has one IPv6 address has the 2⁶⁴ beside it.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn seats_run_out_for_all_and_for_one_and_come_back() {
        let seats = Seats::new(3, 2);
        let [ann, bob]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let first = seats.take(ann);
        let second = seats.take(ann);
        assert!(first.is_some() && second.is_some() && seats.take(ann).is_none());
        let third = seats.take(bob);
        assert!(third.is_some() && seats.take(bob).is_none());
        drop(first);
        assert!(seats.take(ann).is_some());
        drop((second, third));
        assert!(seats.taken.lock().unwrap().by_network.is_empty());
    }

    #[test]
    fn a_whole_ipv6_network_is_one_guest() {
        let seats = Seats::new(10, 1);
        let _held = seats.take("2001:db8::1".parse().unwrap());
        assert!(seats.take("2001:db8::ffff".parse().unwrap()).is_none());
        assert!(seats.take("2001:db8:0:1::1".parse().unwrap()).is_some());
        assert!(seats.take("::ffff:192.0.2.1".parse().unwrap()).is_some());
    }
}
