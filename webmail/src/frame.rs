//! What stands around every page of somebody signed in: mailboxes with their counts, search box, account, undo bar.

use crate::done::Done;
use crate::fault::Fault;
use crate::house::House;
use crate::reader::Reader;
use mailstore::{Mailbox, MailboxId, SpecialUse};

/// The frame of one page.
#[derive(Debug)]
pub struct Frame {
    /// The window's title.
    pub title: String,
    /// Who is signed in.
    pub name: String,
    /// Their address.
    pub address: String,
    /// Their letter in a circle.
    pub face: Face,
    /// The token of every form.
    pub csrf: String,
    /// What stands in the search box.
    pub search: String,
    /// The list of mailboxes.
    pub mailboxes: Vec<MailboxLink>,
    /// What was just done.
    pub done: Option<DoneBar>,
}

/// One mailbox in the list.
#[derive(Debug)]
pub struct MailboxLink {
    /// Where it is.
    pub href: String,
    /// What people call it.
    pub name: String,
    /// Its symbol.
    pub icon: &'static str,
    /// What waits in it.
    pub unread: u32,
    /// The same, for the eye.
    pub unread_shown: String,
    /// How deep it lies under others.
    pub depth: usize,
    /// It is the one that is open.
    pub is_here: bool,
    /// The first of the person's own.
    pub begins_own: bool,
}

/// The bar over a page.
#[derive(Debug)]
pub struct DoneBar {
    /// What was done.
    pub words: String,
    /// What goes into the undo form.
    pub undo: Option<String>,
    /// The page to come back to.
    pub back: String,
}

/// A letter in a coloured circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    /// The letter.
    pub letter: char,
    /// 0 to 7.
    pub colour: u32,
}

impl Face {
    /// For somebody by name and address: the same everywhere and always.
    pub fn of(name: &str, address: &str) -> Self {
        let first = name.chars().chain(address.chars()).find(|c| c.is_alphanumeric());
        let sum = address
            .to_lowercase()
            .bytes()
            .fold(5_381_u32, |sum, octet| sum.wrapping_mul(33) ^ u32::from(octet));
        Self {
            letter: first.and_then(|c| c.to_uppercase().next()).unwrap_or('?'),
            colour: (sum ^ (sum >> 16)) % 8,
        }
    }
}

impl Frame {
    /// The frame of a page titled `title`; `here` is the mailbox that is open.
    pub async fn of(
        house: &House,
        reader: &Reader,
        title: &str,
        here: Option<MailboxId>,
    ) -> Result<Self, Fault> {
        let mailboxes = house.store().mailboxes(reader.account.id).await?;
        Ok(Self::with(house, reader, title, here, &mailboxes))
    }

    /// The same, with the mailboxes at hand.
    pub fn with(
        house: &House,
        reader: &Reader,
        title: &str,
        here: Option<MailboxId>,
        mailboxes: &[Mailbox],
    ) -> Self {
        let address = reader.account.address.to_string();
        let name = match reader.account.display_name.as_str() {
            "" => address.clone(),
            name => name.to_owned(),
        };
        Self {
            title: format!("{title} · posthouse"),
            face: Face::of(&name, &address),
            name,
            address,
            csrf: reader.seal.form_token(house.store().random()),
            search: String::new(),
            mailboxes: links(mailboxes, here),
            done: None,
        }
    }

    /// Puts the bar over the page if its URL says that something was done. `page` is the URL without that.
    pub fn tell(&mut self, reader: &Reader, sealed: &str, page: &str) {
        self.done = Done::open(sealed, &reader.seal).map(|done| DoneBar {
            words: done.words(),
            undo: (!done.steps.is_empty()).then(|| sealed.to_owned()),
            back: page.to_owned(),
        });
    }
}

