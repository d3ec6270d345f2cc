//! Command lines as values.
//!
//! Knows the grammar (RFC 1939 §3, RFC 2449 §3) and is lenient where that costs nothing: verbs in any
//! case, blanks at the end. What a command does stands elsewhere.

use std::fmt;

use mailstore::Password;

/// Message numbers as clients count them, from 1. Which of them exist, the maildrop knows.
pub type Number = u64;

/// A command that is well formed.
#[derive(PartialEq, Eq)]
pub enum Command {
    /// What can you do? (RFC 2449 §5)
    Capa,
    /// Begin TLS (RFC 2595 §4).
    Stls,
    /// UTF-8 mode (RFC 6856 §2.1).
    Utf8,
    /// The name to log in with.
    User(String),
    /// And the password.
    Pass(Password),
    /// Log in by SASL (RFC 5034); without a mechanism it asks for their names.
    Auth(Option<Auth>),
    /// How many messages, how many octets?
    Stat,
    /// How large is each, or this one?
    List(Option<Number>),
    /// A message, whole.
    Retr(Number),
    /// Mark as deleted.
    Dele(Number),
    /// Nothing.
    Noop,
    /// Unmark all.
    Rset,
    /// The header and so many lines of the body.
    Top {
        /// Of which message.
        number: Number,
        /// How many lines.
        lines: u64,
    },
    /// What is each called, or this one, for ever?
    Uidl(Option<Number>),
    /// What can I say?
    Help,
    /// The end; what is marked goes.
    Quit,
}

/// The argument of AUTH.
#[derive(PartialEq, Eq)]
pub struct Auth {
    /// As the client wrote it.
    pub mechanism: String,
    /// Still in base64; `=` stands for an empty one (RFC 5034 §4).
    pub initial: Option<String>,
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing on the line.
    Empty,
    /// No verb of ours.
    Unknown,
    /// APOP: one that people ask for.
    Apop,
    /// A browser's verb.
    Http,
    /// A TLS handshake where none was agreed.
    Handshake,
    /// The right verb with the wrong arguments: how it is written.
    Usage(&'static str),
    /// A name or password that is no UTF-8, or holds controls.
    NotText,
}

/// Without what is secret.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, number) = match self {
            Self::Capa => ("CAPA", None),
            Self::Stls => ("STLS", None),
            Self::Utf8 => ("UTF8", None),
            Self::User(name) => return write!(f, "USER {name}"),
            Self::Pass(_) => ("PASS", None),
            Self::Auth(_) => ("AUTH", None),
            Self::Stat => ("STAT", None),
            Self::List(number) => ("LIST", *number),
            Self::Retr(number) => ("RETR", Some(*number)),
            Self::Dele(number) => ("DELE", Some(*number)),
            Self::Noop => ("NOOP", None),
            Self::Rset => ("RSET", None),
            Self::Top { number, lines } => return write!(f, "TOP {number} {lines}"),
            Self::Uidl(number) => ("UIDL", *number),
            Self::Help => ("HELP", None),
            Self::Quit => ("QUIT", None),
        };
        f.write_str(verb)?;
        number.map_or(Ok(()), |number| write!(f, " {number}"))
    }
}

