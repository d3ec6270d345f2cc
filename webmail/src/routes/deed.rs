//! What buttons do: archive, delete, mark, star, for one message, a conversation, or the ticked ones of a list.
//!
//! Each ends where it began, with a bar that takes it back. Only what the page showed is touched.

use crate::done::{Deed, Done, Flag, Step};
use crate::fault::Fault;
use crate::form::{Fields, local_path};
use crate::frame::Frame;
use crate::house::House;
use crate::pages::{ConfirmPage, render};
use crate::pick::Pick;
use crate::reader::{Posted, Reader};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use mailstore::{Copied, Expunge, FlagChange, FlagList, Mailbox, MailboxId, SpecialUse, UidSet};

/// `POST /do`
pub async fn act(State(house): State<House>, posted: Posted) -> Result<Response, Fault> {
    let Posted { reader, fields } = posted;
    let asked = Asked::read(&fields)?;
    let mailboxes = house.store().mailboxes(reader.account.id).await?;
    asked.refuse_others_mailboxes(&mailboxes)?;
    let desk = Desk { house: &house, reader: &reader, mailboxes: &mailboxes };
    let done = match asked.verb {
        _ if asked.picks.is_empty() => Done::bare(Deed::NothingTicked),
        Verb::Archive => desk.file(&asked, Deed::Archived).await?,
        Verb::Inbox => desk.file(&asked, Deed::ToInbox).await?,
        Verb::Delete if desk.all_in_trash(&asked) => return desk.ask_first(&asked, &fields),
        Verb::Delete => desk.file(&asked, Deed::Deleted).await?,
        Verb::DeleteForGood => desk.destroy(&asked).await?,
        Verb::Mark(flag, set) => desk.mark(&asked, flag, set).await?,
    };
    Ok(Redirect::to(&with_done(asked.goes_to(&fields), &done, &reader)).into_response())
}

/// A page's URL with what was done put into it.
pub fn with_done(page: &str, done: &Done, reader: &Reader) -> String {
    let page = without_done(page);
    let joint = if page.contains('?') { '&' } else { '?' };
    format!("{page}{joint}done={}", done.sealed(&reader.seal))
}

/// A page's URL without what was done before.
pub fn without_done(page: &str) -> String {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("done=")).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Archive,
    Inbox,
    Delete,
    DeleteForGood,
    Mark(Flag, bool),
}

struct Asked {
    verb: Verb,
    picks: Vec<Pick>,
}

impl Asked {
    /// A star in a line is a button of its own and means that line, whatever is ticked.
    fn read(fields: &Fields) -> Result<Self, Fault> {
        let starred = ["star", "unstar"].into_iter().find(|name| fields.has(name));
        let (name, values) = match starred {
            Some(name) => (name, name),
            None => (fields.get("do"), "pick"),
        };
        let verb = match name {
            "archive" => Verb::Archive,
            "inbox" => Verb::Inbox,
            "delete" => Verb::Delete,
            "delete-for-good" => Verb::DeleteForGood,
            "read" => Verb::Mark(Flag::Seen, true),
            "unread" => Verb::Mark(Flag::Seen, false),
            "star" => Verb::Mark(Flag::Starred, true),
            "unstar" => Verb::Mark(Flag::Starred, false),
            _ => return Err(Fault::BadForm("It does not say what to do.")),
        };
        let picks: Option<Vec<Pick>> = fields.all(values).map(Pick::parse).collect();
        let picks = picks.ok_or(Fault::BadForm("It does not say which messages are meant."))?;
        Ok(Self { verb, picks })
    }

    /// Somebody else's mailbox is not there, whatever was to be done in it.
    fn refuse_others_mailboxes(&self, own: &[Mailbox]) -> Result<(), Fault> {
        let known = |mailbox: MailboxId| own.iter().any(|own| own.id == mailbox);
        let all_own = self.picks.iter().flat_map(Pick::sets).all(|(mailbox, _)| known(mailbox));
        if all_own { Ok(()) } else { Err(Fault::NotFound) }
    }

    fn all(&self) -> Pick {
        let mut all = Pick::default();
        self.picks.iter().for_each(|pick| all.add_pick(pick));
        all
    }

    fn lines(&self) -> u64 {
        self.picks.len() as u64
    }

    /// Unread leaves a conversation, which would be read again at once; stars stay where they are.
    fn goes_to<'f>(&self, fields: &'f Fields) -> &'f str {
        let list = local_path(fields.get("back"), "/");
        match self.verb {
            Verb::Mark(Flag::Starred, _) => local_path(fields.get("here"), list),
            Verb::Mark(Flag::Seen, false) => local_path(fields.get("list"), list),
            _ => list,
        }
    }
}

struct Desk<'a> {
    house: &'a House,
    reader: &'a Reader,
    mailboxes: &'a [Mailbox],
}

