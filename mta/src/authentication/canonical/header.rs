//! The header fields that a signature covers (RFC 6376 §3.4.1, §3.4.2, §5.4.2).

use message::header::Field;

use super::super::opened::Opened;
use super::super::tags::signature_range;
use super::{Canonicalization, is_blank};

/// Writes the fields that a signature names, in its order. Of several of one name the last comes first;
/// a name without a field (left) is nothing, and so nobody can add one later.
pub(crate) fn write_signed<'n>(
    names: impl Iterator<Item = &'n str>,
    opened: &Opened<'_>,
    form: Canonicalization,
    out: &mut Vec<u8>,
) {
    let mut taken = vec![false; opened.fields.len()];
    for name in names {
        let last = opened
            .fields
            .iter()
            .zip(&mut taken)
            .rev()
            .find(|(field, taken)| !**taken && field.is(name));
        if let Some((field, taken)) = last {
            *taken = true;
            write_field(field, opened, form, out);
        }
    }
}

/// Writes one field with its line end.
pub(crate) fn write_field(
    field: &Field<'_>,
    opened: &Opened<'_>,
    form: Canonicalization,
    out: &mut Vec<u8>,
) {
    match form {
        Canonicalization::Simple => {
            out.extend_from_slice(opened.raw(field));
            // The last line of a message without a body may have none.
            if !out.ends_with(b"\r\n") {
                out.extend_from_slice(b"\r\n");
            }
        }
        Canonicalization::Relaxed => {
            write_relaxed(field.name(), field.raw_value(), out);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Writes the field of a signature itself: without the value of its `b=` and without a line end
/// (RFC 6376 §3.7).
pub(crate) fn write_own(
    field: &Field<'_>,
    opened: &Opened<'_>,
    form: Canonicalization,
    out: &mut Vec<u8>,
) {
    let value = field.raw_value();
    let signature = signature_range(value).unwrap_or(value.len()..value.len());
    let mut unsigned = value.get(..signature.start).unwrap_or_default().to_vec();
    unsigned.extend_from_slice(value.get(signature.end..).unwrap_or_default());
    match form {
        Canonicalization::Simple => {
            // The name, the colon and what may stand between them.
            let raw = opened.raw(field);
            let name = raw.iter().position(|octet| *octet == b':').map_or(0, |colon| colon + 1);
            out.extend_from_slice(raw.get(..name).unwrap_or_default());
            out.extend_from_slice(&unsigned);
        }
        Canonicalization::Relaxed => write_relaxed(field.name(), &unsigned, out),
    }
}

/// A name and a value in relaxed form, without a line end: unfolded, white space inside as one space,
/// none around.
pub(crate) fn write_relaxed(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend(name.bytes().map(|octet| octet.to_ascii_lowercase()));
    out.push(b':');
    let start = out.len();
    let mut blank = false;
    for octet in value.iter().copied() {
        match octet {
            b'\r' | b'\n' => {}
            octet if is_blank(octet) => blank = true,
            octet => {
                if std::mem::take(&mut blank) && out.len() > start {
                    out.push(b' ');
                }
                out.push(octet);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Canonicalization::{Relaxed, Simple};
    use super::*;

    fn opened(message: &[u8]) -> Opened<'_> {
        Opened::new(message, &message::Limits::default())
    }

    fn signed(message: &[u8], names: &[&str], form: Canonicalization) -> String {
        let mut out = Vec::new();
        write_signed(names.iter().copied(), &opened(message), form, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// RFC 6376 §3.4.5.
    const EXAMPLE: &[u8] = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\n";

    #[test]
    fn the_examples_of_the_rfc_come_out_as_it_says() {
        assert_eq!(signed(EXAMPLE, &["a", "b"], Relaxed), "a:X\r\nb:Y Z\r\n");
        assert_eq!(signed(EXAMPLE, &["A", "B"], Simple), "A: X\r\nB : Y\t\r\n\tZ  \r\n");
    }

    #[test]
    fn of_several_fields_the_last_is_signed_first_and_each_once() {
        let message = b"X: 1\r\nY: a\r\nx: 2\r\nX: 3\r\n\r\n";
        assert_eq!(signed(message, &["x", "X", "none", "y"], Relaxed), "x:3\r\nx:2\r\ny:a\r\n");
        assert_eq!(signed(message, &["x", "x", "x", "x", "x"], Relaxed), "x:3\r\nx:2\r\nx:1\r\n");
    }

    #[test]
    fn a_field_at_the_very_end_gets_its_line_end() {
        assert_eq!(signed(b"A: b", &["a"], Simple), "A: b\r\n");
        assert_eq!(signed(b"A: b", &["a"], Relaxed), "a:b\r\n");
    }

    #[test]
    fn a_signature_signs_its_own_field_without_itself() {
        let message = b"Dkim-Signature:  a=1;\r\n\tb= AB\r\n\tCD ; bh=x \r\n\r\n";
        let opened = opened(message);
        let mut out = Vec::new();
        for (form, expected) in [
            (Simple, "Dkim-Signature:  a=1;\r\n\tb=; bh=x "),
            (Relaxed, "dkim-signature:a=1; b=; bh=x"),
        ] {
            out.clear();
            for field in &opened.fields {
                write_own(field, &opened, form, &mut out);
            }
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
