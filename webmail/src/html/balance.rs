//! Puts a message's HTML in order before a real parser sees it: known elements only, every start with its end, no
//! deeper and no more than the limits say.
//!
//! html5ever's tree builder is quadratic in nesting (128 KiB of `<ul><li>` took seconds), and it rebuilds open
//! formatting elements in each block: both are harmless only when depth is bounded *before* parsing. What leaves here
//! is balanced, so the parser never has to repair it. Does not decide which attributes are safe: `policy` does.

use super::element::{self, Kind};
use super::images::named_id;
use super::measure::{Height, Measure};
use super::tag::{attribute, body_colours, is_quote, pixels, sets_colour, starts_with};
use super::tokens::{Tag, Token, Tokens};
use std::collections::HashSet;

/// How much HTML is looked at.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Octets of one HTML part that are shown; the rest is cut off, and the page says so.
    pub octets_max: usize,
    /// Elements within elements; deeper ones lose their tags and keep their text.
    pub depth_max: usize,
    /// Elements in all; the message is cut at the last one.
    pub elements_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { octets_max: 1024 * 1024, depth_max: 64, elements_max: 30_000 }
    }
}

/// HTML in order, and what was seen on the way.
#[derive(Debug, Default)]
pub struct Balanced {
    /// Balanced HTML of known elements; not safe yet.
    pub html: String,
    /// A limit cut something off.
    pub cut: bool,
    /// Tables, pictures or lists: it says something that plain text would not.
    pub has_layout: bool,
    /// How tall it will stand, about.
    pub height: Height,
    /// Pictures that lie on other machines.
    pub remote_images: usize,
    /// Pictures of the message itself, by their Content-ID.
    pub own_images: HashSet<String>,
    /// It seems to set colours of its own.
    pub sets_colour: bool,
    /// Where the quoted letter at the end begins and ends in `html`.
    pub trailing_quote: Option<std::ops::Range<usize>>,
}

/// Puts `html` in order.
pub fn balance(html: &str, limits: &Limits) -> Balanced {
    let end = html.floor_char_boundary(limits.octets_max);
    let mut walk = Walk {
        limits,
        done: Balanced { cut: end < html.len(), ..Balanced::default() },
        open: Vec::new(),
        measure: Measure::default(),
        elements: 0,
        too_deep: 0,
        quote: Quote::default(),
        run: 0,
    };
    let mut tokens = Tokens::new(html.get(..end).unwrap_or_default());
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => walk.text(text),
            Token::Close(name) => walk.close(&name),
            Token::Open(tag) if Tokens::is_raw_text(&tag.name) => tokens.skip_raw_text(&tag.name),
            Token::Open(tag) if tag.name == "plaintext" => break,
            Token::Open(tag) => match element::of(&tag.name) {
                (Kind::Dropped, _) => skip_element(&mut tokens, &tag.name),
                (Kind::Unwrapped, _) => {}
                (kind, name) => walk.open(kind, name, &tag),
            },
        }
        // A start tag that is written anew may be as long as the message.
        if walk.elements > limits.elements_max || walk.done.html.len() > 2 * limits.octets_max {
            walk.done.cut = true;
            break;
        }
    }
    walk.finish()
}

/// Skips to the end tag that matches, over equal elements inside. Without one, all the rest is skipped.
fn skip_element(tokens: &mut Tokens<'_>, name: &str) {
    let mut depth = 1_usize;
    while depth > 0 {
        match tokens.next() {
            Some(Token::Open(tag)) if tag.name == name => depth += 1,
            Some(Token::Close(closed)) if closed == name => depth -= 1,
            Some(_) => {}
            None => return,
        }
    }
}

struct Open {
    name: &'static str,
    kind: Kind,
    /// The written start tag, to be written again when a misplaced end tag splits the element.
    written: std::ops::Range<usize>,
    is_quote: bool,
}

#[derive(Default)]
struct Quote {
    depth: usize,
    began: usize,
    /// How tall the letter was when it began: folded, it stays so.
    began_height: Height,
    last: Option<std::ops::Range<usize>>,
    /// Visible characters after the last quote; with any, it was not the end of the letter.
    after: usize,
}

struct Walk<'l> {
    limits: &'l Limits,
    done: Balanced,
    open: Vec<Open>,
    measure: Measure,
    elements: usize,
    /// Start tags left out because of the depth, whose end tags are still to come.
    too_deep: usize,
    quote: Quote,
    /// Octets of text since the last tag.
    run: usize,
}

