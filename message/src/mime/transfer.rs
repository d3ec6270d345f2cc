//! Content transfer encodings (RFC 2045 §6), decoded as they arrive and whatever is wrong with them.

use std::borrow::Cow;

use super::base64::Base64;
use super::quoted_printable::QuotedPrintable;

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferEncoding {
    /// `7bit`, `8bit`, `binary`, or one that nobody knows: the octets are what they are.
    Identity,
    /// `quoted-printable`
    QuotedPrintable,
    /// `base64`
    Base64,
}

impl TransferEncoding {
    /// By the value of a `Content-Transfer-Encoding` field.
    #[must_use]
    pub fn named(value: &str) -> Self {
        match value.trim().to_ascii_lowercase().as_str() {
            "quoted-printable" => Self::QuotedPrintable,
            "base64" => Self::Base64,
            _ => Self::Identity,
        }
    }

    /// Decodes a whole body.
    #[must_use]
    pub fn decode(self, body: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::Identity {
            return Cow::Borrowed(body);
        }
        let mut out = Vec::with_capacity(if self == Self::Base64 {
            body.len() / 4 * 3 + 3
        } else {
            body.len()
        });
        let mut decoder = TransferDecoder::new(self);
        decoder.write(body, &mut out);
        decoder.finish(&mut out);
        Cow::Owned(out)
    }
}

/// Decodes a body that arrives in pieces, for downloads that are never in memory whole.
#[derive(Clone, Debug)]
pub struct TransferDecoder {
    encoding: TransferEncoding,
    base64: Base64,
    quoted: QuotedPrintable,
}

impl TransferDecoder {
    /// A decoder at the beginning of a body.
    #[must_use]
    pub fn new(encoding: TransferEncoding) -> Self {
        Self { encoding, base64: Base64::default(), quoted: QuotedPrintable::default() }
    }

    /// Takes the next piece and appends what it decodes to.
    pub fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            TransferEncoding::Identity => out.extend_from_slice(piece),
            TransferEncoding::QuotedPrintable => self.quoted.write(piece, out),
            TransferEncoding::Base64 => self.base64.write(piece, out),
        }
    }

    /// Appends what waited for more.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match self.encoding {
            TransferEncoding::Identity => {}
            TransferEncoding::QuotedPrintable => self.quoted.finish(out),
            TransferEncoding::Base64 => self.base64.finish(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quoted_printable_decodes_as_written_and_as_miswritten() {
        for (body, text) in [
            ("a=3Db", "a=b"),
            ("caf=C3=A9 =\r\nau lait", "café au lait"),
            ("a=\nb", "ab"),
            ("a= \t\r\nb", "ab"),
            ("a \t\r\nb \n", "a\r\nb\n"),
            ("a=zzb=4", "a=zzb=4"),
            ("a=4\r\nb", "a=4\r\nb"),
            ("a==3D", "a=="),
            ("a= b", "a= b"),
            ("a=c3=a9", "aé"),
            ("a\rb", "a\rb"),
            ("a=", "a"),
            ("a  ", "a"),
        ] {
            let decoded = TransferEncoding::QuotedPrintable.decode(body.as_bytes());
            assert_eq!(String::from_utf8_lossy(&decoded), text, "{body:?}");
        }
    }

    #[test]
    fn base64_decodes_as_written_and_as_miswritten() {
        for (body, text) in [
            ("aGVsbG8=", "hello"),
            ("aGVs\r\nbG8=\r\n", "hello"),
            ("aGVsbG8", "hello"),
            ("aGVsbA==aGVsbG8=", "hellhello"),
            ("a!G*V sbG8=", "hello"),
            ("aGVsb", "hel"),
            ("====", ""),
            ("", ""),
        ] {
            let decoded = TransferEncoding::Base64.decode(body.as_bytes());
            assert_eq!(String::from_utf8_lossy(&decoded), text, "{body:?}");
        }
    }

    #[test]
    fn encodings_are_known_by_name_in_any_case() {
        for (name, encoding) in [
            (" Base64 ", TransferEncoding::Base64),
            ("QUOTED-PRINTABLE", TransferEncoding::QuotedPrintable),
            ("8bit", TransferEncoding::Identity),
            ("x-new", TransferEncoding::Identity),
        ] {
            assert_eq!(TransferEncoding::named(name), encoding);
        }
    }

    proptest! {
        #[test]
        fn pieces_decode_to_the_same_as_the_whole(
            body in "[ -~\r\n=A-F0-9]{0,200}", cut in 0_usize..200, base64 in any::<bool>()
        ) {
            let body = body.as_bytes();
            let encoding = if base64 { TransferEncoding::Base64 } else { TransferEncoding::QuotedPrintable };
            let (one, two) = body.split_at(cut.min(body.len()));
            let mut out = Vec::new();
            let mut decoder = TransferDecoder::new(encoding);
            decoder.write(one, &mut out);
            decoder.write(two, &mut out);
            decoder.finish(&mut out);
            prop_assert_eq!(&*encoding.decode(body), out.as_slice());
        }
    }
}
