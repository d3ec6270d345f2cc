//! The stylesheet, the script and the icon, under names that change with their content, so that browsers may keep
//! them for ever.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/script.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// Where the assets are.
#[derive(Debug, Clone)]
pub struct Assets {
    /// Path of the stylesheet.
    pub style: String,
    /// Path of the script.
    pub script: String,
    /// Path of the icon.
    pub icon: String,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// `text/css; charset=utf-8`
    pub media_type: &'static str,
    /// What it is.
    pub content: &'static str,
}

impl Assets {
    /// Names them by what is in them.
    pub fn new() -> Self {
        Self {
            style: path("style", "css", STYLE),
            script: path("script", "js", SCRIPT),
            icon: path("icon", "svg", ICON),
        }
    }

    /// The asset at a path; nothing at a path of another version.
    pub fn at(&self, path: &str) -> Option<Asset> {
        let (media_type, content) = if path == self.style {
            ("text/css; charset=utf-8", STYLE)
        } else if path == self.script {
            ("text/javascript; charset=utf-8", SCRIPT)
        } else if path == self.icon {
            ("image/svg+xml", ICON)
        } else {
            return None;
        };
        Some(Asset { media_type, content })
    }
}

impl Default for Assets {
    fn default() -> Self {
        Self::new()
    }
}

fn path(stem: &str, extension: &str, content: &str) -> String {
    let digest = Sha256::digest(content);
    let short = digest.get(..9).unwrap_or_default();
    format!("/assets/{stem}-{}.{extension}", URL_SAFE_NO_PAD.encode(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_under_the_name_of_its_content_only() {
        let assets = Assets::new();
        for path in [&assets.style, &assets.script, &assets.icon] {
            assert!(assets.at(path).is_some(), "{path}");
            assert_eq!(assets.at(&path.replace('-', "-x")), None);
        }
    }

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.len() < 15 * 1024, "{} octets", SCRIPT.len());
    }
}
