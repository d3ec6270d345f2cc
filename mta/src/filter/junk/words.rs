//! The words of a message: what is counted.
//!
//! Not only what a person reads: who it is from, where its links lead, what it encloses, and what is odd
//! about its header count as words, too. What hosts add on a message's way says who received it rather than
//! what it is, and is left out.

use std::collections::HashSet;

use aws_lc_rs::digest::{Context, SHA256};
use mailstore::AccountId;
use message::mime::{PartKind, PartTree};
use message::text::{SearchText, part_text, search_text};

use super::{JunkLimits, links};

/// Letters of a word that counts. A longer one is cut in pairs of letters when its script may have no
/// spaces, and counts only as a long one else.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=20;
/// Pairs of letters of one long word.
const PAIRS_MAX: usize = 60;

/// Fields whose words count, each as the field's own.
const READ_FIELDS: [&str; 11] = [
    "from",
    "reply-to",
    "sender",
    "to",
    "cc",
    "x-mailer",
    "user-agent",
    "list-id",
    "organization",
    "content-type",
    "mime-version",
];

/// Fields that say something by being there, or by missing.
const NOTICED_FIELDS: [&str; 18] = [
    "date",
    "message-id",
    "from",
    "to",
    "cc",
    "subject",
    "reply-to",
    "sender",
    "in-reply-to",
    "references",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "precedence",
    "x-mailer",
    "user-agent",
    "x-priority",
    "importance",
];

/// The words of a message, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Reads them. Never fails: of octets without any sense there are few.
    #[must_use]
    pub fn of(message: &[u8], limits: &JunkLimits) -> Self {
        let message = message.get(..limits.message_octets_max).unwrap_or(message);
        let reading = message::Limits {
            search_octets_max: limits.text_octets_max,
            header_octets_max: limits.text_octets_max,
            ..message::Limits::default()
        };
        let tree = PartTree::of(message, &reading);
        let text = search_text(message, &tree, &reading);
        let mut found = Collected::new(limits.words_max);
        header(&text, &mut found);
        parts(message, &tree, limits, &mut found);
        each_word(&text.body, |word| found.add(word));
        Self(found.words)
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// As the store counts them: 64 bits of the account and the word, so that no table tells what was
    /// written, nor that two accounts got the same.
    #[must_use]
    pub fn tokens(&self, account: AccountId) -> Vec<u64> {
        self.iter().map(|word| token(account, word)).collect()
    }
}

impl FromIterator<String> for Words {
    fn from_iter<T: IntoIterator<Item = String>>(words: T) -> Self {
        Self(words.into_iter().collect())
    }
}

fn token(account: AccountId, word: &str) -> u64 {
    let mut hash = Context::new(&SHA256);
    hash.update(&account.get().to_be_bytes());
    hash.update(word.as_bytes());
    hash.finish().as_ref().first_chunk().map_or(0, |octets| u64::from_be_bytes(*octets))
}

/// Words in the order in which they were found, each once, and not more than the limit.
pub(super) struct Collected {
    words: Vec<String>,
    seen: HashSet<String>,
    left: usize,
}

impl Collected {
    fn new(left: usize) -> Self {
        Self { words: Vec::new(), seen: HashSet::new(), left }
    }

    pub(super) fn add(&mut self, word: &str) {
        if self.left > 0 && !self.seen.contains(word) {
            self.seen.insert(word.to_owned());
            self.words.push(word.to_owned());
            self.left -= 1;
        }
    }
}

fn header(text: &SearchText, found: &mut Collected) {
    for subject in text.fields("subject") {
        let mut before = String::new();
        each_word(subject, |word| {
            found.add(&format!("subject:{word}"));
            if !before.is_empty() {
                found.add(&format!("subject:{before} {word}"));
            }
            word.clone_into(&mut before);
        });
    }
    for name in NOTICED_FIELDS {
        let is_there = text.fields(name).next().is_some();
        found.add(&format!("{}:{name}", if is_there { "has" } else { "lacks" }));
    }
    for name in READ_FIELDS {
        for value in text.fields(name) {
            each_word(value, |word| found.add(&format!("{name}:{word}")));
        }
    }
    for address in text.fields("from") {
        let address = address.rsplit_once('<').map_or(address, |(_, rest)| rest);
        found.add(&format!("from:{}", address.trim_end_matches('>').trim()));
    }
    let id_host = text.fields("message-id").next().and_then(|id| id.rsplit_once('@'));
    if let Some((_, host)) = id_host {
        each_word(host, |word| found.add(&format!("id:{word}")));
    }
    // A minute's zone says where a machine thinks it is.
    let zone =
        text.fields("date").next().and_then(|date| date.split(' ').find(|word| is_zone(word)));
    found.add(&format!("zone:{}", zone.unwrap_or("none")));
}

fn is_zone(word: &str) -> bool {
    word.len() == 5 && word.starts_with(['+', '-'])
}

