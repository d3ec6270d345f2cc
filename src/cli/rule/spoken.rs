//! Conditions and actions in words, both ways.

use anyhow::{Context, Result, bail};
use mailstore::{AccountId, Action, Comparison, Condition, Keyword, Mailbox, Store, TextField};
use message::Address;

const COMPARISONS: [(Comparison, &str); 4] = [
    (Comparison::Is, "is"),
    (Comparison::Contains, "contains"),
    (Comparison::Begins, "begins"),
    (Comparison::Ends, "ends"),
];

/// `from ends @shop.example`
pub fn condition(text: &str) -> Result<Condition> {
    let (word, rest) = split(text);
    let field = match word {
        "attachment" if rest.is_empty() => return Ok(Condition::HasAttachment),
        "larger" => return Ok(Condition::LargerThan(octets(rest)?)),
        "smaller" => return Ok(Condition::SmallerThan(octets(rest)?)),
        "from" => TextField::From,
        "to" => TextField::To,
        "cc" => TextField::Cc,
        "subject" => TextField::Subject,
        "list" => TextField::ListId,
        "header" => {
            let (name, rest) = split(rest);
            return compared(TextField::Header(name.trim_end_matches(':').to_owned()), rest);
        }
        _ => bail!("a condition begins with what is looked at"),
    };
    compared(field, rest)
}

fn compared(field: TextField, rest: &str) -> Result<Condition> {
    let (word, text) = split(rest);
    let how = COMPARISONS.iter().find(|(_, name)| *name == word);
    let (how, _) = how.context("how are they compared? is, contains, begins or ends")?;
    Ok(Condition::Text { field, how: *how, text: text.to_owned() })
}

/// `file Shops`
pub async fn action(store: &Store, account: AccountId, text: &str) -> Result<Action> {
    let (word, rest) = split(text);
    Ok(match (word, rest) {
        ("file", name) => {
            let mailbox = store.mailbox_by_name(account, name).await;
            Action::File(mailbox.with_context(|| format!("the mailbox {name:?}"))?.id)
        }
        ("label", word) => Action::Label(Keyword::parse(word)?),
        ("forward", address) => Action::Forward(Address::parse(address)?),
        ("discard", "") => Action::Discard,
        ("read", "") => Action::MarkRead,
        ("star", "") => Action::Star,
        ("stop", "") => Action::Stop,
        _ => bail!("an action begins with what is done"),
    })
}

/// The inverse of [`condition`].
pub fn of_condition(condition: &Condition) -> String {
    let (field, how, text) = match condition {
        Condition::LargerThan(octets) => return format!("larger {octets}"),
        Condition::SmallerThan(octets) => return format!("smaller {octets}"),
        Condition::HasAttachment => return "attachment".to_owned(),
        Condition::Text { field, how, text } => (field, how, text),
    };
    let field = match field {
        TextField::From => "from".to_owned(),
        TextField::To => "to".to_owned(),
        TextField::Cc => "cc".to_owned(),
        TextField::Subject => "subject".to_owned(),
        TextField::ListId => "list".to_owned(),
        TextField::Header(name) => format!("header {name}"),
    };
    let how = COMPARISONS.iter().find(|(one, _)| one == how).map_or("is", |(_, name)| name);
    format!("{field} {how} {text}")
}

/// The inverse of [`action`]; a mailbox that is gone has no name.
pub fn of_action(action: &Action, mailboxes: &[Mailbox]) -> String {
    match action {
        Action::File(id) => {
            let name = mailboxes.iter().find(|mailbox| mailbox.id == *id);
            name.map_or("file (gone)".to_owned(), |mailbox| format!("file {}", mailbox.name))
        }
        Action::Discard => "discard".to_owned(),
        Action::Label(keyword) => format!("label {}", keyword.as_str()),
        Action::MarkRead => "read".to_owned(),
        Action::Star => "star".to_owned(),
        Action::Forward(address) => format!("forward {address}"),
        Action::Stop => "stop".to_owned(),
    }
}

/// `10000`, `10K`, `5M`
fn octets(text: &str) -> Result<u64> {
    let (number, unit) = match text.strip_suffix(['K', 'k']) {
        Some(number) => (number, 1 << 10),
        None => text.strip_suffix(['M', 'm']).map_or((text, 1), |number| (number, 1 << 20)),
    };
    let number: u64 = number.parse().with_context(|| format!("{text:?} is no size"))?;
    Ok(number.saturating_mul(unit))
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_as_it_is_shown() {
        for text in [
            "from ends @shop.example",
            "to is a@b.example",
            "cc contains x",
            "subject begins [news] of  today",
            "list contains example.net",
            "header X-Tag is a b",
            "larger 10240",
            "smaller 5242880",
            "attachment",
        ] {
            assert_eq!(of_condition(&condition(text).unwrap()), text);
        }
        assert_eq!(condition("larger 10K").unwrap(), Condition::LargerThan(10_240));
        for text in
            ["", "from", "from x", "body contains x", "larger", "larger much", "attachment x"]
        {
            assert!(condition(text).is_err(), "{text}");
        }
    }
}
