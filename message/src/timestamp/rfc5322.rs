//! `Date` fields: RFC 5322 §3.3 written, §3.3, §4.3 and worse read.

use super::calendar::{MONTHS, WEEKDAYS, days};
use super::{Timestamp, ZonedTime};

/// No honest date is longer, comments included.
const DATE_OCTETS_MAX: usize = 256;

pub(super) fn format(time: ZonedTime) -> String {
    let c = time.calendar();
    let sign = if time.offset_minutes < 0 { '-' } else { '+' };
    let offset = time.offset_minutes.unsigned_abs();
    format!(
        "{}, {} {} {:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
        c.weekday_name(),
        c.day,
        c.month_name(),
        c.year,
        c.hour,
        c.minute,
        c.second,
        offset / 60,
        offset % 60
    )
}

/// Reads the words in the order in which they come, each recognised by its form: that takes
/// `Mon, 23 Nov 2026 11:40:18 +0100`, the C library's `Mon Nov 23 11:40:18 2026` and
/// `23-Nov-2026 11:40 EST` alike.
pub(super) fn parse(text: &str) -> Option<ZonedTime> {
    if text.len() > DATE_OCTETS_MAX {
        return None;
    }
    let text = without_comments(text);
    let mut date = Date::default();
    for word in text.split(|c: char| c.is_ascii_whitespace() || c == ',') {
        date.take(word)?;
    }
    date.finish()
}

#[derive(Default)]
struct Date {
    day: Option<i64>,
    month: Option<i64>,
    year: Option<i64>,
    seconds: Option<i64>,
    offset_minutes: Option<i16>,
}

impl Date {
    /// Takes one word in; `None` when it can't belong to a date.
    fn take(&mut self, word: &str) -> Option<()> {
        match word.as_bytes().first() {
            None => {}
            Some(b'0'..=b'9') if word.contains(':') => self.seconds = Some(time_of_day(word)?),
            Some(b'0'..=b'9') if word.contains('-') => {
                for piece in word.split('-') {
                    self.take(piece)?;
                }
            }
            Some(b'0'..=b'9') => self.take_number(word)?,
            Some(b'+' | b'-') => self.offset_minutes = Some(numeric_zone(word)?),
            Some(_) => self.take_name(word),
        }
        Some(())
    }

    fn take_number(&mut self, word: &str) -> Option<()> {
        let number = digits(word, 4)?;
        if self.day.is_none() && word.len() <= 2 {
            self.day = Some(number);
        } else if self.year.is_none() {
            // RFC 5322 §4.3: two digits below 50 are of this century, others count from 1900.
            self.year = Some(match (word.len(), number) {
                (2, 0..=49) => number + 2_000,
                (2 | 3, _) => number + 1_900,
                _ => number,
            });
        } else {
            return None;
        }
        Some(())
    }

    fn take_name(&mut self, word: &str) {
        let is = |name: &&str| word.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(name));
        if let (None, Some(month)) = (self.month, (1_i64..).zip(MONTHS).find(|(_, m)| is(m))) {
            self.month = Some(month.0);
        } else if self.seconds.is_none() && WEEKDAYS.iter().any(is) {
            // The day of the week follows from the date, and is often wrong.
        } else if self.seconds.is_some() && self.offset_minutes.is_none() {
            self.offset_minutes = Some(named_zone(word));
        }
    }

    fn finish(self) -> Option<ZonedTime> {
        let year = self.year.filter(|year| (1_900..=9_999).contains(year))?;
        let days = days(year, self.month?, self.day?)?;
        let offset_minutes = self.offset_minutes.unwrap_or(0);
        let local = days * 86_400 + self.seconds.unwrap_or(0);
        let at = Timestamp::new(local - i64::from(offset_minutes) * 60);
        Some(ZonedTime { at, offset_minutes })
    }
}

