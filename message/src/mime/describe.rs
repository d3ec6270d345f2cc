//! What a part's header says of it: the `Content-` fields, with their defaults.

use super::{Part, PartKind};
use crate::Limits;
use crate::header::{Field, Fields, Parameters, parameters, unfold};

/// A boundary has 70 octets at most (RFC 2046 §5.1.1); no line of mail has more than 998.
const BOUNDARY_OCTETS_MAX: usize = 996;

/// Where a part stands, as far as that decides what it is.
pub(super) struct Place {
    /// In a `multipart/digest` a part without a type is a message (RFC 2046 §5.1.5).
    pub(super) in_digest: bool,
    /// Whether a container here would be too deep.
    pub(super) too_deep: bool,
}

/// Reads a part's header. The second value is its boundary, if it is a multipart.
pub(super) fn describe(header: &[u8], place: &Place, limits: &Limits) -> (Part, Option<Vec<u8>>) {
    let mut part = Part::default();
    for field in Fields::of(header, limits) {
        let is_content = field.name().get(..8).is_some_and(|n| n.eq_ignore_ascii_case("content-"));
        if is_content {
            take(&mut part, &field, limits);
        }
    }
    if part.encoding.is_empty() {
        "7bit".clone_into(&mut part.encoding);
    }
    let boundary = decide_kind(&mut part, place);
    (part, boundary)
}

/// Takes one `Content-` field in; of two of a kind the first counts.
fn take(part: &mut Part, field: &Field<'_>, limits: &Limits) {
    let name = field.name().get(8..).unwrap_or_default();
    let structured = || parameters(&unfold(field.raw_value()), limits);
    let text = || {
        let mut text = field.unfolded().into_owned();
        crate::unprintable::cut(&mut text, limits.parameter_octets_max);
        Some(text).filter(|text| !text.is_empty())
    };
    match name.to_ascii_lowercase().as_str() {
        "type" if part.media.value.is_empty() => part.media = structured(),
        "transfer-encoding" if part.encoding.is_empty() => part.encoding = structured().value,
        "disposition" if part.disposition.is_none() => {
            part.disposition = Some(structured()).filter(|found| !found.value.is_empty());
        }
        "id" if part.id.is_none() => part.id = text(),
        "description" if part.description.is_none() => part.description = text(),
        "md5" if part.md5.is_none() => part.md5 = text(),
        "location" if part.location.is_none() => part.location = text(),
        "language" if part.language.is_empty() => part.language = languages(text()),
        _ => {}
    }
}

/// RFC 3282 §2: tags with commas between them.
fn languages(value: Option<String>) -> Vec<String> {
    let value = value.unwrap_or_default();
    let tags = value.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.take(20).map(str::to_owned).collect()
}

/// Decides what the part is handled as, and makes its media type say so.
fn decide_kind(part: &mut Part, place: &Place) -> Option<Vec<u8>> {
    if part.media.value.is_empty() && part.media.list.is_empty() {
        part.media = default_media(place.in_digest);
    } else if !is_media_type(&part.media.value) {
        // RFC 2045 §5.2: what is no media type is plain text, in the charset it names if it does.
        "text/plain".clone_into(&mut part.media.value);
    }
    let encoded = matches!(part.encoding.as_str(), "base64" | "quoted-printable");
    match part.media.value.as_str() {
        media if media.starts_with("multipart/") => {
            let boundary = boundary(&part.media);
            if boundary.is_none() {
                part.media = default_media(false);
            } else if place.too_deep {
                "application/octet-stream".clone_into(&mut part.media.value);
                return None;
            } else {
                part.kind = PartKind::Multipart;
            }
            boundary
        }
        "message/rfc822" | "message/global" if place.too_deep || encoded => {
            "application/octet-stream".clone_into(&mut part.media.value);
            None
        }
        "message/rfc822" | "message/global" => {
            part.kind = PartKind::Message;
            None
        }
        _ => None,
    }
}

/// RFC 2045 §5.2, RFC 2046 §5.1.5.
pub(super) fn default_media(in_digest: bool) -> Parameters {
    if in_digest {
        return Parameters { value: "message/rfc822".to_owned(), list: Vec::new() };
    }
    let list = vec![("charset".to_owned(), "us-ascii".to_owned())];
    Parameters { value: "text/plain".to_owned(), list }
}

fn is_media_type(value: &str) -> bool {
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
    };
    value.len() <= 255 && value.split_once('/').is_some_and(|(a, b)| is_token(a) && is_token(b))
}

fn boundary(media: &Parameters) -> Option<Vec<u8>> {
    let written = media.get("boundary").map(str::to_owned);
    let boundary = written.or_else(|| media.decoded("boundary"))?.into_bytes();
    (1..=BOUNDARY_OCTETS_MAX).contains(&boundary.len()).then_some(boundary)
}
