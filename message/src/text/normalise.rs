//! One form for all ways of writing a word: the form that is searched.

use unicode_normalization::UnicodeNormalization;

use crate::unprintable::is_deceptive;

/// Compatibility characters resolved (NFKC), case folded, white space folded, invisible characters
/// gone. Needle and text go through the same mill; what went through it once stays as it is.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_normalised(&mut out, text);
    out
}

/// Appends the normalised text; white space at its beginning and end goes.
pub(super) fn push_normalised(out: &mut String, text: &str) {
    let mut folded = Folded { start: out.len(), out, space: false };
    if text.is_ascii() {
        text.bytes().for_each(|octet| folded.push(char::from(octet.to_ascii_lowercase())));
        return;
    }
    // Upper case first joins what lower case alone keeps apart: ß and ss, ς and σ.
    let fold = |text: &str| -> String {
        text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    };
    // Folding may give what can be composed, and composing what can be folded.
    fold(&fold(text)).nfkc().for_each(|c| folded.push(c));
}

struct Folded<'a> {
    start: usize,
    out: &'a mut String,
    space: bool,
}

impl Folded<'_> {
    fn push(&mut self, c: char) {
        if c.is_whitespace() || c.is_control() {
            self.space = true;
        } else if !is_deceptive(c) {
            if self.space && self.out.len() > self.start {
                self.out.push(' ');
            }
            self.space = false;
            self.out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ways_of_writing_a_word_become_one() {
        for (text, normal) in [
            ("  Hello,\r\n\tWorld ", "hello, world"),
            ("STRASSE Straße", "strasse strasse"),
            ("ΟΔΟΣ οδος", "οδοσ οδοσ"),
            ("ﬁne Ｗｉｄｅ", "fine wide"),
            ("e\u{301}É", "éé"),
            ("zero\u{200b}width so\u{ad}ft", "zerowidth soft"),
            ("a\u{a0}b\u{2003}c\0d", "a b c d"),
            ("", ""),
        ] {
            assert_eq!(normalise(text), normal);
        }
    }

    proptest! {
        #[test]
        fn what_is_normal_stays_as_it_is(text in "\\PC{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
