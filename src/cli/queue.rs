//! `posthouse queue …`: mail on its way out, to look at and to steer.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use mailstore::{
    Outbound, OutboundAttempt, OutboundFilter, OutboundHistory, OutboundId, OutboundRecipient,
    Outcome, RecipientState, Selection, Store,
};
use message::{ReversePath, Timestamp};
use serde_json::{Value, json};

use super::{Place, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse queue list
  posthouse queue show 17                  every try, and what was said
  posthouse queue retry example.org        now, everything for that domain
  posthouse queue hold 17
  posthouse queue drop 17                  nobody is told";

/// The queue: mail on its way out
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Queue {
    #[command(flatten)]
    place: Place,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List messages that wait, newest first
    List {
        /// Only for this domain
        #[arg(long, value_name = "DOMAIN")]
        domain: Option<String>,
        /// Only what is held
        #[arg(long)]
        held: bool,
        /// So many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
    /// Show a message with its recipients and every try
    Show {
        /// The number in the list
        number: i64,
    },
    /// Try now what waits
    Retry {
        /// A number of the list, a domain, or "all"
        which: String,
    },
    /// Keep from being tried
    Hold {
        /// A number of the list, a domain, or "all"
        which: String,
    },
    /// Let go what is held
    Release {
        /// A number of the list, a domain, or "all"
        which: String,
    },
    /// Take out of the queue; nobody is told
    Drop {
        /// A number of the list, a domain, or "all"
        which: String,
    },
    /// The queue in numbers
    Stats,
}

impl Queue {
    pub async fn run(self) -> Result<()> {
        let store = self.place.open()?;
        let outcome = self.verb.run(&store, self.json).await;
        store.close().await;
        outcome
    }
}

impl Verb {
    async fn run(self, store: &Store, json: bool) -> Result<()> {
        match self {
            Verb::List { domain, held, limit } => list(store, domain, held, limit, json).await,
            Verb::Show { number } => show(store, OutboundId::new(number), json).await,
            Verb::Retry { which } => {
                let count = store.retry_outbound(selection(&which)?).await?;
                done(json, count, "tried now")
            }
            Verb::Hold { which } => {
                let count = store.hold_outbound(selection(&which)?).await?;
                done(json, count, "held")
            }
            Verb::Release { which } => {
                let count = store.release_outbound(selection(&which)?).await?;
                done(json, count, "released")
            }
            Verb::Drop { which } => {
                let count = store.drop_outbound(selection(&which)?).await?;
                done(json, count, "dropped")
            }
            Verb::Stats => stats(store, json).await,
        }
    }
}

fn selection(which: &str) -> Result<Selection> {
    if which == "all" {
        return Ok(Selection::All);
    }
    if let Ok(number) = which.parse() {
        return Ok(Selection::Message(OutboundId::new(number)));
    }
    if !which.contains('.') && !which.starts_with('[') {
        bail!("{which} is no number of the list, no domain, and not \"all\"");
    }
    Ok(Selection::Domain(which.to_owned()))
}

fn done(json: bool, count: u64, what: &str) -> Result<()> {
    if json {
        return tell(format_args!("{}", json!({ "recipients": count })));
    }
    tell(format_args!("{count} {} {what}.", if count == 1 { "recipient" } else { "recipients" }))
}

async fn list(
    store: &Store,
    domain: Option<String>,
    held: bool,
    limit: u32,
    json: bool,
) -> Result<()> {
    let filter = OutboundFilter { held, domain, account: None };
    let listed = store.outbound_list(filter, None, limit).await?;
    if listed.is_empty() && !json {
        return tell(format_args!("Nothing waits."));
    }
    for (message, recipients) in listed {
        if json {
            let recipients = recipients.iter().map(|one| recipient_json(one, &[])).collect();
            tell(format_args!("{}", message_json(&message, recipients)))?;
            continue;
        }
        tell(format_args!(
            "{:>6}  {}  {}  from {}, {} waiting of {}",
            message.id.get(),
            message.accepted.to_rfc5322(),
            message.trace,
            sender(&message.reverse_path),
            message.pending,
            message.recipients,
        ))?;
        for recipient in recipients {
            tell(format_args!("        {}", recipient_line(&recipient)))?;
        }
    }
    Ok(())
}

async fn show(store: &Store, number: OutboundId, json: bool) -> Result<()> {
    let history = store
        .outbound_show(number)
        .await?
        .with_context(|| format!("there is no number {} in the queue", number.get()))?;
    if json {
        return tell(format_args!("{}", history_json(&history)));
    }
    tell_history(&history)
}

/// A message with its recipients and every try; the same for `trace`.
pub fn tell_history(history: &OutboundHistory) -> Result<()> {
    let message = &history.message;
    tell(format_args!(
        "{} from {}, accepted {}, tried until {}",
        message.trace,
        sender(&message.reverse_path),
        message.accepted.to_rfc5322(),
        message.expires.to_rfc5322()
    ))?;
    for (recipient, attempts) in &history.recipients {
        tell(format_args!("  {}", recipient_line(recipient)))?;
        for attempt in attempts {
            let host = attempt.host.as_deref().unwrap_or("-");
            let tls = attempt.tls.as_ref().map_or_else(String::new, |tls| format!(" ({tls})"));
            tell(format_args!(
                "    {}  {}  {host}{tls}: {}",
                attempt.at.to_rfc5322(),
                outcome(attempt.outcome),
                attempt.reply
            ))?;
        }
    }
    Ok(())
}

async fn stats(store: &Store, json: bool) -> Result<()> {
    let stats = store.outbound_stats(10).await?;
    if json {
        let busiest = stats.busiest.iter().map(|one| {
            json!({ "domain": one.domain, "waiting": one.waiting, "held": one.held,
                    "next_attempt": one.next_attempt.map(Timestamp::seconds) })
        });
        return tell(format_args!(
            "{}",
            json!({ "messages": stats.messages, "waiting": stats.waiting, "held": stats.held,
                    "oldest": stats.oldest.map(Timestamp::seconds), "destinations": stats.destinations,
                    "busiest": busiest.collect::<Vec<_>>() })
        ));
    }
    tell(format_args!(
        "{} messages, {} recipients waiting, {} held, {} destinations",
        stats.messages, stats.waiting, stats.held, stats.destinations
    ))?;
    if let Some(oldest) = stats.oldest {
        tell(format_args!("the oldest came {}", oldest.to_rfc5322()))?;
    }
    for one in &stats.busiest {
        let next = one.next_attempt.map_or_else(|| "held".to_owned(), Timestamp::to_rfc5322);
        tell(format_args!("{:>8}  {:<40} next {next}", one.waiting + one.held, one.domain))?;
    }
    Ok(())
}

fn recipient_line(recipient: &OutboundRecipient) -> String {
    let state = match recipient.state {
        RecipientState::Waiting => {
            format!("waits, next try {}", recipient.next_attempt.to_rfc5322())
        }
        RecipientState::Held => "held".to_owned(),
        RecipientState::Delivered => "delivered".to_owned(),
        RecipientState::Failed => "FAILED".to_owned(),
        RecipientState::Dropped => "dropped".to_owned(),
    };
    let said = recipient.last_reply.as_deref().unwrap_or("not tried yet");
    let tries = match recipient.attempts {
        1 => "1 try".to_owned(),
        tries => format!("{tries} tries"),
    };
    format!("{}: {state}, {tries}; {said}", recipient.address.to_unicode())
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "delivered",
        Outcome::Failed => "failed",
        Outcome::Later(_) => "later",
    }
}

fn sender(path: &ReversePath) -> String {
    path.address().map_or_else(|| "<>".to_owned(), message::Address::to_unicode)
}

fn message_json(message: &Outbound, recipients: Vec<Value>) -> Value {
    json!({
        "number": message.id.get(),
        "trace": message.trace.as_str(),
        "from": sender(&message.reverse_path),
        "accepted": message.accepted.seconds(),
        "not_before": message.not_before.seconds(),
        "expires": message.expires.seconds(),
        "octets": message.octets,
        "pending": message.pending,
        "recipients": recipients,
    })
}

fn recipient_json(recipient: &OutboundRecipient, attempts: &[OutboundAttempt]) -> Value {
    let tries = attempts.iter().map(|attempt| {
        json!({ "at": attempt.at.seconds(), "outcome": outcome(attempt.outcome),
                "host": attempt.host, "tls": attempt.tls, "reply": attempt.reply })
    });
    json!({
        "address": recipient.address.to_unicode(),
        "state": format!("{:?}", recipient.state).to_lowercase(),
        "attempts": recipient.attempts,
        "next_attempt": recipient.next_attempt.seconds(),
        "last_host": recipient.last_host,
        "last_reply": recipient.last_reply,
        "tries": tries.collect::<Vec<_>>(),
    })
}

fn history_json(history: &OutboundHistory) -> Value {
    let recipients = history.recipients.iter();
    let recipients = recipients.map(|(recipient, attempts)| recipient_json(recipient, attempts));
    message_json(&history.message, recipients.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_a_number_a_domain_or_all() {
        assert_eq!(selection("all").ok(), Some(Selection::All));
        assert_eq!(selection("17").ok(), Some(Selection::Message(OutboundId::new(17))));
        let domain = |name: &str| Some(Selection::Domain(name.to_owned()));
        assert_eq!(selection("example.org").ok(), domain("example.org"));
        assert_eq!(selection("[192.0.2.1]").ok(), domain("[192.0.2.1]"));
        assert!(selection("everything").is_err());
    }
}
