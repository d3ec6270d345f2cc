//! Days and sizes as people type them.

use crate::dates::Zone;
use message::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// The first moment of a day: `2026-03-12`, `2026/3/12`, `2026-03`, `2026`, `today`, `yesterday`, `7d`, `2w`, `3m`, `1y`.
pub fn day(typed: &str, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
    let typed = typed.to_lowercase();
    match typed.as_str() {
        "today" => days_ago(0, now, zone),
        "yesterday" => days_ago(1, now, zone),
        _ => calendar_day(&typed, zone).or_else(|| days_ago(span(&typed)?, now, zone)),
    }
}

fn days_ago(days: i64, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
    // From the middle of the day, so that a day of 23 or 25 hours cannot shift the count.
    let (year, month, day) = zone.day_of(now)?;
    let noon = zone.start_of_day(year, month, day)?.seconds() + DAY_SECONDS / 2;
    let (year, month, day) =
        zone.day_of(Timestamp::new(noon.checked_sub(days.checked_mul(DAY_SECONDS)?)?))?;
    zone.start_of_day(year, month, day)
}

fn calendar_day(typed: &str, zone: &Zone) -> Option<Timestamp> {
    let mut numbers = typed.split(['-', '/', '.']);
    let year = numbers.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut next = || numbers.next().map_or(Some(1), |number| number.parse::<i8>().ok());
    let (month, day) = (next()?, next()?);
    if numbers.next().is_some() { None } else { zone.start_of_day(year, month, day) }
}

fn span(typed: &str) -> Option<i64> {
    let unit = typed.chars().next_back()?;
    let count: i64 = typed
        .get(..typed.len() - unit.len_utf8())?
        .parse()
        .ok()
        .filter(|count| (0..=100_000).contains(count))?;
    match unit {
        'd' => Some(count),
        'w' => Some(count * 7),
        'm' => Some(count * 30),
        'y' => Some(count * 365),
        _ => None,
    }
}

/// `500`, `500K`, `5M`, `5MB`, `1.5m`, `1g`, `5 MiB` without its space.
pub fn octets(typed: &str) -> Option<u64> {
    let typed = typed.to_lowercase();
    let number_end = typed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(typed.len());
    let (number, unit) = typed.split_at(number_end);
    let factor: u64 = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let tenths: u64 = if tenths.len() == 1 { tenths.parse().ok()? } else { return None };
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(factor)?.checked_add(tenths * factor / 10)
}
