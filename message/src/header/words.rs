//! Encoded-words (RFC 2047), as written and as miswritten.

use std::borrow::Cow;

use memchr::memmem;

use crate::charset;
use crate::mime::decode_base64;

/// Decodes the encoded-words of an unfolded value. White space between two of them is dropped, and
/// a character whose octets are spread over two is put together (RFC 2047 §5 forbids it; it is
/// common). What is no encoded-word stands as it is.
#[must_use]
pub fn decode_words(value: &[u8]) -> String {
    let mut out = Decoded::default();
    let mut rest = value;
    // Behind the last `?=` no word can end: looking for one at each `=?` would take quadratic time.
    let ends = memmem::rfind(value, b"?=").map_or(value.len(), |last| value.len() - last);
    while let Some(start) = memmem::find(rest, b"=?") {
        let (before, word) = rest.split_at(start);
        if word.len() <= ends {
            break;
        }
        let Some(parsed) = Word::parse(word) else {
            out.plain(before, false);
            out.plain(b"=?", false);
            rest = word.get(2..).unwrap_or_default();
            continue;
        };
        out.plain(before, true);
        rest = word.get(parsed.octets..).unwrap_or_default();
        out.word(parsed);
    }
    out.plain(rest, false);
    out.flush();
    out.text
}

/// One encoded-word: `=?charset*language?encoding?text?=`.
struct Word<'a> {
    charset: Cow<'a, str>,
    content: Vec<u8>,
    octets: usize,
}

impl<'a> Word<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        let rest = text.get(2..)?;
        let charset_end = rest.iter().take(80).position(|octet| *octet == b'?')?;
        let charset = rest.get(..charset_end).filter(|name| !name.is_empty())?;
        if !charset.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        // RFC 2231 §5: a language may follow the charset.
        let charset = charset.split(|octet| *octet == b'*').next()?;
        // The letter first: what is no word at all must not have its end looked for each time.
        let [encoding @ (b'b' | b'B' | b'q' | b'Q'), b'?', tail @ ..] =
            rest.get(charset_end + 1..)?
        else {
            return None;
        };
        let end = memmem::find(tail, b"?=")?;
        let data = tail.get(..end)?;
        let base64 = encoding.eq_ignore_ascii_case(&b'b');
        let content = if base64 { decode_base64(data) } else { decode_q(data) };
        let octets = 2 + charset_end + 3 + end + 2;
        Some(Self { charset: String::from_utf8_lossy(charset), content, octets })
    }
}

/// The "Q" encoding (RFC 2047 §4.2). A `=` without its two digits is itself.
fn decode_q(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let [octet, tail @ ..] = rest {
        rest = tail;
        match octet {
            b'_' => out.push(b' '),
            b'=' => match tail {
                [high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    out.push(crate::mime::hex_pair(*high, *low));
                    rest = after;
                }
                _ => out.push(b'='),
            },
            other => out.push(*other),
        }
    }
    out
}

/// The text so far, and the octets of the words that wait for their neighbour.
#[derive(Default)]
struct Decoded {
    text: String,
    charset: String,
    pending: Vec<u8>,
    after_word: bool,
}

impl Decoded {
    fn plain(&mut self, octets: &[u8], before_word: bool) {
        let only_space = octets.iter().all(u8::is_ascii_whitespace);
        if self.after_word && before_word && only_space {
            return;
        }
        if octets.is_empty() {
            return;
        }
        self.flush();
        self.text.push_str(&charset::guess(octets));
        self.after_word = false;
    }

    fn word(&mut self, word: Word<'_>) {
        if !self.charset.eq_ignore_ascii_case(&word.charset) {
            self.flush();
            self.charset = word.charset.into_owned();
        }
        self.pending.extend_from_slice(&word.content);
        self.after_word = true;
    }

    fn flush(&mut self) {
        self.text.push_str(&charset::decode(&self.charset, &self.pending));
        self.pending.clear();
        self.charset.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encoded_words_decode_as_the_standard_shows_them() {
        for (value, text) in [
            ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
            ("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"),
            ("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= \
                 =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
                "If you can read this you understand the example.",
            ),
            // RFC 2047 §8.
            ("(=?ISO-8859-1?Q?a?=)", "(a)"),
            ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
            ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
            ("(=?ISO-8859-1?Q?a_?=  =?ISO-8859-1?Q?b?=)", "(a b)"),
            ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
            // RFC 2231 §5.
            ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        ] {
            assert_eq!(decode_words(value.as_bytes()), text);
        }
    }

    #[test]
    fn miswritten_words_are_read_where_possible_and_shown_otherwise() {
        for (value, text) in [
            ("=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "é"),
            ("=?utf-8?Q?a b c?=", "a b c"),
            ("=?utf-8?q?=?= x", "= x"),
            ("=?utf-8?B??=", ""),
            ("=?utf-8?B?w6k?=", "é"),
            ("x=?utf-8?Q?=C3=A9?=y", "xéy"),
            ("=?no-such?Q?=C3=A9?=", "é"),
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("=??Q?abc?=", "=??Q?abc?="),
            ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
            ("=?utf-8?Q?abc =?utf-8?Q?d?=", "abc =?utf-8?Q?d"),
            ("=?=?=?", "=?=?=?"),
            ("a =?", "a =?"),
        ] {
            assert_eq!(decode_words(value.as_bytes()), text);
        }
        assert_eq!(decode_words(b"gr\xfcn =?utf-8?Q?=C3=BC?="), "grün ü");
    }

    #[test]
    fn a_megabyte_of_word_beginnings_takes_linear_time() {
        for piece in ["=?a?q?", "=?a?q?x", "=?", "=?a?q?x?=", "=?a?x?y?=", "=?a?x? ", "=?a?q??= "] {
            let value = piece.repeat((1 << 20) / piece.len());
            for value in [&value, &format!("{value}?=")] {
                assert!(decode_words(value.as_bytes()).len() <= value.len());
            }
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(decode_words(&value));
        }

        #[test]
        fn what_is_encoded_decodes(text in "\\PC{1,40}") {
            let q: String = text.bytes().map(|b| format!("={b:02X}")).collect();
            prop_assert_eq!(decode_words(format!("=?UTF-8?Q?{q}?=").as_bytes()), text);
        }
    }
}
