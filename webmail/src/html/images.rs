//! The pictures that a message brings with it, ready to be written into its HTML.
//!
//! The document of a message may fetch nothing at all, not even from us: a sandboxed frame sends no cookie, and a
//! policy without any address cannot leak. So `cid:` pictures become `data:` addresses. Knows picture formats by
//! their first octets, never by what the sender calls them; SVG is not a picture here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::Arc;

/// How much of its own pictures a message may bring into one page.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Octets of one picture; larger ones stay attachments.
    pub picture_octets_max: usize,
    /// Octets of all pictures of one message.
    pub pictures_octets_max: usize,
    /// Octets of pictures as they are written into one page, each as often as the message names it.
    pub written_octets_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            picture_octets_max: 2 * 1024 * 1024,
            pictures_octets_max: 8 * 1024 * 1024,
            // All of them once, which base64 makes a third larger, and some small ones again.
            written_octets_max: 16 * 1024 * 1024,
        }
    }
}

/// What the pictures of one message may still take.
#[derive(Debug)]
pub struct Room {
    picture_octets_max: usize,
    octets_left: usize,
}

impl Room {
    /// All that the limits give.
    pub fn of(limits: &Limits) -> Self {
        Self {
            picture_octets_max: limits.picture_octets_max,
            octets_left: limits.pictures_octets_max,
        }
    }

    /// Whether a picture of so many octets still fits.
    pub fn has(&self, octets: usize) -> bool {
        octets <= self.picture_octets_max.min(self.octets_left)
    }

    /// One that fits has come.
    pub fn take(&mut self, octets: usize) {
        self.octets_left = self.octets_left.saturating_sub(octets);
    }
}

/// Pictures by Content-ID. A cheap clone.
#[derive(Debug, Clone, Default)]
pub struct Images {
    by_id: Arc<HashMap<String, String>>,
    written_octets_max: usize,
}

impl Images {
    /// Those of these that are pictures, by their [`plain_id`].
    pub fn of(pictures: impl IntoIterator<Item = (String, Vec<u8>)>, limits: &Limits) -> Self {
        let address = |(id, picture): (String, Vec<u8>)| {
            let kind = picture_type(&picture)?;
            Some((id, format!("data:{kind};base64,{}", STANDARD.encode(picture))))
        };
        Self {
            by_id: Arc::new(pictures.into_iter().filter_map(address).collect()),
            written_octets_max: limits.written_octets_max,
        }
    }

    /// The `data:` address of a picture, if the message has it.
    pub fn by_content_id(&self, id: &str) -> Option<&str> {
        self.by_id.get(&named_id(id)).map(String::as_str)
    }

    /// Octets that pictures may take in one page.
    pub fn written_octets_max(&self) -> usize {
        self.written_octets_max
    }
}

/// A Content-ID as its header has it, without its brackets.
pub fn plain_id(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// A Content-ID as a `cid:` address has it.
pub fn named_id(id: &str) -> String {
    plain_id(&percent_encoding::percent_decode_str(id).decode_utf8_lossy())
}

/// The picture format that the octets themselves show, for which their first dozen is enough.
pub fn picture_type(octets: &[u8]) -> Option<&'static str> {
    match octets {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A `data:` address that the sender wrote, read and written again as what its octets are; nothing if no picture.
pub fn harmless_data_address(address: &str) -> Option<String> {
    let (head, body) = address.split_once(',')?;
    if !head.trim_end().to_ascii_lowercase().ends_with(";base64") {
        return None;
    }
    let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let octets = STANDARD.decode(compact).ok()?;
    Some(format!("data:{};base64,{}", picture_type(&octets)?, STANDARD.encode(&octets)))
}
