//! `posthouse vacation …`: what is answered while somebody is away.

use std::io::Read;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use mailstore::{Store, Vacation as Stored};
use message::Timestamp;
use serde_json::json;

use super::{Place, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse vacation on ann@example.org --text 'I am away until Monday.'
  posthouse vacation on ann@example.org --from 2026-12-24 --until 2027-01-04 < answer.txt
  posthouse vacation off ann@example.org

People who write to one of the account's own addresses are answered, each once within the days. Mailing lists,
programs and junk are not.";

/// Vacation: what is answered while somebody is away
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Vacation {
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
    /// Answer; a new text is sent again to those who had the old one
    On {
        /// Whose
        account: String,
        /// The answer [default: read from standard input]
        #[arg(long)]
        text: Option<String>,
        /// Its subject [default: "Auto:" and what was asked]
        #[arg(long, default_value = "")]
        subject: String,
        /// Nobody is answered twice within so many
        #[arg(long, default_value_t = 7)]
        days: u32,
        /// Not before this day begins, UTC
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: Option<String>,
        /// Not from this day on, UTC
        #[arg(long, value_name = "YYYY-MM-DD")]
        until: Option<String>,
    },
    /// Answer no more; the text is kept
    Off {
        /// Whose
        account: String,
    },
    /// Show what is answered, and when
    Show {
        /// Whose
        account: String,
    },
}

impl Vacation {
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
            Verb::On { account, text, subject, days, from, until } => {
                let id = super::account_id(store, &account).await?;
                let vacation = Stored {
                    enabled: true,
                    from: from.as_deref().map(day).transpose()?,
                    until: until.as_deref().map(day).transpose()?,
                    subject,
                    text: text.map_or_else(read_text, Ok)?,
                    days,
                };
                anyhow::ensure!(!vacation.text.trim().is_empty(), "the answer is empty");
                store.set_vacation(id, vacation).await?;
                tell(format_args!("Whoever writes to {account} is answered."))
            }
            Verb::Off { account } => {
                let id = super::account_id(store, &account).await?;
                if let Some(vacation) = store.vacation(id).await? {
                    store.set_vacation(id, Stored { enabled: false, ..vacation }).await?;
                }
                tell(format_args!("Nobody who writes to {account} is answered."))
            }
            Verb::Show { account } => {
                let id = super::account_id(store, &account).await?;
                show(&account, store.vacation(id).await?, json)
            }
        }
    }
}

fn show(account: &str, vacation: Option<Stored>, json: bool) -> Result<()> {
    let Some(vacation) = vacation else {
        return if json {
            tell(format_args!("null"))
        } else {
            tell(format_args!("{account} has never been away."))
        };
    };
    let Stored { enabled, from, until, subject, text, days } = vacation;
    if json {
        let value = json!({
            "enabled": enabled, "from": from.map(Timestamp::seconds), "until": until.map(Timestamp::seconds),
            "subject": subject, "text": text, "days": days,
        });
        return tell(format_args!("{value}"));
    }
    let when = |at: Option<Timestamp>, word: &str| {
        at.map_or_else(String::new, |at| format!(" {word} {}", at.to_rfc5322()))
    };
    let state = if enabled { "on" } else { "off" };
    let once = if days == 1 { "a day".to_owned() } else { format!("in {days} days") };
    tell(format_args!("{state}{}{}, once {once}", when(from, "from"), when(until, "until")))?;
    if !subject.is_empty() {
        tell(format_args!("Subject: {subject}"))?;
    }
    tell(format_args!("\n{}", text.trim_end()))
}

fn read_text() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the answer is not UTF-8 text")?;
    Ok(text)
}

/// The day's beginning.
fn day(text: &str) -> Result<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let read = || -> Option<Timestamp> {
        let mut numbers = text.splitn(3, '-').map(str::parse::<u16>);
        let (year, month, day) =
            (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        let month = MONTHS.get(usize::from(month.checked_sub(1)?))?;
        Timestamp::parse_rfc5322(&format!("{day} {month} {year:04} 00:00:00 +0000"))
    };
    read().with_context(|| format!("{text:?} is no day; one is 2026-12-24"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_year_month_and_day() {
        assert_eq!(day("2026-11-23").ok(), Some(Timestamp::new(1_795_392_000)));
        for text in ["", "2026-11", "2026-13-01", "2026-00-01", "2026-11-40", "23.11.2026", "x-y-z"]
        {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
