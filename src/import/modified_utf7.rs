//! Mailbox names in modified UTF-7 (RFC 3501 §5.1.3), the form in which Maildirs keep them.

/// Decodes a name; one that is not valid modified UTF-7 is taken as it is.
pub fn decode(name: &str) -> String {
    decoded(name).unwrap_or_else(|| name.to_owned())
}

fn decoded(name: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        let (encoded, next) = after.split_once('-')?;
        out.push_str(before);
        match encoded {
            "" => out.push('&'),
            encoded => out.push_str(&String::from_utf16(&utf16(encoded)?).ok()?),
        }
        rest = next;
    }
    out.push_str(rest);
    Some(out)
}

/// UTF-16 units from base64 with `,` for `/` and without padding.
fn utf16(encoded: &str) -> Option<Vec<u16>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let (mut units, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for octet in encoded.bytes() {
        let value = ALPHABET.iter().position(|&letter| letter == octet)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push(u16::try_from((bits >> held) & 0xFFFF).ok()?);
        }
    }
    Some(units)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_examples_of_the_rfc_decode() {
        assert_eq!(decode("~peter/mail/&U,BTFw-/&ZeVnLIqe-"), "~peter/mail/台北/日本語");
        assert_eq!(decode("Fish &- Chips"), "Fish & Chips");
    }

    #[test]
    fn what_is_not_encoded_stays() {
        assert_eq!(decode("a & b"), "a & b");
        assert_eq!(decode("&!-"), "&!-");
    }
}
