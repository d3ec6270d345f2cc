//! What one account wants done with a message: the first of these that says where decides.
//!
//! 1. its author's domain calls it junk;
//! 2. the account's rules;
//! 3. the author is somebody the account has written to;
//! 4. its words are those of junk;
//! 5. INBOX.
//!
//! A mask that is switched off is nobody's address: that was decided before.

use std::sync::OnceLock;

use mailstore::{
    AccountId, Error, Flags, Keyword, LocalRecipient, LocalTarget, MailboxId, Ruling, RulingPlace,
    SpecialUse, Store,
};
use message::Address;

use super::super::junk::{self, Opinion, Words};
use super::answer::{self, Answer};
use super::letter::Facts;
use super::{Arrived, Author, FilingSettings};

/// What one account wants done.
pub(super) struct Decision {
    pub(super) kept: Kept,
    /// To whom it is sent on.
    pub(super) forward: Vec<Address>,
    pub(super) answer: Option<Answer>,
    pub(super) labels: Vec<Keyword>,
}

/// Where it would lie, and whether it does.
pub(super) struct Kept {
    pub(super) recipient: LocalRecipient,
    pub(super) stays: bool,
}

pub(super) async fn decide(
    store: &Store,
    settings: &FilingSettings,
    arrived: &Arrived<'_>,
    letter: &Facts,
    words: &OnceLock<Words>,
    target: &LocalTarget,
) -> Result<Decision, Error> {
    let account = target.account;
    let mut decision = Decision {
        kept: Kept { recipient: recipient(target), stays: true },
        forward: Vec::new(),
        answer: None,
        labels: Vec::new(),
    };
    if let Some(why) = arrived.junk {
        decision.kept.file(special(store, account, SpecialUse::Junk).await?, why.to_owned());
        return Ok(decision);
    }
    let rules = store.rules_in_force(account).await?;
    let ruling = Ruling::of(&rules, &letter.rules);
    decision.kept.recipient.flags = ruling.flags.flags;
    decision.labels.clone_from(&ruling.flags.keywords);
    let junk = special(store, account, SpecialUse::Junk).await?;
    let place = match ruling.place {
        None => None,
        Some(RulingPlace::Mailbox(mailbox)) => Some(mailbox),
        Some(RulingPlace::Trash) => special(store, account, SpecialUse::Trash).await?,
    };
    if let Some(place) = place {
        decision.kept.file(Some(place), rules_reason(&ruling));
    }
    let words_junk = junk_reason(store, settings, arrived, letter, words, account).await?;
    let ruled_junk = place.is_some() && place == junk;
    match words_junk {
        Verdict::Junk(why) if place.is_none() => decision.kept.file(junk, why),
        Verdict::Junk(_) => {}
        // Not sent on, not answered.
        Verdict::Good(_) if ruled_junk => {}
        Verdict::Good(why) => {
            if place.is_none() {
                decision.kept.recipient.reason = why.or_else(|| reason_of_rules(&ruling));
            }
            send_on(store, letter, &ruling, account, &mut decision).await?;
            if ruling.place != Some(RulingPlace::Trash) {
                decision.answer = answer::of(store, settings, arrived, letter, target).await?;
            }
        }
    }
    Ok(decision)
}

impl Kept {
    /// Without such a mailbox it stays in INBOX, and the reason says what it would have been.
    fn file(&mut self, mailbox: Option<MailboxId>, why: String) {
        self.recipient.mailbox = mailbox;
        self.recipient.reason = Some(why);
    }
}

async fn send_on(
    store: &Store,
    letter: &Facts,
    ruling: &Ruling,
    account: AccountId,
    decision: &mut Decision,
) -> Result<(), Error> {
    if letter.goes_round {
        return Ok(());
    }
    decision.forward.clone_from(&ruling.forward);
    if ruling.place == Some(RulingPlace::Trash) {
        return Ok(());
    }
    let forwarding = store.forwarding(account).await?;
    let wanted = forwarding.confirmed().filter(|address| !ruling.forward.contains(address));
    decision.forward.extend(wanted.cloned());
    decision.kept.stays = forwarding.keeps_copy() || ruling.place.is_some();
    Ok(())
}

/// What is thought of it, going by its author and its words.
enum Verdict {
    Junk(String),
    /// With the reason, if there is more to say than that nothing is wrong.
    Good(Option<String>),
}

async fn junk_reason(
    store: &Store,
    settings: &FilingSettings,
    arrived: &Arrived<'_>,
    letter: &Facts,
    words: &OnceLock<Words>,
    account: AccountId,
) -> Result<Verdict, Error> {
    // An address is easily forged: where its domain could have vouched for it and did not, it is no proof.
    if let Some(author) = &letter.author
        && arrived.author != Author::Doubtful
        && store.is_correspondent(account, author).await?
    {
        return Ok(Verdict::Good(Some(format!("you have written to {author}"))));
    }
    if !junk::is_taught(store, account, &settings.junk).await? {
        return Ok(Verdict::Good(None));
    }
    let words = words.get_or_init(|| Words::of(arrived.message, &settings.junk));
    let judgement = junk::judge(store, account, words, &settings.junk).await?;
    Ok(match judgement.opinion {
        Opinion::Junk => Verdict::Junk(judgement.reason()),
        Opinion::Unsure | Opinion::Good => Verdict::Good(Some(judgement.reason())),
        Opinion::Untaught => Verdict::Good(None),
    })
}

async fn special(
    store: &Store,
    account: AccountId,
    special_use: SpecialUse,
) -> Result<Option<MailboxId>, Error> {
    match store.mailbox_for(account, special_use).await {
        Ok(mailbox) => Ok(Some(mailbox.id)),
        Err(Error::NoSuchMailbox) => Ok(None),
        Err(error) => Err(error),
    }
}

fn rules_reason(ruling: &Ruling) -> String {
    let names: Vec<String> =
        ruling.rules.iter().map(|name| format!("\u{201c}{name}\u{201d}")).collect();
    let rules = if names.len() == 1 { "your rule" } else { "your rules" };
    format!("{rules} {}", names.join(", "))
}

fn reason_of_rules(ruling: &Ruling) -> Option<String> {
    (!ruling.rules.is_empty()).then(|| rules_reason(ruling))
}

fn recipient(target: &LocalTarget) -> LocalRecipient {
    LocalRecipient {
        account: target.account,
        address: target.address.clone(),
        mailbox: None,
        flags: Flags::NONE,
        reason: None,
    }
}
