//! HTML rewritten so that every parser builds the same tree of it, in linear time: each element is
//! closed in its turn, nothing stands deeper than the limit, and few enough elements of the kind
//! that parsers open anew are open at once.
//!
//! It cleans nothing: scripts are gone with their content, but attributes and links are what the
//! sender wrote. Cleaning is what comes next.

use super::elements::{is_block, is_formatting, is_hidden, is_void};
use super::tokens::{Token, Tokens};
use crate::Limits;

/// Rewrites HTML so that it is safe to be given to an HTML parser. Comments, scripts, style sheets
/// and the tags of document and form structure go; text and all other elements stay.
#[must_use]
pub fn tame_html(html: &str, limits: &Limits) -> String {
    let mut tamed = Tamed { out: String::with_capacity(html.len()), open: Vec::new(), limits };
    for token in Tokens::of(html) {
        match token {
            Token::Text(text) => push_escaped(&mut tamed.out, text, false),
            Token::Open(name, attributes) => tamed.start_tag(name, &attributes),
            Token::Close(name) => tamed.end_tag(&name),
        }
    }
    tamed.close_to(0);
    tamed.out
}

struct Tamed<'a> {
    out: String,
    open: Vec<String>,
    limits: &'a Limits,
}

impl Tamed<'_> {
    fn start_tag(&mut self, name: String, attributes: &[(&str, &str)]) {
        if is_dropped(&name) {
            return;
        }
        self.close_what_it_ends(&name);
        if !is_void(&name) {
            let formatting = self.open.iter().filter(|open| is_formatting(open)).count();
            let too_many = formatting >= self.limits.html_formatting_depth_max;
            if self.open.len() >= self.limits.html_depth_max || (is_formatting(&name) && too_many) {
                return;
            }
        }
        self.out.push('<');
        self.out.push_str(&name);
        let attributes = attributes.iter().take(self.limits.html_attributes_max);
        for (attribute, value) in attributes.filter(|(name, _)| is_name(name)) {
            self.out.push(' ');
            self.out.push_str(&attribute.to_ascii_lowercase());
            self.out.push_str("=\"");
            push_escaped(&mut self.out, value, true);
            self.out.push('"');
        }
        self.out.push('>');
        if !is_void(&name) {
            self.open.push(name);
        }
    }

    /// Ends what a start tag ends by itself, which parsers do unasked.
    fn close_what_it_ends(&mut self, name: &str) {
        let in_table = ["table"];
        let ended = match name {
            "li" => self.innermost(&["li"], &["ul", "ol", "table", "td", "th", "blockquote"]),
            "dd" | "dt" => self.innermost(&["dd", "dt"], &["dl", "table", "td", "th"]),
            "td" | "th" => self.innermost(&["td", "th"], &in_table),
            "tr" => self.innermost(&["tr"], &in_table),
            "tbody" | "thead" | "tfoot" => {
                self.innermost(&["tbody", "thead", "tfoot", "caption"], &in_table)
            }
            "a" => self.innermost(&["a"], &["table", "td", "th"]),
            _ => None,
        };
        if let Some(place) = ended {
            self.close_to(place);
        }
        if is_block(name)
            && let Some(place) = self.innermost(&["p"], &["table", "td", "th", "caption"])
        {
            self.close_to(place);
        }
    }

    /// Ends the element, if it is open here: not beyond the cell or the table that this stands in.
    fn end_tag(&mut self, name: &str) {
        let walls: &[&str] = match name {
            "table" => &[],
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" => &["table"],
            _ => &["table", "td", "th", "caption"],
        };
        if let Some(place) = self.innermost(&[name], walls) {
            self.close_to(place);
        }
    }

    /// Where the innermost of these is open, looking no further than the walls.
    fn innermost(&self, names: &[&str], walls: &[&str]) -> Option<usize> {
        let place = self
            .open
            .iter()
            .rposition(|open| names.contains(&open.as_str()) || walls.contains(&open.as_str()))?;
        self.open.get(place).filter(|open| names.contains(&open.as_str())).map(|_| place)
    }

    fn close_to(&mut self, place: usize) {
        for name in self.open.drain(place.min(self.open.len())..).rev() {
            self.out.push_str("</");
            self.out.push_str(&name);
            self.out.push('>');
        }
    }
}

/// Elements whose tags go: those of the document, those that change how a parser reads what follows,
/// and names that no element has.
fn is_dropped(name: &str) -> bool {
    let structure = matches!(
        name,
        "html"
            | "head"
            | "body"
            | "frameset"
            | "plaintext"
            | "noscript"
            | "textarea"
            | "select"
            | "option"
            | "optgroup"
            | "svg"
            | "math"
            | "button"
            | "object"
            | "applet"
            | "marquee"
            | "form"
            | "image"
            | "nobr"
            | "ruby"
            | "rb"
            | "rt"
            | "rp"
            | "rtc"
            | "annotation-xml"
    );
    structure || is_hidden(name) || !is_name(name)
}

fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_:.".contains(&octet))
}

/// Character references stay as they are.
fn push_escaped(out: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\0' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tame(html: &str) -> String {
        tame_html(html, &Limits::default())
    }

    #[test]
    fn elements_are_closed_in_their_turn() {
        for (html, tamed) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<p><b>a<div>b</b>c</div>", "<p><b>a</b></p><div>bc</div>"),
            ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
            (
                "<table><tr><td>a<td>b<tr><td></b>c</table>",
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            ("<b><table><td></b></table>", "<b><table><td></td></table></b>"),
            ("</p></div>x</b>", "x"),
            ("<a href=1>x<a href=2>y", "<a href=\"1\">x</a><a href=\"2\">y</a>"),
            ("<IMG Alt='a\"<b' onx \"=1>", "<img alt=\"a&quot;&lt;b\" onx=\"\">"),
            ("1 < 2 &amp; 3<br/>", "1 &lt; 2 &amp; 3<br>"),
            ("<html><body><!-- x --><script>y</script>z", "z"),
            ("<o:p>x</o:p><b\u{e9}>y", "<o:p>x</o:p>y"),
        ] {
            assert_eq!(tame(html), tamed, "{html}");
        }
    }

    #[test]
    fn what_is_tame_stays_as_it_is() {
        for html in ["<p>a<p><b>c<td>d", "<table><li><a><tr>x<p>", "<div><ul></div><li>x</p>y"] {
            let once = tame(html);
            assert_eq!(tame(&once), once);
        }
    }

    #[test]
    fn depth_ends_at_its_limits() {
        let count = |html: &str, tag: &str| tame(html).matches(tag).count();
        assert_eq!(count(&"<div>".repeat(100), "<div>"), 100);
        assert_eq!(count(&"<div>".repeat(101), "</div>"), 100);
        assert_eq!(count(&"<i>".repeat(8), "<i>"), 8);
        assert_eq!(count(&"<i>".repeat(9), "</i>"), 8);
        assert_eq!(count(&format!("<i {}>", "a=b ".repeat(64)), "a="), 64);
        assert_eq!(count(&format!("<i {}>", "a=b ".repeat(65)), "a="), 64);
    }
}
