//! What may follow the path in MAIL and RCPT (RFC 5321 §4.1.2, `esmtp-param`).

use mailstore::{DsnRequest, DsnReturn, Notify};

use super::Fault;

/// RFC 3461 §4.4.
const ENVID_OCTETS_MAX: usize = 100;

/// RFC 3461 §4.2.
const ORCPT_OCTETS_MAX: usize = 500;

/// The parameters of MAIL that are understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// RFC 1870 §6: how many octets the client believes it will send.
    pub size: Option<u64>,
    /// RFC 6152 §3. It changes nothing here: all bits of a body are kept, whatever was declared.
    pub body: Option<BodyKind>,
    /// RFC 6531 §3.4.
    pub utf8: bool,
    /// RET and ENVID (RFC 3461 §4.3, §4.4).
    pub dsn: DsnRequest,
    /// RFC 8689 §2.
    pub requiretls: bool,
    /// Whether somebody was named who has written it (RFC 4954 §5). Nobody here believes that.
    pub auth: bool,
}

/// The parameters of RCPT that are understood (RFC 3461 §4.1, §4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// NOTIFY: empty when it was not said.
    pub notify: Notify,
    /// ORCPT, as it came.
    pub original: Option<String>,
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
            "RET" => once(&mut parameters.dsn.ret, ret(value)?)?,
            "ENVID" => once(&mut parameters.dsn.envid, envid(value)?)?,
            "SMTPUTF8" => flag(&mut parameters.utf8, "SMTPUTF8", value)?,
            "REQUIRETLS" => flag(&mut parameters.requiretls, "REQUIRETLS", value)?,
            "AUTH" if value.is_none() => return Err(Fault::ParameterMalformed),
            "AUTH" if parameters.auth => return Err(Fault::ParameterTwice),
            "AUTH" => parameters.auth = true,
            unknown => return Err(Fault::ParameterUnknown(unknown.to_owned())),
        }
    }
    Ok(parameters)
}

/// Reads what follows the path of RCPT.
pub fn rcpt(rest: &str) -> Result<RcptParameters, Fault> {
    let (mut found, mut original) = (None, None);
    for parameter in split(rest)? {
        let (keyword, value) = parameter?;
        match keyword.to_ascii_uppercase().as_str() {
            "NOTIFY" => once(&mut found, notify(value)?)?,
            "ORCPT" => once(&mut original, orcpt(value)?)?,
            unknown => return Err(Fault::ParameterUnknown(unknown.to_owned())),
        }
    }
    Ok(RcptParameters { notify: found.unwrap_or_default(), original })
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

fn flag(place: &mut bool, name: &'static str, value: Option<&str>) -> Result<(), Fault> {
    if value.is_some() {
        return Err(Fault::FlagWithValue(name));
    }
    if std::mem::replace(place, true) { Err(Fault::ParameterTwice) } else { Ok(()) }
}

fn ret(value: Option<&str>) -> Result<DsnReturn, Fault> {
    match value {
        Some(word) if word.eq_ignore_ascii_case("FULL") => Ok(DsnReturn::Full),
        Some(word) if word.eq_ignore_ascii_case("HDRS") => Ok(DsnReturn::Headers),
        _ => Err(Fault::RetMalformed),
    }
}

fn envid(value: Option<&str>) -> Result<String, Fault> {
    let value = value.filter(|text| text.len() <= ENVID_OCTETS_MAX && is_xtext(text));
    value.map(str::to_owned).ok_or(Fault::EnvidMalformed)
}

/// `NEVER`, or a list of the other words (RFC 3461 §4.1).
fn notify(value: Option<&str>) -> Result<Notify, Fault> {
    let value = value.ok_or(Fault::NotifyMalformed)?;
    if value.eq_ignore_ascii_case("NEVER") {
        return Ok(Notify::NEVER);
    }
    value.split(',').try_fold(Notify::NOT_GIVEN, |all, word| {
        let one = match word.to_ascii_uppercase().as_str() {
            "SUCCESS" => Notify::SUCCESS,
            "FAILURE" => Notify::FAILURE,
            "DELAY" => Notify::DELAY,
            _ => return Err(Fault::NotifyMalformed),
        };
        Ok(all | one)
    })
}

/// `addr-type ";" xtext` (RFC 3461 §4.2); with the type `utf-8` it may hold UTF-8 (RFC 6533 §3).
fn orcpt(value: Option<&str>) -> Result<String, Fault> {
    let value = value.filter(|value| value.len() <= ORCPT_OCTETS_MAX);
    let (kind, address) =
        value.and_then(|value| value.split_once(';')).ok_or(Fault::OrcptMalformed)?;
    let kind_ok = !kind.is_empty()
        && kind.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    let address_ok = if kind.eq_ignore_ascii_case("utf-8") {
        !address.chars().any(char::is_control)
    } else {
        is_xtext(address)
    };
    let valid = kind_ok && address_ok && !address.is_empty();
    valid.then(|| format!("{kind};{address}")).ok_or(Fault::OrcptMalformed)
}

/// RFC 3461 §4. What it stands for must be printable too: it comes to stand in the header of a report,
/// where a line end would begin a field of the sender's choice.
fn is_xtext(text: &str) -> bool {
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        let valid = match octet {
            b'+' => {
                let digit = |octet: u8| match octet {
                    b'0'..=b'9' => Some(octet - b'0'),
                    b'A'..=b'F' => Some(octet - b'A' + 10),
                    _ => None,
                };
                let (high, low) = (octets.next().and_then(digit), octets.next().and_then(digit));
                high.zip(low).is_some_and(|(high, low)| matches!(high << 4 | low, b' '..=b'~'))
            }
            b'=' => false,
            _ => octet.is_ascii_graphic(),
        };
        if !valid {
            return false;
        }
    }
    true
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
