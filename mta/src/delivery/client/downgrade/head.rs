//! A part's header with another transfer encoding.

use message::Limits;
use message::header::Fields;

/// Copies a header; its `Content-Transfer-Encoding` becomes `encoding`, if one is given. A header of a
/// message that knew no MIME gets the fields that MIME needs, with this charset.
pub(super) fn with_encoding(
    header: &[u8],
    encoding: Option<&str>,
    charset: Option<&str>,
    out: &mut Vec<u8>,
) {
    let Some(encoding) = encoding else {
        out.extend_from_slice(header);
        return;
    };
    let (mut at, mut has_version, mut has_type) = (0, false, false);
    for field in Fields::of(header, &Limits::default()) {
        has_version |= field.name().eq_ignore_ascii_case("MIME-Version");
        has_type |= field.name().eq_ignore_ascii_case("Content-Type");
        if field.name().eq_ignore_ascii_case("Content-Transfer-Encoding") {
            let range = field.range();
            out.extend_from_slice(header.get(at..range.start).unwrap_or_default());
            at = range.end;
        }
    }
    let blank = if header.ends_with(b"\r\n") { 2 } else { usize::from(header.ends_with(b"\n")) };
    let end = header.len().saturating_sub(blank).max(at);
    out.extend_from_slice(header.get(at..end).unwrap_or_default());
    if let Some(charset) = charset {
        if !has_version {
            out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        }
        // RFC 1428 §3: a charset that nobody knows has a name, too.
        if !has_type {
            let field = format!("Content-Type: text/plain; charset={charset}\r\n");
            out.extend_from_slice(field.as_bytes());
        }
    }
    out.extend_from_slice(format!("Content-Transfer-Encoding: {encoding}\r\n").as_bytes());
    out.extend_from_slice(header.get(end..).unwrap_or_default());
}