impl Desk<'_> {
    fn find(&self, wanted: SpecialUse) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.special_use == Some(wanted))
    }

    fn is_trash(&self, mailbox: MailboxId) -> bool {
        self.find(SpecialUse::Trash).is_some_and(|trash| trash.id == mailbox)
    }

    fn all_in_trash(&self, asked: &Asked) -> bool {
        asked.all().only(|mailbox| !self.is_trash(mailbox)).is_empty()
    }

    /// Moves to where the deed puts things; what is there already stays.
    async fn file(&self, asked: &Asked, deed: Deed) -> Result<Done, Fault> {
        let target = match deed {
            Deed::Archived => self.find(SpecialUse::Archive),
            Deed::ToInbox => self.mailboxes.iter().find(|mailbox| mailbox.name.is_inbox()),
            _ => self.find(SpecialUse::Trash),
        };
        let target = target
            .ok_or(Fault::BadForm("There is no mailbox for that: somebody has deleted it."))?
            .id;
        // What one wrote oneself is not mail to be dealt with.
        let stays = |mailbox| {
            let own = [SpecialUse::Sent, SpecialUse::Drafts];
            let is_own = |wanted: SpecialUse| self.find(wanted).is_some_and(|m| m.id == mailbox);
            mailbox == target || deed == Deed::Archived && own.into_iter().any(is_own)
        };
        let moved = asked.all().only(|mailbox| !stays(mailbox));
        let mut steps = Vec::new();
        for (mailbox, uids) in moved.sets() {
            let copied = self.house.store().move_messages(mailbox, uids, target).await?;
            if !copied.pairs.is_empty() {
                steps.push(Step::Move { from: target, uids: arrived(&copied), to: mailbox });
            }
        }
        Ok(told(deed, asked, &moved, steps))
    }

    /// Only from Trash: everything else goes there first.
    async fn destroy(&self, asked: &Asked) -> Result<Done, Fault> {
        let mut gone = 0;
        let meant = asked.all().only(|mailbox| self.is_trash(mailbox));
        for (mailbox, uids) in meant.sets() {
            gone += self.house.store().expunge(mailbox, Expunge::Uids(uids.clone())).await?.len();
        }
        if gone == 0 {
            return Ok(Done::bare(Deed::NothingChanged));
        }
        Ok(Done {
            lines: asked.lines(),
            messages: gone,
            has_more: meant.has_more,
            ..Done::bare(Deed::Destroyed)
        })
    }

    async fn mark(&self, asked: &Asked, flag: Flag, set: bool) -> Result<Done, Fault> {
        let mut meant = Pick::default();
        for pick in &asked.picks {
            meant.add_pick(&if flag == Flag::Starred && set {
                pick.newest()
            } else {
                pick.clone()
            });
        }
        let mut steps = Vec::new();
        for (mailbox, uids) in meant.sets() {
            let changed = self
                .house
                .store()
                .change_flags(mailbox, uids, flag_change(flag, set), None)
                .await?;
            let uids: UidSet = changed.changed.iter().map(|(uid, _, _)| *uid).collect();
            if !uids.is_empty() {
                steps.push(Step::Flag { mailbox, uids, flag, set: !set });
            }
        }
        let deed = match (flag, set) {
            (Flag::Seen, true) => Deed::Read,
            (Flag::Seen, false) => Deed::Unread,
            (Flag::Starred, true) => Deed::Starred,
            (Flag::Starred, false) => Deed::Unstarred,
        };
        Ok(told(deed, asked, &meant, steps))
    }

    fn ask_first(&self, asked: &Asked, fields: &Fields) -> Result<Response, Fault> {
        let all = asked.all();
        let messages = all.messages();
        let question = match (asked.picks.len(), messages) {
            (1, _) if all.has_more => {
                format!("Delete the newest {messages} messages of this conversation for good?")
            }
            (_, 1) => "Delete this message for good?".to_owned(),
            (1, _) => format!("Delete this conversation of {messages} messages for good?"),
            (lines, _) => format!("Delete {lines} conversations for good?"),
        };
        let frame = Frame::with(self.house, self.reader, "Delete for good?", None, self.mailboxes);
        let page = ConfirmPage {
            assets: self.house.assets(),
            frame,
            question,
            picks: asked.picks.iter().map(Pick::to_string).collect(),
            back: local_path(fields.get("back"), "/").to_owned(),
        };
        Ok(render(&page))
    }
}

/// Sets or clears a flag.
pub fn flag_change(flag: Flag, set: bool) -> FlagChange {
    let list = FlagList::from(flag.bits());
    if set { FlagChange::Add(list) } else { FlagChange::Remove(list) }
}

/// The UIDs that moved messages have now.
pub fn arrived(copied: &Copied) -> UidSet {
    copied.pairs.iter().map(|(_, uid)| *uid).collect()
}

fn told(deed: Deed, asked: &Asked, meant: &Pick, steps: Vec<Step>) -> Done {
    if steps.is_empty() {
        return Done::bare(Deed::NothingChanged);
    }
    Done {
        lines: asked.lines(),
        messages: meant.messages(),
        has_more: meant.has_more,
        steps,
        ..Done::bare(deed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_before_leaves_the_url() {
        for (page, bare) in [
            ("/mailbox/1", "/mailbox/1"),
            ("/mailbox/1?done=x.y", "/mailbox/1"),
            ("/mailbox/1?before=9&done=x.y", "/mailbox/1?before=9"),
            ("/search?done=x&q=a%26done%3Db", "/search?q=a%26done%3Db"),
        ] {
            assert_eq!(without_done(page), bare);
        }
    }
}
