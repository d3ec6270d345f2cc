//! A password as SCRAM clients hash it (RFC 5802 §2.2): SASLprep (RFC 4013), so that the same
//! password typed on two machines is the same octets.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// The password prepared; one that SASLprep does not allow stays as it is, because clients that do
/// not prepare send it so.
pub(super) fn prepared(password: &str) -> Cow<'_, str> {
    if password.is_ascii() {
        return Cow::Borrowed(password);
    }
    let mapped: String = password
        .chars()
        .filter(|c| !is_nothing(*c))
        .map(|c| if is_space(c) { ' ' } else { c })
        .nfkc()
        .collect();
    if mapped.is_empty() || mapped.chars().any(char::is_control) {
        return Cow::Borrowed(password);
    }
    Cow::Owned(mapped)
}

/// RFC 3454 table C.1.2: other spaces are the space (RFC 4013 §2.1).
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// RFC 3454 table B.1: commonly mapped to nothing (RFC 4013 §2.1).
fn is_nothing(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200c}' | '\u{200d}'
            | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4013_come_out() {
        for (typed, hashed) in [
            ("I\u{ad}X", "IX"),
            ("user", "user"),
            ("USER", "USER"),
            ("\u{aa}", "a"),
            ("\u{2168}", "IX"),
            ("a\u{a0}b\u{200b}", "a b "),
            ("u\u{308}", "ü"),
            ("\u{7}\u{e9}", "\u{7}\u{e9}"),
            ("\u{ad}", "\u{ad}"),
        ] {
            assert_eq!(prepared(typed), hashed, "{typed:?}");
        }
    }
}
