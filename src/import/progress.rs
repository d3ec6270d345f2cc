//! How far it is, how fast, and how long it will still take; told to a person on standard error.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// On a terminal the line is written again this often; elsewhere a new line comes less often.
const TERMINAL: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_secs(5);

/// Counts, and says so from time to time.
pub struct Progress {
    pub stored: u64,
    pub skipped: u64,
    pub vanished: u64,
    started: Instant,
    from: u64,
    shown: Option<Instant>,
    terminal: bool,
}

impl Progress {
    /// Nothing done yet.
    pub fn start() -> Progress {
        let terminal = std::io::stderr().is_terminal();
        Progress {
            stored: 0,
            skipped: 0,
            vanished: 0,
            started: Instant::now(),
            from: 0,
            shown: None,
            terminal,
        }
    }

    /// An earlier run had come this far.
    pub fn resumed(&mut self, position: u64, total: u64) {
        self.from = position;
        say(&format!(
            "Going on where an earlier import stopped, at {} %.\n",
            percent(position, total)
        ));
    }

    /// Tells how far it is, if it is time to.
    pub fn show(&mut self, position: u64, total: u64) {
        let every = if self.terminal { TERMINAL } else { ELSEWHERE };
        if self.shown.unwrap_or(self.started).elapsed() < every {
            return;
        }
        self.shown = Some(Instant::now());
        let line = self.line(position, total, self.started.elapsed());
        say(&if self.terminal { format!("\r\x1b[K{line}") } else { format!("{line}\n") });
    }

    /// Tells how it ended.
    pub fn finish(&self) {
        let start = if self.terminal && self.shown.is_some() { "\r\x1b[K" } else { "" };
        let (stored, skipped) = (self.stored, self.skipped);
        let elapsed = self.started.elapsed();
        let rate = per_second(stored + skipped, elapsed);
        say(&format!(
            "{start}{stored} imported, {skipped} already there, in {:.1} s ({rate}/s).\n",
            elapsed.as_secs_f64()
        ));
        if self.vanished > 0 {
            say(&format!(
                "{} went away while this was reading: run it again to bring what moved.\n",
                self.vanished
            ));
        }
    }

    fn line(&self, position: u64, total: u64, elapsed: Duration) -> String {
        let done = self.stored + self.skipped;
        let left = match position.saturating_sub(self.from) {
            0 => String::new(),
            read => format!(
                ", {} left",
                in_words(elapsed.as_secs() * total.saturating_sub(position) / read)
            ),
        };
        format!(
            "{done} messages, {} %, {}/s{left}",
            percent(position, total),
            per_second(done, elapsed)
        )
    }
}

fn say(text: &str) {
    // Nobody to tell it to is no reason to stop.
    drop(std::io::stderr().write_all(text.as_bytes()));
}

fn percent(part: u64, whole: u64) -> u64 {
    part * 100 / whole.max(1)
}

fn per_second(count: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    count * 1_000 / milliseconds
}

fn in_words(seconds: u64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_rate_and_time_left() {
        let progress = Progress { stored: 900, skipped: 100, ..Progress::start() };
        let line = progress.line(25, 100, Duration::from_secs(10));
        assert_eq!(line, "1000 messages, 25 %, 100/s, 30 s left");
    }

    #[test]
    fn what_an_earlier_run_did_does_not_count_for_the_time_left() {
        let progress = Progress { stored: 10, from: 50, ..Progress::start() };
        assert_eq!(
            progress.line(75, 100, Duration::from_secs(100)),
            "10 messages, 75 %, 0/s, 1 min 40 s left"
        );
    }

    #[test]
    fn time_left_is_said_as_people_say_it() {
        assert_eq!(in_words(59), "59 s");
        assert_eq!(in_words(61), "1 min 1 s");
        assert_eq!(in_words(7_260), "2 h 1 min");
    }
}
