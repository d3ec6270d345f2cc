//! Lines of records.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::{CharIndices, FromStr};
use std::time::Duration;

use crate::{Kind, Mx, Name, Record, Tlsa};

/// A line that is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {text} is no record")]
pub struct ZoneError {
    /// Which line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

const TTL: Duration = Duration::from_secs(3600);

/// All records of a text.
pub(super) fn lines(text: &str) -> Result<Vec<(Name, Record, Duration)>, ZoneError> {
    let mut records = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let fields = fields(text);
        if !fields.is_empty() {
            let record =
                record(&fields).ok_or_else(|| ZoneError { line, text: text.to_owned() })?;
            records.push(record);
        }
    }
    Ok(records)
}

/// The words and quoted strings in front of a comment.
fn fields(line: &str) -> Vec<Vec<u8>> {
    let mut fields = Vec::new();
    let mut characters = line.char_indices();
    while let Some((start, first)) = characters.next() {
        match first {
            ';' => break,
            '"' => fields.push(quoted(&mut characters)),
            blank if blank.is_whitespace() => {}
            _ => {
                let word = line.get(start..).unwrap_or_default();
                let end = word.find(char::is_whitespace).unwrap_or(word.len());
                let (word, rest) = word.split_at_checked(end).unwrap_or_default();
                fields.push(word.as_bytes().to_vec());
                while characters.as_str().len() > rest.len() {
                    characters.next();
                }
            }
        }
    }
    fields
}

/// Up to the closing quote. `\"` is a quote, `\195` one octet (RFC 1035 §5.1).
fn quoted(characters: &mut CharIndices<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    while let Some((_, character)) = characters.next() {
        match character {
            '"' => break,
            '\\' => {
                let digits =
                    characters.as_str().get(..3).and_then(|digits| digits.parse::<u8>().ok());
                if let Some(octet) = digits {
                    octets.push(octet);
                    characters.nth(2);
                } else if let Some((_, next)) = characters.next() {
                    octets.extend(next.encode_utf8(&mut [0; 4]).bytes());
                }
            }
            other => octets.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    octets
}

fn record(fields: &[Vec<u8>]) -> Option<(Name, Record, Duration)> {
    let mut fields = fields.iter();
    let name = name(fields.next()?)?;
    let mut ttl = TTL;
    loop {
        let word = text(fields.next()?)?;
        if let Ok(kind) = Kind::from_str(word) {
            return Some((name, data(kind, fields.as_slice())?, ttl));
        }
        match word.parse() {
            Ok(seconds) => ttl = Duration::from_secs(seconds),
            Err(_) if word.eq_ignore_ascii_case("IN") => {}
            Err(_) => return None,
        }
    }
}

fn data(kind: Kind, fields: &[Vec<u8>]) -> Option<Record> {
    let record = match (kind, fields) {
        (Kind::A, [address]) => Record::A(parsed::<Ipv4Addr>(address)?),
        (Kind::Aaaa, [address]) => Record::Aaaa(parsed::<Ipv6Addr>(address)?),
        (Kind::Cname, [target]) => Record::Cname(name(target)?),
        (Kind::Ptr, [target]) => Record::Ptr(name(target)?),
        (Kind::Mx, [preference, exchange]) => {
            Record::Mx(Mx { preference: parsed(preference)?, exchange: name(exchange)? })
        }
        (Kind::Tlsa, [usage, selector, matching, association]) => Record::Tlsa(Tlsa {
            usage: parsed(usage)?,
            selector: parsed(selector)?,
            matching: parsed(matching)?,
            association: hexadecimal(text(association)?)?,
        }),
        (Kind::Txt, [_, ..]) => Record::Txt(fields.concat()),
        _ => return None,
    };
    Some(record)
}

fn text(field: &[u8]) -> Option<&str> {
    std::str::from_utf8(field).ok()
}

fn name(field: &[u8]) -> Option<Name> {
    Name::parse(text(field)?).ok()
}

fn parsed<T: FromStr>(field: &[u8]) -> Option<T> {
    text(field)?.parse().ok()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = |start| u8::from_str_radix(text.get(start..start + 2)?, 16).ok();
    if text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(digits).collect()
}
