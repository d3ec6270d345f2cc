//! Pieces of HTML that templates put in as they are. Whoever makes one answers for its safety.

use crate::dates::When;
use crate::html::escape;
use askama::filters::HtmlSafe;
use std::fmt;

/// HTML that is safe already.
#[derive(Debug, Clone, Copy)]
pub struct Markup<'a>(&'a str);

impl<'a> Markup<'a> {
    /// Vouches for `html`.
    pub fn new(html: &'a str) -> Self {
        Self(html)
    }
}

impl fmt::Display for Markup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl HtmlSafe for Markup<'_> {}

/// A symbol of `templates/sprite.svg` by its name.
#[derive(Debug, Clone, Copy)]
pub struct Icon(pub &'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        write!(
            f,
            "<svg class=\"icon icon-{name}\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>"
        )
    }
}

impl HtmlSafe for Icon {}

/// A `<time>` element: words to read, the whole moment for machines and for who hovers.
#[derive(Debug, Clone, Default)]
pub struct Time {
    html: String,
}

impl Time {
    /// As a list has it.
    pub fn short(when: &When) -> Self {
        Self::of(when, &when.short)
    }

    /// As a letter has it.
    pub fn long(when: &When) -> Self {
        Self::of(when, &when.long)
    }

    /// All of it.
    pub fn full(when: &When) -> Self {
        Self::of(when, &when.full)
    }

    fn of(when: &When, words: &str) -> Self {
        let (machine, full) = (escape(&when.machine), escape(&when.full));
        Self {
            html: format!("<time datetime=\"{machine}\" title=\"{full}\">{}</time>", escape(words)),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.html)
    }
}

impl HtmlSafe for Time {}
