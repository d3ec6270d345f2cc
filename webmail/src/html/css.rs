//! What may remain of a `style` attribute: an allow-list of properties, each with values from a small alphabet.
//!
//! Knows CSS only so far as to write harmless declarations *again*: nothing of the sender's text is copied through.
//! A value is kept when every token of it is a keyword, a number with a unit, a colour, or (in font names) a plain
//! string. So there is no `url()`, `var()`, `expression()`, escape, comment or at-rule to think about: none of them
//! can be written with these tokens. Does not know HTML.

/// Longest style attribute that is looked at. Newsletters stay under 1 KiB; longer ones lose their style.
const STYLE_OCTETS_MAX: usize = 8 * 1024;

/// Properties that can only change how the message itself looks inside its own frame.
/// Left out on purpose: position, z-index, transform, animation, transition, content, cursor, filter, pointer-events.
const PROPERTIES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "overflow",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// Filters one `style` attribute: the declarations that remain, none of them perhaps.
pub fn filter(style: &str) -> String {
    let mut kept = String::new();
    if style.len() > STYLE_OCTETS_MAX {
        return kept;
    }
    for declaration in split_declarations(style) {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let property = property.trim().to_ascii_lowercase();
        let value = without_important(value.trim());
        // `background` is where newsletters put their colour; its pictures go, the colour stays readable.
        let written = if property == "background" {
            first_colour(value).map(|colour| ("background-color", colour))
        } else {
            allowed(&property).and_then(|name| Some((name, rewrite(name, value)?)))
        };
        if let Some((name, value)) = written {
            kept.push_str(name);
            kept.push(':');
            kept.push_str(&value);
            kept.push(';');
        }
    }
    kept
}

/// Whether an HTML colour attribute (`bgcolor`, `color`) is a plain colour and nothing else.
pub fn is_colour(value: &str) -> bool {
    let value = value.trim();
    let name = value.strip_prefix('#').unwrap_or(value);
    !name.is_empty() && name.len() <= 24 && name.bytes().all(|octet| octet.is_ascii_alphanumeric())
}

fn allowed(property: &str) -> Option<&'static str> {
    PROPERTIES.binary_search(&property).ok().and_then(|index| PROPERTIES.get(index).copied())
}

fn without_important(value: &str) -> &str {
    match value.rsplit_once('!') {
        Some((before, mark)) if mark.trim().eq_ignore_ascii_case("important") => before.trim_end(),
        _ => value,
    }
}

/// Cuts at semicolons outside strings and parentheses. A wrong cut costs looks, never safety: each piece is judged alone.
fn split_declarations(style: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut quote, mut depth, mut from) = (None, 0_u32, 0);
    for (at, character) in style.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ';') if depth == 0 => {
                pieces.extend(style.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    pieces.extend(style.get(from..));
    pieces
}

/// The value written again from tokens that can do no harm, or nothing when one of them could.
fn rewrite(property: &str, value: &str) -> Option<String> {
    let strings = matches!(property, "font" | "font-family");
    let mut written = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(token) = next_token(&mut rest).ok()? {
        match token {
            Token::Space => written.push(' '),
            Token::String(text) if strings => {
                written.push('\'');
                written.push_str(text);
                written.push('\'');
            }
            Token::String(_) => return None,
            Token::Plain(text) | Token::Colour(text) => written.push_str(text),
        }
    }
    let written = written.trim().to_owned();
    (!written.is_empty()).then_some(written)
}

/// The first colour of a `background` shorthand, whatever else stands in it.
fn first_colour(value: &str) -> Option<String> {
    const NOT_COLOURS: &[&str] =
        &["none", "repeat", "scroll", "fixed", "top", "left", "right", "bottom", "center", "cover"];
    value.split_ascii_whitespace().find_map(|word| {
        let mut rest = word;
        let token = next_token(&mut rest).ok()??;
        let plain = rest.is_empty()
            && match token {
                Token::Colour(_) => true,
                Token::Plain(text) => {
                    text.len() > 2 && text.bytes().all(|o| o.is_ascii_alphabetic())
                }
                Token::Space | Token::String(_) => false,
            };
        let known = NOT_COLOURS.iter().any(|other| word.eq_ignore_ascii_case(other));
        (plain && !known).then(|| word.to_owned())
    })
}

enum Token<'a> {
    Space,
    /// A keyword, a number with its unit, a comma or a slash.
    Plain(&'a str),
    /// `#abc` or `rgb(…)`.
    Colour(&'a str),
    String(&'a str),
}

/// The next token of a value; `Ok(None)` at its end.
fn next_token<'a>(rest: &mut &'a str) -> Result<Option<Token<'a>>, Refused> {
    let Some(first) = rest.chars().next() else { return Ok(None) };
    match first {
        ' ' | '\t' | '\n' | '\r' => {
            *rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            Ok(Some(Token::Space))
        }
        ',' => Ok(Some(Token::Plain(take(rest, 1)?))),
        // A slash may part size from line height; two in a row begin a comment or an address.
        '/' if !rest.starts_with("//") && !rest.starts_with("/*") => {
            Ok(Some(Token::Plain(take(rest, 1)?)))
        }
        '#' => {
            let digits = rest.bytes().skip(1).take_while(u8::is_ascii_hexdigit).count();
            if matches!(digits, 3 | 4 | 6 | 8) {
                Ok(Some(Token::Colour(take(rest, 1 + digits)?)))
            } else {
                Err(Refused)
            }
        }
        '"' | '\'' => string(rest, first).map(Some),
        _ => word(rest).map(Some),
    }
}

/// The value holds something that we would not write ourselves.
struct Refused;

fn take<'a>(rest: &mut &'a str, octets: usize) -> Result<&'a str, Refused> {
    let (taken, left) = rest.split_at_checked(octets).ok_or(Refused)?;
    *rest = left;
    Ok(taken)
}

