//! What of a message's HTML may be shown: the allow-list, enforced on a tree that a real HTML parser built.
//!
//! Knows elements, attributes and addresses. It is the second of four walls (`balance`, this, the document's own
//! Content-Security-Policy, the frame's sandbox): each of them is meant to be enough alone.

use super::css;
use super::images::Images;
use ammonia::{Builder, Url, UrlRelative};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Elements that may stay. No svg, math, form, input, style, script, base, meta, link, iframe, object, noscript,
/// template, audio, video: `balance` has taken them out already, and here they would be taken out again. `details` and
/// `summary` are ours alone: a sender's have become `div` by now.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Attributes that any of them may carry. No id, name or class: nothing of ours can be clobbered or styled by them.
const ATTRIBUTES: &[&str] =
    &["align", "bgcolor", "color", "dir", "height", "lang", "style", "title", "valign", "width"];

const OF_TABLES: &[&str] =
    &["border", "cellpadding", "cellspacing", "colspan", "rowspan", "nowrap", "span"];

/// Where a link may lead.
const LINK_SCHEMES: &[&str] = &["http", "https", "mailto", "tel"];

/// Cleans balanced HTML; pictures of the message itself are written into it from `images`.
pub fn clean(balanced: &str, images: &Images) -> String {
    let judge = Judge { images: images.clone(), written: AtomicUsize::new(0) };
    let schemes = LINK_SCHEMES.iter().chain(&["cid", "data"]).copied();
    Builder::empty()
        .tags(TAGS.iter().copied().collect())
        .generic_attributes(ATTRIBUTES.iter().copied().collect())
        .tag_attributes(tag_attributes())
        .url_schemes(schemes.collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        // The one class is `balance`'s own mark for a picture that is not shown.
        .allowed_classes(std::collections::HashMap::from([("span", HashSet::from(["gone"]))]))
        .strip_comments(true)
        .attribute_filter(move |element, attribute, value| {
            judge.attribute(element, attribute, value)
        })
        .clean(balanced)
        .to_string()
}

fn tag_attributes() -> std::collections::HashMap<&'static str, HashSet<&'static str>> {
    let of = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    let mut attributes = std::collections::HashMap::from([
        ("a", of(&["href"])),
        ("img", of(&["src", "alt"])),
        ("font", of(&["face", "size"])),
        ("ol", of(&["start", "type"])),
        ("ul", of(&["type"])),
        ("li", of(&["value", "type"])),
        ("hr", of(&["size"])),
    ]);
    for table_part in ["table", "thead", "tbody", "tfoot", "tr", "td", "th", "col", "colgroup"] {
        attributes.insert(table_part, of(OF_TABLES));
    }
    attributes
}

struct Judge {
    images: Images,
    /// Octets of the message's pictures that stand in its HTML by now: one picture may be named ten thousand times.
    /// Atomic only because the parser asks that its filter could be shared between threads.
    written: AtomicUsize,
}

impl Judge {
    fn attribute<'v>(
        &self,
        element: &str,
        attribute: &str,
        value: &'v str,
    ) -> Option<Cow<'v, str>> {
        match attribute {
            "href" => link(value),
            "src" => self.picture(value).map(Cow::Owned),
            "style" => style(value).map(Cow::Owned),
            "bgcolor" | "color" => css::is_colour(value).then_some(Cow::Borrowed(value)),
            "width" | "height" | "size" | "border" | "cellpadding" | "cellspacing" | "colspan"
            | "rowspan" | "span" | "start" | "value" => {
                is_length(value).then_some(Cow::Borrowed(value))
            }
            "align" | "valign" | "dir" | "type" | "nowrap" | "lang" => {
                is_word(value).then_some(Cow::Borrowed(value))
            }
            "face" => value
                .chars()
                .all(|c| c.is_alphanumeric() || " ,-'".contains(c))
                .then_some(Cow::Borrowed(value)),
            // Set by us on every link.
            "target" if element == "a" => Some(Cow::Borrowed("_blank")),
            "rel" if element == "a" => Some(Cow::Borrowed("noopener noreferrer nofollow")),
            "title" | "alt" => Some(Cow::Borrowed(value)),
            "class" if value == "gone" => Some(Cow::Borrowed(value)),
            _ => None,
        }
    }

    fn picture(&self, address: &str) -> Option<String> {
        let address = address.trim();
        if let Some(id) = strip_scheme(address, "cid:") {
            let picture = self.images.by_content_id(id)?;
            let before = self.written.fetch_add(picture.len(), Ordering::Relaxed);
            let fits = before.saturating_add(picture.len()) <= self.images.written_octets_max();
            return fits.then(|| picture.to_owned());
        }
        if strip_scheme(address, "data:").is_some() {
            return super::images::harmless_data_address(address);
        }
        // From another machine: not shown, and `balance` has counted it.
        None
    }
}

fn style(value: &str) -> Option<String> {
    let declarations = css::filter(value);
    (!declarations.is_empty()).then_some(declarations)
}

fn strip_scheme<'a>(address: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, tail) = address.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(tail)
}

/// A link as the URL standard reads it, written again: what a person sees in the status line is where it goes.
fn link(value: &str) -> Option<Cow<'_, str>> {
    let url = Url::parse(value.trim()).ok()?;
    LINK_SCHEMES.contains(&url.scheme()).then(|| Cow::Owned(url.to_string()))
}

fn is_length(value: &str) -> bool {
    let digits = value
        .trim()
        .trim_end_matches(['%', '*'])
        .trim_end_matches("px")
        .trim_start_matches(['+', '-']);
    value.len() <= 8
        && !digits.is_empty()
        && digits.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.')
}

fn is_word(value: &str) -> bool {
    value.len() <= 24 && value.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}
