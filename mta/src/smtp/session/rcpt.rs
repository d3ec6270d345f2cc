//! RCPT (RFC 5321 §4.1.1.3): here it is decided who gets mail, so that nothing is taken that would have
//! to be sent back.

use mailstore::{LocalTarget, Resolution, Targets};
use message::ForwardPath;
use tracing::info;

use super::super::command::Recipient;
use super::super::rates::Kind;
use super::super::refusal::Refusal;
use super::super::replies;
use super::answer::{Answer, Change};
use super::practice::practise;
use super::state::State;
use super::{Addressee, Client, House, Letter, pace};

pub(super) async fn rcpt(
    house: &House,
    client: &Client,
    state: &State,
    Recipient { path, needs_utf8, parameters: wish }: Recipient,
) -> Result<Answer, Refusal> {
    let letter = match state {
        State::Connected => return Err(Refusal::client(replies::HELLO_BEFORE_RCPT)),
        State::Greeted(_) | State::Authenticating(_) => {
            return Err(Refusal::client(replies::MAIL_BEFORE_RCPT));
        }
        State::Chunking(_) => return Err(Refusal::client(replies::CHUNKS_NOT_RCPT)),
        State::Addressing(letter) => letter,
    };
    if needs_utf8 && !letter.utf8 {
        return Err(Refusal::client(replies::RECIPIENT_NEEDS_UTF8));
    }
    let recipients_max = house.limits().recipients_max;
    if letter.addressees.len() >= recipients_max {
        // Before the store is asked: this is what a flood of RCPT gets.
        return Err(Refusal::nobody(replies::too_many_recipients(recipients_max)));
    }
    pace::check(house, client, Kind::Recipient)?;
    match targets(house, client, letter, &path).await {
        Ok(Targets { here: targets, elsewhere }) => {
            let reply = replies::recipient_noted(&path);
            let addressee = Addressee { path, targets, elsewhere, wish };
            Ok(Answer::new(reply).and(Change::Add(addressee)))
        }
        Err(refusal) => {
            let (peer, from, code) =
                (client.address, &letter.reverse_path, refusal.reply.status().code());
            info!(%peer, %from, to = %path, code, "recipient refused");
            Err(refusal)
        }
    }
}

/// Who gets it, if all who are here have room for it.
async fn targets(
    house: &House,
    client: &Client,
    letter: &Letter,
    path: &ForwardPath,
) -> Result<Targets, Refusal> {
    let targets = resolve(house, client, path).await?;
    for target in &targets.here {
        check_room(house, letter.size, path, target).await?;
    }
    Ok(targets)
}

/// Never a relay: only those who are logged in write to the world, and to no machine by its number.
async fn resolve(house: &House, client: &Client, path: &ForwardPath) -> Result<Targets, Refusal> {
    let resolution = house.store.resolve(path).await?;
    if house.role.practice() && resolution != Resolution::NotLocal {
        practise(path).await?;
    }
    match (resolution, path.address()) {
        // Taking it only for those who are here would lose it for the others.
        (Resolution::Local(targets), _)
            if !targets.elsewhere.is_empty() && client.login.is_none() =>
        {
            Err(Refusal::nobody(replies::recipient_leads_away(path)))
        }
        (Resolution::Local(targets), _) => Ok(targets),
        (Resolution::NotLocal, Some(address)) if client.login.is_some() => {
            if address.domain().is_none() {
                return Err(Refusal::client(replies::RECIPIENT_LITERAL));
            }
            Ok(Targets { here: Vec::new(), elsewhere: vec![address.clone()] })
        }
        (Resolution::NotLocal, _) => Err(Refusal::client(replies::recipient_elsewhere(path))),
        (Resolution::Unknown, _) => Err(Refusal::client(replies::recipient_unknown(path))),
    }
}

/// RFC 1870 §6.4: 452 when it may fit another day, 552 when it never will.
async fn check_room(
    house: &House,
    size: Option<u64>,
    path: &ForwardPath,
    target: &LocalTarget,
) -> Result<(), Refusal> {
    let quota = house.store.quota(target.account).await?;
    // A message whose size is not told has an octet at least.
    let size = size.unwrap_or(1);
    if quota.has_room_for(size) {
        return Ok(());
    }
    if quota.limit_octets.is_some_and(|limit| size > limit) {
        return Err(Refusal::idle(replies::never_fits(path)));
    }
    Err(Refusal::idle(replies::mailbox_full(path)))
}
