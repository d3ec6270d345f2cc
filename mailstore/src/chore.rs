//! What the writer does when nobody waits for it: tidying away what was deleted, forgetting what is
//! too old. Each chore does a slice and says whether there may be more.

use std::sync::Arc;
use std::time::Duration;

use message::Timestamp;

use crate::content::{ContentFolder, reclaim_some};
use crate::database::{Chore, Write};
use crate::junk;
use crate::{
    Clock, Error, Limits, Options, Outside, account, backup, login, mailbox, messages, web_session,
};

/// How often it is looked for what is too old, in seconds.
const PRUNE_INTERVAL: i64 = 3_600;

/// All chores, the most pressing first.
pub(crate) fn all(options: &Options, outside: &Outside, contents: &ContentFolder) -> Vec<Chore> {
    let contents = contents.clone();
    vec![
        Box::new(mailbox::tidy_removed),
        reclaim(contents, outside.clock.clone()),
        Box::new(account::tidy_removed),
        prune(options, outside.clock.clone()),
    ]
}

/// Deletes what nobody has, unless a backup still needs its file.
fn reclaim(contents: ContentFolder, clock: Arc<dyn Clock>) -> Chore {
    Box::new(move |write| {
        Ok(!backup::files_stay(write, clock.now())? && reclaim_some(write, &contents)?)
    })
}

/// Once an hour, all that is too old, a slice at a time.
fn prune(options: &Options, clock: Arc<dyn Clock>) -> Chore {
    let (limits, history_kept) = (options.limits.clone(), options.login.history_kept);
    let mut next = clock.now().seconds();
    Box::new(move |write| {
        let now = clock.now();
        if now.seconds() < next {
            return Ok(false);
        }
        let more = prune_slice(write, &limits, history_kept, now)?;
        if !more {
            next = now.seconds().saturating_add(PRUNE_INTERVAL);
        }
        Ok(more)
    })
}

fn prune_slice(
    write: &Write<'_>,
    limits: &Limits,
    history_kept: Duration,
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(login::prune_history(write, before(now, history_kept))?
        || web_session::prune(write, before(now, limits.web_session_idle))?
        || junk::prune(write, limits.junk_tokens_max)?
        || messages::prune_deliveries(write, before(now, limits.delivery_kept))?
        || messages::prune_expunged(write, limits.expunged_ranges_max)?)
}

fn before(now: Timestamp, length: Duration) -> Timestamp {
    let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    Timestamp::new(now.seconds().saturating_sub(seconds))
}
