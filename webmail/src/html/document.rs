//! The document of its own in which a message's HTML is shown.
//!
//! Knows the policy that travels with it. Never part of a page of ours: it has its own address and stands in a frame.

use super::Cleaned;

/// What the document may do: show itself and open links in a new window. It may fetch nothing from anywhere.
pub const POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
    style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// A message's HTML with a head around it.
#[derive(Debug)]
pub struct Document<'a> {
    /// The window's title when it is opened alone.
    pub subject: &'a str,
    /// What to show.
    pub cleaned: &'a Cleaned,
}

impl Document<'_> {
    /// The whole document.
    pub fn render(&self) -> String {
        let paper = if self.cleaned.sets_colour { LIGHT_PAPER } else { ANY_PAPER };
        let cut = if self.cleaned.cut { CUT_NOTE } else { "" };
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
             <style>{paper}{LETTER}</style></head><body>{}{cut}</body></html>",
            escape(self.subject),
            self.cleaned.html
        )
    }
}

/// Text made safe between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

const CUT_NOTE: &str = "<hr><p><em>The message goes on; this is as much of it as is shown here. \
    The whole of it is under “Show original”.</em></p>";

/// A message with its own colours keeps white paper, in the dark too: half of it dark would be unreadable.
const LIGHT_PAPER: &str =
    ":root{color-scheme:light}body{background:#fff;color:#1c1f24}a{color:#1a4fa0}";

const ANY_PAPER: &str = ":root{color-scheme:light dark}body{background:#fff;color:#1c1f24}a{color:#1a4fa0}\
    @media(prefers-color-scheme:dark){body{background:#1b1e24;color:#dfe2e7}a{color:#9dbcf5}}";

const LETTER: &str = "body{margin:0;padding:16px;font:16px/1.55 system-ui,sans-serif;overflow-wrap:break-word}\
    img{max-width:100%;height:auto}\
    img:not([src]){font-size:12px;color:#6b7280}\
    table{max-width:100%;font-size:inherit}\
    pre{white-space:pre-wrap}\
    blockquote{margin:0 0 0 4px;padding-left:12px;border-left:3px solid #b9c2d0}\
    summary{cursor:pointer;color:#5b6472;font-size:14px;padding:6px 0}\
    @media(max-width:640px){body{padding:12px}\
    table,td,th,div{max-width:100%!important;min-width:0!important}table,td,th{width:auto!important}}";
