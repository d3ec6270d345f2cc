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
}

impl Default for Limits {
    fn default() -> Self {
        Self { picture_octets_max: 2 * 1024 * 1024, pictures_octets_max: 8 * 1024 * 1024 }
    }
}

/// Pictures by Content-ID. A cheap clone.
#[derive(Debug, Clone, Default)]
pub struct Images {
    by_id: Arc<HashMap<String, String>>,
}

/// Collects pictures up to the limits.
#[derive(Debug)]
pub struct Gather {
    limits: Limits,
    octets: usize,
    by_id: HashMap<String, String>,
}

impl Gather {
    /// Nothing gathered yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, octets: 0, by_id: HashMap::new() }
    }

    /// Whether a picture of so many octets still fits.
    pub fn has_room_for(&self, octets: usize) -> bool {
        octets <= self.limits.picture_octets_max
            && self.octets + octets <= self.limits.pictures_octets_max
    }

    /// Adds a picture if it is one and fits. The id is written with or without its angle brackets.
    pub fn add(&mut self, content_id: &str, picture: &[u8]) {
        let Some(kind) = picture_type(picture).filter(|_| self.has_room_for(picture.len())) else {
            return;
        };
        self.octets += picture.len();
        self.by_id.insert(
            plain_id(content_id),
            format!("data:{kind};base64,{}", STANDARD.encode(picture)),
        );
    }

    /// What was gathered.
    pub fn finish(self) -> Images {
        Images { by_id: Arc::new(self.by_id) }
    }
}

impl Images {
    /// The `data:` address of a picture, if the message has it.
    pub fn by_content_id(&self, id: &str) -> Option<String> {
        let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
        self.by_id.get(&plain_id(&id)).cloned()
    }
}

fn plain_id(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// The picture format that the octets themselves show.
fn picture_type(octets: &[u8]) -> Option<&'static str> {
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
