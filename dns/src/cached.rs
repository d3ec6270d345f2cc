//! Answers kept until they expire, those that say "there is nothing" too (RFC 2308).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::{Answer, Kind, Looking, LookupError, Name, Record, Resolver};

/// A resolver that asks another one only for what it does not know any more.
///
/// Failures that are nobody's last word (no answer, SERVFAIL, bogus) are not kept: whoever asks again
/// waits long enough between the tries.
#[derive(Debug)]
pub struct Cached<R> {
    inner: R,
    limits: CacheLimits,
    kept: Mutex<Kept>,
}

/// How much is kept, and for how long at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Answers kept.
    pub answers_max: usize,
    /// Octets of all records kept, about.
    pub octets_max: usize,
    /// However long a TTL is, an answer is asked for again after this (RFC 8767 §4 says a week; a moved
    /// host should be found sooner).
    pub ttl_max: Duration,
    /// The same for "there is nothing" (RFC 2308 §5 says one to three hours).
    pub denial_ttl_max: Duration,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            answers_max: 20_000,
            octets_max: 8 * 1024 * 1024,
            ttl_max: Duration::from_secs(24 * 3600),
            denial_ttl_max: Duration::from_secs(3600),
        }
    }
}

type Outcome = Result<Answer<Record>, LookupError>;

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<(Name, Kind), Entry>,
    octets: usize,
}

#[derive(Debug)]
struct Entry {
    outcome: Outcome,
    until: Instant,
    octets: usize,
}

impl<R: Resolver> Cached<R> {
    /// Keeps what `inner` answers.
    pub fn new(inner: R, limits: CacheLimits) -> Self {
        Self { inner, limits, kept: Mutex::default() }
    }

    /// The resolver that is asked.
    pub const fn inner(&self) -> &R {
        &self.inner
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.kept() = Kept::default();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, key: &(Name, Kind)) -> Option<Outcome> {
        let kept = self.kept();
        let entry = kept.answers.get(key)?;
        let left =
            entry.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        Some(with_ttl(entry.outcome.clone(), left))
    }

    fn keep(&self, key: (Name, Kind), outcome: &Outcome) {
        let Some(ttl) = self.ttl(outcome).filter(|ttl| !ttl.is_zero()) else { return };
        let octets = octets(&key.0, outcome);
        let now = Instant::now();
        let mut kept = self.kept();
        kept.remove(&key);
        if kept.answers.len() >= self.limits.answers_max
            || kept.octets + octets > self.limits.octets_max
        {
            kept.make_room(now, &self.limits);
        }
        if octets > self.limits.octets_max / 8 {
            return;
        }
        kept.octets += octets;
        kept.answers.insert(key, Entry { outcome: outcome.clone(), until: now + ttl, octets });
    }

    fn ttl(&self, outcome: &Outcome) -> Option<Duration> {
        match outcome {
            Ok(answer) => Some(answer.ttl.min(self.limits.ttl_max)),
            Err(error) => error.denial().map(|denial| denial.ttl.min(self.limits.denial_ttl_max)),
        }
    }
}

impl<R: Resolver> Resolver for Cached<R> {
    fn lookup<'a>(&'a self, name: &'a Name, kind: Kind) -> Looking<'a> {
        Box::pin(async move {
            let key = (name.clone(), kind);
            if let Some(known) = self.known(&key) {
                return known;
            }
            let outcome = self.inner.lookup(name, kind).await;
            self.keep(key, &outcome);
            outcome
        })
    }
}

impl Kept {
    fn remove(&mut self, key: &(Name, Kind)) {
        if let Some(entry) = self.answers.remove(key) {
            self.octets = self.octets.saturating_sub(entry.octets);
        }
    }

    /// Lets go of what has expired, and of what expires soonest until an eighth is free: making room is
    /// slow, and must be seldom.
    fn make_room(&mut self, now: Instant, limits: &CacheLimits) {
        let mut ends: Vec<(Instant, usize)> =
            self.answers.values().map(|entry| (entry.until, entry.octets)).collect();
        ends.sort_unstable();
        let (mut answers, mut octets) = (self.answers.len(), self.octets);
        let mut cut = now;
        for (until, size) in ends {
            let roomy =
                answers <= limits.answers_max / 8 * 7 && octets <= limits.octets_max / 8 * 7;
            if roomy && until > now {
                break;
            }
            cut = cut.max(until);
            answers -= 1;
            octets = octets.saturating_sub(size);
        }
        self.answers.retain(|_, entry| entry.until > cut);
        self.octets = self.answers.values().map(|entry| entry.octets).sum();
    }
}

