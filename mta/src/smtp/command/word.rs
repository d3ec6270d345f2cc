//! Words of a command line.

/// The first word, and what follows the blanks after it.
pub fn split(line: &str) -> (&str, &str) {
    let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    (word, rest.trim_ascii_start())
}

/// What follows `FROM:` or `TO:`. Blanks around the colon are an error that RFC 5321 §3.3 calls
/// common; textbooks teach `MAIL FROM: <x>`, so nobody is turned away for it.
pub fn label<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (head, rest) = text.split_once(':')?;
    head.trim_ascii_end().eq_ignore_ascii_case(name).then(|| rest.trim_ascii_start())
}