/// A quoted font name: letters, digits, spaces and a few marks. No escapes, so nothing to decode differently.
fn string<'a>(rest: &mut &'a str, quote: char) -> Result<Token<'a>, Refused> {
    let inside = rest.get(1..).ok_or(Refused)?;
    let end = inside.find(quote).ok_or(Refused)?;
    let (text, after) = inside.split_at_checked(end).ok_or(Refused)?;
    *rest = after.get(1..).ok_or(Refused)?;
    let harmless =
        text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ','));
    if harmless { Ok(Token::String(text)) } else { Err(Refused) }
}

/// A keyword, number or colour function.
fn word<'a>(rest: &mut &'a str) -> Result<Token<'a>, Refused> {
    let length = rest
        .bytes()
        .take_while(|octet| {
            octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'+' | b'.' | b'%' | b'_')
        })
        .count();
    if length == 0 {
        return Err(Refused);
    }
    if rest.as_bytes().get(length) == Some(&b'(') {
        return colour_function(rest, length);
    }
    take(rest, length).map(Token::Plain)
}

fn colour_function<'a>(rest: &mut &'a str, name_length: usize) -> Result<Token<'a>, Refused> {
    let name = rest.get(..name_length).ok_or(Refused)?.to_ascii_lowercase();
    if !matches!(name.as_str(), "rgb" | "rgba" | "hsl" | "hsla") {
        return Err(Refused);
    }
    let end = rest.find(')').ok_or(Refused)?;
    let arguments = rest.get(name_length + 1..end).ok_or(Refused)?;
    let numbers = arguments
        .bytes()
        .all(|o| o.is_ascii_digit() || matches!(o, b' ' | b',' | b'.' | b'%' | b'/' | b'-'));
    // "deg" and the like are not worth their letters here.
    if numbers && arguments.len() <= 48 {
        take(rest, end + 1).map(Token::Colour)
    } else {
        Err(Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(style: &str) -> String {
        filter(style)
    }

    #[test]
    fn the_property_list_is_sorted_so_that_it_can_be_searched() {
        assert!(PROPERTIES.is_sorted());
    }

    #[test]
    fn ordinary_newsletter_styles_survive() {
        for (style, expected) in [
            ("color:#333; font-size:14px", "color:#333;font-size:14px;"),
            (
                "FONT-FAMILY: 'Helvetica Neue', Arial, sans-serif",
                "font-family:'Helvetica Neue', Arial, sans-serif;",
            ),
            ("margin:0 auto !important", "margin:0 auto;"),
            (
                "background: #fafafa url(https://x.example/y.png) no-repeat",
                "background-color:#fafafa;",
            ),
            ("background:rgb(1,2,3)", "background-color:rgb(1,2,3);"),
            ("font: bold 12px/1.5 Georgia", "font:bold 12px/1.5 Georgia;"),
            ("width: 100%; max-width:600px;", "width:100%;max-width:600px;"),
            ("color: rgba(0, 0, 0, .5)", "color:rgba(0, 0, 0, .5);"),
        ] {
            assert_eq!(kept(style), expected, "{style}");
        }
    }

    #[test]
    fn whatever_could_fetch_run_or_escape_is_left_out() {
        for style in [
            "background-image:url(https://track.example/x)",
            "background:url(https://track.example/x)",
            "background:url('javascript:alert(1)')",
            "width:expression(alert(1))",
            "color:var(--x)",
            "--x:red",
            "behavior:url(#default#time2)",
            "-moz-binding:url(x)",
            "position:fixed",
            "z-index:99999",
            "content:'x'",
            "color:\\72 ed",
            "co\\6c or:red",
            "color:red/**/",
            "color:/*x*/red",
            "@import 'https://x.example'",
            "color:red}body{background:url(x)",
            "font-family:'a\\27;b'",
            "font-family:'</style><script>'",
            "list-style:url(x)",
            "list-style-image:url(https://x.example)",
            "width:calc(1px)",
            "width:image-set(x)",
            "color:attr(x)",
            "cursor:url(x),auto",
            "font-family:\"x",
            "color:red<script>",
            "color:u\\rl(x)",
            "transform:scale(100)",
            "animation:x 1s",
            "filter:url(#x)",
        ] {
            let written = kept(style);
            assert!(written.is_empty(), "{style} became {written}");
        }
    }

    #[test]
    fn a_bad_declaration_does_not_take_the_good_ones_with_it() {
        assert_eq!(
            kept("position:fixed;color:red;background:url(x;y);margin:1px"),
            "color:red;margin:1px;"
        );
        assert_eq!(kept("font-family:'a;b';color:red"), "color:red;");
    }

    #[test]
    fn an_endless_style_is_dropped_whole() {
        assert_eq!(kept(&"color:red;".repeat(STYLE_OCTETS_MAX)), "");
        assert_eq!(
            kept(&"color:red;".repeat(STYLE_OCTETS_MAX / 10)).len(),
            STYLE_OCTETS_MAX / 10 * 10
        );
    }

    #[test]
    fn colour_attributes_hold_a_colour_only() {
        for good in ["#fff", "#a1B2c3", "red", " white "] {
            assert!(is_colour(good), "{good}");
        }
        for bad in ["", "#", "red;x", "url(x)", "expression(1)", "rgb(1,2,3)", &"a".repeat(25)] {
            assert!(!is_colour(bad), "{bad}");
        }
    }
}
