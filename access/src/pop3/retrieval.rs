//! RETR and TOP: messages on their way out, streamed from the store.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use mailstore::{OverviewFields, Store};

use super::maildrop::Message;
use super::refusal::Refusal;
use super::replies;
use super::reply::{Answer, Reply};
use super::top::Top;

/// How delivery notes that a message came with SMTPUTF8 (RFC 6531 §4.3).
const UTF8_PROTOCOLS: &str = "UTF8";

pub(super) async fn retr(store: &Store, message: &Message, utf8: bool) -> Result<Answer, Refusal> {
    let body = pieces(store, message, utf8).await?;
    Ok(Reply::Message(replies::message_follows(message.octets).into(), body).into())
}

pub(super) async fn top(
    store: &Store,
    message: &Message,
    lines: u64,
    utf8: bool,
) -> Result<Answer, Refusal> {
    let body = pieces(store, message, utf8).await?;
    let top = Top::new(header_octets(store, message).await?, lines);
    Ok(Reply::Message(replies::TOP.into(), cut(body, top)).into())
}

/// The message as a stream whose first piece has been read already: what fails there is still an
/// honest `-ERR`; later it could only be a cut connection.
async fn pieces(
    store: &Store,
    message: &Message,
    utf8: bool,
) -> Result<BoxStream<'static, io::Result<Bytes>>, Refusal> {
    let mut pieces = store.content(message.content).await?.stream(0..u64::MAX);
    let first = pieces.try_next().await?.unwrap_or_default();
    if !utf8 && !first.is_ascii() && needs_utf8(store, message, &first).await? {
        return Err(Refusal::client(replies::NEEDS_UTF8));
    }
    Ok(stream::once(async move { Ok(first) }).chain(pieces).boxed())
}

/// RFC 6856 §2.1: a message that needs UTF-8 mode is not sent without it. Those are the ones that
/// came with SMTPUTF8: their addresses can be written in no other way. Octets above 127 in other
/// headers are an old bad habit that every client knows; refusing those would hide mail from people.
async fn needs_utf8(store: &Store, message: &Message, first: &[u8]) -> Result<bool, Refusal> {
    let header_octets = usize::try_from(header_octets(store, message).await?).unwrap_or(usize::MAX);
    if first.get(..header_octets).unwrap_or(first).is_ascii() {
        return Ok(false);
    }
    let facts = store.delivery_facts(message.content).await?;
    Ok(facts.is_some_and(|facts| facts.peer.protocol.starts_with(UTF8_PROTOCOLS)))
}

async fn header_octets(store: &Store, message: &Message) -> Result<u64, Refusal> {
    let overviews = store.overviews(&[message.content], OverviewFields::LENGTHS).await?;
    let overview = overviews.first().ok_or(mailstore::Error::NoSuchMessage)?;
    Ok(overview.header_octets)
}

fn cut(
    body: BoxStream<'static, io::Result<Bytes>>,
    top: Top,
) -> BoxStream<'static, io::Result<Bytes>> {
    stream::try_unfold((body, top), |(mut body, mut top)| async move {
        if top.is_complete() {
            return Ok(None);
        }
        let Some(mut piece) = body.try_next().await? else { return Ok(None) };
        piece.truncate(top.take(&piece));
        Ok(Some((piece, (body, top))))
    })
    .boxed()
}
