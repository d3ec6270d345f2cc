//! What a line may be: exact, but for `*`, which is any text.

/// Whether the text is one that the pattern means.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn a_star_is_any_text_and_the_rest_is_exact() {
    for (pattern, text) in [
        ("+OK", "+OK"),
        ("+OK *", "+OK "),
        ("*", ""),
        ("a*b*c", "aXbYbZc"),
        ("*b", "ab"),
        ("a*", "ab"),
    ] {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in
        [("+OK", "+OK x"), ("a*a", "a"), ("a*b*c", "acb"), ("x*", "ax"), ("", "x")]
    {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}
