//! Characters that deceive a reader: they are never shown, in no name and no address.

/// Characters without a shape that reorder or hide what stands beside them: bidirectional controls
/// (a name that reads `exe.pdf` and ends in `fdp.exe`), joiners, fillers and tags.
pub(crate) fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text for one line of a page or a log: white space and controls become single spaces, and what
/// turns the reading direction of others (embeddings, overrides, isolates) goes. The plain marks
/// of right-to-left scripts stay: Hebrew and Arabic subjects need them.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Cuts a text to so many octets, between two characters.
pub(crate) fn cut(text: &mut String, octets_max: usize) {
    if text.len() > octets_max {
        text.truncate(text.floor_char_boundary(octets_max));
    }
}
