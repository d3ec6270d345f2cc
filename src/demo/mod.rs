//! The demo's house: its configuration, its accounts, its sample mail, its lesson.

mod lesson;
mod mail;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context, Result, bail};
use mailstore::{AliasSource, Error, NewAccount, Store};
use message::Address;

use crate::config::{Cleartext, Config, DeliverTo};
pub use lesson::lesson;
use mail::{ALICE, BOB, SAMPLES};

/// Who can log in to the demo: address, name, password. The textbook's people.
pub const ACCOUNTS: [(&str, &str, &str); 2] =
    [(BOB, "Bob", "hungry"), (ALICE, "Alice Lecrêpe", "spatula")];

/// The demo's configuration: loopback only, and room for every client on this machine.
///
/// # Errors
/// The base leaves no room for the highest port.
pub fn config(data: &Path, port_base: Option<u16>) -> Result<Config> {
    let mut config = Config::defaults()?;
    config.hostname = "hamburger.edu".to_owned();
    data.clone_into(&mut config.data);
    "warn".clone_into(&mut config.log.level);
    config.login.cleartext = Cleartext::Loopback;
    config.practice = true;
    config.delivery.to = DeliverTo::Nowhere;
    config.receiving.check_senders = false;
    config.limits.connections = 2_000;
    config.limits.connections_per_address = 2_000;
    let listen = &mut config.listen;
    for (addresses, usual, well_known) in [
        (&mut listen.smtp, 2525, 25),
        (&mut listen.submission, 2587, 587),
        (&mut listen.submissions, 2465, 465),
        (&mut listen.pop3, 2110, 110),
        (&mut listen.pop3s, 2995, 995),
        (&mut listen.http, 8080, 80),
        (&mut listen.https, 8443, 443),
    ] {
        *addresses = vec![SocketAddr::new(
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            port(port_base, usual, well_known)?,
        )];
    }
    Ok(config)
}

/// Base 0 lets the system choose; any other base has the well-known port added.
fn port(base: Option<u16>, usual: u16, well_known: u16) -> Result<u16> {
    match base {
        None => Ok(usual),
        Some(0) => Ok(0),
        Some(base) => match base.checked_add(well_known) {
            Some(port) => Ok(port),
            None => bail!("--port-base {base} is too high: the ports behind it end at 65535"),
        },
    }
}

/// What the sign-in page says in the demo.
pub fn notice() -> String {
    ACCOUNTS.map(|(address, _, password)| format!("{address} / {password}")).join("   or   ")
}

/// Makes the accounts with their sample mail, if they are not there yet.
///
/// # Errors
/// The store cannot be written.
pub async fn furnish(store: &Store) -> Result<()> {
    for (address, name, password) in ACCOUNTS {
        let account = NewAccount {
            address: Address::parse(address)?,
            display_name: name.to_owned(),
            password: password.into(),
            quota_octets: None,
        };
        match store.create_account(account).await {
            Ok(_) => sample_mail(store, address).await.context("cannot write the sample mail")?,
            Err(Error::AddressTaken(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let slow = AliasSource::Address(Address::parse("slow@hamburger.edu")?);
    match store.add_alias(slow, vec![Address::parse(BOB)?]).await {
        Ok(()) | Err(Error::AddressTaken(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

async fn sample_mail(store: &Store, address: &str) -> Result<()> {
    let account = store.account_by_login(address).await?.id;
    for sample in SAMPLES.iter().filter(|sample| sample.account == address) {
        let (message, received) = sample.at(store.now());
        let mailbox = store.mailbox_by_name(account, sample.mailbox).await?.id;
        let staged = store.stage(&message).await?;
        store.append(mailbox, staged, sample.flags().into(), Some(received)).await?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_port_base_moves_every_port() {
        let config = config(Path::new("x"), Some(10_000)).unwrap();
        assert_eq!(config.listen.smtp[0].port(), 10_025);
        assert_eq!(config.listen.https[0].port(), 10_443);
    }

    #[test]
    fn the_demo_listens_on_loopback_only() {
        let listen = config(Path::new("x"), None).unwrap().listen;
        for addresses in [listen.smtp, listen.pop3, listen.pop3s, listen.http, listen.https] {
            assert!(
                !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback())
            );
        }
    }

    #[test]
    fn a_port_base_without_room_is_refused() {
        assert!(config(Path::new("x"), Some(65_000)).is_err());
        assert!(config(Path::new("x"), Some(64_000)).is_ok());
    }
}
