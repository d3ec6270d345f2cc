//! What a program measured, printed as one line of JSON for the harness.

use std::time::{Duration, Instant};

use serde::Serialize;

/// How many, how long, and how long each took.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Things that were done and confirmed.
    pub count: usize,
    /// From the start to the last confirmation.
    pub seconds: f64,
    /// The median of one.
    pub p50_ms: f64,
    /// The slowest hundredth begins here.
    pub p99_ms: f64,
}

impl Figures {
    /// Of things done one by one or side by side, each of which took one of `durations`.
    #[must_use]
    pub fn of(mut durations: Vec<Duration>, total: Duration) -> Self {
        durations.sort_unstable();
        let at = |hundredths: usize| {
            let place = durations.len() * hundredths / 100;
            durations
                .get(place.min(durations.len().saturating_sub(1)))
                .map_or(0.0, |d| d.as_secs_f64() * 1000.0)
        };
        Self {
            count: durations.len(),
            seconds: total.as_secs_f64(),
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }

    /// Prints the one line.
    ///
    /// # Errors
    /// Those of serialising, which these fields have none of.
    #[expect(clippy::print_stdout, reason = "the line is the program's result")]
    pub fn print(&self) -> serde_json::Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// One clock for all who work side by side: a common start, a common end, and the last confirmation.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    start: Instant,
    run_for: Duration,
}

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start(run_for: Duration) -> Self {
        Self { start: Instant::now(), run_for }
    }

    /// Nothing new is begun after this; what was begun is finished and counted.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.start.elapsed() >= self.run_for
    }

    /// Since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_slowest_hundredth_are_found_in_any_order() {
        let durations = (1..=200).rev().map(Duration::from_millis).collect();
        let figures = Figures::of(durations, Duration::from_secs(2));
        assert_eq!(
            (figures.count, figures.p50_ms.round(), figures.p99_ms.round()),
            (200, 101.0, 199.0)
        );
    }

    #[test]
    fn nothing_done_is_no_division_by_zero() {
        assert!(Figures::of(Vec::new(), Duration::from_secs(1)).p99_ms.abs() < f64::EPSILON);
    }
}
