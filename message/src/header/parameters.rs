//! A structured value and its parameters: `text/plain; charset=utf-8` (RFC 2045 §5.1, RFC 2183,
//! RFC 2231), as the fields `Content-Type` and `Content-Disposition` have them.

use super::words::decode_words;
use crate::{Limits, charset, unprintable};

/// A value and its parameters, names in lower case, as written: continuations (`name*0`) and
/// charsets (`name*`) are not resolved before somebody asks by [`Parameters::decoded`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// What stands in front of the first semicolon, in lower case, without white space.
    pub value: String,
    /// Name and raw value of each parameter in its order.
    pub list: Vec<(String, String)>,
}

/// Takes an unfolded value apart. Comments are dropped; unquoted values reach to the next
/// semicolon, spaces included, because that is what file names without quotes look like.
#[must_use]
pub fn parameters(value: &[u8], limits: &Limits) -> Parameters {
    let text = charset::guess(value);
    let mut pieces = Pieces { rest: &text, octets_max: limits.parameter_octets_max };
    let first = pieces.next_piece();
    let mut first: String = first.chars().filter(|c| !c.is_whitespace()).collect();
    first.make_ascii_lowercase();
    let mut found = Parameters { value: first, list: Vec::new() };
    while !pieces.rest.is_empty() && found.list.len() < limits.parameters_max {
        if let Some(parameter) = pieces.next_parameter() {
            found.list.push(parameter);
        }
    }
    found
}

impl Parameters {
    /// The first raw value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The value of this name as a person reads it: RFC 2231 charset and continuations, else the
    /// plain parameter, with the encoded-words that do not belong there but stand there so often.
    #[must_use]
    pub fn decoded(&self, name: &str) -> Option<String> {
        let text = match self.extended(name) {
            Some(text) => text,
            None => decode_words(self.get(name)?.as_bytes()),
        };
        Some(unprintable::one_line(&text))
    }

    /// `name*`, or `name*0`, `name*1*` and so on (RFC 2231 §3, §4, §4.1).
    fn extended(&self, name: &str) -> Option<String> {
        let mut octets = Vec::new();
        let mut charset = String::new();
        if let Some(value) = self.get(&format!("{name}*")) {
            let (named, encoded) = split_charset(value);
            push_percent_decoded(&mut octets, encoded);
            return Some(charset::decode(named, &octets).into_owned());
        }
        for number in 0..self.list.len() {
            let plain = format!("{name}*{number}");
            if let Some(value) = self.get(&plain) {
                octets.extend_from_slice(value.as_bytes());
                continue;
            }
            let Some(value) = self.get(&(plain + "*")) else { break };
            let encoded = if number == 0 {
                let (named, encoded) = split_charset(value);
                named.clone_into(&mut charset);
                encoded
            } else {
                value
            };
            push_percent_decoded(&mut octets, encoded);
        }
        (!octets.is_empty()).then(|| charset::decode(&charset, &octets).into_owned())
    }
}

/// `charset'language'value`; without its quotes all of it is the value.
fn split_charset(value: &str) -> (&str, &str) {
    let mut pieces = value.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(charset), Some(_), Some(rest)) => (charset, rest),
        _ => ("", value),
    }
}

fn push_percent_decoded(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let [octet, tail @ ..] = rest {
        rest = tail;
        match (octet, tail) {
            (b'%', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                out.push(crate::mime::hex_pair(*high, *low));
                rest = after;
            }
            _ => out.push(*octet),
        }
    }
}

struct Pieces<'a> {
    rest: &'a str,
    octets_max: usize,
}

