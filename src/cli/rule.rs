//! `posthouse rule …`: what is done with which mail.

mod spoken;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use mailstore::{AccountId, KeptRule, Matching, Rule as StoredRule, RuleId, Store};
use serde_json::json;

use super::{Place, tell};

const EXAMPLES: &str = "\
Examples:
  posthouse rule add ann@example.org Shops --if 'from ends @shop.example' --then 'file Shops'
  posthouse rule add ann@example.org Lists --if 'list contains example.net' --then 'file Lists' --then read --then stop
  posthouse rule add ann@example.org Work --any --if 'from ends @work.example' --if 'subject begins [work]' --then star
  posthouse rule list ann@example.org
  posthouse rule move ann@example.org 3 1      rule 3 is asked first

Rules are asked in their order, until one that matches says stop; the first that says where a message goes decides.";

const CONDITIONS: &str = "\
from|to|cc|subject|list is|contains|begins|ends TEXT; header NAME is|contains|begins|ends TEXT; larger|smaller OCTETS; attachment";

const ACTIONS: &str = "file MAILBOX; discard; label WORD; read; star; forward ADDRESS; stop";

/// Rules: what is done with which mail
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Rule {
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
    /// Make a rule, to be asked after the others
    Add {
        /// Whose
        account: String,
        /// What it is called
        name: String,
        #[arg(long = "if", value_name = "CONDITION", required = true, help = CONDITIONS)]
        conditions: Vec<String>,
        #[arg(long = "then", value_name = "ACTION", required = true, help = ACTIONS)]
        actions: Vec<String>,
        /// One condition is enough [default: all must hold]
        #[arg(long)]
        any: bool,
    },
    /// List the rules in the order in which they are asked
    List {
        /// Whose
        account: String,
    },
    /// Have a rule asked earlier or later
    Move {
        /// Whose
        account: String,
        /// The rule's number in the list
        rule: i64,
        /// Its new place: 1 is asked first
        place: usize,
    },
    /// Have a rule asked again
    Enable {
        /// Whose
        account: String,
        /// The rule's number in the list
        rule: i64,
    },
    /// Have a rule not asked for a while
    Disable {
        /// Whose
        account: String,
        /// The rule's number in the list
        rule: i64,
    },
    /// Remove a rule
    Remove {
        /// Whose
        account: String,
        /// The rule's number in the list
        rule: i64,
    },
}

impl Rule {
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
            Verb::Add { account, name, conditions, actions, any } => {
                let account = super::account_id(store, &account).await?;
                add(store, account, name, &conditions, &actions, any, json).await
            }
            Verb::List { account } => {
                list(store, super::account_id(store, &account).await?, json).await
            }
            Verb::Move { account, rule, place } => {
                let account = super::account_id(store, &account).await?;
                store.move_rule(account, RuleId::new(rule), place.saturating_sub(1)).await?;
                tell(format_args!("Rule {rule} is number {} now.", place.max(1)))
            }
            Verb::Enable { account, rule } => switch(store, &account, rule, true).await,
            Verb::Disable { account, rule } => switch(store, &account, rule, false).await,
            Verb::Remove { account, rule } => {
                let account = super::account_id(store, &account).await?;
                store.remove_rule(account, RuleId::new(rule)).await?;
                tell(format_args!("Rule {rule} is gone."))
            }
        }
    }
}

async fn add(
    store: &Store,
    account: AccountId,
    name: String,
    conditions: &[String],
    actions: &[String],
    any: bool,
    json: bool,
) -> Result<()> {
    let conditions = conditions
        .iter()
        .map(|text| {
            spoken::condition(text)
                .with_context(|| format!("{text:?} is no condition; one is: {CONDITIONS}"))
        })
        .collect::<Result<_>>()?;
    let mut then = Vec::new();
    for text in actions {
        then.push(
            spoken::action(store, account, text)
                .await
                .with_context(|| format!("{text:?} cannot be done; what can: {ACTIONS}"))?,
        );
    }
    let matching = if any { Matching::AnyOf } else { Matching::AllOf };
    let rule = StoredRule { name, matching, conditions, actions: then };
    let id = store.add_rule(account, rule).await?;
    if json {
        return tell(format_args!("{}", json!({ "id": id.get() })));
    }
    tell(format_args!("Rule {id} is asked from now on."))
}

async fn switch(store: &Store, account: &str, rule: i64, enabled: bool) -> Result<()> {
    let account = super::account_id(store, account).await?;
    store.set_rule_enabled(account, RuleId::new(rule), enabled).await?;
    let word = if enabled { "asked again" } else { "not asked until it is enabled again" };
    tell(format_args!("Rule {rule} is {word}."))
}

async fn list(store: &Store, account: AccountId, json: bool) -> Result<()> {
    let mailboxes = store.mailboxes(account).await?;
    for (place, KeptRule { id, enabled, rule }) in (1..).zip(store.rules(account).await?) {
        let conditions: Vec<String> = rule.conditions.iter().map(spoken::of_condition).collect();
        let actions: Vec<String> =
            rule.actions.iter().map(|action| spoken::of_action(action, &mailboxes)).collect();
        let any = rule.matching == Matching::AnyOf;
        if json {
            tell(format_args!(
                "{}",
                json!({
                    "id": id.get(), "place": place, "name": rule.name, "enabled": enabled,
                    "any": any, "if": conditions, "then": actions,
                })
            ))?;
            continue;
        }
        let off = if enabled { "" } else { "  (disabled)" };
        tell(format_args!("{place}. {}  [{id}]{off}", rule.name))?;
        let joint = if any { " or " } else { " and " };
        tell(format_args!("     if   {}", conditions.join(joint)))?;
        tell(format_args!("     then {}", actions.join(", ")))?;
    }
    Ok(())
}
