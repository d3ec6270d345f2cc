//! base64 (RFC 2045 §6.8), as it arrives and whatever is wrong with it.

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
pub(super) struct Base64 {
    bits: u32,
    count: u8,
}

impl Base64 {
    pub(super) fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
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

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
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
