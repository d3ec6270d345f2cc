//! Where parcels come from, and where it is said what became of them.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use super::super::outcome::Outcome;
use super::super::parcel::Parcel;

/// Something the desk does.
pub type Desking<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Hands parcels of one destination out, and hears what became of them.
pub trait Desk: Send {
    /// The next parcel; none when there is no more, or when the connection is better used by others. It is
    /// not asked again after that.
    fn next(&mut self) -> Desking<'_, Option<Parcel>>;

    /// What became of a parcel that was handed out.
    fn settle(&mut self, settled: Settled) -> Desking<'_, ()>;
}

/// What became of a parcel.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which.
    pub parcel: Parcel,
    /// For each of its recipients, in their order.
    pub outcomes: Vec<Outcome>,
}

/// Parcels that are all there from the beginning.
pub(super) struct Pile {
    waiting: VecDeque<Parcel>,
    settled: Vec<Settled>,
}

impl Pile {
    pub fn new(parcels: Vec<Parcel>) -> Self {
        Self { waiting: parcels.into(), settled: Vec::new() }
    }

    /// All that is settled, and what was never asked for, with the same outcome for all.
    pub fn settle_rest(self, outcome: &Outcome) -> Vec<Settled> {
        let settle = |parcel: Parcel| {
            let outcomes = vec![outcome.clone(); parcel.recipients.len()];
            Settled { parcel, outcomes }
        };
        self.settled.into_iter().chain(self.waiting.into_iter().map(settle)).collect()
    }
}

impl Desk for Pile {
    fn next(&mut self) -> Desking<'_, Option<Parcel>> {
        Box::pin(std::future::ready(self.waiting.pop_front()))
    }

    fn settle(&mut self, settled: Settled) -> Desking<'_, ()> {
        self.settled.push(settled);
        Box::pin(std::future::ready(()))
    }
}
