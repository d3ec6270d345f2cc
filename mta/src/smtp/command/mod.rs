//! Command lines into values (RFC 5321 §4.1).
//!
//! Knows the grammar, and where real clients stray from it harmlessly: lower case, `MAIL FROM: <x>`
//! with a space, an address without its brackets, blanks at the end. It does *not* know in which
//! order commands may come, nor what is said about a line that is none: a [`Fault`] names it.

mod auth;
mod chunk;
mod hello;
mod parameters;
mod path;
mod word;

pub use auth::Auth;
pub use chunk::Chunk;
pub use hello::HelloName;
pub use parameters::{BodyKind, MailParameters, RcptParameters};
pub use path::PathFault;

use message::{ForwardPath, ReversePath};

/// One command, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// HELO with the client's name.
    Helo(HelloName),
    /// EHLO with the client's name.
    Ehlo(HelloName),
    /// MAIL FROM.
    Mail(ReversePath, MailParameters),
    /// RCPT TO.
    Rcpt(Recipient),
    /// DATA.
    Data,
    /// BDAT.
    Bdat(Chunk),
    /// RSET.
    Rset,
    /// NOOP, whatever came with it.
    Noop,
    /// VRFY.
    Vrfy(Question),
    /// HELP with its topic, or an empty one.
    Help(String),
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth(Auth),
    /// QUIT.
    Quit,
    /// A command of SMTP or of its extensions that is not for this port.
    NotOffered(NotOffered),
    /// Not SMTP at all: the first line of an HTTP request.
    Http,
}

/// Whom RCPT names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Without its source route.
    pub path: ForwardPath,
    /// Whether the command had UTF-8 in it, which only SMTPUTF8 allows (RFC 6531 §3.2).
    pub needs_utf8: bool,
    /// What came with it.
    pub parameters: RcptParameters,
}

/// What VRFY asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// A name or an address, as it was written.
    pub about: String,
    /// Whether the answer may hold UTF-8 (RFC 6531 §3.7.4.2).
    pub utf8: bool,
}

