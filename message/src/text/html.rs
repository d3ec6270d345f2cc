//! HTML of strangers, read by the token: in linear time, without recursion and without a tree.
//!
//! HTML parsers build the tree that the standard demands, and the standard demands that an element
//! nobody closed is opened anew in every paragraph that follows: 37 KB of `<p><b id=1>x</p>…` took
//! html5ever 19 s, and 55 KB more than 6 GB. So nothing here builds a tree.

mod elements;
mod entities;
mod layout;
mod strip;
mod tokens;

use memchr::memmem;

pub use layout::lay_out_html;
pub use strip::strip_html;

/// The charset that HTML names in a `<meta>` near its beginning.
#[must_use]
pub fn html_charset(html: &[u8]) -> Option<String> {
    let head = html.get(..2_048).unwrap_or(html);
    let head = head.to_ascii_lowercase();
    let meta = memmem::find(&head, b"<meta")?;
    let at = memmem::find(head.get(meta..)?, b"charset=")? + meta + 8;
    let value: Vec<u8> = head
        .get(at..)?
        .iter()
        .copied()
        .skip_while(|octet| matches!(octet, b'"' | b'\'' | b' '))
        .take_while(|octet| octet.is_ascii_alphanumeric() || b"-_:.".contains(octet))
        .collect();
    // What could be read as ASCII up to here is not UTF-16.
    String::from_utf8(value).ok().filter(|name| !name.is_empty() && !name.starts_with("utf-16"))
}
