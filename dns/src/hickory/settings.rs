//! Which name servers to ask, how long to wait, and whose signatures to trust.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::system_conf::read_system_conf;

use crate::Limits;

/// How to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name servers to ask, by UDP and TCP. None: those of the system.
    pub servers: Vec<SocketAddr>,
    /// How long to wait for one server's answer.
    pub answer_time_max: Duration,
    /// How often to ask again when none came.
    pub retries: usize,
    /// How long a lookup may take with all its retries, aliases and proofs.
    pub lookup_time_max: Duration,
    /// Whether answers are proved.
    pub dnssec: Dnssec,
    /// What of an answer is taken.
    pub limits: Limits,
}

/// Whether answers are proved, and from which keys on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dnssec {
    /// They are not: all proofs are [`Indeterminate`](crate::Proof::Indeterminate), and there is no DANE.
    Off,
    /// From IANA's root keys.
    Root,
    /// From the DNSKEY records of a file, for a world with a root of its own.
    Anchors(PathBuf),
}

/// Why there is no resolver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The system names no servers.
    #[error("the system's resolver settings cannot be read: {0}")]
    System(String),
    /// The file of keys.
    #[error("the file of DNSSEC trust anchors cannot be read: {0}")]
    Anchors(String),
    /// hickory would not have it.
    #[error("the resolver cannot be made: {0}")]
    Resolver(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            answer_time_max: Duration::from_secs(3),
            retries: 2,
            lookup_time_max: Duration::from_secs(15),
            dnssec: Dnssec::Root,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    pub(super) fn name_servers(&self) -> Result<ResolverConfig, SettingsError> {
        let servers = if self.servers.is_empty() {
            let (config, _) =
                read_system_conf().map_err(|error| SettingsError::System(error.to_string()))?;
            let (_, _, servers) = config.into_parts();
            servers
        } else {
            self.servers.iter().copied().map(server).collect()
        };
        // No search list: every name here is absolute.
        Ok(ResolverConfig::from_parts(None, Vec::new(), servers))
    }

    pub(super) fn options(&self) -> ResolverOpts {
        let mut options = ResolverOpts::default();
        options.timeout = self.answer_time_max;
        options.attempts = self.retries;
        options.use_hosts_file = ResolveHosts::Never;
        options.cache_size = 0;
        options.preserve_intermediates = true;
        options
    }
}

fn server(address: SocketAddr) -> NameServerConfig {
    let at_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(at_port);
    NameServerConfig::new(address.ip(), true, connections.into())
}
