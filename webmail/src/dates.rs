//! Times in the words that people use, by the reader's own clock.
//!
//! Knows time zones. Does not read the clock: what "now" is comes as an argument.

use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ZonedDateTime};
use message::Timestamp;

/// The zone whose clock a page is written by.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

/// Longest zone name that is looked up; `America/Argentina/ComodRivadavia` has 32 octets.
const ZONE_NAME_OCTETS_MAX: usize = 40;

impl Zone {
    /// The zone of the machine that the house stands on; UTC if it has none.
    pub fn of_this_machine() -> Self {
        Self(TimeZone::system())
    }

    /// A zone by its name in the tz database, as a browser reports it.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |o: u8| o.is_ascii_alphanumeric() || matches!(o, b'/' | b'_' | b'-' | b'+');
        if name.is_empty() || name.len() > ZONE_NAME_OCTETS_MAX || !name.bytes().all(plain) {
            return None;
        }
        TimeZone::get(name).ok().map(Self)
    }

    fn at(&self, time: Timestamp) -> Option<ZonedDateTime> {
        Instant::from_second(time.seconds())
            .ok()
            .map(|instant| ZonedDateTime::new(instant, self.0.clone()))
    }

    /// The first second of a day of this zone.
    pub fn start_of_day(&self, year: i16, month: i8, day: i8) -> Option<Timestamp> {
        let zoned = jiff::civil::Date::new(year, month, day)
            .ok()?
            .to_zoned_datetime(self.0.clone())
            .ok()?;
        Some(Timestamp::new(zoned.timestamp().as_second()))
    }

    /// Year, month and day of a time.
    pub fn day_of(&self, time: Timestamp) -> Option<(i16, i8, i8)> {
        self.at(time).map(|zoned| (zoned.year(), zoned.month(), zoned.day()))
    }
}

/// A time as a page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// For a list: `14:05`, `Mon`, `12 Mar`, `12 Mar 2024`.
    pub short: String,
    /// For a letter: `Today, 14:05`, `Monday, 14:05`, `12 March, 14:05`, `12 March 2024, 14:05`.
    pub long: String,
    /// All of it, for a tooltip: `Thursday 12 March 2026, 14:05:31 +01:00`.
    pub full: String,
    /// For the `datetime` attribute: `2026-03-12T14:05:31+01:00`.
    pub machine: String,
}

impl When {
    /// Words for `time`, seen from `now`.
    pub fn of(time: Timestamp, now: Timestamp, zone: &Zone) -> Self {
        let (Some(at), Some(now)) = (zone.at(time), zone.at(now)) else { return Self::default() };
        let clock = at.strftime("%H:%M");
        let (short, day) = match days_between(&at, &now) {
            Some(0) => (clock.to_string(), "Today".to_owned()),
            Some(1) => (at.strftime("%a").to_string(), "Yesterday".to_owned()),
            Some(2..=6) => (at.strftime("%a").to_string(), at.strftime("%A").to_string()),
            _ if at.year() == now.year() => {
                (at.strftime("%-d %b").to_string(), at.strftime("%-d %B").to_string())
            }
            _ => (at.strftime("%-d %b %Y").to_string(), at.strftime("%-d %B %Y").to_string()),
        };
        Self {
            short,
            long: format!("{day}, {clock}"),
            full: at.strftime("%A %-d %B %Y, %H:%M:%S %:z").to_string(),
            machine: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        }
    }
}

impl When {
    /// `today, 14:05`: the long form inside of a sentence. Days of the week and months keep their capitals.
    pub fn in_a_sentence(&self) -> String {
        self.long.replacen("Today", "today", 1).replacen("Yesterday", "yesterday", 1)
    }
}

/// Midnights from `at` to `now`; nothing when `at` is yet to come or long past.
fn days_between(at: &ZonedDateTime, now: &ZonedDateTime) -> Option<i64> {
    let days = at.date().duration_until(now.date()).as_hours() / 24;
    (0..=6).contains(&days).then_some(days)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Monday 23 November 2026, 11:40:18 UTC.
    const NOW: Timestamp = Timestamp::new(1_795_434_018);

    fn utc() -> Zone {
        Zone::named("UTC").unwrap()
    }

    fn seen(seconds_ago: i64) -> (String, String) {
        let when = When::of(Timestamp::new(NOW.seconds() - seconds_ago), NOW, &utc());
        (when.short, when.long)
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        const HOUR: i64 = 3600;
        for (ago, short, long) in [
            (0, "11:40", "Today, 11:40"),
            (11 * HOUR, "00:40", "Today, 00:40"),
            (12 * HOUR, "Sun", "Yesterday, 23:40"),
            (3 * 24 * HOUR, "Fri", "Friday, 11:40"),
            (6 * 24 * HOUR, "Tue", "Tuesday, 11:40"),
            (7 * 24 * HOUR, "16 Nov", "16 November, 11:40"),
            (365 * 24 * HOUR, "23 Nov 2025", "23 November 2025, 11:40"),
            (-24 * HOUR, "24 Nov", "24 November, 11:40"),
        ] {
            assert_eq!(seen(ago), (short.to_owned(), long.to_owned()), "{ago} seconds ago");
        }
    }

    #[test]
    fn the_readers_zone_decides_what_day_it_is() {
        let tokyo = Zone::named("Asia/Tokyo").unwrap();
        let when = When::of(Timestamp::new(NOW.seconds() - 11 * 3600), NOW, &tokyo);
        assert_eq!(
            (when.short.as_str(), when.machine.as_str()),
            ("09:40", "2026-11-23T09:40:18+09:00")
        );
        assert_eq!(tokyo.day_of(NOW).unwrap(), (2026, 11, 23));
        assert_eq!(tokyo.start_of_day(2026, 11, 23).unwrap().seconds(), 1_795_359_600);
    }

    #[test]
    fn only_names_of_zones_are_looked_up() {
        for bad in [
            "",
            "Nowhere/Land",
            "../../etc/passwd",
            "Europe/Paris\0",
            "Europe\\Paris",
            &"A".repeat(100),
        ] {
            assert!(Zone::named(bad).is_none(), "{bad}");
        }
        assert!(Zone::named("Europe/Paris").is_some());
    }

    #[test]
    fn a_time_beyond_all_calendars_is_left_unsaid() {
        assert_eq!(When::of(Timestamp::new(i64::MAX), NOW, &utc()), When::default());
    }
}
