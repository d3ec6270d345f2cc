//! What goes wrong at the entrance.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use crate::Ending;

/// Pauses when no connection can be accepted.
const BACK_OFF: Duration = Duration::from_millis(50);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// Clients that are not let in get a line in the log no more often than this: each of them can come a thousand times
/// a second.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// What goes wrong again and again, logged when it starts and then now and then.
pub(super) struct Troubles {
    service: &'static str,
    /// Not let in since it was last told.
    untold: u64,
    told: Option<Instant>,
    back_off: Duration,
}

impl Troubles {
    pub(super) fn new(service: &'static str) -> Self {
        Self { service, untold: 0, told: None, back_off: BACK_OFF }
    }

    /// A connection was accepted.
    pub(super) fn none(&mut self) {
        self.back_off = BACK_OFF;
    }

    /// It was not let in. Says whether that is told.
    pub(super) fn not_let_in(&mut self, ending: Ending, address: SocketAddr) -> bool {
        self.untold += 1;
        let tell = self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY);
        if tell {
            let times = std::mem::take(&mut self.untold);
            self.told = Some(Instant::now());
            info!(service = self.service, ?ending, peer = %address, times, "not let in");
        }
        tell
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

    #[tokio::test(start_paused = true)]
    async fn those_who_are_not_let_in_fill_no_log() {
        let mut troubles = Troubles::new("smtp");
        let peer = SocketAddr::from(([192, 0, 2, 1], 4711));
        let mut told = 0;
        for _ in 0..1_200 {
            told += u32::from(troubles.not_let_in(Ending::Banned, peer));
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        assert_eq!(told, 2);
    }

    #[test]
    fn a_client_that_was_gone_before_it_was_accepted_costs_no_pause() {
        let gone = io::Error::from(io::ErrorKind::ConnectionAborted);
        assert_eq!(Troubles::new("smtp").cannot_accept(&gone), Duration::ZERO);
    }
}
