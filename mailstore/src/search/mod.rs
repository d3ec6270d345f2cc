//! Searching: a question is put to the messages of some mailboxes, and those that match are given in order. Exact at once: the index
//! only says where not to look.
//!
//! Knows messages, flags, dates and texts; knows no syntax of any search box or protocol.

mod asking;
mod making;
mod needle;
mod plan;
mod query;
mod scan;
mod scope;
mod spot;
mod test;
mod view;
mod walk;

use std::time::Instant;

pub use query::{Day, Order, Query, Within};

pub(crate) use scan::{Found, Scan, Wanted, Way};
pub(crate) use scope::{Searched, mailboxes as searched_mailboxes};
pub(crate) use spot::{Entry, Spot};
pub(crate) use view::{Reading, read_row};
pub(crate) use walk::Direction;

use crate::messages::MessageRow;
use crate::value::{AccountId, MailboxId};
use crate::{Error, Store};

/// A message that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Where it lies.
    pub mailbox: MailboxId,
    /// The message.
    pub row: MessageRow,
}

impl Store {
    /// The messages of an account that match, in order, at most `limit`. What arrived before the call is found for sure.
    pub async fn search(
        &self,
        account: AccountId,
        within: Within,
        query: &Query,
        order: Order,
        limit: Option<usize>,
    ) -> Result<Vec<Hit>, Error> {
        let way = match order {
            Order::Uid => Way::Uid,
            Order::NewestFirst => Way::Dates(Direction::Older, None),
        };
        let wanted = Wanted { account, within, query: query.clone(), way };
        let limit = limit.unwrap_or(usize::MAX);
        let mut hits = Vec::new();
        if limit == 0 {
            return Ok(hits);
        }
        self.scan(wanted, move |scan, reading, until| {
            loop {
                match scan.next(reading, until)? {
                    Found::Match(entry, row) => hits.extend(hit(reading, entry, row)?),
                    Found::Pause => return Ok(None),
                    Found::End => return Ok(Some(std::mem::take(&mut hits))),
                }
                if hits.len() >= limit {
                    return Ok(Some(std::mem::take(&mut hits)));
                }
            }
        })
        .await
    }

    /// Works a search off, a slice at a time: `slice` is called until it gives something.
    pub(crate) async fn scan<T, F>(&self, wanted: Wanted, slice: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Scan, &Reading<'_>, Instant) -> Result<Option<T>, Error> + Send + 'static,
    {
        wanted.query.check(&self.options().search)?;
        self.check_open()?;
        let _turn = self.index().turn().await?;
        let mut under_way: Option<(Option<Scan>, F)> = Some((None, slice));
        while let Some((scan, mut slice)) = under_way.take() {
            let (options, contents, path) =
                (self.options().clone(), self.contents().clone(), self.index().path());
            let (wanted, now) = (wanted.clone(), self.now());
            let result = self.index().read(move |mail| {
                let until = Instant::now() + options.search.slice;
                let reading = Reading {
                    mail,
                    contents: &contents,
                    message: &options.message,
                    index_path: &path,
                };
                let mut scan = match scan {
                    Some(scan) => scan,
                    None => Scan::begin(&reading, &wanted, now, &options.search)?,
                };
                scan.resume(&reading);
                let given = slice(&mut scan, &reading, until)?;
                scan.rest(&reading);
                Ok((scan, slice, given))
            });
            match result.await? {
                (_, _, Some(given)) => return Ok(given),
                (scan, slice, None) => under_way = Some((Some(scan), slice)),
            }
        }
        Err(Error::unavailable("the search got lost"))
    }
}

/// None when the message went meanwhile.
fn hit(reading: &Reading<'_>, entry: Entry, row: Option<MessageRow>) -> Result<Option<Hit>, Error> {
    let mailbox = entry.spot.mailbox;
    match row.map_or_else(|| read_row(reading.mail, entry), Ok) {
        Ok(row) => Ok(Some(Hit { mailbox, row })),
        Err(Error::NoSuchMessage) => Ok(None),
        Err(error) => Err(error),
    }
}
