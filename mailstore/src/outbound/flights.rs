//! Who is being tried right now, in memory: one process has the queue. A try may take longer than the
//! time to the next one; nobody is tried twice at once all the same.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::value::OutboundRecipientId;

/// The recipients that are being tried, each by the lease that took it.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    flying: Mutex<HashMap<OutboundRecipientId, u64>>,
    leases: AtomicU64,
}

/// A message's recipients are being tried as long as this lives or until they are settled. When it
/// is dropped before, as when the task that tries them panics, they may be leased again at their
/// next time. The default one is of nobody.
#[derive(Debug, Default)]
pub struct Lease {
    _taken: Option<Taken>,
}

#[derive(Debug)]
struct Taken {
    flights: Arc<Flights>,
    number: u64,
    recipients: Vec<OutboundRecipientId>,
}

impl Flights {
    /// A lease of these recipients. It counts when it [took off](Self::took_off), which is after the
    /// commit.
    pub(super) fn lease(self: &Arc<Self>, recipients: Vec<OutboundRecipientId>) -> (u64, Lease) {
        let number = self.leases.fetch_add(1, Ordering::Relaxed);
        let taken = Taken { flights: self.clone(), number, recipients };
        (number, Lease { _taken: Some(taken) })
    }

    pub(super) fn took_off(&self, lease: u64, recipients: &[OutboundRecipientId]) {
        self.flying().extend(recipients.iter().map(|one| (*one, lease)));
    }

    pub(super) fn is_flying(&self, recipient: OutboundRecipientId) -> bool {
        self.flying().contains_key(&recipient)
    }

    /// They are settled, whoever leased them.
    pub(super) fn landed(&self, recipients: &[OutboundRecipientId]) {
        let mut flying = self.flying();
        for recipient in recipients {
            flying.remove(recipient);
        }
    }

    fn flying(&self) -> MutexGuard<'_, HashMap<OutboundRecipientId, u64>> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    /// What was settled and leased anew meanwhile is another lease's.
    fn drop(&mut self) {
        let mut flying = self.flights.flying();
        for recipient in &self.recipients {
            if flying.get(recipient) == Some(&self.number) {
                flying.remove(recipient);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_ends_late_does_not_end_a_later_one() {
        let flights = Arc::new(Flights::default());
        let ids = [OutboundRecipientId::new(1), OutboundRecipientId::new(2)];
        let (number, first) = flights.lease(ids.to_vec());
        flights.took_off(number, &ids);
        assert!(ids.iter().all(|id| flights.is_flying(*id)));
        flights.landed(&ids[..1]);
        assert!(!flights.is_flying(ids[0]));
        let (number, second) = flights.lease(ids[..1].to_vec());
        flights.took_off(number, &ids[..1]);
        drop(first);
        assert!(flights.is_flying(ids[0]));
        assert!(!flights.is_flying(ids[1]));
        drop(second);
        assert!(!flights.is_flying(ids[0]));
    }
}
