//! Authentication-Results that somebody wrote in our name (RFC 8601 §5).

use std::ops::Range;

use message::header::{Fields, unfold};
use message::{Domain, Limits};

/// The names of the fields that claim to be ours, and of those whose author cannot be told: where they
/// stand in the message, the last first. They have to be renamed, or a reader's program believes them.
#[must_use]
pub fn forged(message: &[u8], authserv_id: &str) -> Vec<Range<usize>> {
    // A field that we don't look at may still be one that a reader's program believes.
    let all = Limits {
        header_fields_max: usize::MAX,
        header_octets_max: usize::MAX,
        ..Limits::default()
    };
    let ours = comparable(authserv_id);
    let claims = |value: &[u8]| claimed_id(value).is_none_or(|id| comparable(&id) == ours);
    let fields = Fields::of(message, &all).filter(|field| field.is("Authentication-Results"));
    let mut found: Vec<_> = fields
        .filter(|field| claims(field.raw_value()))
        .map(|field| field.range().start..field.range().start + field.name().len())
        .collect();
    found.reverse();
    found
}

/// Names are compared as domains, in whatever script they come.
fn comparable(id: &str) -> String {
    let id = id.trim_end_matches('.');
    Domain::parse(id).map_or_else(|_| id.to_lowercase(), |domain| domain.as_ascii().to_owned())
}

/// The authserv-id: a word or a quoted string, after comments.
fn claimed_id(value: &[u8]) -> Option<String> {
    let unfolded = unfold(value);
    let text = String::from_utf8_lossy(&unfolded);
    let text = without_comments(&text)?;
    if let Some(rest) = text.strip_prefix('"') {
        let mut id = String::new();
        let mut characters = rest.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => return Some(id),
                '\\' => id.extend(characters.next()),
                other => id.push(other),
            }
        }
        return None;
    }
    let end =
        text.find(|next: char| next.is_whitespace() || ";(".contains(next)).unwrap_or(text.len());
    text.get(..end).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The text behind the white space and comments at its front (RFC 5322 §3.2.2).
fn without_comments(text: &str) -> Option<&str> {
    let mut text = text.trim_start();
    while text.starts_with('(') {
        let (mut depth, mut escaped, mut end) = (0_usize, false, None);
        for (at, character) in text.char_indices() {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = Some(at + 1);
                break;
            }
        }
        text = text.get(end?..)?.trim_start();
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn is_forged(value: &str) -> bool {
        let message = format!("X: y\r\nAuthentication-Results:{value}\r\n\r\nbody");
        let found = forged(message.as_bytes(), "mx.Exämple.org");
        assert!(
            found.iter().all(|range| message.get(range.clone()) == Some("Authentication-Results"))
        );
        !found.is_empty()
    }

    #[test]
    fn a_field_in_our_name_is_found_however_it_is_written() {
        for value in [
            " mx.xn--exmple-cua.org; spf=pass",
            " MX.EXÄMPLE.ORG; spf=pass",
            " mx.exämple.org.; spf=pass",
            "mx.exämple.org;spf=pass",
            "\r\n\tmx.exämple.org\r\n\t; spf=pass",
            " mx.exämple.org 1; spf=pass",
            " mx.exämple.org(note); spf=pass",
            " (a (nested) \\) comment) mx.exämple.org; spf=pass",
            " \"mx.exämple.org\"; spf=pass",
            " \"mx.ex\\ämple.org\"; spf=pass",
            "",
            " ; spf=pass",
            " (never closed mx.exämple.org; spf=pass",
            " \"never closed",
        ] {
            assert!(is_forged(value), "{value}");
        }
    }

    #[test]
    fn fields_of_others_are_left_alone() {
        for value in [
            " mx.example.org; spf=pass",
            " exämple.org; none",
            " (mx.exämple.org) other; none",
            " mx.exämple.org.evil.example; x",
        ] {
            assert!(!is_forged(value), "{value}");
        }
    }

    #[test]
    fn a_field_cannot_hide_behind_a_thousand_others() {
        let message =
            "X: y\r\n".repeat(5_000) + "Authentication-Results: us.example; dmarc=pass\r\n\r\n";
        assert_eq!(forged(message.as_bytes(), "us.example").len(), 1);
    }

    #[test]
    fn all_of_them_are_found_the_last_first_so_that_renaming_keeps_places() {
        let mut message = b"AUTHENTICATION-results: us.example; a\r\nX: y\r\nAuthentication-Results : us.example; b\r\n\r\n".to_vec();
        for name in forged(&message, "us.example") {
            message.splice(name, *b"X-Old-Results");
        }
        let text = String::from_utf8(message).unwrap();
        assert_eq!(
            text,
            "X-Old-Results: us.example; a\r\nX: y\r\nX-Old-Results : us.example; b\r\n\r\n"
        );
    }
}
