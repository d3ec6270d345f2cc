//! What the writer does when nobody waits for it: tidying away what was deleted, forgetting what is
//! too old. Each chore does a slice and says whether there may be more.

use std::sync::Arc;
use std::time::Duration;

use message::Timestamp;

use crate::content::{ContentFolder, reclaim_some};
use crate::database::{Chore, Write};
use crate::junk;
use crate::{
    Clock, Error, Options, Outside, account, backup, login, mailbox, messages, outbound,
    web_session,
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
    let options = options.clone();
    let mut next = clock.now().seconds();
    Box::new(move |write| {
        let now = clock.now();
        if now.seconds() < next {
            return Ok(false);
        }
        let more = prune_slice(write, &options, now)?;
        if !more {
            next = now.seconds().saturating_add(PRUNE_INTERVAL);
        }
        Ok(more)
    })
}

fn prune_slice(write: &Write<'_>, options: &Options, now: Timestamp) -> Result<bool, Error> {
    let limits = &options.limits;
    Ok(login::prune_history(write, now, &options.login)?
        || web_session::prune(write, before(now, limits.web_session_idle))?
        || junk::prune(write, limits.junk_tokens_max)?
        || junk::prune_lessons(write)?
        || messages::prune_deliveries(write, before(now, limits.delivery_kept))?
        || outbound::prune(write, before(now, options.outbound.kept))?
        || messages::prune_expunged(write, limits.expunged_ranges_max)?)
}

fn before(now: Timestamp, length: Duration) -> Timestamp {
    let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    Timestamp::new(now.seconds().saturating_sub(seconds))
}
