//! Macros: parts of a record that stand for facts of the mail at hand (RFC 7208 §7).

use std::borrow::Cow;
use std::net::IpAddr;

/// The record breaks RFC 7208's grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error")]
pub(super) struct SyntaxError;

/// Text with macros in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MacroString(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// `%%`, `%_` and `%-`.
    Escape(&'static str),
    Macro(Macro),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Macro {
    letter: Letter,
    /// How many parts from the right are taken; none: all.
    parts: Option<usize>,
    reversed: bool,
    delimiters: String,
    /// An upper-case letter: what it stands for is escaped as in a URL.
    escaped: bool,
}

/// What a macro stands for (RFC 7208 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    Sender,
    LocalPart,
    SenderDomain,
    Domain,
    Address,
    ValidatedName,
    Family,
    Helo,
    ReadableAddress,
    Receiver,
    Now,
}

/// Whoever knows what the letters stand for.
pub(super) trait Facts {
    fn fact(&self, letter: Letter) -> Cow<'_, str>;
}

impl MacroString {
    /// The value of a modifier: visible characters and macros.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Self::read(text, false)
    }

    /// The text of an explanation: spaces too, and three letters more (RFC 7208 §6.2, §7.2).
    pub fn explanation(text: &str) -> Result<Self, SyntaxError> {
        Self::read(text, true)
    }

    /// The name of a domain: it has to end with a macro or with a top label (RFC 7208 §7.1).
    pub fn domain_spec(text: &str) -> Result<Self, SyntaxError> {
        let parsed = Self::parse(text)?;
        match parsed.0.last() {
            Some(Piece::Literal(literal)) if !ends_with_top_label(literal) => Err(SyntaxError),
            None => Err(SyntaxError),
            _ => Ok(parsed),
        }
    }

    fn read(mut text: &str, explains: bool) -> Result<Self, SyntaxError> {
        let literal =
            |character: char| character.is_ascii_graphic() || explains && character == ' ';
        if !text.chars().all(literal) {
            return Err(SyntaxError);
        }
        let mut pieces = Vec::new();
        while let Some((before, after)) = text.split_once('%') {
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            let (piece, rest) = piece(after, explains)?;
            pieces.push(piece);
            text = rest;
        }
        if !text.is_empty() {
            pieces.push(Piece::Literal(text.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Whether it asks for the names of the address, which cost lookups.
    pub fn needs_validated_name(&self) -> bool {
        self.0
            .iter()
            .any(|piece| matches!(piece, Piece::Macro(one) if one.letter == Letter::ValidatedName))
    }

    /// The text with the facts in their places.
    pub fn expand(&self, facts: &impl Facts) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Escape(text) => out.push_str(text),
                Piece::Macro(one) => out.push_str(&one.expand(&facts.fact(one.letter))),
            }
        }
        out
    }
}

/// What follows a percent sign, and the rest.
fn piece(text: &str, explains: bool) -> Result<(Piece, &str), SyntaxError> {
    for (character, meaning) in [('%', "%"), ('_', " "), ('-', "%20")] {
        if let Some(rest) = text.strip_prefix(character) {
            return Ok((Piece::Escape(meaning), rest));
        }
    }
    let (inner, rest) =
        text.strip_prefix('{').and_then(|text| text.split_once('}')).ok_or(SyntaxError)?;
    Ok((Piece::Macro(Macro::parse(inner, explains)?), rest))
}

impl Macro {
    /// `macro-letter transformers *delimiter`.
    fn parse(inner: &str, explains: bool) -> Result<Self, SyntaxError> {
        let first = inner.chars().next().ok_or(SyntaxError)?;
        let letter = Letter::of(first, explains).ok_or(SyntaxError)?;
        let rest = inner.get(first.len_utf8()..).unwrap_or_default();
        let after_digits = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = rest.get(..rest.len() - after_digits.len()).unwrap_or_default();
        let parts = match digits {
            "" => None,
            // Any number fits: more parts than there are means all.
            digits => Some(digits.parse().unwrap_or(usize::MAX)).filter(|parts| *parts > 0),
        };
        if parts.is_none() && !digits.is_empty() {
            return Err(SyntaxError);
        }
        let delimiters = after_digits.strip_prefix(['r', 'R']);
        let reversed = delimiters.is_some();
        let delimiters = delimiters.unwrap_or(after_digits);
        if !delimiters.chars().all(|character| ".-+,/_=".contains(character)) {
            return Err(SyntaxError);
        }
        let escaped = first.is_ascii_uppercase();
        Ok(Self { letter, parts, reversed, delimiters: delimiters.to_owned(), escaped })
    }

