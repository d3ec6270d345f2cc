//! Learning from what people do: the store notes which mail was moved into Junk and out of it, by whichever
//! client; here it is read and learned, each message as what it was sorted last, however often it moved.

use std::time::Duration;

use mailstore::{Error, JunkLesson, Store};
use tokio::time::sleep;
use tracing::{debug, warn};

use super::junk::{JunkLimits, Words};

/// How learning goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Trainer {
    /// How often it is looked for lessons.
    pub interval: Duration,
    /// Lessons that are asked for together.
    pub lessons_at_once: u32,
    /// How messages are read: as they are when they are judged.
    pub junk: JunkLimits,
}

impl Default for Trainer {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), lessons_at_once: 50, junk: JunkLimits::default() }
    }
}

impl Trainer {
    /// Learns for as long as it is polled. It may be dropped at any moment: a lesson is learned wholly, or
    /// again later.
    pub async fn run(&self, store: &Store) {
        loop {
            match self.learn_all(store).await {
                Ok(0) => {}
                Ok(count) => debug!(count, "learned from sorted mail"),
                Err(cause) => warn!(%cause, "cannot learn from sorted mail; trying again later"),
            }
            sleep(self.interval).await;
        }
    }

    /// Learns all that is due, and says how many lessons that were.
    ///
    /// # Errors
    /// The store cannot be read, or cannot take it.
    pub async fn learn_all(&self, store: &Store) -> Result<u64, Error> {
        let mut count = 0;
        loop {
            let lessons = store.junk_lessons_due(self.lessons_at_once).await?;
            if lessons.is_empty() {
                return Ok(count);
            }
            for lesson in lessons {
                count += u64::from(self.learn(store, lesson).await?);
            }
        }
    }

    async fn learn(&self, store: &Store, lesson: JunkLesson) -> Result<bool, Error> {
        let octets = self.junk.message_octets_max as u64;
        let message = match store.content(lesson.content).await {
            Ok(content) => content.read(0..octets).await,
            Err(error) => Err(error),
        };
        let message = match message {
            Ok(message) => message,
            Err(error @ Error::Unavailable(_)) => return Err(error),
            // Gone, or damaged: it must not stand in the way of others for ever.
            Err(cause) => {
                debug!(%cause, "a sorted message cannot be learned from");
                store.drop_junk_lesson(lesson).await?;
                return Ok(false);
            }
        };
        let words = Words::of(&message, &self.junk);
        store.take_junk_lesson(lesson, &words.tokens(lesson.account)).await
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use mailstore::{
        AccountId, Expunge, FlagList, MailboxId, NewAccount, Options, Outside, Password,
        SpecialUse, UidSet,
    };
    use message::Address;
    use tempfile::TempDir;

    use super::*;

    struct TestHouse {
        store: Store,
        ann: AccountId,
        inbox: MailboxId,
        junk: MailboxId,
        trash: MailboxId,
        archive: MailboxId,
        _folder: TempDir,
    }

    async fn house() -> TestHouse {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default(), Outside::system()).unwrap();
        let account = NewAccount {
            address: Address::parse("ann@hamburger.edu").unwrap(),
            display_name: String::new(),
            password: Password::from("hungry"),
            quota_octets: None,
        };
        let ann = store.create_account(account).await.unwrap();
        let inbox = store.mailbox_by_name(ann, "INBOX").await.unwrap().id;
        let mut special = Vec::new();
        for use_ in [SpecialUse::Junk, SpecialUse::Trash, SpecialUse::Archive] {
            special.push(store.mailbox_for(ann, use_).await.unwrap().id);
        }
        let (junk, trash, archive) = (special[0], special[1], special[2]);
        TestHouse { store, ann, inbox, junk, trash, archive, _folder: folder }
    }

    impl TestHouse {
        async fn letter(&self, mailbox: MailboxId, words: &str) {
            let text = format!("Subject: {words}\r\n\r\n{words}\r\n");
            let staged = self.store.stage(text.as_bytes()).await.unwrap();
            self.store.append(mailbox, staged, FlagList::default(), None).await.unwrap();
        }

        async fn move_all(&self, from: MailboxId, to: MailboxId) {
            self.store.move_messages(from, &UidSet::all(), to).await.unwrap();
        }

        /// Learns, and says how much junk and how much other mail was learned in all.
        async fn learned(&self) -> (u32, u32) {
            Trainer::default().learn_all(&self.store).await.unwrap();
            assert_eq!(Trainer::default().learn_all(&self.store).await.unwrap(), 0, "once");
            let counts = self.store.junk_counts(self.ann, &[]).await.unwrap();
            (counts.spam, counts.ham)
        }
    }

    #[tokio::test]
    async fn what_is_moved_into_junk_and_out_again_is_learned_as_what_it_was_last() {
        let house = house().await;
        house.letter(house.inbox, "casino").await;
        assert_eq!(house.learned().await, (0, 0), "what lies in INBOX teaches nothing");
        house.move_all(house.inbox, house.junk).await;
        assert_eq!(house.learned().await, (1, 0));
        house.move_all(house.junk, house.inbox).await;
        assert_eq!(house.learned().await, (0, 1), "a mistake is taken back");
        house.move_all(house.inbox, house.junk).await;
        house.move_all(house.junk, house.inbox).await;
        assert_eq!(house.learned().await, (0, 1), "back and forth between two looks is nothing");
    }

    #[tokio::test]
    async fn a_copy_into_junk_teaches_too_and_trash_teaches_nothing() {
        let house = house().await;
        house.letter(house.inbox, "casino").await;
        house.store.copy(house.inbox, &UidSet::all(), house.junk).await.unwrap();
        assert_eq!(house.learned().await, (1, 0));
        house.move_all(house.inbox, house.trash).await;
        house.move_all(house.junk, house.trash).await;
        assert_eq!(house.learned().await, (1, 0), "junk that is thrown away is still junk");
    }

    #[tokio::test]
    async fn what_is_filed_from_inbox_is_other_mail() {
        let house = house().await;
        house.letter(house.inbox, "minutes").await;
        house.move_all(house.inbox, house.archive).await;
        assert_eq!(house.learned().await, (0, 1));
        house.move_all(house.archive, house.inbox).await;
        house.move_all(house.inbox, house.archive).await;
        assert_eq!(house.learned().await, (0, 1), "the same letter once");
    }

    #[tokio::test]
    async fn a_letter_that_is_gone_before_it_was_learned_stops_nothing() {
        let house = house().await;
        house.letter(house.inbox, "casino").await;
        house.move_all(house.inbox, house.junk).await;
        house.store.expunge(house.junk, Expunge::Uids(UidSet::all())).await.unwrap();
        house.letter(house.inbox, "prize").await;
        house.move_all(house.inbox, house.junk).await;
        let (junk, _) = house.learned().await;
        assert!((1..=2).contains(&junk), "the first one's bytes may still be there: {junk}");
    }
}
