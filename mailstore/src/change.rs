//! The change feed: what happened in an account's mailboxes, told after the commit to whoever
//! listens. Knows that something changed and where, not what it looks like now: the listener reads
//! that.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast};

use crate::Store;
use crate::value::{AccountId, MailboxId, ModSeq};

/// What changed in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Messages came in: delivered, appended, copied, moved.
    Arrived,
    /// Flags or keywords of messages.
    Flags,
    /// Messages went: expunged, moved away.
    Expunged,
    /// The mailbox was made.
    Created,
    /// It has another name.
    Renamed,
    /// It is gone.
    Deleted,
    /// It was subscribed to, or no longer is.
    Subscribed,
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub mailbox: MailboxId,
    /// The mailbox's modseq after it.
    pub modseq: ModSeq,
    /// What.
    pub what: What,
}

/// What a listener hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// One change.
    Change(Change),
    /// Anything may have changed: the listener was too slow, or another process wrote. Read
    /// everything shown again.
    Reread,
}

/// An account's changes from the moment of subscribing.
#[derive(Debug)]
pub struct ChangeFeed {
    notices: broadcast::Receiver<Notice>,
}

impl ChangeFeed {
    /// The next change; pending until there is one, and for ever once the store is gone. May be
    /// dropped and asked again.
    pub async fn next(&mut self) -> Notice {
        match self.notices.recv().await {
            Ok(notice) => notice,
            Err(broadcast::error::RecvError::Lagged(_)) => Notice::Reread,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Store {
    /// Listens to an account's changes. Subscribe first, read then: so nothing is missed.
    pub fn subscribe(&self, account: AccountId) -> ChangeFeed {
        self.announcer().subscribe(account)
    }
}

/// What a piece of work has to tell once it is committed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Told {
    /// Something changed in this account.
    Change(AccountId, Change),
    /// There is something new to be indexed.
    ToIndex,
    /// Something may be due earlier than it was.
    ToSend,
}

/// Tells.
#[derive(Debug)]
pub(crate) struct Announcer {
    listeners: Mutex<HashMap<AccountId, broadcast::Sender<Notice>>>,
    to_index: Notify,
    to_send: Notify,
    changes_max: usize,
}

impl Announcer {
    pub(crate) fn new(changes_max: usize) -> Self {
        Self {
            listeners: Mutex::default(),
            to_index: Notify::new(),
            to_send: Notify::new(),
            changes_max: changes_max.max(1),
        }
    }

    /// Tells all that was committed together.
    pub(crate) fn announce(&self, told: &[Told]) {
        if told.is_empty() {
            return;
        }
        let mut listeners = self.listeners();
        let (mut to_index, mut to_send) = (false, false);
        for one in told {
            match one {
                Told::ToIndex => to_index = true,
                Told::ToSend => to_send = true,
                Told::Change(account, change) => {
                    let deaf = listeners
                        .get(account)
                        .is_some_and(|listener| listener.send(Notice::Change(*change)).is_err());
                    if deaf {
                        listeners.remove(account);
                    }
                }
            }
        }
        drop(listeners);
        if to_index {
            self.to_index.notify_one();
        }
        if to_send {
            self.to_send.notify_one();
        }
    }

    /// Another process wrote: anything may be different.
    pub(crate) fn announce_unknown(&self) {
        self.listeners().retain(|_, listener| listener.send(Notice::Reread).is_ok());
        self.to_index.notify_one();
        self.to_send.notify_one();
    }

    /// Pending until there is something to index. One listener.
    pub(crate) async fn something_to_index(&self) {
        self.to_index.notified().await;
    }

    /// Pending until something may be due earlier than it was. One listener.
    pub(crate) async fn something_to_send(&self) {
        self.to_send.notified().await;
    }

    fn subscribe(&self, account: AccountId) -> ChangeFeed {
        let mut listeners = self.listeners();
        let listener =
            listeners.entry(account).or_insert_with(|| broadcast::Sender::new(self.changes_max));
        ChangeFeed { notices: listener.subscribe() }
    }

    fn listeners(&self) -> MutexGuard<'_, HashMap<AccountId, broadcast::Sender<Notice>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn change(modseq: u64) -> Change {
        Change { mailbox: MailboxId::new(1), modseq: ModSeq::new(modseq), what: What::Flags }
    }

    #[tokio::test]
    async fn a_listener_hears_its_own_account_only() {
        let announcer = Announcer::new(4);
        let (ann, bob) = (AccountId::new(1), AccountId::new(2));
        let mut feed = announcer.subscribe(ann);
        announcer.announce(&[Told::Change(bob, change(1)), Told::Change(ann, change(2))]);
        assert_eq!(feed.next().await, Notice::Change(change(2)));
    }

    #[tokio::test]
    async fn a_listener_that_is_too_slow_is_told_to_read_again() {
        let announcer = Announcer::new(2);
        let ann = AccountId::new(1);
        let mut feed = announcer.subscribe(ann);
        for modseq in 0..9 {
            announcer.announce(&[Told::Change(ann, change(modseq))]);
        }
        assert_eq!(feed.next().await, Notice::Reread);
        assert_eq!(feed.next().await, Notice::Change(change(7)));
    }

    #[tokio::test]
    async fn everybody_hears_that_another_process_wrote() {
        let announcer = Announcer::new(2);
        let mut feed = announcer.subscribe(AccountId::new(1));
        announcer.announce_unknown();
        assert_eq!(feed.next().await, Notice::Reread);
    }

    #[test]
    fn accounts_that_nobody_listens_to_any_more_are_forgotten() {
        let announcer = Announcer::new(2);
        let ann = AccountId::new(1);
        drop(announcer.subscribe(ann));
        announcer.announce(&[Told::Change(ann, change(1))]);
        assert!(announcer.listeners.lock().unwrap().is_empty());
    }
}
