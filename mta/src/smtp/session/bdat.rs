//! BDAT (RFC 3030): a message in chunks of so many octets, which no dot ends.
//!
//! A chunk is read to its end before anything is said, welcome or not: what it holds is never taken for
//! commands.

use wire::BodyFault;

use super::super::chunk_watch::ChunkWatch;
use super::super::intake::Arrival;
use super::super::refusal::Refusal;
use super::super::replies;
use super::answer::{Answer, Change};
use super::state::State;
use super::{Client, House, auth, data};

/// Where the next chunk goes. Until it has come nothing is begun: if it fails, so does the letter.
pub(super) fn next(
    house: &House,
    client: &Client,
    state: &mut State,
) -> Result<Box<Arrival>, Refusal> {
    auth::check_login(house, client)?;
    let arrival = match std::mem::replace(state, State::Connected) {
        State::Chunking(arrival) => arrival,
        State::Addressing(letter) if !letter.addressees.is_empty() => Box::new(
            data::arrival(house, client, &letter).in_chunks(ChunkWatch::new(house.limits())),
        ),
        other => {
            let refusal = misplaced(&other);
            *state = other;
            return Err(refusal);
        }
    };
    *state = State::Greeted(arrival.letter.hello.clone());
    Ok(arrival)
}

fn misplaced(state: &State) -> Refusal {
    Refusal::client(match state {
        State::Connected => replies::HELLO_BEFORE_DATA,
        State::Greeted(_) | State::Authenticating(_) => replies::MAIL_BEFORE_DATA,
        State::Addressing(_) | State::Chunking(_) => replies::RCPT_BEFORE_DATA,
    })
}

/// A chunk has come.
pub(super) async fn received(
    house: &House,
    client: &Client,
    mut arrival: Box<Arrival>,
    last: bool,
    ended: Result<u64, BodyFault>,
) -> Result<Answer, Refusal> {
    let chunk = match ended {
        Ok(octets) => octets,
        Err(fault) => return data::received(house, client, *arrival, Err(fault)).await,
    };
    match arrival.chunk_ended(last) {
        Ok(octets) if !last && arrival.header_fault().is_none() => {
            let reply = replies::chunk_taken(octets);
            let answer = if chunk == 0 { Answer::idle(reply) } else { Answer::new(reply) };
            Ok(answer.and(Change::Chunk(arrival)))
        }
        ended => data::received(house, client, *arrival, ended).await,
    }
}
