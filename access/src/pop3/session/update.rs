//! QUIT after login (RFC 1939 §6): what was marked as deleted goes now.

use mailstore::Expunge;
use tracing::{error, info};

use super::House;
use crate::pop3::maildrop::Maildrop;
use crate::pop3::replies;
use crate::pop3::reply::{Answer, Change};

/// The connection ends in either case. `+OK` is worded after the removal is on disk: one transaction, but
/// for thousands of messages, of which the store takes so many at a time.
pub(super) async fn quit(house: &House, maildrop: &Maildrop) -> Answer {
    let deleted = maildrop.deleted();
    let left = maildrop.totals().messages;
    if !deleted.is_empty() {
        let count = deleted.len();
        match house.store.expunge(maildrop.mailbox, Expunge::Uids(deleted)).await {
            // Fewer went when another program was faster; that is as good.
            Ok(gone) => info!(asked = count, removed = gone.len(), "messages removed"),
            Err(cause) => {
                error!(%cause, asked = count, "messages not removed");
                return Answer::from(replies::NOT_REMOVED).and(Change::Close);
            }
        }
    }
    Answer::from(replies::goodbye_left(house.hostname(), left)).and(Change::Close)
}