    fn expand(&self, fact: &str) -> String {
        let splits = |character| {
            if self.delimiters.is_empty() {
                character == '.'
            } else {
                self.delimiters.contains(character)
            }
        };
        let text = if self.parts.is_none() && !self.reversed && self.delimiters.is_empty() {
            fact.to_owned()
        } else {
            let mut parts: Vec<&str> = fact.split(splits).collect();
            if self.reversed {
                parts.reverse();
            }
            let cut = self.parts.map_or(0, |kept| parts.len().saturating_sub(kept));
            parts.split_off(cut).join(".")
        };
        if self.escaped { url_escaped(&text) } else { text }
    }
}

impl Letter {
    fn of(character: char, explains: bool) -> Option<Self> {
        let letter = match character.to_ascii_lowercase() {
            's' => Self::Sender,
            'l' => Self::LocalPart,
            'o' => Self::SenderDomain,
            'd' => Self::Domain,
            'i' => Self::Address,
            'p' => Self::ValidatedName,
            'v' => Self::Family,
            'h' => Self::Helo,
            'c' if explains => Self::ReadableAddress,
            'r' if explains => Self::Receiver,
            't' if explains => Self::Now,
            _ => return None,
        };
        Some(letter)
    }
}

/// The address as `%{i}` has it: IPv6 as 32 digits with dots (RFC 7208 §7.3).
pub(super) fn dotted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let digits = address.octets().map(|octet| format!("{:X}.{:X}", octet >> 4, octet & 15));
            digits.join(".")
        }
    }
}

/// All but RFC 3986's unreserved characters.
fn url_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
    out
}

/// `"." toplabel [ "." ]`, where a top label is not all digits and has no hyphen at its ends.
fn ends_with_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let Some((_, label)) = text.rsplit_once('.') else { return false };
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    label.bytes().all(fits)
        && !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.bytes().all(|octet| octet.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    struct Example(&'static str);

    impl Facts for Example {
        fn fact(&self, letter: Letter) -> Cow<'_, str> {
            let address: IpAddr = self.0.parse().unwrap();
            match letter {
                Letter::Sender => "strong-bad@email.example.com".into(),
                Letter::LocalPart => "strong-bad".into(),
                Letter::SenderDomain | Letter::Domain => "email.example.com".into(),
                Letter::Address => dotted(address).into(),
                Letter::ValidatedName => "mx.example.org".into(),
                Letter::Family => if address.is_ipv4() { "in-addr" } else { "ip6" }.into(),
                Letter::Helo => "helo.example".into(),
                Letter::ReadableAddress => self.0.into(),
                Letter::Receiver => "us.example".into(),
                Letter::Now => "1700000000".into(),
            }
        }
    }

    fn expand(text: &str) -> String {
        MacroString::parse(text).unwrap().expand(&Example("192.0.2.3"))
    }

    /// RFC 7208 §7.4, verbatim.
    #[test]
    fn the_examples_of_the_rfc_expand_as_it_says() {
        for (text, expected) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d3}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
            ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
            ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ] {
            assert_eq!(expand(text), expected, "{text}");
        }
        let six =
            MacroString::parse("%{ir}.%{v}._spf.%{d2}").unwrap().expand(&Example("2001:db8::cb01"));
        let expected =
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com";
        assert_eq!(six, expected);
    }

    #[test]
    fn escapes_and_capitals() {
        assert_eq!(expand("%%%_%-x"), "% %20x");
        assert_eq!(expand("%{S}"), "strong-bad%40email.example.com");
        assert_eq!(expand("%{d999999999999999999999}"), "email.example.com");
        let text = MacroString::explanation("%{c} at %{r}, %{t}").unwrap();
        assert_eq!(text.expand(&Example("192.0.2.3")), "192.0.2.3 at us.example, 1700000000");
    }

    #[test]
    fn what_is_no_macro_is_a_syntax_error() {
        for text in [
            "%", "%x", "%{", "%{}", "%{z}", "%{d0}", "%{d r}", "%{dx}", "%{dr3}", "%{c}", "%{t}",
            "a b", "é",
        ] {
            assert_eq!(MacroString::parse(text), Err(SyntaxError), "{text}");
        }
    }

    #[test]
    fn a_domain_ends_with_a_macro_or_a_top_label() {
        for (text, fits) in [
            ("example.org", true),
            ("example.org.", true),
            ("%{d}", true),
            ("x.%-", true),
            ("a.b-c", true),
            ("a.1b", true),
            ("org", false),
            ("%{d}org", false),
            ("1.2.3.4", false),
            ("a.-b", false),
            ("a.b-", false),
            ("a..", false),
            ("", false),
            ("a.b_c", false),
        ] {
            assert_eq!(MacroString::domain_spec(text).is_ok(), fits, "{text}");
        }
    }
}
