//! What single tags say about the letter that they stand in. Knows no order among them.

use super::css;
use super::tokens::Tag;

/// The raw value of an attribute; empty when there is none.
pub fn attribute<'a>(tag: &Tag<'a>, wanted: &str) -> &'a str {
    tag.attributes.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
}

/// A side of a picture in CSS pixels.
pub fn pixels(tag: &Tag<'_>, side: &str) -> Option<usize> {
    attribute(tag, side).trim().trim_end_matches("px").parse().ok()
}

/// Whether a tag seems to set a colour.
pub fn sets_colour(tag: &Tag<'_>) -> bool {
    tag.attributes.iter().any(|(name, value)| match name.as_str() {
        "bgcolor" | "color" => true,
        "text" => tag.name == "body",
        "style" => {
            let style = value.to_ascii_lowercase();
            style.contains("color") || style.contains("background")
        }
        _ => false,
    })
}

/// Whether text begins with this, in any case.
pub fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning))
}

/// `<body bgcolor text>` as declarations.
pub fn body_colours(tag: &Tag<'_>) -> String {
    let colour = |wanted: &str| {
        let found = tag.attributes.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.trim()).filter(|value| css::is_colour(value))
    };
    let mut declarations = String::new();
    for (property, value) in [("background-color", colour("bgcolor")), ("color", colour("text"))] {
        if let Some(value) = value {
            declarations.push_str(property);
            declarations.push(':');
            declarations.push_str(value);
            declarations.push(';');
        }
    }
    declarations
}

/// The marks that mail programs put on what they quote.
pub fn is_quote(tag: &Tag<'_>) -> bool {
    tag.attributes.iter().any(|(name, value)| match name.as_str() {
        "type" => tag.name == "blockquote" && value.eq_ignore_ascii_case("cite"),
        "class" => value.split_ascii_whitespace().any(|class| {
            matches!(
                class,
                "gmail_quote" | "gmail_quote_container" | "yahoo_quoted" | "protonmail_quote"
            )
        }),
        _ => false,
    })
}
