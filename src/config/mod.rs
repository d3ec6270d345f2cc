//! The configuration file: its keys, defaults and checks.
//!
//! `reference.toml` is the one place where a key is documented and where its default stands; the structs here only
//! give it a shape. Knows nothing of what the keys do.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Every key with its documentation and its default, as printed by `posthouse config`.
pub const REFERENCE: &str = include_str!("reference.toml");

/// The whole file. The meaning of each key is in `reference.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub hostname: String,
    pub data: PathBuf,
    pub log: Log,
    pub listen: Listen,
    pub tls: Tls,
    pub login: Login,
    pub receiving: Receiving,
    pub delivery: Delivery,
    pub limits: Limits,
    /// Recipients that fail on purpose; the demo has them, a file cannot ask for them.
    #[serde(skip)]
    pub practice: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    pub smtp: Vec<SocketAddr>,
    pub submission: Vec<SocketAddr>,
    pub submissions: Vec<SocketAddr>,
    pub pop3: Vec<SocketAddr>,
    pub pop3s: Vec<SocketAddr>,
    pub http: Vec<SocketAddr>,
    pub https: Vec<SocketAddr>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub cleartext: Cleartext,
    pub failures_per_account: u32,
    pub failures_per_address: u32,
    pub window_seconds: u32,
    pub ban_seconds: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub to: DeliverTo,
    pub port: u16,
    pub name_servers: Vec<SocketAddr>,
    pub dnssec: bool,
    pub give_up_hours: u32,
    pub tell_delay_hours: u32,
    pub destinations: usize,
    pub connections_per_destination: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Receiving {
    pub check_senders: bool,
    pub dmarc_reject: DmarcReject,
}

/// What happens to mail that its author's domain wants refused.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DmarcReject {
    Refuse,
    Junk,
}

/// Where mail for elsewhere goes.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliverTo {
    World,
    Nowhere,
}

/// Where passwords may travel without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cleartext {
    Never,
    Loopback,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub message_octets: u64,
    pub recipients: usize,
    pub recipients_of_submitted: usize,
    pub received_fields: usize,
    pub header_octets: u64,
    pub command_octets: usize,
    pub errors_per_connection: u32,
    pub connections: usize,
    pub connections_per_address: usize,
    pub smtp_idle_seconds: u64,
    pub pop3_idle_seconds: u64,
    pub body_seconds: u64,
    pub write_seconds: u64,
}

impl Config {
    /// The defaults, which are what the reference says.
    pub fn defaults() -> Result<Config> {
        toml::from_str(REFERENCE).context("the built-in configuration reference")
    }

    /// Reads a file; keys it leaves out have their defaults.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, has an unknown key or a value out of range: said with the file and the key or the line.
    pub fn read(file: &Path) -> Result<Config> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        Config::parse(&text).with_context(|| format!("in {}", file.display()))
    }

    fn parse(text: &str) -> Result<Config> {
        // Checked alone first, so that an error names the line of the owner's own file.
        let given: toml::Table = text.parse().context("not a TOML file")?;
        let mut whole: toml::Table =
            REFERENCE.parse().context("the built-in configuration reference")?;
        lay_over(&mut whole, given, "")?;
        let config: Config = toml::Value::Table(whole).try_into()?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if message::Domain::parse(&self.hostname).is_err() {
            bail!("hostname = \"{}\" is not a domain name", self.hostname);
        }
        if self.tls.certificate.as_os_str().is_empty() != self.tls.key.as_os_str().is_empty() {
            bail!("tls.certificate and tls.key go together: give both or neither");
        }
        if self.delivery.give_up_hours == 0
            || self.delivery.destinations == 0
            || self.delivery.connections_per_destination == 0
        {
            bail!(
                "delivery.give_up_hours, delivery.destinations and delivery.connections_per_destination must be \
                 above 0; to send nothing, set delivery.to = \"nowhere\""
            );
        }
        self.limits.check()
    }
}

