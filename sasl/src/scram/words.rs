//! The words that messages are made of (RFC 5802 §5.1, §7).

use crate::text::text;
use crate::{Fault, NONCE_OCTETS_MAX};

/// The value of the attribute that must stand here.
pub fn attribute(word: Option<&str>, name: char) -> Result<&str, Fault> {
    let value = word.and_then(|word| word.strip_prefix(name)?.strip_prefix('='));
    value.ok_or(Fault::Malformed)
}

/// RFC 5802 §5.1: extensions that are not mandatory are ignored. The mandatory ones (`m=`) stand in
/// front, where [`attribute`] does not find what it looks for.
pub fn ignore_extensions<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
    for word in words {
        let (name, _) = word.split_once('=').ok_or(Fault::Malformed)?;
        if name.len() != 1 || !name.bytes().all(|octet| octet.is_ascii_alphabetic()) {
            return Err(Fault::Malformed);
        }
    }
    Ok(())
}

/// A `saslname`: `=2C` is a comma, `=3D` an equals sign, and nothing else begins with one.
pub fn name(written: &str) -> Result<String, Fault> {
    let mut pieces = written.split('=');
    let mut name = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (sign, rest) = match (piece.strip_prefix("2C"), piece.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return Err(Fault::Malformed),
        };
        name.push(sign);
        name.push_str(rest);
    }
    text(name.as_bytes())
}

/// Printable, without a comma.
pub fn nonce(word: &str) -> Result<&str, Fault> {
    let printable = word.bytes().all(|octet| matches!(octet, 0x21..=0x2b | 0x2d..=0x7e));
    let valid = printable && !word.is_empty() && word.len() <= NONCE_OCTETS_MAX;
    valid.then_some(word).ok_or(Fault::Malformed)
}
