//! One part: where it is and what its header says of it.

use std::borrow::Cow;
use std::ops::Range;

use super::transfer::{TransferDecoder, TransferEncoding};
use crate::charset;
use crate::header::Parameters;
use crate::unprintable::cut;

/// What a part is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PartKind {
    /// Content.
    #[default]
    Leaf,
    /// Parts between delimiters, one at least.
    Multipart,
    /// A message: exactly one child, which is its root.
    Message,
}

/// Longer than any encoding's name.
const ENCODING_OCTETS_KEPT: usize = 32;

/// One part of a message. Offsets count from the beginning of the whole message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What it is made of.
    pub kind: PartKind,
    pub(super) start: usize,
    pub(super) header_end: usize,
    pub(super) end: usize,
    /// Lines of the body, of text and messages only; a last line without its end counts.
    pub lines: usize,
    /// Media type (`text/plain`, never empty) and its parameters. It says what the part is handled
    /// as: a multipart without a boundary is text, one below the depth limit is octets.
    pub media: Parameters,
    /// `Content-Transfer-Encoding` as named, in lower case; `7bit` when it isn't.
    pub encoding: String,
    /// `Content-Disposition`.
    pub disposition: Option<Parameters>,
    /// `Content-ID`, as written.
    pub id: Option<String>,
    /// `Content-Description`, encoded-words as they are.
    pub description: Option<String>,
    /// `Content-MD5`.
    pub md5: Option<String>,
    /// `Content-Language`, one tag each.
    pub language: Vec<String>,
    /// `Content-Location`.
    pub location: Option<String>,
    pub(super) parent: Option<usize>,
    /// Which child of its parent, counted from 1.
    pub(super) number: u32,
    pub(super) children: Vec<usize>,
}

impl Part {
    /// Where the header stands, the empty line at its end included.
    #[must_use]
    pub fn header(&self) -> Range<usize> {
        self.start..self.header_end
    }

    /// Where the body stands. The line end in front of a delimiter belongs to the delimiter.
    #[must_use]
    pub fn body(&self) -> Range<usize> {
        self.header_end..self.end
    }

    /// Octets of the body as it is encoded.
    #[must_use]
    pub fn body_octets(&self) -> usize {
        self.end.saturating_sub(self.header_end)
    }

    /// What its description takes in memory, roughly: a short parameter takes more than its letters.
    pub(super) fn described_octets(&self) -> usize {
        const EACH: usize = 64;
        let both = [Some(&self.media), self.disposition.as_ref()].into_iter().flatten();
        let parameters =
            both.flat_map(|one| &one.list).map(|(name, value)| name.len() + value.len());
        let texts = [&self.id, &self.description, &self.md5, &self.location].into_iter().flatten();
        let texts = texts.chain(&self.language).map(String::len);
        parameters.chain(texts).map(|octets| octets + EACH).sum::<usize>() + self.encoding.len()
    }

    /// Keeps of the description only what the part is handled by.
    pub(super) fn simplify(&mut self) {
        let mut encoding = std::mem::take(&mut self.encoding);
        cut(&mut encoding, ENCODING_OCTETS_KEPT);
        *self = Self {
            kind: self.kind,
            media: Parameters { value: std::mem::take(&mut self.media.value), list: Vec::new() },
            encoding,
            ..Self::default()
        };
    }

    /// `text` of `text/plain`.
    #[must_use]
    pub fn media_type(&self) -> &str {
        self.media.value.split_once('/').map_or("", |(media_type, _)| media_type)
    }

    /// `plain` of `text/plain`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        self.media.value.split_once('/').map_or("", |(_, subtype)| subtype)
    }

    /// Whether the media type is this one.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        self.media.value == media_type
    }

    /// Whether the header calls it an attachment.
    #[must_use]
    pub fn is_disposed_as_attachment(&self) -> bool {
        self.disposition.as_ref().is_some_and(|disposition| disposition.value == "attachment")
    }

    /// The file name as its header gives it, decoded but not made safe: see
    /// [`crate::attachment::safe_name`].
    #[must_use]
    pub fn raw_file_name(&self) -> Option<String> {
        let disposed = self.disposition.as_ref().and_then(|found| found.decoded("filename"));
        disposed.or_else(|| self.media.decoded("name")).filter(|name| !name.is_empty())
    }

    /// How the body is encoded.
    #[must_use]
    pub fn transfer_encoding(&self) -> TransferEncoding {
        match self.kind {
            PartKind::Leaf => TransferEncoding::named(&self.encoding),
            // RFC 2045 §6.4: containers are never encoded.
            PartKind::Multipart | PartKind::Message => TransferEncoding::Identity,
        }
    }

    /// The octets of a body, which is `message[part.body()]`, with its transfer encoding undone.
    #[must_use]
    pub fn decode_body<'a>(&self, body: &'a [u8]) -> Cow<'a, [u8]> {
        self.transfer_encoding().decode(body)
    }

    /// The text of a body, decoded from transfer encoding and charset, cut to the limit. Only as
    /// much is decoded as is kept.
    #[must_use]
    pub fn decode_text(&self, body: &[u8], octets_max: usize) -> String {
        let (octets, _) = self.decode_prefix(body, octets_max);
        let charset = self.media.get("charset").unwrap_or_default();
        let mut text = charset::decode(charset, &octets).into_owned();
        cut(&mut text, octets_max);
        text
    }

    /// The first decoded octets of a body, a few more or less than asked for, and whether they are
    /// all of it.
    pub(crate) fn decode_prefix<'a>(
        &self,
        body: &'a [u8],
        octets_max: usize,
    ) -> (Cow<'a, [u8]>, bool) {
        let encoding = self.transfer_encoding();
        if body.len() <= octets_max {
            return (encoding.decode(body), true);
        }
        if encoding == TransferEncoding::Identity {
            return (Cow::Borrowed(body.get(..octets_max).unwrap_or(body)), false);
        }
        let mut out = Vec::new();
        let mut decoder = TransferDecoder::new(encoding);
        let mut pieces = body.chunks(4_096);
        for piece in pieces.by_ref() {
            decoder.write(piece, &mut out);
            if out.len() > octets_max {
                break;
            }
        }
        decoder.finish(&mut out);
        (Cow::Owned(out), pieces.len() == 0)
    }
}
