//! Messages made of seven bits, for hosts without 8BITMIME (RFC 6152 §3) or BINARYMIME (RFC 3030 §3).
//!
//! Each part that needs it is encoded on its own: text as quoted-printable, the rest as base64. What is
//! signed part by part (RFC 1847) must stay as it is. Raw eight-bit *header* fields are left alone: no
//! encoding of a body helps them.

mod encode;
mod head;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use message::Limits;
use message::mime::{Part, PartKind, PartTree, TransferEncoding};

use super::super::parcel::BodyKind;
use super::denial::Denial;

/// The same message in seven bits.
pub(super) fn to_seven_bit(message: &[u8], body: BodyKind) -> Result<Bytes, Denial> {
    let tree = PartTree::of(message, &Limits::default());
    let work = Work { message, tree: &tree, strict: body == BodyKind::Binary };
    let (mut out, mut at) = (Vec::with_capacity(message.len() / 8 * 9), 0);
    for part in tree.parts() {
        work.gap(at, part.header().start, &mut out);
        at = work.part(part, &mut out)?;
    }
    work.gap(at, message.len(), &mut out);
    Ok(out.into())
}

struct Work<'a> {
    message: &'a [u8],
    tree: &'a PartTree,
    /// Whether bare line ends, NUL and long lines are encoded too.
    strict: bool,
}

impl Work<'_> {
    /// Delimiters, preamble and epilogue: nobody reads what stands there besides.
    fn gap(&self, from: usize, to: usize, out: &mut Vec<u8>) {
        let gap = self.message.get(from..to).unwrap_or_default();
        out.extend(gap.iter().map(|octet| if octet.is_ascii() { *octet } else { b'?' }));
    }

    /// Writes a part's header, and its body if it is no container. Gives where that ends.
    fn part(&self, part: &Part, out: &mut Vec<u8>) -> Result<usize, Denial> {
        let header = self.message.get(part.header()).unwrap_or_default();
        if part.kind != PartKind::Leaf {
            let encoding = matches!(part.encoding.as_str(), "8bit" | "binary").then_some("7bit");
            head::with_encoding(header, encoding, None, out);
            return Ok(part.header().end);
        }
        let body = self.message.get(part.body()).unwrap_or_default();
        if !needs_encoding(body, self.strict) {
            let encoding = matches!(part.encoding.as_str(), "8bit" | "binary").then_some("7bit");
            head::with_encoding(header, encoding, None, out);
            out.extend_from_slice(body);
            return Ok(part.body().end);
        }
        if self.is_signed(part) {
            return Err(Denial::Signed);
        }
        match part.transfer_encoding() {
            TransferEncoding::Identity => self.encode(part, header, body, out),
            // Eight-bit octets in what claims to be encoded: what decoders skip can go, and what they
            // let through can be spelled out.
            TransferEncoding::Base64 => {
                head::with_encoding(header, None, None, out);
                out.extend(body.iter().filter(|octet| octet.is_ascii()));
            }
            TransferEncoding::QuotedPrintable => {
                head::with_encoding(header, None, None, out);
                encode::spell_out(body, out);
            }
        }
        Ok(part.body().end)
    }

    fn encode(&self, part: &Part, header: &[u8], body: &[u8], out: &mut Vec<u8>) {
        let is_text = part.media_type() == "text" || part.media_type() == "message";
        let eight_bit = body.iter().filter(|octet| !octet.is_ascii()).count();
        // Beyond a third of the octets base64 is shorter.
        let quoted = is_text && eight_bit < body.len() / 3;
        let is_root = std::ptr::eq(part, self.tree.root());
        let charset = is_root
            .then(|| if std::str::from_utf8(body).is_ok() { "utf-8" } else { "unknown-8bit" });
        let encoding = if quoted { "quoted-printable" } else { "base64" };
        head::with_encoding(header, Some(encoding), charset, out);
        if quoted {
            encode::quoted_printable(body, out);
        } else {
            encode::base64(body, out);
        }
    }

    /// Whether the part stands in something whose signature covers its octets.
    fn is_signed(&self, part: &Part) -> bool {
        let mut at = Some(part);
        while let Some(part) = at {
            if part.is("multipart/signed") {
                return true;
            }
            at = self.tree.parent(part);
        }
        false
    }
}

/// RFC 2045 §2.7: eight bits. Strictly: anything that is no line of 998 octets.
fn needs_encoding(body: &[u8], strict: bool) -> bool {
    if !body.is_ascii() {
        return true;
    }
    let odd_line = |line: &[u8]| {
        let text = line.strip_suffix(b"\r").unwrap_or(line);
        text.len() > 998 || text.iter().any(|octet| matches!(octet, 0 | b'\r'))
    };
    let bare_lf = || {
        let before = |at: usize| at.checked_sub(1).and_then(|at| body.get(at));
        memchr::memchr_iter(b'\n', body).any(|at| before(at) != Some(&b'\r'))
    };
    strict && (body.split(|octet| *octet == b'\n').any(odd_line) || bare_lf())
}
