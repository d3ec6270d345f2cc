//! Strings as IMAP sends them (RFC 9051 §4.3, §9): `NIL`, quoted, or literal. What leaves here is
//! always valid UTF-8 without NUL, and nothing in it can end the response early.

/// A quoted string is for short text; long text is easier on a client as a literal.
const QUOTED_OCTETS_MAX: usize = 1_000;

/// Appends a string, or `NIL`.
pub fn push_nstring(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => push_string(out, text),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// Appends a string: quoted if it is short and of printable ASCII, which every client reads in
/// every mode, else a literal, the only place for 8-bit text in an IMAP4rev1 session.
pub fn push_string(out: &mut Vec<u8>, text: &str) {
    if text.len() <= QUOTED_OCTETS_MAX && text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        out.push(b'"');
        for octet in text.bytes() {
            if matches!(octet, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(octet);
        }
        out.push(b'"');
        return;
    }
    // CHAR8 has no NUL (RFC 9051 §9).
    let octets = text.bytes().filter(|octet| *octet != 0).count();
    out.extend_from_slice(format!("{{{octets}}}\r\n").as_bytes());
    out.extend(text.bytes().filter(|octet| *octet != 0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_takes_the_form_its_content_allows() {
        for (text, sent) in [
            ("", "\"\""),
            ("plain", "\"plain\""),
            ("say \"a\\b\"", "\"say \\\"a\\\\b\\\"\""),
            ("é", "{2}\r\né"),
            ("a\r\nb", "{4}\r\na\r\nb"),
            ("a\0b", "{2}\r\nab"),
        ] {
            let mut out = Vec::new();
            push_string(&mut out, text);
            assert_eq!(String::from_utf8_lossy(&out), sent);
        }
        let mut out = Vec::new();
        push_nstring(&mut out, None);
        push_string(&mut out, &"x".repeat(1_000));
        push_string(&mut out, &"x".repeat(1_001));
        assert!(out.starts_with(b"NIL\"xxx"));
        assert!(String::from_utf8_lossy(&out).contains("\"{1001}\r\nxxx"));
    }
}
