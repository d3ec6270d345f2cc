//! quoted-printable (RFC 2045 §6.7), as it arrives and whatever is wrong with it.

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
pub(super) struct QuotedPrintable {
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
    pub(super) fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
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

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        match self.state {
            Quoted::Digit(high) => out.extend_from_slice(&[b'=', high]),
            // A soft line break at the very end has lost its line end.
            Quoted::Text | Quoted::Equals | Quoted::Soft => {}
        }
        self.space.clear();
        self.state = Quoted::Text;
    }
}