impl Walk<'_> {
    fn text(&mut self, text: &str) {
        let visible = text.chars().filter(|c| !c.is_whitespace()).count();
        self.measure.text(if visible == 0 { 0 } else { text.len().min(visible + visible / 4) });
        if self.quote.depth == 0 && text.trim() != "&nbsp;" {
            self.quote.after += visible;
        }
        let mut rest = text;
        while self.run + rest.len() > RUN_OCTETS_MAX {
            let (head, tail) =
                rest.split_at(a_good_cut(rest, RUN_OCTETS_MAX.saturating_sub(self.run)));
            self.push_text(head);
            self.done.html.push_str("<wbr>");
            self.run = 0;
            rest = tail;
        }
        self.push_text(rest);
    }

    fn push_text(&mut self, text: &str) {
        // The tokens leave a lone `<` as text of its own.
        self.done.html.push_str(if text == "<" { "&lt;" } else { text });
        self.run += text.len();
    }

    fn open(&mut self, kind: Kind, name: &'static str, tag: &Tag<'_>) {
        // Between a table and its cells nothing else has a place: a parser moves it out in front of the table, and opens
        // every `<b>` among it anew for each stray word, without end.
        if self.is_between_cells()
            && !matches!(kind, Kind::TableSection | Kind::Row | Kind::Cell)
            && name != "col"
        {
            return;
        }
        self.end_what_it_ends(kind, name);
        if kind == Kind::Void {
            self.void(name, tag);
            return;
        }
        if self.open.len() >= self.limits.depth_max {
            self.too_deep += 1;
            return;
        }
        self.done.has_layout |=
            matches!(kind, Kind::Table | Kind::Item) || matches!(name, "h1" | "h2" | "h3");
        self.measure.open(kind, name);
        let is_quote = is_quote(tag);
        if is_quote {
            if self.quote.depth == 0 {
                self.quote.began = self.done.html.len();
                self.quote.began_height = self.measure.height();
            }
            self.quote.depth += 1;
        }
        let from = self.done.html.len();
        self.write_start(name, tag);
        self.open.push(Open { name, kind, written: from..self.done.html.len(), is_quote });
    }

    fn is_between_cells(&self) -> bool {
        self.open.last().is_some_and(|open| {
            matches!(open.kind, Kind::Table | Kind::TableSection | Kind::Row)
                && open.name != "caption"
        })
    }

    fn void(&mut self, name: &'static str, tag: &Tag<'_>) {
        self.measure.open(Kind::Void, name);
        if name == "img" {
            self.done.has_layout = true;
            let source = attribute(tag, "src").trim();
            if let Some(id) = source.get("cid:".len()..).filter(|_| starts_with(source, "cid:")) {
                self.done.own_images.insert(named_id(id));
            }
            if source.is_empty()
                || ["cid:", "data:"].iter().any(|scheme| starts_with(source, scheme))
            {
                let height = pixels(tag, "height").unwrap_or(40).min(2_000);
                self.measure.picture(pixels(tag, "width"), height);
            } else {
                self.picture_elsewhere(tag);
                return;
            }
        }
        self.write_start(name, tag);
    }

    /// A picture that is not fetched: its description in its place, nothing in the place of a one-pixel spy.
    fn picture_elsewhere(&mut self, tag: &Tag<'_>) {
        self.done.remote_images += 1;
        let described = attribute(tag, "alt").trim();
        let tiny = ["width", "height"]
            .iter()
            .any(|side| pixels(tag, side).is_some_and(|pixels| pixels < 8));
        if !described.is_empty() && !tiny {
            self.elements += 1;
            self.run = 0;
            self.done.html.push_str("<span class=\"gone\">");
            push_quoted(
                &mut self.done.html,
                described.get(..described.floor_char_boundary(300)).unwrap_or_default(),
            );
            self.done.html.push_str("</span>");
            self.measure.text(described.len().min(300));
        }
    }

    /// The ends that HTML lets people leave out (HTML §13.1.2.4), so that nesting is what a reader would see.
    fn end_what_it_ends(&mut self, kind: Kind, name: &str) {
        match kind {
            Kind::Block | Kind::Table => self.close_nearest(|open| open.name == "p"),
            Kind::Item => {
                self.close_nearest(|open| open.name == "p");
                self.close_item(name);
            }
            Kind::Cell => self.close_nearest_in_table(|open| open.kind == Kind::Cell),
            Kind::Row => {
                self.close_nearest_in_table(|open| open.kind == Kind::Row || open.name == "caption")
            }
            Kind::TableSection => {
                self.close_nearest_in_table(|open| open.kind == Kind::TableSection)
            }
            Kind::Inline if name == "a" => self.close_nearest(|open| open.name == "a"),
            Kind::Void if name == "hr" => self.close_nearest(|open| open.name == "p"),
            _ => {}
        }
    }

    fn close_item(&mut self, name: &str) {
        let same_list = |open: &Open| {
            if name == "li" { open.name == "li" } else { matches!(open.name, "dd" | "dt") }
        };
        let at = self.open.iter().rposition(|open| {
            same_list(open) || matches!(open.name, "ul" | "ol" | "dl") || open.kind == Kind::Cell
        });
        if let Some(at) = at.filter(|at| self.open.get(*at).is_some_and(same_list)) {
            self.close_down_to(at);
        }
    }

    fn close_nearest(&mut self, wanted: impl Fn(&Open) -> bool) {
        let at = self.open.iter().rposition(|open| wanted(open) || is_wall(open));
        if let Some(at) = at.filter(|at| self.open.get(*at).is_some_and(&wanted)) {
            self.close_down_to(at);
        }
    }

    fn close_nearest_in_table(&mut self, wanted: impl Fn(&Open) -> bool) {
        let table = self.open.iter().rposition(|open| open.kind == Kind::Table).unwrap_or(0);
        let inside = self.open.get(table..).unwrap_or_default();
        // The outermost one of this table: a new row ends the old row with the cell in it.
        if let Some(at) = inside.iter().position(wanted) {
            self.close_down_to(table + at);
        }
    }

    fn close(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let (kind, name) = element::of(name);
        let in_table = matches!(kind, Kind::Table | Kind::TableSection | Kind::Row | Kind::Cell);
        let at = self.open.iter().rposition(|open| {
            open.name == name || if in_table { open.kind == Kind::Table } else { is_wall(open) }
        });
        let Some(at) = at.filter(|at| self.open.get(*at).is_some_and(|open| open.name == name))
        else {
            return;
        };
        if kind == Kind::Inline { self.close_inline(at) } else { self.close_down_to(at) }
    }

    /// `<b><i>x</b>y</i>`: ends both and begins the inner one again. Past a block, the end tag waits for the block.
    fn close_inline(&mut self, at: usize) {
        let above = self.open.get(at + 1..).unwrap_or_default();
        if above.iter().any(|open| open.kind != Kind::Inline) {
            return;
        }
        let again: Vec<_> = above.iter().map(|open| (open.name, open.written.clone())).collect();
        self.close_down_to(at);
        for (name, written) in again {
            let from = self.done.html.len();
            self.done.html.extend_from_within(written);
            self.elements += 1;
            self.open.push(Open {
                name,
                kind: Kind::Inline,
                written: from..self.done.html.len(),
                is_quote: false,
            });
        }
    }

    fn close_down_to(&mut self, at: usize) {
        while self.open.len() > at {
            let Some(open) = self.open.pop() else { return };
            self.measure.close(open.kind, open.name);
            self.done.html.push_str("</");
            self.done.html.push_str(open.name);
            self.done.html.push('>');
            if open.is_quote {
                self.quote.depth -= 1;
                if self.quote.depth == 0 {
                    self.quote.last = Some(self.quote.began..self.done.html.len());
                    self.quote.after = 0;
                }
            }
        }
    }

    fn write_start(&mut self, name: &str, tag: &Tag<'_>) {
        self.elements += 1;
        self.run = 0;
        self.done.sets_colour |= sets_colour(tag);
        let html = &mut self.done.html;
        html.push('<');
        html.push_str(name);
        // A body becomes a block; its colours must not be lost, or white ink stands on white paper.
        let paper = if tag.name == "body" { body_colours(tag) } else { String::new() };
        if !paper.is_empty() && !tag.attributes.iter().any(|(attribute, _)| attribute == "style") {
            html.push_str(" style=\"");
            html.push_str(&paper);
            html.push('"');
        }
        for (attribute, value) in &tag.attributes {
            // Pictures may be long; all else is bounded, for the writer's sake (see `RUN_OCTETS_MAX`).
            let is_picture = name == "img" && attribute == "src";
            if value.len() > ATTRIBUTE_OCTETS_MAX && !is_picture {
                continue;
            }
            if attribute.starts_with("on")
                || attribute == "class"
                || !attribute.bytes().all(|o| o.is_ascii_lowercase() || o == b'-')
            {
                continue;
            }
            html.push(' ');
            html.push_str(attribute);
            html.push_str("=\"");
            if attribute == "style" {
                html.push_str(&paper);
            }
            push_quoted(html, value);
            html.push('"');
        }
        html.push('>');
    }

    fn finish(mut self) -> Balanced {
        self.close_down_to(0);
        self.done.trailing_quote =
            self.quote.last.filter(|quote| self.quote.after == 0 && quote.start > 0);
        let before = self.quote.began_height;
        self.done.height = match self.done.trailing_quote {
            Some(_) => Height { wide: before.wide + 40, narrow: before.narrow + 40 },
            None => self.measure.height(),
        };
        self.done
    }
}

/// The longest text between two tags, in octets. html5ever's writer looks through all the rest of a text for the next
/// `<` at every `&` it writes: a mebibyte of ampersands in one piece would take it half a minute.
const RUN_OCTETS_MAX: usize = 1024;

/// The longest attribute value, in octets, for the same reason.
const ATTRIBUTE_OCTETS_MAX: usize = 8 * 1024;

/// Where to cut a text no later than `octets`: between words if there are any, and not inside an entity.
fn a_good_cut(text: &str, octets: usize) -> usize {
    let end = text.floor_char_boundary(octets);
    let head = text.get(..end).unwrap_or_default();
    let near = head.rfind(|c: char| c.is_ascii_whitespace()).or_else(|| head.rfind('&'));
    near.filter(|at| *at > 0 && at + 64 > end).unwrap_or(end)
}

/// What an end tag or an implied end does not reach beyond.
fn is_wall(open: &Open) -> bool {
    matches!(open.kind, Kind::Table | Kind::Cell) || open.name == "caption"
}

fn push_quoted(html: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '"' => html.push_str("&quot;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            other => html.push(other),
        }
    }
}
