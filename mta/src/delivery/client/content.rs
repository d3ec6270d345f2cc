//! What a message is made of, against what a host takes.
//!
//! Knows when a message can go as it is, when it must be converted, and when it can't go at all.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use super::super::parcel::{BodyKind, Parcel, Source};
use super::commands::Form;
use super::denial::Denial;
use super::downgrade;
use super::limits::ClientLimits;
use super::offer::Offer;

/// A message as it goes to a host.
#[derive(Debug)]
pub(super) struct Fitted {
    pub source: Arc<dyn Source>,
    pub form: Form,
}

/// Makes a message fit for a host, or says why it can't be. Addresses of recipients are not looked at.
pub(super) async fn fit(
    parcel: &Parcel,
    offer: &Offer,
    limits: &ClientLimits,
) -> Result<Fitted, Denial> {
    if parcel.requiretls && !offer.requiretls {
        return Err(Denial::NoRequireTls);
    }
    let utf8_sender = parcel.reverse_path.address().is_some_and(|address| !address.is_ascii());
    if utf8_sender && !offer.smtputf8 {
        return Err(Denial::Utf8Address);
    }
    let utf8_recipient = parcel.recipients.iter().any(|recipient| !recipient.address.is_ascii());
    let form = Form {
        body: parcel.body,
        octets: parcel.source.octets(),
        smtputf8: offer.smtputf8 && (parcel.smtputf8 || utf8_sender || utf8_recipient),
    };
    let fitted = Fitted { source: Arc::clone(&parcel.source), form };
    let fitted = in_bits(fitted, parcel, offer, limits).await?;
    match (fitted.form.octets, offer.size) {
        (octets, Some(max)) if octets > max => Err(Denial::TooLarge { octets, max }),
        _ => Ok(fitted),
    }
}

/// Sees to it that no eighth bit goes where it is not taken.
async fn in_bits(
    fitted: Fitted,
    parcel: &Parcel,
    offer: &Offer,
    limits: &ClientLimits,
) -> Result<Fitted, Denial> {
    let binary_fits = offer.binarymime && offer.chunking;
    let body_fits = offer.eight_bit_mime && (parcel.body != BodyKind::Binary || binary_fits);
    let header_fits = offer.smtputf8 || !parcel.smtputf8;
    // Most hosts take everything, and nothing has to be looked at.
    if body_fits && header_fits {
        return Ok(fitted);
    }
    let eight_bit = scan(&*fitted.source, limits).await?;
    if eight_bit.header && !header_fits {
        return Err(Denial::Utf8Header);
    }
    if body_fits {
        return Ok(fitted);
    }
    let form = Form { body: BodyKind::SevenBit, ..fitted.form };
    if !eight_bit.body && parcel.body != BodyKind::Binary {
        return Ok(Fitted { form, ..fitted });
    }
    let converted = convert(&*fitted.source, parcel.body, limits).await?;
    let form = Form { octets: converted.octets(), ..form };
    Ok(Fitted { source: Arc::new(converted), form })
}

/// Where a message has octets with the eighth bit.
#[derive(Debug, Default, PartialEq, Eq)]
struct EightBit {
    header: bool,
    body: bool,
}

async fn scan(source: &dyn Source, limits: &ClientLimits) -> Result<EightBit, Denial> {
    let (mut found, mut at, mut in_body) = (EightBit::default(), 0, false);
    // The end of the header may lie across two blocks.
    let mut tail = BytesMut::new();
    while at < source.octets() {
        let block = read(source, at, limits.block_octets).await?;
        at += block.len() as u64;
        if in_body {
            found.body |= !block.is_ascii();
        } else {
            tail.extend_from_slice(&block);
            match header_end(&tail) {
                Some(end) => {
                    let (header, body) = tail.split_at_checked(end).unwrap_or_default();
                    found.header |= !header.is_ascii();
                    found.body |= !body.is_ascii();
                    in_body = true;
                }
                None => {
                    found.header |= !tail.is_ascii();
                    drop(tail.split_to(tail.len().saturating_sub(3)));
                }
            }
        }
        if found.body {
            break;
        }
    }
    Ok(found)
}

fn header_end(text: &[u8]) -> Option<usize> {
    [&b"\r\n\r\n"[..], b"\n\n"]
        .into_iter()
        .filter_map(|end| memmem::find(text, end).map(|at| at + end.len()))
        .min()
}

async fn convert(
    source: &dyn Source,
    body: BodyKind,
    limits: &ClientLimits,
) -> Result<Bytes, Denial> {
    if source.octets() > limits.conversion_octets_max {
        return Err(Denial::TooLargeToConvert);
    }
    let mut message = BytesMut::new();
    while (message.len() as u64) < source.octets() {
        let block = read(source, message.len() as u64, limits.block_octets).await?;
        message.extend_from_slice(&block);
    }
    // A large message takes a while to encode; other conversations must not wait for it.
    tokio::task::spawn_blocking(move || downgrade::to_seven_bit(&message, body))
        .await
        .unwrap_or(Err(Denial::Unreadable))
}

/// The next octets: never none.
pub(super) async fn read(source: &dyn Source, from: u64, max: usize) -> Result<Bytes, Denial> {
    match source.read(from, max).await {
        Ok(block) if !block.is_empty() => Ok(block),
        Ok(_) => {
            tracing::error!("a message ended before its end");
            Err(Denial::Unreadable)
        }
        Err(error) => {
            tracing::error!(%error, "a message could not be read");
            Err(Denial::Unreadable)
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn eight_bits_are_found_in_header_and_body_however_the_message_is_read() {
        for (text, header, body) in [
            ("", false, false),
            ("Subject: x\r\n\r\nx", false, false),
            ("Subject: é\r\n\r\nx", true, false),
            ("Subject: x\r\n\r\né", false, true),
            ("Subject: é\n\né", true, true),
            ("Subject: x\n\né\r\n\r\n", false, true),
            ("é", true, false),
        ] {
            for block_octets in 1..20 {
                let limits = ClientLimits { block_octets, ..ClientLimits::default() };
                let source = Bytes::copy_from_slice(text.as_bytes());
                let found = scan(&source, &limits).await.unwrap();
                assert_eq!(found, EightBit { header, body }, "{text:?} by {block_octets}");
            }
        }
    }

    #[tokio::test]
    async fn conversion_is_limited_from_both_sides() {
        let source = Bytes::from_static("\r\né".as_bytes());
        for (octets, fits) in [(4, true), (3, false)] {
            let limits = ClientLimits { conversion_octets_max: octets, ..ClientLimits::default() };
            let outcome = convert(&source, BodyKind::EightBit, &limits).await;
            assert_eq!(outcome.is_ok(), fits);
        }
    }
}
