//! A page of a list of conversations.

use std::ops::ControlFlow;

use super::group::Group;
use super::line::{self, ConversationSummary};
use super::visible::Sight;
use super::{ConversationLimits, Cursor};
use crate::search::{Direction, Found, Query, Reading, Scan, Spot, Wanted, Way, Within};
use crate::value::{AccountId, ConversationId, Flags, MailboxId};
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
        let (items, spots, more) =
            self.gather(account, scope, Direction::Older, from, limit).await?;
        let next = spots
            .last()
            .filter(|_| more)
            .map(|spot| Cursor { direction: Direction::Older, spot: *spot });
        let previous = from.map(|from| Cursor {
            direction: Direction::Newer,
            // Of an empty page the way back leads over the spot where it began.
            spot: spots.first().copied().unwrap_or(from),
        });
        Ok(Page { items, next, previous })
    }

    async fn newer(
        &self,
        account: AccountId,
        scope: &Scope,
        from: Spot,
        limit: usize,
    ) -> Result<ControlFlow<Page>, Error> {
        let (mut items, spots, more) =
            self.gather(account, scope, Direction::Newer, Some(from), limit).await?;
        let (Some(first), Some(last), true) = (spots.last(), spots.first(), more) else {
            return Ok(ControlFlow::Continue(()));
        };
        items.reverse();
        Ok(ControlFlow::Break(Page {
            items,
            next: Some(Cursor { direction: Direction::Older, spot: *last }),
            previous: Some(Cursor { direction: Direction::Newer, spot: *first }),
        }))
    }

    /// Up to so many conversations on the way, where each stands, and whether there are more.
    async fn gather(
        &self,
        account: AccountId,
        scope: &Scope,
        direction: Direction,
        from: Option<Spot>,
        limit: usize,
    ) -> Result<(Vec<ConversationSummary>, Vec<Spot>, bool), Error> {
        let way = Way::Dates(direction, from);
        let wanted = Wanted { account, within: scope.within, query: scope.query.clone(), way };
        let within = scope.within;
        let limits = self.options().conversation.clone();
        let mut group = Some(Group::new(direction, from, limit + 1));
        self.scan(wanted, move |scan, reading, until| {
            let Some(gathering) = &mut group else {
                return Ok(Some((Vec::new(), Vec::new(), false)));
            };
            loop {
                match scan.next(reading, until)? {
                    Found::Match(entry, _) => {
                        if gathering.take(scan, reading, entry)? {
                            break;
                        }
                    }
                    Found::Pause => return Ok(None),
                    Found::End => break,
                }
            }
            let mut found = group.take().map(Group::into_found).unwrap_or_default();
            let more = found.len() > limit;
            found.truncate(limit);
            let sight = Sight::of(reading.mail, account, within)?;
            let items = lines(scan, reading, &sight, &found, &limits)?;
            Ok(Some((items, found.into_iter().map(|(_, spot)| spot).collect(), more)))
        })
        .await
    }
}

fn lines(
    scan: &Scan,
    reading: &Reading<'_>,
    sight: &Sight,
    found: &[(ConversationId, Spot)],
    limits: &ConversationLimits,
) -> Result<Vec<ConversationSummary>, Error> {
    let covered = |mailbox| scan.covers(mailbox);
    let mut items = Vec::with_capacity(found.len());
    for one in found {
        items.extend(line::read(reading.mail, sight, &covered, *one, limits)?);
    }
    Ok(items)
}
