//! AUTH (RFC 4954 §4).

use std::fmt;

use super::{Fault, word};

/// How somebody wants to log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Auth {
    /// The mechanism, as it was written.
    pub mechanism: String,
    /// The first answer, still in base64; `=` stands for an empty one.
    pub initial: Option<String>,
}

/// Without the first answer, which may hold a password.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Auth({:?})", self.mechanism)
    }
}

/// `AUTH mechanism [initial-response]`
pub fn auth(rest: &str) -> Result<Auth, Fault> {
    let (mechanism, rest) = word::split(rest);
    let (initial, more) = word::split(rest);
    if mechanism.is_empty() || !more.is_empty() {
        return Err(Fault::AuthMalformed);
    }
    let initial = (!initial.is_empty()).then(|| initial.to_owned());
    Ok(Auth { mechanism: mechanism.to_owned(), initial })
}