fn parts(message: &[u8], tree: &PartTree, limits: &JunkLimits, found: &mut Collected) {
    let mut text_left = limits.text_octets_max.saturating_mul(2);
    for part in tree.parts().iter().take(50) {
        found.add(&format!("part:{}", part.media.value));
        if let Some(charset) = part.media.get("charset") {
            found.add(&format!("charset:{}", charset.to_ascii_lowercase()));
        }
        found.add(&format!("encoding:{}", part.encoding));
        if part.kind != PartKind::Leaf {
            continue;
        }
        if let Some(name) = part.raw_file_name() {
            let ending = name.rsplit_once('.').map_or("none", |(_, ending)| ending);
            found.add(&format!("file:{}", ending.to_ascii_lowercase()));
        }
        if part.media_type() == "text" && text_left > 0 {
            let body = message.get(part.body()).unwrap_or_default();
            let text = part_text(part, body, text_left).text;
            text_left = text_left.saturating_sub(text.len());
            links::collect(&text, limits.links_max, found);
            if part.is("text/html") {
                tags(&text, found);
            }
        }
    }
}

/// Elements that a letter has no use for.
fn tags(html: &str, found: &mut Collected) {
    let lower = html.to_ascii_lowercase();
    for name in [
        "img", "form", "input", "script", "iframe", "center", "blink", "meta", "base", "map",
        "style",
    ] {
        let tag = format!("<{name}");
        if lower.contains(&tag) {
            found.add(&format!("tag:{name}"));
        }
    }
}

/// Words of a text in normal form.
fn each_word(text: &str, mut found: impl FnMut(&str)) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '-' | '$' | '!' | '%');
    for word in text.split(|c| !is_part(c)) {
        let word = word.trim_matches(['\'', '-']);
        let letters = word.chars().count();
        if LETTERS.contains(&letters) {
            found(word);
        } else if letters > *LETTERS.end() && !word.is_ascii() {
            pairs(word, &mut found);
        } else if letters > *LETTERS.end() {
            found("long:word");
        }
    }
}

/// A script without spaces: two letters at a time.
fn pairs(word: &str, found: &mut impl FnMut(&str)) {
    let seconds = word.chars().skip(1);
    for (one, other) in word.chars().zip(seconds).take(PAIRS_MAX) {
        found(&String::from_iter([one, other]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &[u8] =
        b"From: =?utf-8?q?W=C3=ADnner?= <Win@Casino.Example>\r\nTo: bob@hamburger.edu\r\n\
        Subject: FREE =?utf-8?q?c=C3=A4sh?= now\r\nDate: Mon, 23 Nov 2026 10:00:00 -0500\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
        <p>Earn <b>$5000</b> a week!</p><a href=\"http://user@10.1.2.3:8080/win/now\">click</a>\r\n\
        <img src='https://Pics.Shop.Example/x'>\r\n--b\r\n\
        Content-Type: application/zip; name=\"invoice.ZIP\"\r\n\r\nPK\r\n--b--\r\n";

    fn words(message: &[u8], limits: &JunkLimits) -> Vec<String> {
        Words::of(message, limits).0
    }

    #[test]
    fn what_a_message_says_and_what_is_odd_about_it_are_words() {
        let found = words(LETTER, &JunkLimits::default());
        for word in [
            "subject:free",
            "subject:cäsh",
            "subject:free cäsh",
            "from:wínner",
            "from:win@casino.example",
            "lacks:message-id",
            "has:subject",
            "zone:-0500",
            "earn",
            "$5000",
            "click",
            "link:user",
            "link:port",
            "link:number",
            "link:shop.example",
            "link:pics.shop.example",
            "path:win",
            "tag:img",
            "part:application/zip",
            "file:zip",
        ] {
            assert!(found.iter().any(|one| one == word), "{word}: {found:?}");
        }
        for word in ["a", "pk", "href", "link:example"] {
            assert!(!found.iter().any(|one| one == word), "{word}: {found:?}");
        }
    }

    #[test]
    fn a_script_without_spaces_is_read_two_letters_at_a_time() {
        let text = "日本語の手紙です".repeat(4);
        let letter = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
        let found = words(letter.as_bytes(), &JunkLimits::default());
        assert!(found.iter().any(|one| one == "日本"), "{found:?}");
    }

    #[test]
    fn limits_hold_whatever_comes() {
        let limits = JunkLimits { words_max: 40, ..JunkLimits::default() };
        let many: String = (0..10_000).map(|number| format!("word{number} ")).collect();
        let letter = format!("Subject: x\r\n\r\n{many}");
        assert_eq!(words(letter.as_bytes(), &limits).len(), 40);
        let limits = JunkLimits { message_octets_max: 100, ..JunkLimits::default() };
        assert!(words(letter.as_bytes(), &limits).len() < 60);
        let long = format!("Subject: x\r\n\r\n{}", "x".repeat(1 << 20));
        assert!(
            words(long.as_bytes(), &JunkLimits::default()).iter().any(|one| one == "long:word")
        );
        assert!(words(b"\xff\xfe\0", &JunkLimits::default()).len() < 40);
    }

    #[test]
    fn two_accounts_count_the_same_word_apart_and_the_same_account_always_alike() {
        let words = Words::from_iter(["casino".to_owned()]);
        let (ann, bob) = (words.tokens(AccountId::new(1)), words.tokens(AccountId::new(2)));
        assert_ne!(ann, bob);
        // Stored: it must never change.
        assert_eq!(ann, [token(AccountId::new(1), "casino")]);
    }
}