/// Reads a line that stands without its line end.
pub fn parse(line: &[u8]) -> Result<Command, Fault> {
    if line.starts_with(&[0x16, 0x03]) {
        return Err(Fault::Handshake);
    }
    let (verb, argument) = match line.iter().position(|&octet| octet == b' ') {
        Some(at) => (line.get(..at), line.get(at + 1..)),
        None => (Some(line), None),
    };
    let verb = verb.unwrap_or_default().trim_ascii().to_ascii_uppercase();
    let argument = argument.unwrap_or_default();
    match verb.as_slice() {
        b"CAPA" => alone(argument, Command::Capa, "CAPA"),
        b"STLS" => alone(argument, Command::Stls, "STLS"),
        b"UTF8" => alone(argument, Command::Utf8, "UTF8"),
        b"USER" => Ok(Command::User(text(argument.trim_ascii(), "USER name")?.to_owned())),
        // Spaces may be part of a password, also at its ends (RFC 1939 §7).
        b"PASS" => Ok(Command::Pass(Password::new(text(argument, "PASS password")?))),
        b"AUTH" => auth(argument),
        b"STAT" => alone(argument, Command::Stat, "STAT"),
        b"LIST" => Ok(Command::List(optional_number(argument, "LIST [number]")?)),
        b"RETR" => Ok(Command::Retr(number(argument, "RETR number")?)),
        b"DELE" => Ok(Command::Dele(number(argument, "DELE number")?)),
        b"NOOP" => alone(argument, Command::Noop, "NOOP"),
        b"RSET" => alone(argument, Command::Rset, "RSET"),
        b"TOP" => top(argument),
        b"UIDL" => Ok(Command::Uidl(optional_number(argument, "UIDL [number]")?)),
        b"HELP" => Ok(Command::Help),
        b"QUIT" => alone(argument, Command::Quit, "QUIT"),
        b"APOP" => Err(Fault::Apop),
        b"GET" | b"HEAD" | b"POST" | b"PUT" | b"DELETE" | b"CONNECT" | b"OPTIONS" | b"TRACE"
        | b"PATCH" | b"PRI" => Err(Fault::Http),
        b"" if argument.trim_ascii().is_empty() => Err(Fault::Empty),
        _ => Err(Fault::Unknown),
    }
}

fn alone(argument: &[u8], command: Command, usage: &'static str) -> Result<Command, Fault> {
    if argument.trim_ascii().is_empty() { Ok(command) } else { Err(Fault::Usage(usage)) }
}

fn text<'a>(argument: &'a [u8], usage: &'static str) -> Result<&'a str, Fault> {
    if argument.is_empty() {
        return Err(Fault::Usage(usage));
    }
    // RFC 6856 §2.2: what is no UTF-8 must be refused, and controls by RFC 4013 §2.3.
    match str::from_utf8(argument) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => Err(Fault::NotText),
    }
}

fn words(argument: &[u8]) -> impl Iterator<Item = &[u8]> {
    argument.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// A number too large to exist is a message that does not exist, not a fault.
fn digits(word: &[u8], usage: &'static str) -> Result<u64, Fault> {
    match str::from_utf8(word) {
        Ok(word) if !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_digit()) => {
            Ok(word.parse().unwrap_or(u64::MAX))
        }
        _ => Err(Fault::Usage(usage)),
    }
}

fn optional_number(argument: &[u8], usage: &'static str) -> Result<Option<Number>, Fault> {
    let mut words = words(argument);
    let number = words.next().map(|word| digits(word, usage)).transpose()?;
    if words.next().is_some() { Err(Fault::Usage(usage)) } else { Ok(number) }
}

fn number(argument: &[u8], usage: &'static str) -> Result<Number, Fault> {
    optional_number(argument, usage)?.ok_or(Fault::Usage(usage))
}

fn top(argument: &[u8]) -> Result<Command, Fault> {
    const USAGE: &str = "TOP number lines";
    let mut words = words(argument);
    let (Some(number), Some(lines), None) = (words.next(), words.next(), words.next()) else {
        return Err(Fault::Usage(USAGE));
    };
    Ok(Command::Top { number: digits(number, USAGE)?, lines: digits(lines, USAGE)? })
}

