//! Character references: `&eacute;`, `&#233;`, `&#xe9;`.

use std::borrow::Cow;

use mail_parser::decoders::html::add_html_token;
use memchr::memchr;

/// The longest name of a character reference has 31 letters.
const REFERENCE_OCTETS_MAX: usize = 34;

/// Text with its character references resolved; what is none stays as it is. Controls become
/// spaces: a reference is no way to smuggle them in.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('&') {
        out.push_str(before);
        rest = tail;
        match reference_octets(tail) {
            Some(octets) => {
                let mut resolved = String::new();
                let reference = format!("&{}", tail.get(..octets).unwrap_or_default());
                add_html_token(&mut resolved, reference.as_bytes(), false);
                out.push_str(&resolved.replace(char::is_control, " "));
                rest = tail.get(octets..).unwrap_or_default();
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// How long the reference is whose `&` stands in front of this text, its semicolon included.
fn reference_octets(text: &str) -> Option<usize> {
    let window = text.as_bytes().get(..REFERENCE_OCTETS_MAX).unwrap_or(text.as_bytes());
    let end = window.iter().position(|o| !o.is_ascii_alphanumeric() && *o != b'#')?;
    (end > 0 && window.get(end) == Some(&b';')).then_some(end + 1)
}