/// What people call a mailbox.
pub fn name_of(mailbox: &Mailbox) -> &str {
    match mailbox.special_use {
        _ if mailbox.name.is_inbox() => "Inbox",
        Some(SpecialUse::Drafts) => "Drafts",
        Some(SpecialUse::Sent) => "Sent",
        Some(SpecialUse::Junk) => "Junk",
        Some(SpecialUse::Trash) => "Trash",
        Some(SpecialUse::Archive) => "Archive",
        None => mailbox.name.leaf(),
    }
}

/// Its symbol.
pub fn icon_of(mailbox: &Mailbox) -> &'static str {
    match mailbox.special_use {
        _ if mailbox.name.is_inbox() => "inbox",
        Some(SpecialUse::Drafts) => "drafts",
        Some(SpecialUse::Sent) => "sent",
        Some(SpecialUse::Junk) => "junk",
        Some(SpecialUse::Trash) => "trash",
        Some(SpecialUse::Archive) => "archive",
        None => "folder",
    }
}

fn links(mailboxes: &[Mailbox], here: Option<MailboxId>) -> Vec<MailboxLink> {
    let mut sorted: Vec<&Mailbox> = mailboxes.iter().collect();
    // The sort keeps the store's order among the person's own: by name, children after their parents.
    sorted.sort_by_key(|mailbox| rank(mailbox));
    let first_own = sorted.iter().position(|mailbox| rank(mailbox) == OWN);
    let link = |(at, mailbox): (usize, &&Mailbox)| MailboxLink {
        href: format!("/mailbox/{}", mailbox.id),
        name: name_of(mailbox).to_owned(),
        icon: icon_of(mailbox),
        unread: unread(mailbox),
        unread_shown: grouped(u64::from(unread(mailbox))),
        depth: if rank(mailbox) == OWN {
            mailbox.name.as_str().matches('/').count().min(3)
        } else {
            0
        },
        is_here: Some(mailbox.id) == here,
        begins_own: first_own == Some(at) && at > 0,
    };
    sorted.iter().enumerate().map(link).collect()
}

const OWN: u8 = 6;

fn rank(mailbox: &Mailbox) -> u8 {
    match mailbox.special_use {
        _ if mailbox.name.is_inbox() => 0,
        Some(SpecialUse::Drafts) => 1,
        Some(SpecialUse::Sent) => 2,
        Some(SpecialUse::Archive) => 3,
        Some(SpecialUse::Junk) => 4,
        Some(SpecialUse::Trash) => 5,
        None => OWN,
    }
}

/// What is unread in Trash and Sent wants nobody's attention; of drafts all count.
fn unread(mailbox: &Mailbox) -> u32 {
    match mailbox.special_use {
        Some(SpecialUse::Trash | SpecialUse::Sent) => 0,
        Some(SpecialUse::Drafts) => mailbox.messages,
        _ => mailbox.unseen,
    }
}

/// `12,345`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `820 bytes`, `12 KB`, `3.4 MB`
pub fn size_in_words(octets: u64) -> String {
    const KILO: u64 = 1024;
    const MEGA: u64 = KILO * KILO;
    match octets {
        0..KILO => format!("{octets} bytes"),
        KILO..MEGA => format!("{} KB", octets.div_ceil(KILO)),
        _ => format!("{}.{} MB", octets / MEGA, octets % MEGA * 10 / MEGA),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_the_eye() {
        for (number, written) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")]
        {
            assert_eq!(grouped(number), written);
        }
        for (octets, written) in
            [(0, "0 bytes"), (1_023, "1023 bytes"), (1_025, "2 KB"), (3_565_159, "3.4 MB")]
        {
            assert_eq!(size_in_words(octets), written);
        }
    }

    #[test]
    fn a_face_is_the_same_for_the_same_address() {
        assert_eq!(
            Face::of("ann", "Ann@example.org").colour,
            Face::of("Ann Lee", "ann@example.org").colour
        );
        assert_eq!(Face::of("“Ann”", "x@y").letter, 'A');
        assert_eq!(Face::of("", "").letter, '?');
    }
}