/// Commands that are known but not offered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOffered {
    /// RFC 4954: on the port where anybody brings mail. Never parsed, only answered.
    Auth,
    /// RFC 1985.
    Etrn,
    /// RFC 5321 §4.1.1.7.
    Expn,
    /// RFC 2033.
    Lhlo,
    /// SEND, SOML and SAML (RFC 5321 appendix F.6).
    Send,
    /// Known, but there is no certificate. Never parsed, only answered.
    StartTls,
    /// RFC 5321 appendix F.1.
    Turn,
}

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing in it.
    Empty,
    /// CR, NUL or the like.
    ControlCharacter,
    /// Octets that are neither ASCII nor UTF-8, or UTF-8 where no address stands.
    EightBit,
    /// A verb that nobody has heard of.
    Unknown,
    /// This command takes no argument.
    ArgumentForbidden(&'static str),
    /// HELO or EHLO without a name.
    HelloNameless(&'static str),
    /// HELO or EHLO with something that is no name.
    HelloInvalid(&'static str),
    /// MAIL without FROM:
    FromMissing,
    /// AUTH without a mechanism, or with more than a first answer behind it.
    AuthMalformed,
    /// BDAT without the number of octets: where the next command begins, nobody can say.
    ChunkMalformed,
    /// RCPT without TO:
    ToMissing,
    /// MAIL with something that is no reverse-path.
    Sender(PathFault),
    /// RCPT with something that is no forward-path.
    Recipient(PathFault),
    /// VRFY about nothing.
    VerifyNobody,
    /// A parameter that is not `NAME` or `NAME=VALUE`.
    ParameterMalformed,
    /// The same parameter again.
    ParameterTwice,
    /// A parameter of an extension that is not offered.
    ParameterUnknown(String),
    /// SIZE without a number.
    SizeMalformed,
    /// BODY with another word.
    BodyMalformed,
    /// SMTPUTF8 or REQUIRETLS with a value.
    FlagWithValue(&'static str),
    /// RET with another word.
    RetMalformed,
    /// ENVID that is no xtext, or too long.
    EnvidMalformed,
    /// NOTIFY with other words.
    NotifyMalformed,
    /// ORCPT without a type, not in xtext, or too long.
    OrcptMalformed,
    /// MAIL with an address in UTF-8, but without SMTPUTF8 (RFC 6531 §3.4).
    SenderNeedsUtf8,
}

/// Reads one line, without its line end.
///
/// # Errors
/// When it is no command, with what is wrong about it.
pub fn parse(line: &[u8]) -> Result<Command, Fault> {
    if line.iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
        return Err(Fault::ControlCharacter);
    }
    let line = std::str::from_utf8(line).map_err(|_| Fault::EightBit)?.trim_ascii_end();
    let (verb, rest) = word::split(line);
    if verb.is_empty() {
        return Err(if rest.is_empty() { Fault::Empty } else { Fault::Unknown });
    }
    let verb = verb.to_ascii_uppercase();
    if !rest.is_ascii() && !matches!(verb.as_str(), "MAIL" | "RCPT" | "VRFY") {
        return Err(Fault::EightBit);
    }
    command(&verb, rest)
}

fn command(verb: &str, rest: &str) -> Result<Command, Fault> {
    match verb {
        "HELO" => hello::name("HELO", rest).map(Command::Helo),
        "EHLO" => hello::name("EHLO", rest).map(Command::Ehlo),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => alone("DATA", rest, Command::Data),
        "RSET" => alone("RSET", rest, Command::Rset),
        "QUIT" => alone("QUIT", rest, Command::Quit),
        "STARTTLS" => alone("STARTTLS", rest, Command::StartTls),
        // RFC 5321 §4.1.1.9: servers should ignore the argument.
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help(word::split(rest).0.to_owned())),
        "VRFY" => vrfy(rest),
        "AUTH" => auth::auth(rest).map(Command::Auth),
        "BDAT" => chunk::bdat(rest).map(Command::Bdat),
        "ETRN" => Ok(Command::NotOffered(NotOffered::Etrn)),
        "EXPN" => Ok(Command::NotOffered(NotOffered::Expn)),
        "LHLO" => Ok(Command::NotOffered(NotOffered::Lhlo)),
        "SEND" | "SOML" | "SAML" => Ok(Command::NotOffered(NotOffered::Send)),
        "TURN" => Ok(Command::NotOffered(NotOffered::Turn)),
        // RFC 9110 §9.3. A web page can make its reader's browser send a form here, with commands in
        // its body; hanging up at the request line leaves it nobody to talk to.
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "CONNECT" | "OPTIONS" | "TRACE" | "PATCH" => {
            Ok(Command::Http)
        }
        _ if verb.is_ascii() => Err(Fault::Unknown),
        _ => Err(Fault::EightBit),
    }
}

/// RFC 5321 §4.3.2: these get 501 when something comes with them.
fn alone(verb: &'static str, rest: &str, command: Command) -> Result<Command, Fault> {
    if rest.is_empty() { Ok(command) } else { Err(Fault::ArgumentForbidden(verb)) }
}

fn mail(rest: &str) -> Result<Command, Fault> {
    let rest = word::label(rest, "FROM").ok_or(Fault::FromMissing)?;
    let (path, after) = path::reverse(rest).map_err(Fault::Sender)?;
    let parameters = parameters::mail(after)?;
    // RFC 6531 §3.4: the parameter stands behind the path that needs it.
    if !rest.is_ascii() && !parameters.utf8 {
        return Err(Fault::SenderNeedsUtf8);
    }
    Ok(Command::Mail(path, parameters))
}

fn rcpt(rest: &str) -> Result<Command, Fault> {
    let rest = word::label(rest, "TO").ok_or(Fault::ToMissing)?;
    let (path, after) = path::forward(rest).map_err(Fault::Recipient)?;
    let parameters = parameters::rcpt(after)?;
    Ok(Command::Rcpt(Recipient { path, needs_utf8: !rest.is_ascii(), parameters }))
}

/// RFC 6531 §3.7.4.2: `VRFY` String \[ `SMTPUTF8` \].
fn vrfy(rest: &str) -> Result<Command, Fault> {
    let (about, utf8) = match rest.rsplit_once([' ', '\t']) {
        Some((about, last)) if last.eq_ignore_ascii_case("SMTPUTF8") => {
            (about.trim_ascii_end(), true)
        }
        _ => (rest, false),
    };
    if about.is_empty() {
        return Err(Fault::VerifyNobody);
    }
    Ok(Command::Vrfy(Question { about: about.to_owned(), utf8 }))
}

#[cfg(test)]
mod tests;
