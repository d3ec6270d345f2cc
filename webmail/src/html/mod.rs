//! A message's HTML made safe to look at.
//!
//! Four walls, each meant to hold alone: `balance` puts the markup in order and bounds it, `policy` lets an allow-list
//! through a real parser, the document that carries it forbids everything by Content-Security-Policy, and the page
//! shows that document in a sandboxed frame. Knows no HTTP and no store.

mod balance;
mod css;
mod document;
mod element;
mod images;
mod measure;
mod policy;
mod tag;
#[cfg(test)]
mod tests;
mod tokens;

pub use balance::Limits;
pub use document::{Document, POLICY as DOCUMENT_POLICY, escape};
pub use images::{Images, Limits as PictureLimits, Room, picture_type, plain_id};
pub use measure::Height;

use std::collections::HashSet;

/// HTML that may be shown, and what there is to say about it.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Safe HTML of block and inline elements.
    pub html: String,
    /// It has colours of its own, so it keeps its own light paper in the dark.
    pub sets_colour: bool,
    /// A limit cut something off.
    pub cut: bool,
}

/// What a quick look at the HTML says, without cleaning it.
#[derive(Debug, Default)]
pub struct Glance {
    /// Tables, pictures, lists or headings: the plain text beside it would lose something.
    pub has_layout: bool,
    /// How tall it will stand, about.
    pub height: Height,
    /// Pictures that lie on other machines and are left out.
    pub remote_images: usize,
    /// Pictures of the message itself that it shows, by their Content-ID.
    pub own_images: HashSet<String>,
    /// It seems to set colours of its own.
    pub sets_colour: bool,
}

/// Cleans a message's HTML.
pub fn clean(html: &str, images: &Images, limits: &Limits) -> Cleaned {
    let balanced = balance::balance(html, limits);
    let folded = fold_trailing_quote(balanced.html, balanced.trailing_quote);
    let html = policy::clean(&folded, images);
    Cleaned { html, sets_colour: balanced.sets_colour, cut: balanced.cut }
}

/// A letter quoted whole at the end is folded; whoever wants it opens it. The quote is balanced, so it can be wrapped.
fn fold_trailing_quote(mut html: String, quote: Option<std::ops::Range<usize>>) -> String {
    if let Some(quote) = quote.filter(|quote| quote.start > 0 && quote.len() > WORTH_FOLDING_OCTETS)
    {
        html.insert_str(quote.end, "</details>");
        html.insert_str(quote.start, "<details><summary>Quoted text</summary>");
    }
    html
}

const WORTH_FOLDING_OCTETS: usize = 400;

/// Looks at a message's HTML to decide how to show it.
pub fn glance(html: &str, limits: &Limits) -> Glance {
    let balanced = balance::balance(html, limits);
    Glance {
        has_layout: balanced.has_layout,
        height: balanced.height,
        remote_images: balanced.remote_images,
        own_images: balanced.own_images,
        sets_colour: balanced.sets_colour,
    }
}
