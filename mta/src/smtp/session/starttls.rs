//! STARTTLS (RFC 3207 §4).

use super::super::command::NotOffered;
use super::super::refusal::Refusal;
use super::super::replies;
use super::Client;
use super::answer::{Answer, Change};
use super::state::State;

pub(super) fn starttls(client: &Client, state: &State) -> Result<Answer, Refusal> {
    if client.tls.is_some() {
        return Err(Refusal::client(replies::TLS_ALREADY));
    }
    if !client.may_start_tls() {
        return Err(Refusal::client(replies::not_offered(NotOffered::StartTls)));
    }
    match state {
        State::Connected => Err(Refusal::client(replies::HELLO_BEFORE_TLS)),
        State::Addressing(_) | State::Chunking(_) => {
            Err(Refusal::client(replies::TLS_IN_TRANSACTION))
        }
        State::Greeted(_) | State::Authenticating(_) => {
            Ok(Answer::new(replies::BEGIN_TLS).and(Change::StartTls))
        }
    }
}
