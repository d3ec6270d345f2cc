//! SASL mechanisms that carry a name and a password: PLAIN (RFC 4616) and LOGIN.
//!
//! Knows the exchange as octets. What carries it (base64, `+ `), who may log in and when it is allowed
//! at all is for the protocol.

use mailstore::Password;

/// A mechanism that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Plain,
    Login,
}

impl Mechanism {
    /// As announced, most wanted first.
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Login];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }
}

/// An exchange that waits for the client's next answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Plain,
    LoginName,
    LoginPassword { name: String },
}

/// What an answer leads to.
#[derive(PartialEq, Eq)]
pub(crate) enum Turn {
    /// Ask on: the challenge, and how to go on with what comes back.
    Challenge(&'static str, Exchange),
    /// All is said.
    Done { name: String, password: Password },
}

/// An answer that says nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Exchange {
    /// Begins. Clients may bring their first answer along (RFC 4954 §4, RFC 5034 §4).
    pub(crate) fn begin(mechanism: Mechanism, initial: Option<&[u8]>) -> Result<Turn, Malformed> {
        let (challenge, exchange) = match mechanism {
            Mechanism::Plain => ("", Self::Plain),
            Mechanism::Login => ("Username:", Self::LoginName),
        };
        match initial {
            Some(answer) => exchange.answered(answer),
            None => Ok(Turn::Challenge(challenge, exchange)),
        }
    }

    /// Goes on.
    pub(crate) fn answered(self, answer: &[u8]) -> Result<Turn, Malformed> {
        match self {
            Self::Plain => plain(answer),
            Self::LoginName => {
                let exchange = Self::LoginPassword { name: text(answer)? };
                Ok(Turn::Challenge("Password:", exchange))
            }
            Self::LoginPassword { name } => {
                Ok(Turn::Done { name, password: Password::new(text(answer)?) })
            }
        }
    }
}

/// RFC 4616 §2: `[authzid] NUL authcid NUL passwd`. Nobody here acts for somebody else, so an authzid
/// must be the name itself.
fn plain(answer: &[u8]) -> Result<Turn, Malformed> {
    let mut parts = answer.split(|&octet| octet == 0);
    let (Some(acts_for), Some(name), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Malformed);
    };
    if !acts_for.is_empty() && acts_for != name {
        return Err(Malformed);
    }
    Ok(Turn::Done { name: text(name)?, password: Password::new(text(password)?) })
}

/// Names and passwords are UTF-8, not empty, and hold no controls (RFC 4013 §2.3).
fn text(octets: &[u8]) -> Result<String, Malformed> {
    let text = str::from_utf8(octets).map_err(|_| Malformed)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Malformed);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(name: &str, password: &str) -> Result<Turn, Malformed> {
        Ok(Turn::Done { name: name.into(), password: password.into() })
    }

    #[test]
    fn plain_says_all_at_once_or_when_asked() {
        let all = b"\0bob\0hungry";
        assert!(Exchange::begin(Mechanism::Plain, Some(all)) == done("bob", "hungry"));
        let asked = Exchange::begin(Mechanism::Plain, None);
        assert!(asked == Ok(Turn::Challenge("", Exchange::Plain)));
        assert!(Exchange::Plain.answered(all) == done("bob", "hungry"));
    }

    #[test]
    fn nobody_acts_for_somebody_else() {
        assert!(plain(b"bob\0bob\0hungry") == done("bob", "hungry"));
        assert!(plain(b"root\0bob\0hungry") == Err(Malformed));
    }

    #[test]
    fn login_asks_for_the_name_and_then_for_the_password() {
        let asked = Exchange::begin(Mechanism::Login, None);
        assert!(asked == Ok(Turn::Challenge("Username:", Exchange::LoginName)));
        let exchange = Exchange::LoginPassword { name: "bob".into() };
        let named = Exchange::LoginName.answered(b"bob");
        assert!(named == Ok(Turn::Challenge("Password:", exchange)));
        let exchange = Exchange::LoginPassword { name: "bob".into() };
        assert!(exchange.answered("hungry €".as_bytes()) == done("bob", "hungry €"));
    }

    #[test]
    fn what_is_no_name_or_password_is_malformed() {
        for answer in [
            &b""[..],
            b"bob",
            b"\0bob",
            b"\0bob\0",
            b"\0\0hungry",
            b"\0bob\0hungry\0",
            b"\0b\rb\0x",
            b"\0\xff\0hungry",
        ] {
            assert!(plain(answer) == Err(Malformed), "{answer:?}");
        }
    }
}