fn with_ttl(mut outcome: Outcome, left: Duration) -> Outcome {
    match &mut outcome {
        Ok(answer) => answer.ttl = left,
        Err(LookupError::NoSuchName(denial) | LookupError::NoSuchRecord(denial)) => {
            denial.ttl = left
        }
        Err(_) => {}
    }
    outcome
}

fn octets(name: &Name, outcome: &Outcome) -> usize {
    let records =
        outcome.as_ref().map_or(0, |answer| answer.records.iter().map(Record::octets).sum());
    size_of::<Entry>() + size_of::<(Name, Kind)>() + name.as_str().len() + records
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::{Fault, Zone};

    fn cached(limits: CacheLimits) -> Cached<Zone> {
        let text = "a.example 100 TXT one\nb.example 50 TXT two\nforever.example 9999999 TXT three";
        Cached::new(Zone::parse(text).unwrap(), limits)
    }

    async fn ask(cached: &Cached<Zone>, name: &str) -> Outcome {
        cached.lookup(&Name::parse(name).unwrap(), Kind::Txt).await
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_as_long_as_its_ttl_says_and_counts_down() {
        let cached = cached(CacheLimits::default());
        assert_eq!(ask(&cached, "a.example").await.unwrap().ttl, Duration::from_secs(100));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(ask(&cached, "A.example.").await.unwrap().ttl, Duration::from_secs(40));
        assert_eq!(cached.inner().queries(), 1);
        tokio::time::advance(Duration::from_secs(40)).await;
        ask(&cached, "a.example").await.unwrap();
        assert_eq!(cached.inner().queries(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_ttl_is_limited_from_above() {
        let cached = cached(CacheLimits::default());
        ask(&cached, "forever.example").await.unwrap();
        tokio::time::advance(Duration::from_secs(24 * 3600 - 1)).await;
        ask(&cached, "forever.example").await.unwrap();
        assert_eq!(cached.inner().queries(), 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        ask(&cached, "forever.example").await.unwrap();
        assert_eq!(cached.inner().queries(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn that_there_is_nothing_is_kept_too_for_an_hour_at_most() {
        let cached = cached(CacheLimits::default());
        for _ in 0..3 {
            assert!(matches!(ask(&cached, "none.example").await, Err(LookupError::NoSuchName(_))));
        }
        assert_eq!(cached.inner().queries(), 1);
        tokio::time::advance(Duration::from_secs(3600)).await;
        ask(&cached, "none.example").await.unwrap_err();
        assert_eq!(cached.inner().queries(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_not_kept() {
        let cached = cached(CacheLimits::default());
        for fault in [Fault::ServerFailure, Fault::Timeout, Fault::Bogus] {
            cached.inner().go_down(fault);
            ask(&cached, "a.example").await.unwrap_err();
        }
        cached.inner().come_back();
        ask(&cached, "a.example").await.unwrap();
        assert_eq!(cached.inner().queries(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_cache_lets_go_of_what_expires_soonest() {
        let cached = cached(CacheLimits { answers_max: 2, ..CacheLimits::default() });
        for name in ["a.example", "b.example", "forever.example", "forever.example"] {
            ask(&cached, name).await.unwrap();
        }
        assert!(cached.kept().answers.len() <= 2);
        assert_eq!(cached.inner().queries(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_octets_kept_are_bounded_whatever_is_asked() {
        let limits = CacheLimits { octets_max: 20_000, ..CacheLimits::default() };
        let cached = Cached::new(Zone::default(), limits);
        for number in 0..200 {
            let line = format!("n{number}.example {} TXT {}", 60 + number, "x".repeat(500));
            cached.inner().add(&line).unwrap();
            ask(&cached, &format!("n{number}.example")).await.unwrap();
            let kept = cached.kept();
            assert_eq!(kept.octets, kept.answers.values().map(|entry| entry.octets).sum::<usize>());
            assert!(kept.octets <= 20_000, "{}", kept.octets);
        }
        assert_eq!(cached.inner().queries(), 200);
        ask(&cached, "n199.example").await.unwrap();
        assert_eq!(cached.inner().asked()[199].0.as_str(), "n199.example");
        assert_eq!(cached.inner().queries(), 200);
    }
}
