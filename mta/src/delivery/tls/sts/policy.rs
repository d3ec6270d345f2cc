//! The policy file (RFC 8461 §3.2).

use std::time::Duration;

use dns::Name;

/// What a domain says of its hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What follows from it.
    pub mode: Mode,
    /// How long it holds, from when it was fetched.
    pub max_age: Duration,
    /// Its hosts, as they stand there: names, or `*.` and what all of them end with.
    pub hosts: Vec<String>,
}

/// What follows from a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A host that is not as it says gets no mail.
    Enforce,
    /// A host that is not as it says is reported.
    Testing,
    /// Nothing: the domain takes its policy back.
    None,
}

/// What is no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Too long.
    #[error("the policy has over 64 KiB")]
    TooLong,
    /// No text.
    #[error("the policy is not UTF-8")]
    Utf8,
    /// `version: STSv1` is missing.
    #[error("the policy is not of version STSv1")]
    Version,
    /// No known mode.
    #[error("the policy has no mode that is known")]
    Mode,
    /// No number of seconds.
    #[error("the policy has no max_age that is a number of seconds")]
    MaxAge,
    /// Hosts are missing, there are too many, or one is no name.
    #[error("the policy has no hosts, too many, or one that is no name")]
    Hosts,
}

/// RFC 8461 §3.3.
pub(super) const POLICY_OCTETS_MAX: usize = 64 << 10;
/// About a year (RFC 8461 §3.2).
const MAX_AGE_SECONDS_MAX: u64 = 31_557_600;
const HOSTS_MAX: usize = 1_000;

impl Policy {
    /// Reads a policy file.
    pub fn parse(octets: &[u8]) -> Result<Self, PolicyFault> {
        if octets.len() > POLICY_OCTETS_MAX {
            return Err(PolicyFault::TooLong);
        }
        let text = std::str::from_utf8(octets).map_err(|_| PolicyFault::Utf8)?;
        let (mut version, mut mode, mut max_age, mut hosts) = (None, None, None, Vec::new());
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim_matches([' ', '\t']);
            // Of two of a kind the first counts, but for hosts.
            match key.trim_matches([' ', '\t']) {
                "version" if version.is_none() => version = Some(value),
                "mode" if mode.is_none() => mode = Some(value),
                "max_age" if max_age.is_none() => max_age = Some(value),
                "mx" if hosts.len() > HOSTS_MAX => return Err(PolicyFault::Hosts),
                "mx" => hosts.push(pattern(value)?),
                _ => {}
            }
        }
        if version != Some("STSv1") {
            return Err(PolicyFault::Version);
        }
        let mode = match mode {
            Some("enforce") => Mode::Enforce,
            Some("testing") => Mode::Testing,
            Some("none") => Mode::None,
            _ => return Err(PolicyFault::Mode),
        };
        let max_age = seconds(max_age.unwrap_or_default())?;
        if hosts.len() > HOSTS_MAX || (hosts.is_empty() && mode != Mode::None) {
            return Err(PolicyFault::Hosts);
        }
        Ok(Self { mode, max_age, hosts })
    }

    /// Whether a host is one of those (RFC 8461 §4.1): a star stands for one label, the leftmost.
    #[must_use]
    pub fn lists(&self, host: &Name) -> bool {
        self.hosts.iter().any(|pattern| match pattern.strip_prefix("*.") {
            Some(rest) => host.parent().is_some_and(|parent| parent.as_str() == rest),
            None => host.as_str() == pattern,
        })
    }

    /// As a file again, for whoever keeps it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mode = match self.mode {
            Mode::Enforce => "enforce",
            Mode::Testing => "testing",
            Mode::None => "none",
        };
        let age = self.max_age.as_secs();
        let hosts: String = self.hosts.iter().map(|host| format!("mx: {host}\r\n")).collect();
        format!("version: STSv1\r\nmode: {mode}\r\n{hosts}max_age: {age}\r\n")
    }
}

fn pattern(value: &str) -> Result<String, PolicyFault> {
    let (star, rest) = match value.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", value),
    };
    let name = Name::parse(rest).map_err(|_| PolicyFault::Hosts)?;
    let is_host = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    if name.is_root() || !name.as_str().bytes().all(is_host) {
        return Err(PolicyFault::Hosts);
    }
    Ok(format!("{star}{name}"))
}

fn seconds(digits: &str) -> Result<Duration, PolicyFault> {
    let fits =
        (1..=10).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit());
    let seconds: u64 = digits.parse().ok().filter(|_| fits).ok_or(PolicyFault::MaxAge)?;
    Ok(Duration::from_secs(seconds.min(MAX_AGE_SECONDS_MAX)))
}
