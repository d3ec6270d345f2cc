//! Links in plain text: found, checked, and written so that they can do nothing but be followed.

use crate::html::escape;
use ammonia::Url;

/// Longest address that becomes a link, in octets; longer ones stay text.
const LINK_OCTETS_MAX: usize = 2048;

/// The text as HTML, with its web and mail addresses as links.
pub fn with_links(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    while let Some(begin) = rest.find(is_word) {
        let (gap, from_word) = rest.split_at(begin);
        html.push_str(&escape(gap));
        let end = from_word.find(|c| !is_word(c)).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        push_word(&mut html, word);
        rest = after;
    }
    html.push_str(&escape(rest));
    html
}

fn is_word(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"')
}

fn push_word(html: &mut String, word: &str) {
    let found = web_address(word).or_else(|| mail_address(word));
    let Some((range, target)) = found else {
        html.push_str(&escape(word));
        return;
    };
    html.push_str(&escape(word.get(..range.start).unwrap_or_default()));
    html.push_str("<a href=\"");
    html.push_str(&escape(&target));
    html.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
    html.push_str(&escape(word.get(range.clone()).unwrap_or_default()));
    html.push_str("</a>");
    html.push_str(&escape(word.get(range.end..).unwrap_or_default()));
}

type Found = (std::ops::Range<usize>, String);

fn web_address(word: &str) -> Option<Found> {
    // As many octets as `word`, so that positions in one are positions in the other.
    let lower = word.to_ascii_lowercase();
    let begin = lower.find("https://").or_else(|| lower.find("http://"));
    let (begin, prefix) = match begin {
        Some(begin) => (begin, ""),
        None => {
            let begin =
                lower.len() - lower.trim_start_matches(['(', '[', '{', '\'', '*', '_']).len();
            (lower.get(begin..)?.starts_with("www.").then_some(begin)?, "https://")
        }
    };
    let address = without_trailing_marks(word.get(begin..)?);
    if address.len() > LINK_OCTETS_MAX {
        return None;
    }
    let url = Url::parse(&format!("{prefix}{address}")).ok()?;
    let named = url.host_str().is_some_and(|host| {
        prefix.is_empty() || host.split('.').filter(|l| !l.is_empty()).count() > 2
    });
    (named && matches!(url.scheme(), "http" | "https"))
        .then(|| (begin..begin + address.len(), url.to_string()))
}

/// A full stop ends the sentence, not the address; a bracket belongs to it only when it was opened in it. Brackets are
/// counted once: a word of nothing else may be as long as a letter.
fn without_trailing_marks(address: &str) -> &str {
    let count = |bracket: char| address.matches(bracket).count();
    let mut round = Brackets { opened: count('('), closed: count(')') };
    let mut square = Brackets { opened: count('['), closed: count(']') };
    let mut curly = Brackets { opened: count('{'), closed: count('}') };
    let mut end = address.len();
    for (at, last) in address.char_indices().rev() {
        let is_mark = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' | '”' | '’' => true,
            ')' => round.lose_a_closing_one(),
            ']' => square.lose_a_closing_one(),
            '}' => curly.lose_a_closing_one(),
            _ => false,
        };
        if !is_mark {
            break;
        }
        end = at;
    }
    address.get(..end).unwrap_or_default()
}

struct Brackets {
    opened: usize,
    closed: usize,
}

impl Brackets {
    /// Whether the last one closes nothing, and so goes.
    fn lose_a_closing_one(&mut self) -> bool {
        let closes_nothing = self.closed > self.opened;
        self.closed -= usize::from(closes_nothing);
        closes_nothing
    }
}

fn mail_address(word: &str) -> Option<Found> {
    if word.len() > 320 {
        return None;
    }
    let at = word.find('@')?;
    let local_octet =
        |o: u8| o.is_ascii_alphanumeric() || matches!(o, b'.' | b'_' | b'-' | b'+' | b'=');
    let before = word.as_bytes().get(..at)?;
    let local = before.iter().rev().take_while(|o| local_octet(**o)).count();
    let after = word.get(at + 1..)?;
    let domain_octet = |o: &u8| o.is_ascii_alphanumeric() || matches!(o, b'.' | b'-');
    let domain =
        after.get(..after.bytes().take_while(domain_octet).count())?.trim_end_matches(['.', '-']);
    let looks_right = local > 0
        && domain.contains('.')
        && !domain.contains("..")
        && !domain.starts_with(['.', '-']);
    let range = at - local..at + 1 + domain.len();
    let address = word.get(range.clone())?;
    looks_right.then(|| (range, format!("mailto:{address}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Vec<String> {
        let html = with_links(text);
        html.split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn addresses_become_links_without_the_sentence_around_them() {
        for (text, expected) in [
            ("see https://example.org/a.", "https://example.org/a"),
            ("(http://example.org/a_(b))", "http://example.org/a_(b)"),
            ("<http://example.org/?a=1&b=2>", "http://example.org/?a=1&amp;b=2"),
            ("at www.example.org, now", "https://www.example.org/"),
            ("HTTP://EXAMPLE.org/X", "http://example.org/X"),
            ("write ann@example.org!", "mailto:ann@example.org"),
            ("To:ann.b+c@mail.example.org", "mailto:ann.b+c@mail.example.org"),
            ("URL:http://example.org", "http://example.org/"),
            ("http://bücher.example/", "http://xn--bcher-kva.example/"),
            ("[http://example.org/a_(b).])", "http://example.org/a_(b)"),
            ("http://example.org/{a}[b]}]", "http://example.org/%7Ba%7D[b]"),
        ] {
            assert_eq!(targets(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_is_no_address_stays_text() {
        for text in [
            "a@b",
            "@home",
            "www.",
            "www.x",
            "http://",
            "javascript:alert(1)",
            "data:text/html,x",
            "x@.org",
            "file:///etc",
            "1 < 2",
        ] {
            assert_eq!(targets(text), Vec::<String>::new(), "{text}");
        }
        let endless = format!("http://example.org/{}", "a".repeat(LINK_OCTETS_MAX));
        assert_eq!(targets(&endless), Vec::<String>::new());
    }

    #[test]
    fn no_text_can_leave_its_place() {
        for text in [
            "http://x.example/\"onmouseover=alert(1)",
            "http://x.example/'><script>alert(1)</script>",
            "<script>alert(1)</script>",
            "www.x.example\"><img src=x onerror=alert(1)>",
            "a&b<c>d\"e'f",
            "ann@example.org\"onclick=\"x",
        ] {
            let html = with_links(text);
            let outside: String = html
                .split('<')
                .skip(1)
                .filter(|tag| !tag.starts_with("a href=\"") && !tag.starts_with("/a>"))
                .collect();
            assert_eq!(outside, "", "{text} became {html}");
            assert!(!html.contains("\" on") && !html.contains("\"on"), "{html}");
        }
    }

    #[test]
    fn all_other_text_is_kept() {
        assert_eq!(with_links("a  b\n\tc"), "a  b\n\tc");
        assert_eq!(with_links(""), "");
        assert_eq!(with_links("<&>"), "&lt;&amp;&gt;");
    }
}
