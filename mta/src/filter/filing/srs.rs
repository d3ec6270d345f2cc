//! The Sender Rewriting Scheme: `SRS0=hash=day=host=local@ours`, a reverse-path of ours that leads back to
//! the original one. Signed, so that nobody has us send mail wherever they like; of a certain day, so that
//! one that is caught is of no use for long.

use aws_lc_rs::{constant_time, hmac};
use message::{Address, Domain, Timestamp};

const MARK: &str = "SRS0=";
/// Of the signature, five bits each.
const HASH_LETTERS: usize = 8;
/// Days that a rewritten address leads back: longer than any host tries (RFC 5321 §4.5.4.1).
const DAYS_MAX: i64 = 14;
/// Days are counted in two letters, over and over.
const DAYS_CYCLE: i64 = 1_024;
const DAY_SECONDS: i64 = 86_400;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What rewritten addresses are signed with.
#[derive(Debug)]
pub struct Secret(hmac::Key);

impl Secret {
    /// Of octets that nobody else knows.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, octets))
    }

    /// Hosts on the way may change the case.
    fn hash(&self, day: &str, rest: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{day}={rest}").to_ascii_lowercase().as_bytes());
        tag.as_ref().iter().take(HASH_LETTERS).map(|octet| letter(i64::from(*octet))).collect()
    }
}

fn letter(number: i64) -> char {
    let place = usize::try_from(number.rem_euclid(32)).unwrap_or_default();
    LETTERS.get(place).copied().map_or('a', char::from)
}

fn number(letter: char) -> Option<i64> {
    let at = LETTERS.iter().position(|one| char::from(*one) == letter.to_ascii_lowercase())?;
    i64::try_from(at).ok()
}

fn day(now: Timestamp) -> i64 {
    now.seconds().div_euclid(DAY_SECONDS).rem_euclid(DAYS_CYCLE)
}

/// An address at our domain that leads back to the sender. `None` when it would be too long (RFC 5321
/// §4.5.3.1.1: 64 octets), or cannot be written so.
#[must_use]
pub fn rewritten(
    sender: &Address,
    ours: &Domain,
    secret: &Secret,
    now: Timestamp,
) -> Option<Address> {
    let host = sender.domain()?.as_ascii();
    let rest = format!("{host}={}", sender.local().as_str());
    let day = day(now);
    let day = String::from_iter([letter(day / 32), letter(day)]);
    let hash = secret.hash(&day, &rest);
    let rewritten =
        Address::parse(&format!("{MARK}{hash}={day}={rest}@{}", ours.as_ascii())).ok()?;
    // What must be quoted, or was written in two ways, would not come back the same.
    (original(&rewritten, secret, now).as_ref() == Some(sender)).then_some(rewritten)
}

/// Whether an address looks like a rewritten one.
#[must_use]
pub fn is_rewritten(address: &Address) -> bool {
    let start = address.local().as_str().get(..MARK.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(MARK))
}

/// The sender that a rewritten address leads back to, if we wrote it lately.
#[must_use]
pub fn original(address: &Address, secret: &Secret, now: Timestamp) -> Option<Address> {
    if !is_rewritten(address) {
        return None;
    }
    let mut parts = address.local().as_str().get(MARK.len()..)?.splitn(3, '=');
    let (hash, written, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let hash = hash.to_ascii_lowercase();
    let expected = secret.hash(written, rest);
    constant_time::verify_slices_are_equal(hash.as_bytes(), expected.as_bytes()).ok()?;
    let mut letters = written.chars();
    let then = number(letters.next()?)? * 32 + number(letters.next()?)?;
    let age = (day(now) - then).rem_euclid(DAYS_CYCLE);
    if age > DAYS_MAX {
        return None;
    }
    let (host, local) = rest.split_once('=')?;
    Address::parse(&format!("{local}@{host}")).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::new(1_795_520_418);

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn there(sender: &str) -> Option<Address> {
        let ours = Domain::parse("hamburger.edu").unwrap();
        rewritten(&address(sender), &ours, &Secret::new(b"secret"), NOW)
    }

    fn back(text: &str, secret: &[u8], days: i64) -> Option<Address> {
        original(&address(text), &Secret::new(secret), NOW + days * DAY_SECONDS)
    }

    #[test]
    fn what_was_rewritten_leads_back_whatever_became_of_its_case() {
        for sender in
            ["alice@crepes.fr", "a=b+c@sub.crepes.fr", "SRS0=aaaa=bb=x.example=y@z.example"]
        {
            let ours = there(sender).unwrap().to_string();
            assert!(ours.starts_with("SRS0=") && ours.ends_with("@hamburger.edu"), "{ours}");
            assert_eq!(back(&ours, b"secret", 0), Some(address(sender)), "{ours}");
            let lower = ours.to_ascii_lowercase();
            assert_eq!(back(&lower, b"secret", 14), Some(address(sender)), "{lower}");
        }
    }

    #[test]
    fn a_forged_or_old_one_leads_nowhere() {
        let ours = there("alice@crepes.fr").unwrap().to_string();
        let cases = [
            (ours.clone(), &b"other"[..], 0),
            (ours.clone(), b"secret", 15),
            (ours.clone(), b"secret", -1),
            (ours.replace("alice", "mallory"), b"secret", 0),
            (ours.replace("crepes.fr", "evil.example"), b"secret", 0),
            ("SRS0=x@hamburger.edu".to_owned(), b"secret", 0),
            ("SRS0====@hamburger.edu".to_owned(), b"secret", 0),
            ("alice@hamburger.edu".to_owned(), b"secret", 0),
        ];
        for (text, secret, days) in cases {
            assert_eq!(back(&text, secret, days), None, "{text} {days}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_rewritten() {
        assert!(there(&format!("{}@crepes.fr", "x".repeat(37))).is_some());
        assert!(there(&format!("{}@crepes.fr", "x".repeat(38))).is_none());
        assert!(there("\"two words\"@crepes.fr").is_none());
        assert!(there("alice@[192.0.2.1]").is_none());
    }
}
