//! When to try again: a pure function of how often, how long, and chance.

use std::time::Duration;

use message::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// How long mail is kept and tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Pauses after the first attempts. Short: a peer that says "later" to strangers (greylisting) takes them a few
    /// minutes afterwards.
    pub first_pauses: Vec<Duration>,
    /// Then, by the message's age, the pause at that age and older. RFC 5321 §4.5.4.1 asks for at least half an hour.
    pub later_pauses: Vec<(Duration, Duration)>,
    /// The sender hears that it takes longer after this time.
    pub delay_told_after: Duration,
    /// It is given up after this time (RFC 5321 §4.5.4.1: at least four to five days).
    pub given_up_after: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            first_pauses: vec![MINUTE, 5 * MINUTE, 10 * MINUTE],
            later_pauses: vec![
                (Duration::ZERO, 30 * MINUTE),
                (4 * HOUR, HOUR),
                (24 * HOUR, 2 * HOUR),
                (48 * HOUR, 4 * HOUR),
            ],
            delay_told_after: 4 * HOUR,
            given_up_after: 5 * 24 * HOUR,
        }
    }
}

impl Schedule {
    /// The pause after the attempt of this number (1 is the first), for a message of this age. `chance` makes it up to a
    /// tenth shorter or longer, so that what failed together does not come back together.
    #[must_use]
    pub fn pause(&self, attempt: u32, age: Duration, chance: u8) -> Duration {
        let number = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let by_age = || self.later_pauses.iter().rev().find(|(from, _)| age >= *from);
        let pause = self
            .first_pauses
            .get(number)
            .or_else(|| by_age().map(|(_, pause)| pause))
            .copied()
            .unwrap_or(30 * MINUTE);
        let tenth = pause / 10;
        pause - tenth + (tenth * 2) * u32::from(chance) / u32::from(u8::MAX)
    }

    /// When to try next after an attempt of this number that begins now.
    #[must_use]
    pub fn next_attempt(
        &self,
        now: Timestamp,
        accepted: Timestamp,
        attempt: u32,
        chance: u8,
    ) -> Timestamp {
        now + whole_seconds(self.pause(attempt, age(now, accepted), chance))
    }

    /// Whether the sender should hear by now that it takes longer.
    #[must_use]
    pub fn is_delayed(&self, now: Timestamp, accepted: Timestamp) -> bool {
        age(now, accepted) >= self.delay_told_after
    }
}

fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// A clock that was set back makes nothing younger than new.
fn age(now: Timestamp, accepted: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(now.seconds() - accepted.seconds()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: u8 = 127;

    fn minutes(duration: Duration) -> u64 {
        (duration.as_secs() + 30) / 60
    }

    #[test]
    fn the_first_pauses_are_short_and_the_later_ones_grow_with_age() {
        let schedule = Schedule::default();
        for (attempt, age, expected) in [
            (0, Duration::ZERO, 1),
            (1, Duration::ZERO, 1),
            (2, MINUTE, 5),
            (3, 6 * MINUTE, 10),
            (4, 16 * MINUTE, 30),
            (4, 3 * HOUR, 30),
            (9, 4 * HOUR, 60),
            (30, 24 * HOUR, 120),
            (u32::MAX, 100 * 24 * HOUR, 240),
            // The queue was stopped for days: the second attempt is still an early one.
            (2, 48 * HOUR, 5),
        ] {
            assert_eq!(
                minutes(schedule.pause(attempt, age, MIDDLE)),
                expected,
                "{attempt} {age:?}"
            );
        }
    }

    #[test]
    fn chance_moves_a_pause_by_a_tenth_at_most() {
        let schedule = Schedule::default();
        let pause = |chance| schedule.pause(4, HOUR, chance);
        assert_eq!(pause(0), 27 * MINUTE);
        assert_eq!(pause(u8::MAX), 33 * MINUTE);
        assert!((0..u8::MAX).all(|chance| pause(chance) <= pause(chance + 1)));
    }

    #[test]
    fn in_five_days_there_are_some_sixty_attempts() {
        let schedule = Schedule::default();
        let accepted = Timestamp::new(1_795_520_418);
        let (mut now, mut attempts) = (accepted, 0);
        while now < accepted + whole_seconds(schedule.given_up_after) {
            attempts += 1;
            now = schedule.next_attempt(now, accepted, attempts, MIDDLE);
        }
        assert_eq!(attempts, 61);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_pause_longer() {
        let schedule = Schedule::default();
        let accepted = Timestamp::new(1_795_520_418);
        let before = accepted - 86_400;
        let next = schedule.next_attempt(before, accepted, 4, MIDDLE);
        assert!(next < before + 31 * 60);
        assert!(!schedule.is_delayed(before, accepted));
        assert!(!schedule.is_delayed(accepted + 4 * 3_600 - 1, accepted));
        assert!(schedule.is_delayed(accepted + 4 * 3_600, accepted));
    }
}