/// `hh:mm` or `hh:mm:ss`; a leap second is the first of the next minute.
fn time_of_day(word: &str) -> Option<i64> {
    let mut numbers = word.split(':');
    let hour = digits(numbers.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(numbers.next()?, 2).filter(|minute| *minute < 60)?;
    let second = match numbers.next() {
        Some(text) => digits(text.split('.').next()?, 2).filter(|second| *second <= 60)?,
        None => 0,
    };
    numbers.next().is_none().then_some(hour * 3_600 + minute * 60 + second)
}

/// `+hhmm`, and `+hh:mm`, which ISO 8601 has taught some.
fn numeric_zone(word: &str) -> Option<i16> {
    let number: String = word.chars().skip(1).filter(|c| *c != ':').collect();
    let number = digits(&number, 4)?;
    let minutes = i16::try_from(number / 100 * 60 + number % 100).ok()?;
    // RFC 5322 §3.3: the form allows up to 99 hours; nobody lives further than 15 from London.
    if number % 100 > 59 || minutes > 24 * 60 {
        return Some(0);
    }
    Some(if word.starts_with('-') { -minutes } else { minutes })
}

/// RFC 5322 §4.3: the zones of North America; all others, the military ones included, say nothing.
fn named_zone(word: &str) -> i16 {
    let name = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_uppercase();
    match name.as_str() {
        "EDT" => -4 * 60,
        "EST" | "CDT" => -5 * 60,
        "CST" | "MDT" => -6 * 60,
        "MST" | "PDT" => -7 * 60,
        "PST" => -8 * 60,
        // `GMT+0100`: the digits count.
        _ => word.find(['+', '-']).and_then(|at| numeric_zone(word.get(at..)?)).unwrap_or(0),
    }
}

fn digits(text: &str, max: usize) -> Option<i64> {
    let ok = (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if ok { text.parse().ok() } else { None }
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => continue,
            _ => out.push(c),
        }
        // A comment parts words (RFC 5322 §3.2.2).
        if matches!(c, '(' | ')') {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const AT: i64 = 1_795_434_018;

    #[test]
    fn the_forms_of_a_date_read_alike() {
        for (text, seconds) in [
            ("Mon, 23 Nov 2026 11:40:18 +0000", AT),
            ("23 Nov 2026 11:40:18 GMT", AT),
            ("Mon, 23 Nov 2026 12:40:18 +0100", AT),
            (" Mon ,\r\n 23 Nov 2026 06 (a (nested) comment)", -1),
            (" Mon ,\r\n 23 Nov (x) 2026 06:40:18 EST (eastern)", AT),
            ("Mon Nov 23 11:40:18 2026", AT),
            ("Mon Nov 23 12:40:18 CET 2026", AT + 3_600),
            ("Monday, 23-Nov-26 11:40:18 Z", AT),
            ("23 Nov 126 11:40:18 A", AT),
            ("Mon, 23 Nov 2026 12:40:18 GMT+0100", AT),
            ("Mon, 23 Nov 2026 12:40:18 +01:00", AT),
            ("Mon, 23 Nov 2026 11:40 +0000", AT - 18),
            ("Fri, 21 Nov 97 09:55:06 -0600", 880_127_706),
            ("Thu, 13 Feb 1969 23:32:54 -0330", -27_723_426),
            ("29 Feb 2024 00:00:00 +0000", 1_709_164_800),
        ] {
            let expected = (seconds >= 0 || text.contains("1969")).then(|| Timestamp::new(seconds));
            assert_eq!(Timestamp::parse_rfc5322(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "29 Feb 2023 00:00:00 +0000",
            "31 Apr 2023 00:00:00 +0000",
            "0 Jan 2023 00:00:00 +0000",
            "1 Foo 2023 00:00:00 +0000",
            "1 Jan 2023 24:00:00 +0000",
            "1 Jan 2023 10:60:00 +0000",
            "1 Jan 12023 10:00:00 +0000",
            "1 Jan 2023 10:00:00 +\u{663}\u{663}",
            "1 Jan 1 2023 10:00:00",
        ] {
            assert_eq!(Timestamp::parse_rfc5322(text), None, "{text}");
        }
        assert_eq!(Timestamp::parse_rfc5322(&"(".repeat(1 << 20)), None);
    }

    #[test]
    fn a_date_is_printed_as_the_standard_has_it() {
        assert_eq!(Timestamp::new(AT).to_rfc5322(), "Mon, 23 Nov 2026 11:40:18 +0000");
        let time = ZonedTime { at: Timestamp::new(AT), offset_minutes: -210 };
        assert_eq!(time.to_rfc5322(), "Mon, 23 Nov 2026 08:10:18 -0330");
        assert_eq!(Timestamp::new(0).to_string(), "1970-01-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(
            seconds in -2_208_902_400_i64..253_402_214_400, offset in -839_i16..840
        ) {
            let time = ZonedTime { at: Timestamp::new(seconds), offset_minutes: offset };
            prop_assert_eq!(ZonedTime::parse_rfc5322(&time.to_rfc5322()), Some(time));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            drop(Timestamp::parse_rfc5322(&text).map(|time| time.to_string()));
        }

        #[test]
        fn dates_of_any_second_have_a_calendar(seconds in any::<i64>()) {
            Timestamp::new(seconds).to_string();
        }
    }

    #[test]
    fn a_day_is_the_one_of_the_place_of_writing() {
        let time = ZonedTime::parse_rfc5322("Mon, 23 Nov 2026 23:30:00 -0500").unwrap();
        assert_eq!((time.calendar().day, time.at.calendar().day), (23, 24));
    }
}
