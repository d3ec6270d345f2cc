//! The fields of forms and queries: any number of each, in any order, none taken for granted.

use form_urlencoded::parse;

/// Fields as they came.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=1&b=2`, whatever is wrong with it.
    pub fn parse(encoded: &[u8]) -> Self {
        Self(parse(encoded).into_owned().collect())
    }

    /// The first value of a name; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// All values of a name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
}

/// A path of ours that a form or a URL told us to go on to; anything that could lead elsewhere becomes `otherwise`.
pub fn local_path<'p>(path: &'p str, otherwise: &'p str) -> &'p str {
    const PATH_OCTETS_MAX: usize = 2048;
    let plain = path.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\');
    let local =
        path.starts_with('/') && !path.starts_with("//") && plain && path.len() <= PATH_OCTETS_MAX;
    if local { path } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_missing_doubled_or_broken() {
        let fields = Fields::parse(b"pick=1&pick=2&empty=&&=x&%zz=%ff&a=b=c");
        assert_eq!(fields.all("pick").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((fields.get("missing"), fields.get("empty"), fields.get("a")), ("", "", "b=c"));
        assert!(fields.has("empty") && !fields.has("missing"));
    }

    #[test]
    fn only_our_own_paths_are_followed() {
        for good in ["/", "/mailbox/3", "/search?q=a%20b&before=1"] {
            assert_eq!(local_path(good, "/x"), good);
        }
        let long = format!("/{}", "a".repeat(2048));
        for bad in [
            "",
            "mailbox",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/a\r\nX: y",
            "/é",
            &long,
        ] {
            assert_eq!(local_path(bad, "/x"), "/x", "{bad}");
        }
    }
}
