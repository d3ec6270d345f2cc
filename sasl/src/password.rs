//! Names with passwords.

use std::fmt;

use crate::Fault;
use crate::text::text;

/// A password on its way to whoever judges it: never shown, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// As typed.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who wants in, and what they know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// As given.
    pub name: String,
    /// As given.
    pub password: Secret,
}

/// RFC 4616 §2: `[authzid] NUL authcid NUL passwd`. Nobody here acts for somebody else, so an authzid
/// must be the name itself.
pub fn plain(answer: &[u8]) -> Result<Credentials, Fault> {
    let mut parts = answer.split(|&octet| octet == 0);
    let (Some(acts_for), Some(name), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::Malformed);
    };
    if !acts_for.is_empty() && acts_for != name {
        return Err(Fault::Malformed);
    }
    Ok(Credentials { name: text(name)?, password: text(password)?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(name: &str, password: &str) -> Result<Credentials, Fault> {
        Ok(Credentials { name: name.to_owned(), password: password.to_owned().into() })
    }

    #[test]
    fn nobody_acts_for_somebody_else() {
        assert_eq!(plain(b"\0bob\0hungry"), credentials("bob", "hungry"));
        assert_eq!(plain(b"bob\0bob\0hungry"), credentials("bob", "hungry"));
        assert_eq!(plain(b"root\0bob\0hungry"), Err(Fault::Malformed));
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
            assert_eq!(plain(answer), Err(Fault::Malformed), "{answer:?}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        assert!(!format!("{:?}", plain(b"\0bob\0hungry")).contains("hungry"));
    }
}
