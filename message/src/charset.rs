//! Octets to text, by the charset that a message names or, without one, by what the octets allow.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// Decodes text in a named charset. A charset nobody knows, `us-ascii` and `utf-8` are decoded by
/// [`guess`]: a program that writes 8-bit text under a wrong name writes UTF-8 nowadays.
#[must_use]
pub fn decode<'a>(charset: &str, octets: &'a [u8]) -> Cow<'a, str> {
    let name = charset.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    // A charset name is at most 40 characters (RFC 2978 §2.3).
    if name.is_empty() || name.len() > 40 {
        return guess(octets);
    }
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "unknown-8bit" => guess(octets),
        "ibm852" | "cp852" | "852" | "cspcp852" => Cow::Owned(decode_ibm852(octets)),
        "unicode-1-1-utf-7" | "csunicode11utf7" => decode_upstream("utf-7", octets),
        _ => decode_upstream(&name, octets),
    }
}

fn decode_upstream<'a>(name: &str, octets: &'a [u8]) -> Cow<'a, str> {
    match charset_decoder(name.as_bytes()) {
        Some(decoder) => Cow::Owned(decoder(octets)),
        None => guess(octets),
    }
}

/// Decodes text of which nothing is known: UTF-8 if it is valid, else Windows-1252, which is a
/// character for every octet. A cut or a slip in long UTF-8 costs one character, not all of them.
#[must_use]
pub fn guess(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if is_mostly_utf8(octets, error.valid_up_to()) => {
            String::from_utf8_lossy(octets)
        }
        Err(_) => decode_windows_1252(octets),
    }
}

/// Whether multi-octet characters outnumber mistakes: then the text is UTF-8 with a defect.
fn is_mostly_utf8(octets: &[u8], valid_up_to: usize) -> bool {
    let good = octets.get(..valid_up_to).unwrap_or_default();
    let characters = good.iter().filter(|octet| **octet >= 0xc0).count();
    let rest = octets.get(valid_up_to..).unwrap_or_default();
    let (mut characters, mut mistakes) = (characters, 0_usize);
    for chunk in rest.utf8_chunks() {
        characters += chunk.valid().bytes().filter(|octet| *octet >= 0xc0).count();
        mistakes += usize::from(!chunk.invalid().is_empty());
    }
    characters > mistakes
}

fn decode_windows_1252(octets: &[u8]) -> Cow<'_, str> {
    decode_upstream_only("windows-1252", octets)
}

fn decode_upstream_only<'a>(name: &str, octets: &'a [u8]) -> Cow<'a, str> {
    charset_decoder(name.as_bytes())
        .map_or_else(|| String::from_utf8_lossy(octets), |decoder| Cow::Owned(decoder(octets)))
}

/// The upper half of code page 852, DOS Latin 2, which mail-parser does not have.
const IBM852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»\
    ░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\
    \u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

fn decode_ibm852(octets: &[u8]) -> String {
    let upper: Vec<char> = IBM852.chars().collect();
    let character = |octet: &u8| match octet.checked_sub(128) {
        Some(place) => upper.get(usize::from(place)).copied().unwrap_or('\u{fffd}'),
        None => char::from(*octet),
    };
    octets.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_decode_and_lies_about_them_do_no_harm() {
        for (charset, octets, text) in [
            ("utf-8", &b"gr\xc3\xbcn"[..], "grün"),
            ("us-ascii", b"gr\xc3\xbcn", "grün"),
            ("us-ascii", b"gr\xfcn", "grün"),
            ("utf-8", b"gr\xfcn", "grün"),
            ("ISO-8859-15", b"\xa4", "€"),
            ("\"koi8-r\"", b"\xf0\xd2", "Пр"),
            ("ibm852", b"\x80\x81\xff a", "Çü\u{a0} a"),
            ("unicode-1-1-utf-7", b"+ZYeB9FH6ckh5Pg-", "文致出版社"),
            ("no-such-charset", b"gr\xfcn", "grün"),
            ("", b"\xff\xfe", "ÿþ"),
            ("utf-8", b"\xc3\xa9\xc3\xa8\xc3\xa0\xff", "éèà\u{fffd}"),
        ] {
            assert_eq!(decode(charset, octets), text, "{charset}");
        }
        assert_eq!(IBM852.chars().count(), 128);
        assert_eq!(decode(&"x".repeat(1 << 20), b"a"), "a");
    }
}
