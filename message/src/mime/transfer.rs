//! Content transfer encodings (RFC 2045 §6), decoded as they arrive and whatever is wrong with them.

use std::borrow::Cow;

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

/// Decodes base64: characters outside of the alphabet are passed over (RFC 2045 §6.8), padding ends
/// a quantum and not the text, because some programs encode line by line.
pub(crate) fn decode_base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut decoder = Base64::default();
    decoder.write(text, &mut out);
    decoder.finish(&mut out);
    out
}

/// The value of each character; 64 is `=`, 255 anything else. `-` and `_` are those of base64url.
#[expect(clippy::indexing_slicing, reason = "computed when compiled, where a slip is an error")]
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut place: u8 = 0;
    while place < 64 {
        values[alphabet[place as usize] as usize] = place;
        place += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values[b'=' as usize] = 64;
    values
};

#[derive(Clone, Debug, Default)]
struct Base64 {
    bits: u32,
    count: u8,
}

impl Base64 {
    fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while !rest.is_empty() {
            if self.count == 0 {
                rest = whole_quanta(rest, out);
            }
            let Some((octet, tail)) = rest.split_first() else { return };
            rest = tail;
            match value(*octet) {
                255 => {}
                64 => self.finish(out),
                digit => self.push(digit, out),
            }
        }
    }

    fn push(&mut self, digit: u8, out: &mut Vec<u8>) {
        self.bits = self.bits << 6 | u32::from(digit);
        self.count += 1;
        if self.count == 4 {
            let [_, a, b, c] = self.bits.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            (self.bits, self.count) = (0, 0);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let [a, b, ..] = (self.bits << (32 - 6 * u32::from(self.count.max(1)))).to_be_bytes();
        match self.count {
            2 => out.push(a),
            3 => out.extend_from_slice(&[a, b]),
            _ => {}
        }
        (self.bits, self.count) = (0, 0);
    }
}

/// The quick way: four digits at a time while nothing else comes.
fn whole_quanta<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let mut rest = text;
    while let [a, b, c, d, tail @ ..] = rest {
        let [a, b, c, d] = [value(*a), value(*b), value(*c), value(*d)];
        if (a | b | c | d) >= 64 {
            break;
        }
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        let [_, x, y, z] = bits.to_be_bytes();
        out.extend_from_slice(&[x, y, z]);
        rest = tail;
    }
    rest
}

fn value(octet: u8) -> u8 {
    VALUES.get(usize::from(octet)).copied().unwrap_or(255)
}

/// The octet that two hexadecimal digits stand for.
pub(crate) fn hex_pair(high: u8, low: u8) -> u8 {
    hex_digit(high).unwrap_or(0) << 4 | hex_digit(low).unwrap_or(0)
}

fn hex_digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// RFC 2045 §6.7. White space at the end of a line is padding of some gateway and goes; a `=` that
/// is followed by neither two digits nor a line end stands for itself.
#[derive(Clone, Debug, Default)]
struct QuotedPrintable {
    state: Quoted,
    /// White space that goes if the line ends now.
    space: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quoted {
    #[default]
    Text,
    Equals,
    /// `=` and one digit.
    Digit(u8),
    /// `=` and white space: perhaps a soft line break with padding.
    Soft,
}

impl QuotedPrintable {
    fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while let Some((octet, tail)) = rest.split_first() {
            rest = tail;
            match self.state {
                Quoted::Text => rest = self.text(*octet, tail, out),
                Quoted::Equals => self.after_equals(*octet, out),
                Quoted::Digit(high) => {
                    self.state = Quoted::Text;
                    if octet.is_ascii_hexdigit() {
                        out.push(hex_pair(high, *octet));
                    } else {
                        out.extend_from_slice(&[b'=', high]);
                        self.text(*octet, &[], out);
                    }
                }
                Quoted::Soft => self.after_soft(*octet, out),
            }
        }
    }

    /// One octet of text, and the plain ones that follow it.
    fn text<'a>(&mut self, octet: u8, tail: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        match octet {
            b' ' | b'\t' => self.space.push(octet),
            b'\r' => self.space.push(octet),
            b'\n' => {
                let crlf = self.space.ends_with(b"\r");
                self.space.clear();
                out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            }
            b'=' => {
                out.append(&mut self.space);
                self.state = Quoted::Equals;
            }
            octet => {
                out.append(&mut self.space);
                out.push(octet);
                let plain =
                    tail.iter().position(|o| matches!(o, b' ' | b'\t' | b'\r' | b'\n' | b'='));
                let (plain, rest) =
                    tail.split_at_checked(plain.unwrap_or(tail.len())).unwrap_or_default();
                out.extend_from_slice(plain);
                return rest;
            }
        }
        tail
    }

    fn after_equals(&mut self, octet: u8, out: &mut Vec<u8>) {
        self.state = match octet {
            b'\n' => Quoted::Text,
            b' ' | b'\t' | b'\r' => {
                self.space.push(octet);
                Quoted::Soft
            }
            digit if digit.is_ascii_hexdigit() => Quoted::Digit(digit),
            other => {
                out.push(b'=');
                self.state = Quoted::Text;
                self.text(other, &[], out);
                return;
            }
        };
    }

    fn after_soft(&mut self, octet: u8, out: &mut Vec<u8>) {
        match octet {
            b'\n' => {
                self.space.clear();
                self.state = Quoted::Text;
            }
            b' ' | b'\t' | b'\r' => self.space.push(octet),
            other => {
                out.push(b'=');
                self.state = Quoted::Text;
                self.text(other, &[], out);
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        match self.state {
            Quoted::Digit(high) => out.extend_from_slice(&[b'=', high]),
            // A soft line break at the very end has lost its line end.
            Quoted::Text | Quoted::Equals | Quoted::Soft => {}
        }
        self.space.clear();
        self.state = Quoted::Text;
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
