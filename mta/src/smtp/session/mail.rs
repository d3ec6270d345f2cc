//! MAIL (RFC 5321 §4.1.1.2).

use message::ReversePath;
use tracing::info;

use super::super::command::MailParameters;
use super::super::rates::Kind;
use super::super::refusal::Refusal;
use super::super::replies;
use super::answer::{Answer, Change};
use super::state::{Authenticating, State};
use super::{Client, House, Letter, pace, sender};

pub(super) async fn mail(
    house: &House,
    client: &Client,
    state: &State,
    reverse_path: ReversePath,
    parameters: MailParameters,
) -> Result<Answer, Refusal> {
    let hello = match state {
        State::Connected => return Err(Refusal::client(replies::HELLO_BEFORE_MAIL)),
        State::Addressing(_) | State::Chunking(_) => {
            return Err(Refusal::client(replies::MAIL_TWICE));
        }
        State::Greeted(hello) | State::Authenticating(Authenticating { hello, .. }) => {
            hello.clone()
        }
    };
    let MailParameters { size, utf8, requiretls, dsn, auth, .. } = parameters;
    if auth && house.role.submission().is_none() {
        return Err(Refusal::client(replies::parameter_unknown("AUTH")));
    }
    // RFC 8689 §2: what came in the clear cannot be kept from being read.
    if requiretls && client.tls.is_none() {
        return Err(Refusal::client(replies::parameter_unknown("REQUIRETLS")));
    }
    let octets_max = house.limits().message_octets_max;
    if size.is_some_and(|size| size > octets_max) {
        // RFC 1870 §6.1 (2).
        let (peer, from) = (client.address, &reverse_path);
        info!(%peer, %from, size, "message refused: declared too large");
        return Err(Refusal::idle(replies::message_too_large(octets_max)));
    }
    pace::check(house, client, Kind::Message)?;
    if let Some(login) = &client.login {
        sender::check_reverse_path(house, login, &reverse_path).await?;
    }
    let reply = replies::sender_noted(&reverse_path);
    let addressees = Vec::new();
    let letter = Letter { hello, reverse_path, size, utf8, requiretls, dsn, addressees };
    Ok(Answer::new(reply).and(Change::Begin(letter)))
}
