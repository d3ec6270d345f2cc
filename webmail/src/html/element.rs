//! What each HTML element is to us: kept, renamed, dropped with or without what is in it.
//!
//! Knows names only. Anything not named here is unknown, and unknown tags go while their text stays.

/// How an element behaves in the order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Begins a new line of its own; an open paragraph ends before it.
    Block,
    /// Runs in the text.
    Inline,
    /// Has no end tag.
    Void,
    /// `li`, `dd`, `dt`: an open one of its list ends before it.
    Item,
    /// `table`
    Table,
    /// `thead`, `tbody`, `tfoot`, `caption`, `colgroup`
    TableSection,
    /// `tr`
    Row,
    /// `td`, `th`
    Cell,
    /// Goes, with everything in it.
    Dropped,
    /// Goes; what is in it stays.
    Unwrapped,
}

/// What to do with an element, and the name under which it stays.
pub fn of(name: &str) -> (Kind, &'static str) {
    table_part(name).or_else(|| block(name)).or_else(|| inline(name)).unwrap_or_else(|| other(name))
}

fn table_part(name: &str) -> Option<(Kind, &'static str)> {
    Some(match name {
        "table" => (Kind::Table, "table"),
        "thead" => (Kind::TableSection, "thead"),
        "tbody" => (Kind::TableSection, "tbody"),
        "tfoot" => (Kind::TableSection, "tfoot"),
        "caption" => (Kind::TableSection, "caption"),
        "colgroup" => (Kind::TableSection, "colgroup"),
        "tr" => (Kind::Row, "tr"),
        "td" => (Kind::Cell, "td"),
        "th" => (Kind::Cell, "th"),
        "col" => (Kind::Void, "col"),
        _ => return None,
    })
}

fn block(name: &str) -> Option<(Kind, &'static str)> {
    Some(match name {
        "p" => (Kind::Block, "p"),
        // A letter's landmarks would mingle with those of our page in a screen reader's list.
        "div" | "body" | "article" | "aside" | "figcaption" | "figure" | "footer" | "header"
        | "main" | "nav" | "section" | "fieldset" | "form" | "details" | "summary" => {
            (Kind::Block, "div")
        }
        "center" => (Kind::Block, "center"),
        "address" => (Kind::Block, "address"),
        "blockquote" => (Kind::Block, "blockquote"),
        "pre" | "listing" => (Kind::Block, "pre"),
        "h1" => (Kind::Block, "h1"),
        "h2" => (Kind::Block, "h2"),
        "h3" => (Kind::Block, "h3"),
        "h4" => (Kind::Block, "h4"),
        "h5" => (Kind::Block, "h5"),
        "h6" => (Kind::Block, "h6"),
        "ul" | "menu" | "dir" => (Kind::Block, "ul"),
        "ol" => (Kind::Block, "ol"),
        "dl" => (Kind::Block, "dl"),
        "li" => (Kind::Item, "li"),
        "dd" => (Kind::Item, "dd"),
        "dt" => (Kind::Item, "dt"),
        "hr" => (Kind::Void, "hr"),
        _ => return None,
    })
}

fn inline(name: &str) -> Option<(Kind, &'static str)> {
    Some(match name {
        "a" => (Kind::Inline, "a"),
        "abbr" | "acronym" => (Kind::Inline, "abbr"),
        "b" => (Kind::Inline, "b"),
        "bdi" => (Kind::Inline, "bdi"),
        "bdo" => (Kind::Inline, "bdo"),
        "big" => (Kind::Inline, "big"),
        "cite" => (Kind::Inline, "cite"),
        "code" => (Kind::Inline, "code"),
        "del" => (Kind::Inline, "del"),
        "dfn" => (Kind::Inline, "dfn"),
        "em" => (Kind::Inline, "em"),
        "font" => (Kind::Inline, "font"),
        "i" => (Kind::Inline, "i"),
        "ins" => (Kind::Inline, "ins"),
        "kbd" => (Kind::Inline, "kbd"),
        "mark" => (Kind::Inline, "mark"),
        "q" => (Kind::Inline, "q"),
        "s" | "strike" => (Kind::Inline, "s"),
        "samp" => (Kind::Inline, "samp"),
        "small" => (Kind::Inline, "small"),
        "span" | "label" | "time" => (Kind::Inline, "span"),
        "strong" => (Kind::Inline, "strong"),
        "sub" => (Kind::Inline, "sub"),
        "sup" => (Kind::Inline, "sup"),
        "tt" => (Kind::Inline, "tt"),
        "u" => (Kind::Inline, "u"),
        "var" => (Kind::Inline, "var"),
        "br" => (Kind::Void, "br"),
        // Browsers have always read it so.
        "img" | "image" => (Kind::Void, "img"),
        "wbr" => (Kind::Void, "wbr"),
        _ => return None,
    })
}

fn other(name: &str) -> (Kind, &'static str) {
    match name {
        "svg" | "math" | "template" | "object" | "applet" | "audio" | "video" | "canvas"
        | "select" | "datalist" | "frameset" | "button" | "map" => (Kind::Dropped, ""),
        _ => (Kind::Unwrapped, ""),
    }
}