fn auth(argument: &[u8]) -> Result<Command, Fault> {
    const USAGE: &str = "AUTH mechanism [initial-response]";
    let mut words = words(argument);
    let word = |word: Option<&[u8]>| -> Result<Option<String>, Fault> {
        word.map(|word| text(word, USAGE).map(str::to_owned)).transpose()
    };
    let (mechanism, initial) = (word(words.next())?, word(words.next())?);
    if words.next().is_some() {
        return Err(Fault::Usage(USAGE));
    }
    Ok(Command::Auth(mechanism.map(|mechanism| Auth { mechanism, initial })))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn verbs_are_read_in_any_case_and_blanks_at_the_end_do_not_matter() {
        for (line, command) in [
            ("stat", Command::Stat),
            ("Stat  ", Command::Stat),
            ("LIST", Command::List(None)),
            ("list 2 ", Command::List(Some(2))),
            ("retr 1", Command::Retr(1)),
            ("dele  01", Command::Dele(1)),
            ("TOP 1 0", Command::Top { number: 1, lines: 0 }),
            ("UIDL", Command::Uidl(None)),
            ("quit", Command::Quit),
            ("help me", Command::Help),
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(command), "{line}");
        }
    }

    #[test]
    fn a_password_keeps_its_spaces_and_a_name_only_those_inside() {
        assert_eq!(parse(b"PASS  a b "), Ok(Command::Pass(" a b ".into())));
        assert_eq!(parse(b"USER  bob b "), Ok(Command::User("bob b".into())));
        assert_eq!(parse("user bøb".as_bytes()), Ok(Command::User("bøb".into())));
    }

    #[test]
    fn names_and_passwords_that_are_no_text_are_refused() {
        assert_eq!(parse(b"USER b\xf8b"), Err(Fault::NotText));
        assert_eq!(parse(b"PASS a\0b"), Err(Fault::NotText));
        assert_eq!(parse(b"PASS a\rb"), Err(Fault::NotText));
    }

    #[test]
    fn missing_and_surplus_arguments_are_told_apart_from_unknown_verbs() {
        for line in [
            "USER",
            "USER ",
            "PASS",
            "PASS ",
            "RETR",
            "RETR x",
            "RETR -1",
            "RETR 1 2",
            "RETR 1x",
            "LIST a",
            "LIST 1 2",
            "DELE",
            "TOP 1",
            "TOP",
            "TOP 1 -1",
            "TOP 1 2 3",
            "UIDL 0x1",
            "STAT now",
            "QUIT 1",
            "AUTH PLAIN a b",
        ] {
            assert!(matches!(parse(line.as_bytes()), Err(Fault::Usage(_))), "{line}");
        }
        for line in ["XYZZY", "STATUS", "\u{fc}", "STAT\t1"] {
            assert_eq!(parse(line.as_bytes()), Err(Fault::Unknown), "{line}");
        }
        for line in ["", " ", "  "] {
            assert_eq!(parse(line.as_bytes()), Err(Fault::Empty), "{line:?}");
        }
    }

    #[test]
    fn a_number_beyond_all_numbers_is_a_message_that_is_not_there() {
        assert_eq!(parse(b"RETR 99999999999999999999999"), Ok(Command::Retr(u64::MAX)));
    }

    #[test]
    fn browsers_and_handshakes_are_known_for_what_they_are() {
        assert_eq!(parse(b"GET / HTTP/1.1"), Err(Fault::Http));
        assert_eq!(parse(b"post /x"), Err(Fault::Http));
        assert_eq!(parse(b"\x16\x03\x01\x02\0"), Err(Fault::Handshake));
    }

    #[test]
    fn auth_may_bring_its_first_answer_along() {
        let auth = |mechanism: &str, initial: Option<&str>| {
            let initial = initial.map(Into::into);
            Ok(Command::Auth(Some(Auth { mechanism: mechanism.into(), initial })))
        };
        assert_eq!(parse(b"AUTH"), Ok(Command::Auth(None)));
        assert_eq!(parse(b"AUTH plain"), auth("plain", None));
        assert_eq!(parse(b"AUTH PLAIN ="), auth("PLAIN", Some("=")));
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let shown = format!("{:?} {:?}", parse(b"PASS hungry"), parse(b"AUTH PLAIN aHVuZ3J5"));
        assert_eq!(shown, "Ok(PASS) Ok(AUTH)");
    }

    proptest! {
        #[test]
        fn any_octets_are_a_command_or_a_fault(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let _read = parse(&line);
        }
    }
}
