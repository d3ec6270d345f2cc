//! HTML laid out as text for a person: paragraphs, lists, quotations, rows of tables. Lines are as
//! long as their paragraphs; the page that shows them wraps them.

use super::elements::{is_block, is_spaced};
use super::entities::unescape;
use super::tokens::{Token, Tokens};
use crate::Limits;

/// Deeper quotations and lists are shown at this depth.
const SHOWN_DEPTH_MAX: usize = 10;

/// Lays HTML out as text, in linear time whatever the HTML is.
#[must_use]
pub fn lay_out_html(html: &str, limits: &Limits) -> String {
    let mut page = Page::default();
    for token in Tokens::of(html) {
        match token {
            Token::Text(text) => page.text(&unescape(text)),
            Token::Open(name, attributes) => page.open(&name, &attributes),
            Token::Close(name) => page.close(&name),
        }
        if page.out.len() > limits.text_octets_max {
            break;
        }
    }
    page.out
}

#[derive(Default)]
struct Page {
    out: String,
    /// Line ends, and white space, that wait for the next word.
    line_ends: usize,
    space: bool,
    /// What stands in front of the next word: the mark of a list's item.
    mark: String,
    quotes: usize,
    /// How deep the last word was quoted: an empty line is as deep as both its neighbours.
    quotes_before: usize,
    lists: Vec<Option<u32>>,
    preformatted: usize,
}

impl Page {
    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.edge(name, !self.lists.is_empty());
        match name {
            "br" => self.line_ends = (self.line_ends + 1).min(2),
            "hr" => {
                self.word("----");
                self.line_ends = 1;
            }
            "td" | "th" => self.space = true,
            "blockquote" => self.quotes += 1,
            "pre" => self.preformatted += 1,
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            "li" => self.item(),
            "img" => {
                let alt = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case("alt"));
                self.text(&unescape(alt.map_or("", |(_, text)| text)));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        self.edge(name, self.lists.len() > 1);
        match name {
            "blockquote" => self.quotes = self.quotes.saturating_sub(1),
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            "ul" | "ol" => drop(self.lists.pop()),
            "li" => self.mark.clear(),
            _ => {}
        }
    }

    /// A block begins and ends a line; paragraphs have an empty one between them, but not the
    /// lists within lists.
    fn edge(&mut self, name: &str, in_list: bool) {
        let in_list = matches!(name, "ul" | "ol") && in_list;
        if is_spaced(name) && !in_list {
            self.line_ends = 2;
        } else if is_block(name) {
            self.line_ends = self.line_ends.max(1);
        }
    }

    fn item(&mut self) {
        let depth = self.lists.len().clamp(1, SHOWN_DEPTH_MAX);
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{number}. ")
            }
            _ => "* ".to_owned(),
        };
        self.mark = "  ".repeat(depth - 1) + &mark;
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            return self.preformatted_text(text);
        }
        let is_space = |c: char| c.is_whitespace() && c != '\u{a0}';
        if text.starts_with(is_space) {
            self.space = true;
        }
        for (place, word) in text.split(is_space).filter(|word| !word.is_empty()).enumerate() {
            self.space |= place > 0;
            self.word(word);
        }
        self.space |= text.ends_with(is_space);
    }

    fn preformatted_text(&mut self, text: &str) {
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                self.line_ends += 1;
            }
            if !line.trim().is_empty() {
                self.word(line.trim_end());
            }
        }
    }

    fn word(&mut self, word: &str) {
        if self.out.is_empty() {
            self.begin_line();
        } else if self.line_ends > 0 || !self.mark.is_empty() {
            let quotes = self.quotes.min(self.quotes_before).min(SHOWN_DEPTH_MAX);
            for _ in 0..self.line_ends.max(1) - 1 {
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n('>', quotes));
            }
            self.out.push('\n');
            self.begin_line();
        } else if self.space {
            self.out.push(' ');
        }
        (self.line_ends, self.space, self.quotes_before) = (0, false, self.quotes);
        self.out.extend(word.chars().map(|c| if c == '\u{a0}' { ' ' } else { c }));
    }

    fn begin_line(&mut self) {
        if self.quotes > 0 {
            self.out.extend(std::iter::repeat_n('>', self.quotes.min(SHOWN_DEPTH_MAX)));
            self.out.push(' ');
        }
        self.out.push_str(&std::mem::take(&mut self.mark));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_laid_out_for_reading() {
        for (html, text) in [
            (
                "<p>One\n two<p>Three</p><div>a</div><div>b<br>c<br><br>d",
                "One two\n\nThree\n\na\nb\nc\n\nd",
            ),
            ("<ul><li>a<li> b<ol><li>c</li><li>d</ol></ul>e", "* a\n* b\n  1. c\n  2. d\n\ne"),
            (
                "a<blockquote>b<p>c<blockquote>d</blockquote></blockquote>e",
                "a\n\n> b\n>\n> c\n>\n>> d\n\ne",
            ),
            ("<table><tr><td>a<td>b</tr><tr><th>c</table>d", "a b\nc\nd"),
            ("x<pre>  a\n\n   b </pre>y", "x\n\n  a\n\n   b\n\ny"),
            ("<b>bo</b>ld <i> x </i>y<img src=z alt='a &amp; b'>", "bold x ya & b"),
            ("<title>t</title><style>s</style>x<hr>y", "x\n----\ny"),
            ("</ul></blockquote></pre></li><li>x", "* x"),
            ("a&nbsp;b", "a b"),
            ("", ""),
        ] {
            assert_eq!(lay_out_html(html, &Limits::default()), text, "{html}");
        }
    }
}
