//! `posthouse account logins`: what an owner wants to know after a night of guessing.

use anyhow::{Context, Result};
use mailstore::{BanScope, LoginEvent, LoginOutcome, Service, Store};

use super::tell;

/// Rows of history shown.
const SHOWN: u32 = 50;

pub async fn show(store: &Store, address: Option<&str>) -> Result<()> {
    let events = match address {
        Some(address) => {
            let account =
                store.account_by_login(address).await.with_context(|| address.to_owned())?;
            store.login_history(account.id, SHOWN).await?
        }
        None => store.stranger_history(SHOWN).await?,
    };
    for event in events {
        tell(format_args!("{}", line(&event)))?;
    }
    for ban in store.bans().await? {
        let whom = match ban.scope {
            BanScope::Network(network) => format!("{network}"),
            BanScope::Pair { name, network } => format!("{name} from {network}"),
        };
        tell(format_args!("refused until {}: {whom}", ban.until.to_rfc5322()))?;
    }
    Ok(())
}

fn line(event: &LoginEvent) -> String {
    let service = match event.service {
        Service::Pop => "POP3",
        Service::Imap => "IMAP",
        Service::Smtp => "SMTP",
        Service::Web => "web",
    };
    let outcome = match event.outcome {
        LoginOutcome::Password => "in",
        LoginOutcome::AppPassword => "in, with an app password",
        LoginOutcome::Wrong => "WRONG name or password",
        LoginOutcome::Banned => "REFUSED after too many failures",
    };
    let times = if event.times > 1 { format!(" ({} times)", event.times) } else { String::new() };
    format!(
        "{}  {service:<5} {:<24} {:<20} {outcome}{times}",
        event.last.to_rfc5322(),
        event.name,
        event.peer.to_string()
    )
}
