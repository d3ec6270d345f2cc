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
        let paper = match self.cleaned.sets_colour {
            true if paints_to_the_edge(&self.cleaned.html) => {
                &format!("{LIGHT_PAPER}{TO_THE_EDGE}")
            }
            true => LIGHT_PAPER,
            false => ANY_PAPER,
        };
        let cut = if self.cleaned.cut { CUT_NOTE } else { "" };
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
             <style>{LETTER}{paper}</style></head><body>{}{cut}</body></html>",
            escape(self.subject),
            self.cleaned.html
        )
    }
}

/// Newsletters begin with a coloured box that fills the page; a white margin around it would look like a mistake.
fn paints_to_the_edge(html: &str) -> bool {
    let outermost = html.trim_start().trim_start_matches("<div>").trim_start();
    let tag = outermost.split('>').next().unwrap_or_default();
    (tag.starts_with("<table") || tag.starts_with("<div"))
        && (tag.contains("bgcolor=") || tag.contains("background-color:"))
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
    ":root{color-scheme:light}body{background:#fff;color:#1a1e25;line-height:1.35}a{color:#1d4f9c}";

const ANY_PAPER: &str = ":root{color-scheme:light dark}body{background:#fff;color:#1a1e25;padding:2px 0}a{color:#1d4f9c}\
    @media(prefers-color-scheme:dark){body{background:#1a1d23;color:#e4e7ec}a{color:#9dbcf5}}";

const TO_THE_EDGE: &str = "body{padding:0}";

const LETTER: &str = "body{margin:0;padding:16px;font:16px/1.6 system-ui,sans-serif;overflow-wrap:break-word}\
    img{max-width:100%;height:auto}\
    .gone{display:inline-block;padding:1px 8px;border:1px dashed #8886;border-radius:4px;font:12px/1.6 system-ui,sans-serif;opacity:.75}\
    table{max-width:100%;font-size:inherit}\
    pre{white-space:pre-wrap}\
    blockquote{margin:0 0 0 4px;padding-left:12px;border-left:3px solid #8887}\
    summary{cursor:pointer;opacity:.75;font-size:14px;padding:6px 0}\
    @media(max-width:640px){body{padding:12px}\
    table,td,th,div{max-width:100%!important;min-width:0!important}\
    table,td,th{width:auto!important;white-space:normal!important;word-break:break-word}\
    img{max-width:calc(100vw - 32px)!important}}";
