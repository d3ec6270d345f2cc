//! What may follow the path in MAIL and RCPT (RFC 5321 §4.1.2, `esmtp-param`).

use super::Fault;

/// The parameters of MAIL that are understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// RFC 1870 §6: how many octets the client believes it will send.
    pub size: Option<u64>,
    /// RFC 6152 §3. It changes nothing here: all bits of a body are kept, whatever was declared.
    pub body: Option<BodyKind>,
    /// RFC 6531 §3.4.
    pub utf8: bool,
}

/// What BODY declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `BODY=7BIT`
    SevenBit,
    /// `BODY=8BITMIME`
    EightBitMime,
}

/// Reads what follows the path of MAIL.
pub fn mail(rest: &str) -> Result<MailParameters, Fault> {
    let mut parameters = MailParameters::default();
    for parameter in split(rest)? {
        let (keyword, value) = parameter?;
        match keyword.to_ascii_uppercase().as_str() {
            "SIZE" => once(&mut parameters.size, size(value)?)?,
            "BODY" => once(&mut parameters.body, body(value)?)?,
            "SMTPUTF8" if parameters.utf8 => return Err(Fault::ParameterTwice),
            "SMTPUTF8" if value.is_some() => return Err(Fault::Utf8WithValue),
            "SMTPUTF8" => parameters.utf8 = true,
            unknown => return Err(Fault::ParameterUnknown(unknown.to_owned())),
        }
    }
    Ok(parameters)
}

/// Reads what follows the path of RCPT: no extension with parameters there is offered yet.
pub fn rcpt(rest: &str) -> Result<(), Fault> {
    match split(rest)?.next() {
        None => Ok(()),
        Some(parameter) => Err(Fault::ParameterUnknown(parameter?.0.to_ascii_uppercase())),
    }
}

type Parameter<'a> = (&'a str, Option<&'a str>);

/// The parameters one by one. They are parted from the path, and from each other, by blanks.
fn split(rest: &str) -> Result<impl Iterator<Item = Result<Parameter<'_>, Fault>>, Fault> {
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return Err(Fault::ParameterMalformed);
    }
    Ok(rest.split_ascii_whitespace().map(parameter))
}

fn parameter(text: &str) -> Result<Parameter<'_>, Fault> {
    let (keyword, value) = match text.split_once('=') {
        Some((keyword, value)) => (keyword, Some(value)),
        None => (text, None),
    };
    let starts_well = keyword.starts_with(|c: char| c.is_ascii_alphanumeric());
    let keyword_ok = keyword.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    let value_ok = value.is_none_or(|value| !value.is_empty() && !value.contains('='));
    if !starts_well || !keyword_ok || !value_ok {
        return Err(Fault::ParameterMalformed);
    }
    Ok((keyword, value))
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Fault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::ParameterTwice),
    }
}

/// RFC 1870 §4: `1*20DIGIT`. Twenty digits may be more than fits, and that is more than any limit.
fn size(value: Option<&str>) -> Result<u64, Fault> {
    let digits = value.ok_or(Fault::SizeMalformed)?;
    if digits.len() > 20 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(Fault::SizeMalformed);
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

fn body(value: Option<&str>) -> Result<BodyKind, Fault> {
    match value {
        Some(word) if word.eq_ignore_ascii_case("7BIT") => Ok(BodyKind::SevenBit),
        Some(word) if word.eq_ignore_ascii_case("8BITMIME") => Ok(BodyKind::EightBitMime),
        _ => Err(Fault::BodyMalformed),
    }
}
