//! The ways to log in, by name.

/// A mechanism that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// The password is not sent, and nobody stands between: RFC 7677 with channel binding.
    ScramSha256Plus,
    /// The password is not sent: RFC 7677.
    ScramSha256,
    /// Name and password at once: RFC 4616.
    Plain,
    /// Name, then password: never written down as an RFC, and what some programs can do.
    Login,
}

impl Mechanism {
    /// All of them, most wanted first.
    pub const ALL: [Self; 4] = [Self::ScramSha256Plus, Self::ScramSha256, Self::Plain, Self::Login];

    /// As announced and asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    /// By its name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// Whether there must be a channel to bind to.
    #[must_use]
    pub const fn needs_binding(self) -> bool {
        matches!(self, Self::ScramSha256Plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mechanism_is_known_by_its_whole_name_in_any_case() {
        for mechanism in Mechanism::ALL {
            assert_eq!(Mechanism::parse(&mechanism.name().to_lowercase()), Some(mechanism));
        }
        for other in ["", "PLAI", "PLAIN ", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS2"] {
            assert_eq!(Mechanism::parse(other), None, "{other}");
        }
    }
}