impl Pieces<'_> {
    /// `name = value` up to and including its semicolon; `None` for what is no parameter.
    fn next_parameter(&mut self) -> Option<(String, String)> {
        let end = self.rest.find(['=', ';']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let name = name.rsplit(')').next().unwrap_or(name).trim().to_ascii_lowercase();
        if !self.rest.starts_with('=') {
            self.rest = self.rest.strip_prefix(';').unwrap_or_default();
            return None;
        }
        self.rest = self.rest.strip_prefix('=').unwrap_or_default();
        let value = self.next_piece();
        let name_ok = !name.is_empty() && name.len() <= 100 && name.bytes().all(is_token);
        name_ok.then_some((name, value))
    }

    /// A value up to its semicolon, which goes too: quoted-strings unquoted, comments left out.
    fn next_piece(&mut self) -> String {
        let mut out = String::new();
        let (mut quoted, mut escaped, mut comment) = (false, false, 0_u32);
        let mut end = self.rest.len();
        for (place, c) in self.rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => {
                    // `C:\mail\x.doc` in quotes is meant as it stands.
                    escaped = self.rest[place + 1..].starts_with(['"', '\\']);
                    if escaped {
                        continue;
                    }
                }
                '"' if comment == 0 => {
                    quoted = !quoted;
                    continue;
                }
                '(' if !quoted => comment += 1,
                ')' if comment > 0 => {
                    comment -= 1;
                    continue;
                }
                ';' if !quoted && comment == 0 => {
                    end = place;
                    break;
                }
                _ => {}
            }
            if comment == 0 && out.len() < self.octets_max {
                out.push(c);
            }
        }
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        out.trim().to_owned()
    }
}

/// RFC 2045 §5.1: printable, without space and tspecials.
fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: &str) -> Parameters {
        parameters(value.as_bytes(), &Limits::default())
    }

    #[test]
    fn parameters_read_as_written() {
        let found =
            read(" Text/Plain ; Charset=\"utf-8\" (c;omment); x = \"a;\\\"b\" ;; y=a b; bad");
        assert_eq!(found.value, "text/plain");
        let expected = [("charset", "utf-8"), ("x", "a;\"b"), ("y", "a b")];
        let list: Vec<_> = found.list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(list, expected);
        assert_eq!(read("x; name=\"C:\\temp\\a.doc").get("name"), Some("C:\\temp\\a.doc"));
    }

    #[test]
    fn parameters_decode_by_rfc_2231_and_by_habit() {
        for (value, name) in [
            ("x; name*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "This is ***fun***"),
            ("x; name*0=\"ftp://\"; name*1=\"cs.utk.edu\"", "ftp://cs.utk.edu"),
            ("x; name*1*=%C3%BCn; name*0*=utf-8''gr; name*2=\"!\"", "grün!"),
            ("x; name=plain; name*=utf-8''b%C3%A4r", "bär"),
            ("x; name=\"=?utf-8?Q?b=C3=A4r?=\"", "bär"),
            ("x; name*=b%C3%A4r", "bär"),
            ("x; name*=utf-8''%zz%4", "%zz%4"),
            ("x; name=\"a\tb\"", "a b"),
        ] {
            assert_eq!(read(value).decoded("name").as_deref(), Some(name), "{value}");
        }
        assert_eq!(read("x; other=1").decoded("name"), None);
    }

    #[test]
    fn limits_of_parameters_hold_on_both_sides() {
        let limits = Limits { parameters_max: 2, parameter_octets_max: 3, ..Limits::default() };
        let found = parameters(b"x; a=1; b=123; c=3", &limits);
        assert_eq!((found.list.len(), found.get("b")), (2, Some("123")));
        assert_eq!(parameters(b"x; a=1234", &limits).get("a"), Some("123"));
    }

    #[test]
    fn a_megabyte_of_anything_takes_linear_time() {
        for piece in [";", "a=", "\"", "(", "a=\"\\", "a=b;", "name*0=x;"] {
            drop(read(&piece.repeat((1 << 20) / piece.len())).decoded("name"));
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(value in "[\\PC\0-\x7f;=\"*%'()\\\\]{0,80}") {
            drop(read(&value).decoded("name"));
        }
    }
}