impl Limits {
    fn check(&self) -> Result<()> {
        let counts = [
            ("message_octets", self.message_octets),
            ("recipients", self.recipients as u64),
            ("recipients_of_submitted", self.recipients_of_submitted as u64),
            ("received_fields", self.received_fields as u64),
            ("header_octets", self.header_octets),
            ("command_octets", self.command_octets as u64),
            ("errors_per_connection", u64::from(self.errors_per_connection)),
            ("connections", self.connections as u64),
            ("connections_per_address", self.connections_per_address as u64),
            ("smtp_idle_seconds", self.smtp_idle_seconds),
            ("pop3_idle_seconds", self.pop3_idle_seconds),
            ("body_seconds", self.body_seconds),
            ("write_seconds", self.write_seconds),
        ];
        for (key, value) in counts {
            if value == 0 {
                bail!(
                    "limits.{key} = 0 would let nothing through; leave the key out for its default"
                );
            }
        }
        if self.recipients < 100 {
            // RFC 5321 §4.5.3.1.8: a server must take at least 100 recipients.
            bail!(
                "limits.recipients = {} is under 100, which every sender may rely on (RFC 5321)",
                self.recipients
            );
        }
        if self.command_octets < 512 {
            // RFC 5321 §4.5.3.1.4.
            bail!(
                "limits.command_octets = {} is under 512, which every client may rely on (RFC 5321)",
                self.command_octets
            );
        }
        Ok(())
    }
}

/// Lays the owner's keys over the defaults; a key that has no default does not exist.
fn lay_over(whole: &mut toml::Table, given: toml::Table, under: &str) -> Result<()> {
    for (key, value) in given {
        let name = if under.is_empty() { key.clone() } else { format!("{under}.{key}") };
        match (whole.get_mut(&key), value) {
            (None, _) => bail!("there is no key \"{name}\"; `posthouse config` prints every key"),
            (Some(toml::Value::Table(inner)), toml::Value::Table(given)) => {
                lay_over(inner, given, &name)?
            }
            (Some(toml::Value::Table(_)), _) => {
                bail!("\"{name}\" is a section: write [{name}] above its keys")
            }
            (Some(place), value) => *place = value,
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_reference_documents_every_key_and_no_other() {
        let defaults = Config::defaults().unwrap();
        let back: toml::Table = toml::to_string(&defaults).unwrap().parse().unwrap();
        let reference: toml::Table = REFERENCE.parse().unwrap();
        assert_eq!(back, reference);
    }

    #[test]
    fn every_key_in_the_reference_has_a_comment_above_it_or_above_its_group() {
        let mut documented = false;
        for line in REFERENCE.lines() {
            match line.trim() {
                "" => documented = false,
                section if section.starts_with('[') => documented = false,
                comment if comment.starts_with('#') => documented = true,
                key => assert!(documented, "{key} has no comment"),
            }
        }
    }

    #[test]
    fn what_the_file_leaves_out_has_its_default() {
        let config =
            Config::parse("hostname = \"mail.example.org\"\n[limits]\nrecipients = 200\n").unwrap();
        assert_eq!(config.limits.recipients, 200);
        assert_eq!(config.limits.message_octets, 52_428_800);
    }

    #[test]
    fn a_mistake_is_named() {
        let said = |text: &str| format!("{:#}", Config::parse(text).unwrap_err());
        assert!(said("hostnam = \"x\"").contains("no key \"hostnam\""));
        assert!(said("[limits]\nrecipient = 3").contains("no key \"limits.recipient\""));
        assert!(said("limits = 3").contains("[limits]"));
        assert!(said("[limits]\nrecipients = 99").contains("under 100"));
        assert!(said("[limits]\ncommand_octets = 511").contains("under 512"));
        assert!(said("[limits]\nmessage_octets = 0").contains("message_octets"));
        assert!(said("[tls]\nkey = \"k.pem\"").contains("both or neither"));
        assert!(said("hostname = \"not a name\"").contains("not a domain name"));
        assert!(said("hostname = ").contains("line 1"));
    }
}
