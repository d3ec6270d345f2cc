//! A page of a list of conversations.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use message::Timestamp;

use super::group::Group;
use super::line::{self, ConversationSummary};
use super::visible::Sight;
use super::{ConversationLimits, Cursor};
use crate::search::{Direction, Found, Query, Reading, Scan, Spot, Wanted, Way, Within};
use crate::value::{AccountId, Flags, MailboxId};
use crate::{Error, Store};

/// Which messages a list of conversations is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Where they lie.
    pub within: Within,
    /// What they are like.
    pub query: Query,
}

impl Scope {
    /// All of a mailbox.
    pub const fn mailbox(mailbox: MailboxId) -> Self {
        Self { within: Within::Mailbox(mailbox), query: Query::All }
    }

    /// Those that are flagged.
    pub const fn starred(within: Within) -> Self {
        Self { within, query: Query::Flags(Flags::FLAGGED) }
    }

    /// Those that have not been read.
    pub fn unread(within: Within) -> Self {
        Self { within, query: Query::unseen() }
    }

    /// Those that match.
    pub const fn search(within: Within, query: Query) -> Self {
        Self { within, query }
    }
}

/// A page of a list of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The conversations, the newest first.
    pub items: Vec<ConversationSummary>,
    /// The way to older ones, if there are any.
    pub next: Option<Cursor>,
    /// The way back to newer ones, if this is not the first page.
    pub previous: Option<Cursor>,
    /// The search takes long: what arrived before this moment has not been looked at yet. `next` goes on there.
    pub searched_to: Option<Timestamp>,
}

impl Store {
    /// A page of the conversations with messages of this scope, each standing where its newest message of the scope does. Without a
    /// cursor the first page.
    pub async fn conversations(
        &self,
        account: AccountId,
        scope: &Scope,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let limit = limit.clamp(1, self.options().conversation.page_max);
        match cursor {
            Some(Cursor { direction: Direction::Newer, spot }) => {
                match self.newer(account, scope, spot, limit).await? {
                    ControlFlow::Break(page) => Ok(page),
                    // Less than a page is left up to the top: then it is the first page.
                    ControlFlow::Continue(()) => self.older(account, scope, None, limit).await,
                }
            }
            older => self.older(account, scope, older.map(|cursor| cursor.spot), limit).await,
        }
    }

    async fn older(
        &self,
        account: AccountId,
        scope: &Scope,
        from: Option<Spot>,
        limit: usize,
    ) -> Result<Page, Error> {
        let gathered = self.gather(account, scope, Direction::Older, from, limit).await?;
        let first = gathered.spots.first().copied();
        let older = |spot| Cursor { direction: Direction::Older, spot };
        Ok(Page {
            items: gathered.items,
            next: gathered.behind.map(older),
            // Of an empty page the way back leads over the spot where it began.
            previous: from
                .map(|from| Cursor { direction: Direction::Newer, spot: first.unwrap_or(from) }),
            searched_to: gathered.searched_to,
        })
    }

    async fn newer(
        &self,
        account: AccountId,
        scope: &Scope,
        from: Spot,
        limit: usize,
    ) -> Result<ControlFlow<Page>, Error> {
        let mut gathered = self.gather(account, scope, Direction::Newer, Some(from), limit).await?;
        let (Some(last), Some(first), Some(_)) =
            (gathered.spots.first(), gathered.spots.last(), gathered.behind)
        else {
            return Ok(ControlFlow::Continue(()));
        };
        gathered.items.reverse();
        Ok(ControlFlow::Break(Page {
            items: gathered.items,
            next: Some(Cursor { direction: Direction::Older, spot: *last }),
            previous: Some(Cursor { direction: Direction::Newer, spot: *first }),
            searched_to: None,
        }))
    }

    /// Up to so many conversations on the way.
    async fn gather(
        &self,
        account: AccountId,
        scope: &Scope,
        direction: Direction,
        from: Option<Spot>,
        limit: usize,
    ) -> Result<Gathered, Error> {
        let way = Way::Dates(direction, from);
        let wanted = Wanted { account, within: scope.within, query: scope.query.clone(), way };
        let gathering = Gathering {
            account,
            within: scope.within,
            limit,
            limits: self.options().conversation.clone(),
            // On the way back there is nothing that was not searched before.
            patience: Some(self.options().search.page_patience)
                .filter(|_| direction == Direction::Older),
        };
        let begun = Instant::now();
        let mut group = Group::new(direction, from, limit + 1);
        self.scan(wanted, move |scan, reading, until| {
            loop {
                match scan.next(reading, until)? {
                    Found::Match(entry, _) if !group.take(scan, reading, entry)? => {}
                    Found::Match(..) | Found::End => {
                        return gathering.conclude(&mut group, scan, reading, None).map(Some);
                    }
                    Found::Pause => {
                        let enough = gathering.patience.is_some_and(|most| begun.elapsed() >= most);
                        let Some(reached) = scan.reached().filter(|_| enough) else {
                            return Ok(None);
                        };
                        let page = gathering.conclude(&mut group, scan, reading, Some(reached));
                        return page.map(Some);
                    }
                }
            }
        })
        .await
    }
}

/// What is to be known to make a page.
struct Gathering {
    account: AccountId,
    within: Within,
    limit: usize,
    limits: ConversationLimits,
    /// How long the way may take before what was found is shown.
    patience: Option<Duration>,
}

/// A page's conversations.
struct Gathered {
    items: Vec<ConversationSummary>,
    /// Where each stands.
    spots: Vec<Spot>,
    /// There are more, or may be, behind this spot.
    behind: Option<Spot>,
    /// The way was long and has led no further yet.
    searched_to: Option<Timestamp>,
}

impl Gathering {
    /// Reads the lines of what was found. `reached` is where the way was broken off, if it was.
    fn conclude(
        &self,
        group: &mut Group,
        scan: &Scan,
        reading: &Reading<'_>,
        reached: Option<Spot>,
    ) -> Result<Gathered, Error> {
        let mut found = group.take_found();
        let is_full = found.len() > self.limit;
        found.truncate(self.limit);
        let behind = if is_full { found.last().map(|(_, spot)| *spot) } else { reached };
        let sight = Sight::of(reading.mail, self.account, self.within)?;
        let covered = |mailbox| scan.covers(mailbox);
        let mut items = Vec::with_capacity(found.len());
        for one in &found {
            items.extend(line::read(reading.mail, &sight, &covered, *one, &self.limits)?);
        }
        Ok(Gathered {
            items,
            spots: found.into_iter().map(|(_, spot)| spot).collect(),
            behind,
            searched_to: reached.filter(|_| !is_full).map(|spot| Timestamp::new(spot.date)),
        })
    }
}
