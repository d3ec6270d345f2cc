//! From counts to an opinion, with its reasons.

use mailstore::JunkCounts;

use super::chi_square::at_least;
use super::{JunkLimits, Words};

/// How sure one may be of a word that was never seen, and how much that counts beside what was seen:
/// as much as this many messages (Robinson's x and s).
const UNSEEN: f64 = 0.5;
const UNSEEN_WEIGHT: f64 = 0.3;

/// A word whose probability is nearer to one half than this says nothing.
const SAYS_NOTHING: f64 = 0.1;

/// What is thought of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// It is junk.
    Junk,
    /// Its words say too little, or contradict each other.
    Unsure,
    /// It is not junk.
    Good,
    /// The account has taught too little for an opinion.
    Untaught,
}

/// A word, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// Which.
    pub word: String,
    /// How probably a message that has it is junk: 0 to 1.
    pub probability: f64,
}

/// What is thought of a message, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// What.
    pub opinion: Opinion,
    /// 0 is certainly no junk, 1 certainly is.
    pub score: f64,
    /// The words that say most, the loudest first.
    pub telling: Vec<Telling>,
}

impl Judgement {
    /// Of a message's words and how often each was seen, in their order.
    #[must_use]
    pub fn of(words: &Words, counts: &JunkCounts, limits: &JunkLimits) -> Self {
        if counts.spam < limits.lessons_min || counts.ham < limits.lessons_min {
            return Self { opinion: Opinion::Untaught, score: UNSEEN, telling: Vec::new() };
        }
        let seen = words.iter().zip(&counts.tokens);
        let mut deciding: Vec<(&str, f64)> = seen
            .map(|(word, (spam, ham))| (word, probability(*spam, *ham, counts)))
            .filter(|(_, probability)| loudness(*probability) >= SAYS_NOTHING)
            .collect();
        deciding.sort_by(|(_, one), (_, other)| loudness(*other).total_cmp(&loudness(*one)));
        deciding.truncate(limits.deciding_words_max);
        let score = combine(deciding.iter().map(|(_, probability)| *probability));
        let opinion = if score >= limits.junk_from {
            Opinion::Junk
        } else if score < limits.good_below {
            Opinion::Good
        } else {
            Opinion::Unsure
        };
        let telling = deciding.iter().take(limits.told_words_max);
        let telling = telling.map(|(word, probability)| Telling {
            word: (*word).to_owned(),
            probability: *probability,
        });
        Self { opinion, score, telling: telling.collect() }
    }

    /// The reasons in a line, for "why is this here?".
    #[must_use]
    pub fn reason(&self) -> String {
        let words = self.telling.iter().filter(|one| (one.probability > 0.5) == (self.score > 0.5));
        let words: Vec<String> = words.map(|one| format!("\u{201c}{}\u{201d}", one.word)).collect();
        let verdict = match self.opinion {
            Opinion::Junk => "its words are like those of your junk",
            Opinion::Unsure => "its words do not say whether it is junk",
            Opinion::Good => "its words are like those of your other mail",
            Opinion::Untaught => {
                return "too little was learned to tell junk from other mail".to_owned();
            }
        };
        let score = self.score * 100.0;
        format!("{verdict} ({score:.0} %): {}", words.join(", "))
    }
}

fn loudness(probability: f64) -> f64 {
    (probability - 0.5).abs()
}

/// How probably a message with this word is junk (Robinson): a rare word is pulled to what is thought of
/// unseen ones.
fn probability(spam: u32, ham: u32, all: &JunkCounts) -> f64 {
    let (spam, ham) = (f64::from(spam), f64::from(ham));
    let (of_spam, of_ham) = (spam / f64::from(all.spam), ham / f64::from(all.ham));
    let times = spam + ham;
    if times == 0.0 {
        return UNSEEN;
    }
    let raw = of_spam / (of_spam + of_ham);
    (UNSEEN_WEIGHT * UNSEEN + times * raw) / (UNSEEN_WEIGHT + times)
}

/// Fisher's method, for junk and against it: words that contradict each other give one half.
fn combine(probabilities: impl Iterator<Item = f64>) -> f64 {
    let (mut junk, mut good, mut count) = (0.0, 0.0, 0);
    for probability in probabilities {
        junk -= (1.0 - probability).ln();
        good -= probability.ln();
        count += 1;
    }
    let (junk, good) = (1.0 - at_least(junk, count), 1.0 - at_least(good, count));
    f64::midpoint(junk - good, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(seen: &[(&str, u32, u32)], spam: u32, ham: u32) -> Judgement {
        let words = Words::from_iter(seen.iter().map(|(word, _, _)| (*word).to_owned()));
        let tokens = seen.iter().map(|(_, spam, ham)| (*spam, *ham)).collect();
        Judgement::of(&words, &JunkCounts { spam, ham, tokens }, &JunkLimits::default())
    }

    #[test]
    fn words_of_junk_make_junk_and_words_of_both_make_nothing() {
        let junk = [
            ("casino", 30, 0),
            ("winner", 25, 0),
            ("prize", 20, 0),
            ("cash", 20, 1),
            ("the", 50, 50),
        ];
        let good = [("minutes", 0, 30), ("agenda", 0, 25), ("meeting", 0, 20), ("review", 1, 20)];
        let both: Vec<_> = junk.iter().chain(&good).copied().collect();
        for (seen, opinion) in [
            (&junk[..], Opinion::Junk),
            (&good, Opinion::Good),
            (&both, Opinion::Unsure),
            (&[("the", 50, 50), ("new", 0, 0)], Opinion::Unsure),
            (&[], Opinion::Unsure),
        ] {
            let judgement = judged(seen, 50, 50);
            assert_eq!(judgement.opinion, opinion, "{judgement:?}");
        }
        let told = judged(&junk, 50, 50);
        assert!(told.reason().contains("\u{201c}casino\u{201d}"), "{}", told.reason());
        assert!(!told.reason().contains("the\u{201d}"), "{}", told.reason());
    }

    #[test]
    fn an_account_that_has_taught_little_gets_no_opinion() {
        let seen = [("casino", 29, 0), ("winner", 29, 0), ("prize", 29, 0), ("cash", 29, 0)];
        for (spam, ham, opinion) in [
            (0, 0, Opinion::Untaught),
            (29, 30, Opinion::Untaught),
            (30, 29, Opinion::Untaught),
            (30, 30, Opinion::Junk),
        ] {
            assert_eq!(judged(&seen, spam, ham).opinion, opinion, "{spam} {ham}");
        }
    }

    #[test]
    fn a_thousand_loud_words_are_still_a_number() {
        let seen: Vec<_> = (0..1_000).map(|_| ("loud", 100_000, 0)).collect();
        let judgement = judged(&seen, 100_000, 100_000);
        assert!(judgement.score > 0.99 && judgement.score <= 1.0, "{}", judgement.score);
    }
}
