//! After login (RFC 1939 §5): STAT, LIST, RETR, DELE, NOOP, RSET, TOP, UIDL.

use super::{Client, House, update};
use crate::pop3::command::{Command, Number};
use crate::pop3::maildrop::Maildrop;
use crate::pop3::refusal::Refusal;
use crate::pop3::reply::{Answer, Reply};
use crate::pop3::{replies, retrieval};

pub(super) async fn obey(
    house: &House,
    client: &Client,
    maildrop: &mut Maildrop,
    command: Command,
) -> Result<Answer, Refusal> {
    let store = &house.store;
    match command {
        Command::Stat => Ok(replies::drop_listing(maildrop.totals()).into()),
        Command::List(number) => list(maildrop, number),
        Command::Uidl(number) => uidl(maildrop, number),
        Command::Retr(number) => {
            retrieval::retr(store, maildrop.message(number)?, client.utf8).await
        }
        Command::Top { number, lines } => {
            retrieval::top(store, maildrop.message(number)?, lines, client.utf8).await
        }
        Command::Dele(number) => {
            maildrop.delete(number)?;
            Ok(replies::deleted(number).into())
        }
        Command::Rset => {
            maildrop.undelete_all();
            Ok(replies::holds(maildrop.totals()).into())
        }
        Command::Noop => Ok(replies::STILL_HERE.into()),
        Command::Quit => Ok(update::quit(house, maildrop).await),
        _ => Err(Refusal::client(replies::LOGGED_IN)),
    }
}

fn list(maildrop: &Maildrop, number: Option<Number>) -> Result<Answer, Refusal> {
    match number {
        Some(number) => Ok(replies::scan_listing(number, maildrop.message(number)?.octets).into()),
        None => Ok(Reply::Lines(replies::holds(maildrop.totals()).into(), maildrop.sizes()).into()),
    }
}

fn uidl(maildrop: &Maildrop, number: Option<Number>) -> Result<Answer, Refusal> {
    match number {
        Some(number) => {
            let unique_id = maildrop.unique_id(maildrop.message(number)?);
            Ok(replies::unique_id(number, &unique_id).into())
        }
        None => Ok(Reply::Lines(replies::UNIQUE_IDS.into(), maildrop.unique_ids()).into()),
    }
}
