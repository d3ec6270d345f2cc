//! Files that came with a message: to be saved, never to be shown.

use crate::fault::Fault;
use crate::headers::FILE_POLICY;
use crate::house::House;
use crate::letter;
use crate::reader::Reader;
use crate::routes::message::content_id;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use message::attachment::attachments;
use message::mime::{PartKind, TransferDecoder};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// `GET /message/{content}/part/{path}`
pub async fn save(
    State(house): State<House>,
    reader: Reader,
    Path((content, path)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let opened = letter::open(&house, &reader, content_id(&content)?).await?;
    let part = opened.part(&path).ok_or(Fault::NotFound)?;
    if part.kind == PartKind::Multipart {
        return Err(Fault::NotFound);
    }
    let wanted = opened.tree.path(part);
    let named = attachments(&opened.tree).into_iter().find(|file| file.path == wanted);
    let name = named
        .map_or_else(|| message::attachment::safe_name("", &part.media.value), |file| file.name);
    let body = part.body();
    let octets = opened.content.stream(body.start as u64..body.end as u64);
    let decoded = decoded(octets, TransferDecoder::new(part.transfer_encoding()));
    let mut response = Body::from_stream(decoded).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type(&part.media.value));
    headers.insert(header::CONTENT_DISPOSITION, disposition(&name));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    Ok(response)
}

type Pieces = stream::BoxStream<'static, std::io::Result<Bytes>>;

/// Undoes the transfer encoding piece by piece.
fn decoded(pieces: Pieces, decoder: TransferDecoder) -> Pieces {
    let steps = stream::unfold((pieces, Some(decoder)), |(mut pieces, decoder)| async move {
        let mut decoder = decoder?;
        let mut out = Vec::new();
        match pieces.next().await {
            Some(Ok(piece)) => {
                decoder.write(&piece, &mut out);
                Some((Ok(Bytes::from(out)), (pieces, Some(decoder))))
            }
            Some(Err(error)) => Some((Err(error), (pieces, None))),
            None => {
                decoder.finish(&mut out);
                Some((Ok(Bytes::from(out)), (pieces, None)))
            }
        }
    });
    steps.boxed()
}

/// The sender's media type when it is a plain one that no browser runs; the neutral one otherwise.
fn media_type(named: &str) -> HeaderValue {
    let is_token =
        |o: u8| o.is_ascii_alphanumeric() || matches!(o, b'/' | b'-' | b'+' | b'.' | b'_');
    let plain =
        named.bytes().all(is_token) && named.len() <= 100 && named.matches('/').count() == 1;
    let runs = ["html", "xml", "svg", "script", "multipart", "x-mixed", "mhtml", "wasm"];
    let neutral = HeaderValue::from_static("application/octet-stream");
    if !plain || runs.iter().any(|word| named.contains(word)) {
        return neutral;
    }
    HeaderValue::try_from(named).unwrap_or(neutral)
}

/// Everything but what RFC 5987 §3.2.1 calls `attr-char`.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `attachment; filename="plain.pdf"; filename*=UTF-8''…` (RFC 6266 §4.3). The name has been made safe before.
pub fn disposition(name: &str) -> HeaderValue {
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || " .-_()[]+,=@".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let whole = if ascii == name {
        format!("attachment; filename=\"{ascii}\"")
    } else {
        format!(
            "attachment; filename=\"{ascii}\"; filename*=UTF-8''{}",
            utf8_percent_encode(name, NOT_ATTR_CHAR)
        )
    };
    HeaderValue::try_from(whole).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_in_both_spellings_and_break_nothing() {
        for (name, expected) in [
            ("report.pdf", "attachment; filename=\"report.pdf\""),
            ("a b (1).txt", "attachment; filename=\"a b (1).txt\""),
            ("übung.txt", "attachment; filename=\"_bung.txt\"; filename*=UTF-8''%C3%BCbung.txt"),
            ("a\"b;c.txt", "attachment; filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b%3Bc.txt"),
            ("100%'s.txt", "attachment; filename=\"100__s.txt\"; filename*=UTF-8''100%25%27s.txt"),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }

    #[test]
    fn what_a_browser_might_run_is_sent_as_plain_octets() {
        for (named, sent) in [
            ("application/pdf", "application/pdf"),
            ("image/png", "image/png"),
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("application/xhtml+xml", "application/octet-stream"),
            ("text/javascript", "application/octet-stream"),
            ("multipart/x-mixed-replace", "application/octet-stream"),
            ("a/b\r\nX: y", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(media_type(named), sent, "{named}");
        }
    }
}
