//! A password on its way to be hashed or verified: never shown, never logged.

use std::fmt;

/// Octets in a password.
const PASSWORD_OCTETS_MAX: usize = 1_024;

/// A password as typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// As typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Neither empty nor longer than anybody types. What a good password is, is for the pages to
    /// say.
    pub(crate) fn is_acceptable(&self) -> bool {
        (1..=PASSWORD_OCTETS_MAX).contains(&self.0.len())
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(format!("{:?}", Password::new("hungry")), "Password(…)");
    }

    #[test]
    fn a_password_has_one_to_1024_octets() {
        assert!(!Password::new("").is_acceptable());
        assert!(Password::new("x").is_acceptable());
        assert!(Password::new("x".repeat(1_024)).is_acceptable());
        assert!(!Password::new("x".repeat(1_025)).is_acceptable());
    }
}
