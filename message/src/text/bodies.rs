//! Which parts are the letter, as plain text and as HTML, and which are enclosures. The rules are
//! those of RFC 8621 §4.1.4, which wrote down what mail programs had agreed on, but for pictures,
//! sound and films that stand between paragraphs: there they belong to the letter, here they are
//! enclosures, because a letter is text to us and whoever lists enclosures must not lose them.

use crate::mime::{Part, PartKind, PartTree};

/// The parts of a message by what a reader does with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bodies<'a> {
    /// The letter for somebody who prefers plain text.
    pub text: Vec<&'a Part>,
    /// The letter for somebody who prefers HTML.
    pub html: Vec<&'a Part>,
    /// Everything else, pictures of the letter included.
    pub enclosures: Vec<&'a Part>,
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    first: bool,
    in_related: bool,
    /// Directly in a `multipart/alternative`.
    is_alternative: bool,
    /// Somewhere in one.
    in_alternative: bool,
    /// Which views still take a part of either kind.
    for_text: bool,
    for_html: bool,
}

impl<'a> Bodies<'a> {
    /// Sorts the parts of a message. A message in it is an enclosure as a whole.
    #[must_use]
    pub fn of(tree: &'a PartTree) -> Self {
        let mut bodies = Self::default();
        let place = Place {
            first: true,
            in_related: false,
            is_alternative: false,
            in_alternative: false,
            for_text: true,
            for_html: true,
        };
        bodies.sort(tree, tree.root(), place);
        bodies
    }

    /// As deep as the tree is, which its limit bounds.
    fn sort(&mut self, tree: &'a PartTree, part: &'a Part, place: Place) {
        if part.kind == PartKind::Multipart {
            self.sort_multipart(tree, part, place);
        } else if !is_inline(part, place) {
            self.enclosures.push(part);
        } else if place.is_alternative {
            match part.media.value.as_str() {
                "text/plain" if place.for_text => self.text.push(part),
                "text/html" if place.for_html => self.html.push(part),
                _ => self.enclosures.push(part),
            }
        } else {
            if place.for_text {
                self.text.push(part);
            }
            if place.for_html {
                self.html.push(part);
            }
        }
    }

    fn sort_multipart(&mut self, tree: &'a PartTree, part: &'a Part, place: Place) {
        let is_alternative = part.is("multipart/alternative");
        let (texts, htmls) = (self.text.len(), self.html.len());
        let mut inner = Place {
            first: true,
            in_related: part.is("multipart/related"),
            is_alternative,
            in_alternative: is_alternative || place.in_alternative,
            ..place
        };
        for child in tree.children(part) {
            // Somewhere inside of an alternative, text settles for the one view and HTML for the
            // other, and so does what follows beside them.
            let settles = inner.in_alternative && !is_alternative && is_inline(child, inner);
            inner.for_html &= !(settles && child.is("text/plain"));
            inner.for_text &= !(settles && child.is("text/html"));
            self.sort(tree, child, inner);
            inner.first = false;
        }
        // An alternative that has only one of the two serves for both.
        if is_alternative && place.for_text && place.for_html {
            if self.text.len() == texts {
                self.text.extend(self.html.get(htmls..).unwrap_or_default());
            } else if self.html.len() == htmls {
                self.html.extend(self.text.get(texts..).unwrap_or_default());
            }
        }
    }
}

/// Whether a part is read in its place and not taken out.
fn is_inline(part: &Part, place: Place) -> bool {
    if part.kind == PartKind::Message || part.is_disposed_as_attachment() {
        return false;
    }
    if !part.is("text/plain") && !part.is("text/html") {
        return false;
    }
    place.first || (!place.in_related && part.raw_file_name().is_none())
}
