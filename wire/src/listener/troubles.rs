//! What goes wrong at the entrance.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tracing::{info, warn};

use crate::Ending;

/// Pauses when no connection can be accepted.
const BACK_OFF: Duration = Duration::from_millis(50);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// What goes wrong again and again, logged when it starts and when it is over.
pub(super) struct Troubles {
    service: &'static str,
    refused: u64,
    back_off: Duration,
}

impl Troubles {
    pub(super) fn new(service: &'static str) -> Self {
        Self { service, refused: 0, back_off: BACK_OFF }
    }

    /// A connection was accepted.
    pub(super) fn none(&mut self) {
        self.back_off = BACK_OFF;
    }

    /// It got a seat.
    pub(super) fn has_room(&mut self) {
        if self.refused > 0 {
            let refused = std::mem::take(&mut self.refused);
            info!(service = self.service, refused, "seats again");
        }
    }

    /// It got none.
    pub(super) fn full(&mut self, ending: Ending, address: SocketAddr) {
        if self.refused == 0 {
            info!(service = self.service, ?ending, peer = %address, "no seat");
        }
        self.refused += 1;
    }

    /// Either a connection that was gone before it was accepted, or we are out of something (file
    /// descriptors, memory): accepting at full speed would not help. Says how long to pause.
    pub(super) fn cannot_accept(&mut self, error: &io::Error) -> Duration {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
            return Duration::ZERO;
        }
        if self.back_off == BACK_OFF {
            warn!(service = self.service, %error, "cannot accept connections; trying on");
        }
        let pause = self.back_off;
        self.back_off = (pause * 2).min(BACK_OFF_MAX);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_file_descriptors_pauses_longer_and_longer_until_one_is_accepted() {
        let emfile = io::Error::from_raw_os_error(24);
        let mut troubles = Troubles::new("smtp");
        let pauses: Vec<_> = (0..7).map(|_| troubles.cannot_accept(&emfile).as_millis()).collect();
        assert_eq!(pauses, [50, 100, 200, 400, 800, 1_000, 1_000]);
        troubles.none();
        assert_eq!(troubles.cannot_accept(&emfile), BACK_OFF);
    }

    #[test]
    fn a_client_that_was_gone_before_it_was_accepted_costs_no_pause() {
        let gone = io::Error::from(io::ErrorKind::ConnectionAborted);
        assert_eq!(Troubles::new("smtp").cannot_accept(&gone), Duration::ZERO);
    }
}
