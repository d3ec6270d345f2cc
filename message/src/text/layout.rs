//! HTML laid out as text for a person: lists, tables, quotations. A real HTML parser does it, which
//! takes quadratic time in the depth of the nesting and may recurse: so the size and the depth are
//! bounded in front of it.

use std::panic::catch_unwind;

use super::strip_html;
use crate::Limits;

/// Columns of laid out text, as mail has been wrapped for fifty years.
const COLUMNS: usize = 78;

/// Elements that have no end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr", "param",
];

/// Elements that the next of their kind ends.
const ENDED_BY_THEIR_LIKE: [&str; 9] = ["p", "li", "td", "th", "tr", "option", "dt", "dd", "body"];

/// Lays HTML out as text, or strips it of its tags when it is too large or too deep for that.
#[must_use]
pub fn lay_out_html(html: &str, limits: &Limits) -> String {
    let fits = html.len() <= limits.html_layout_octets_max;
    if fits && !is_deeper_than(html, limits.html_depth_max) {
        // The layout of foreign HTML is a large machine with assertions in it: a panic there costs
        // the layout of this letter and nothing else.
        let laid_out = catch_unwind(|| {
            html2text::config::rich()
                .allow_width_overflow()
                .no_table_borders()
                .string_from_read(html.as_bytes(), COLUMNS)
        });
        if let Ok(Ok(text)) = laid_out {
            return text;
        }
    }
    strip_html(html, limits.text_octets_max)
}

/// Whether elements stand in one another deeper than this, by the tags alone. It errs towards
/// deeper: a parser ends some elements that this takes for open.
fn is_deeper_than(html: &str, depth_max: usize) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let closes = tag.starts_with('/');
        let name = tag.get(usize::from(closes)..).unwrap_or_default();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let same = |other: &&str| other.eq_ignore_ascii_case(name);
        if closes {
            if let Some(place) = open.iter().rposition(same) {
                open.truncate(place);
            }
            continue;
        }
        if VOID.iter().any(same) {
            continue;
        }
        if ENDED_BY_THEIR_LIKE.iter().any(same) && open.last().is_some_and(same) {
            continue;
        }
        open.push(name);
        if open.len() > depth_max {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_paragraphs_are_laid_out() {
        let html = "<p>One<p>Two<ul><li>a<li>b</ul><a href='http://x/'>link</a>";
        let text = lay_out_html(html, &Limits::default());
        assert_eq!(text.trim(), "One\n\nTwo\n* a\n* b\n\nlink");
    }

    #[test]
    fn depth_is_measured_from_both_sides() {
        let nested = |depth| "<div>".repeat(depth);
        assert!(!is_deeper_than(&nested(100), 100));
        assert!(is_deeper_than(&nested(101), 100));
        assert!(!is_deeper_than(&"<p>x<br><li>y<li>z".repeat(20), 100));
        assert!(is_deeper_than(&"<div></x>".repeat(101), 100));
        assert!(!is_deeper_than(&"<DIV></div>".repeat(101), 100));
    }

    #[test]
    fn what_is_too_deep_or_too_large_is_only_stripped() {
        let deep = "<ul><li>x".repeat(20_000);
        assert!(lay_out_html(&deep, &Limits::default()).starts_with("x\nx\n"));
        let limits = Limits { html_layout_octets_max: 10, ..Limits::default() };
        assert_eq!(lay_out_html("<p>a</p><p>b</p>", &limits), "a\nb");
        assert_eq!(lay_out_html("<b>a</b>  b", &limits), "a b");
    }
}
