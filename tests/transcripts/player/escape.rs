//! Octets as text in a transcript, and back.

/// What `\r \n \t \0 \\ \s \xHH` stand for.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        octets.push(match rest.next() {
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('0') => 0,
            Some('s') => b' ',
            Some('\\') => b'\\',
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).map_err(|_| format!("\\x{digits} is no octet"))?
            }
            other => return Err(format!("\\{} means nothing", other.unwrap_or(' '))),
        });
    }
    Ok(octets)
}

/// A line that was heard, as it would be written: controls and what is no UTF-8 as `\xHH`, a space at
/// the end as `\s`. Only as much as a line's reader needs; a backslash stays one.
pub fn shown(line: &[u8]) -> String {
    let mut text = String::new();
    for chunk in line.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                control if control.is_ascii_control() => {
                    text.push_str(&format!("\\x{:02x}", u32::from(control)));
                }
                other => text.push(other),
            }
        }
        for octet in chunk.invalid() {
            text.push_str(&format!("\\x{octet:02x}"));
        }
    }
    if text.ends_with(' ') {
        text.pop();
        text.push_str("\\s");
    }
    text
}

#[test]
fn octets_survive_being_written_down() {
    assert_eq!(unescape(r"a\r\n\0\\\s\xff").unwrap(), b"a\r\n\0\\ \xff");
    assert_eq!(shown(b"a\r\xff\x01 b "), r"a\r\xff\x01 b\s");
    assert!(unescape(r"\q").is_err());
}
