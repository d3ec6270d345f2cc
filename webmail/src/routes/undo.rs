//! Taking back what was just done.

use crate::done::{Deed, Done, Step};
use crate::fault::Fault;
use crate::form::local_path;
use crate::house::House;
use crate::reader::{Posted, Reader};
use crate::routes::deed::{flag_change, with_done};
use axum::extract::State;
use axum::response::Redirect;
use mailstore::{Error, MailboxId};

/// `POST /undo`: pressed twice, or after somebody else was quicker, it finds nothing left and says so.
pub async fn act(State(house): State<House>, posted: Posted) -> Result<Redirect, Fault> {
    let Posted { reader, fields } = posted;
    let done = Done::open(fields.get("undo"), &reader.seal).ok_or(Fault::BadForm(
        "What was to be taken back is from another session. It can still be done by hand.",
    ))?;
    let mut changed = 0;
    for step in &done.steps {
        changed += take_back(&house, &reader, step).await?;
    }
    let told = Done::bare(if changed > 0 { Deed::Undone } else { Deed::NothingChanged });
    Ok(Redirect::to(&with_done(local_path(fields.get("back"), "/"), &told, &reader)))
}

async fn take_back(house: &House, reader: &Reader, step: &Step) -> Result<usize, Fault> {
    let store = house.store();
    match step {
        Step::Move { from, uids, to } => {
            if !is_there(house, reader, *from).await? || !is_there(house, reader, *to).await? {
                return Ok(0);
            }
            Ok(store.move_messages(*from, uids, *to).await?.pairs.len())
        }
        Step::Flag { mailbox, uids, flag, set } => {
            if !is_there(house, reader, *mailbox).await? {
                return Ok(0);
            }
            Ok(store
                .change_flags(*mailbox, uids, flag_change(*flag, *set), None)
                .await?
                .changed
                .len())
        }
    }
}

/// The seal says that this session made the step, so the mailbox was its own; it may have been deleted since.
async fn is_there(house: &House, reader: &Reader, mailbox: MailboxId) -> Result<bool, Fault> {
    match house.store().mailbox(reader.account.id, mailbox).await {
        Ok(_) => Ok(true),
        Err(Error::NoSuchMailbox) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
