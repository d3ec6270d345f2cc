//! Knows harm in HTML when it sees it. Reads what cleaners write: every value in double quotes, no `<` outside of tags.

/// What is left in this HTML that could run, fetch or lead astray.
pub fn harm_in(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    tags(&lower).into_iter().find_map(|tag| harm_of(tag).map(|harm| format!("{harm} in <{tag}>")))
}

/// The start tags, without their angle brackets.
fn tags(html: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        let mut is_quoted = false;
        let end = tag.find(|c| {
            is_quoted ^= c == '"';
            c == '>' && !is_quoted
        });
        let (tag, after) = tag.split_at_checked(end.unwrap_or(tag.len())).unwrap_or_default();
        if !tag.starts_with('/') {
            tags.push(tag);
        }
        rest = after;
    }
    tags
}

/// Elements that a letter may be made of.
const ELEMENTS: &str = " a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del details \
    dfn div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup \
    table tbody td tfoot th thead tr tt u ul var wbr ";

fn harm_of(tag: &str) -> Option<&'static str> {
    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    if !ELEMENTS.contains(&format!(" {name} ")) {
        return Some("an element");
    }
    let mut pieces = attributes.split('"');
    while let Some(attribute) = pieces.next() {
        let attribute = attribute.trim().trim_end_matches('=');
        let value = pieces.next().unwrap_or_default();
        let begins = |allowed: &[&str]| allowed.iter().any(|scheme| value.starts_with(scheme));
        let is_harmless = match attribute {
            "src" => begins(&[
                "data:image/png;",
                "data:image/jpeg;",
                "data:image/gif;",
                "data:image/webp;",
            ]),
            "href" => begins(&["http:", "https:", "mailto:", "tel:"]),
            "style" => !["url(", "expression(", "image-set(", "@import", "\\", "fixed"]
                .iter()
                .any(|bad| value.contains(bad)),
            "target" => value == "_blank",
            "id" | "name" | "action" | "srcset" | "background" | "ping" => false,
            other => !other.starts_with("on") && !other.contains(':'),
        };
        if !is_harmless {
            return Some("an attribute");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harm_is_told_from_words() {
        for harmful in [
            "<script>",
            "a<svg/onload=x>",
            "<p onclick=\"x\">",
            "<img src=\"http://x\">",
            "<a href=\"javascript:x\">",
            "<p style=\"background:url(x)\">",
            "<p title=\">\" id=\"x\">",
        ] {
            assert!(harm_in(harmful).is_some(), "{harmful}");
        }
        let words = "<p title=\"onclick=x <script>\">onerror=1 url(x)</p><br><img src=\"data:image/png;base64,\">";
        assert_eq!(harm_in(words), None);
    }
}
