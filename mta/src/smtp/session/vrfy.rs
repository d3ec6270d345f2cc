//! VRFY (RFC 5321 §3.5, §4.1.1.6).
//!
//! It is answered honestly, because RCPT tells the same; but it never tells who is behind an alias, and
//! a wrong guess is counted as with RCPT. Names without a domain are not looked up: the answer would
//! tell strangers which domains live here.

use mailstore::Resolution;
use message::ForwardPath;

use super::super::command::Question;
use super::super::refusal::Refusal;
use super::super::replies;
use super::answer::Answer;
use super::{Client, House};

pub(super) async fn vrfy(
    house: &House,
    client: &Client,
    Question { about, utf8 }: Question,
) -> Result<Answer, Refusal> {
    let path = path(&about).ok_or_else(|| Refusal::client(replies::VERIFY_WHOLE_ADDRESS))?;
    match house.store.resolve(&path).await? {
        Resolution::Local(_) => {
            let named = utf8 || path.to_string().is_ascii();
            let reply =
                if named { replies::verified(&path) } else { replies::VERIFIED_UNNAMED.into() };
            Ok(Answer::idle(reply))
        }
        Resolution::Unknown => Err(Refusal::client(replies::recipient_unknown(&path))),
        Resolution::NotLocal if client.login.is_some() => {
            Ok(Answer::idle(replies::VERIFY_ELSEWHERE))
        }
        Resolution::NotLocal => Err(Refusal::client(replies::recipient_elsewhere(&path))),
    }
}

/// An address, with its brackets or without.
fn path(about: &str) -> Option<ForwardPath> {
    if about.starts_with('<') {
        return ForwardPath::parse(about).ok();
    }
    ForwardPath::parse(&format!("<{about}>")).ok()
}
