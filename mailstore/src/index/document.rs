//! What of a message is searched, as one text: the header fields, a line each, those that a person sees in front; then the body. The
//! same text is indexed and looked through, so that the index can never miss what a look would find.

use message::Limits;
use message::mime::PartTree;
use message::text::search_text;

/// The searched text of one message. Lines of the header are `name: value`; no line end is ever part of what is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Document {
    text: Vec<u8>,
    glance_octets: usize,
    header_octets: usize,
}

/// Header fields that a person sees: what most searches are about.
const AT_A_GLANCE: [&str; 8] =
    ["subject", "from", "to", "cc", "bcc", "reply-to", "sender", "list-id"];

/// True for a field that a person sees.
pub(crate) fn is_at_a_glance(name: &str) -> bool {
    AT_A_GLANCE.contains(&name)
}

impl Document {
    /// Takes it out of a message.
    pub(crate) fn of(message: &[u8], limits: &Limits) -> Self {
        let tree = PartTree::of(message, limits);
        let found = search_text(message, &tree, limits);
        let mut text = String::with_capacity(found.header.len() + found.body.len());
        let lines = |wanted: fn(&str) -> bool| {
            let lines = found.header.split_inclusive('\n');
            lines.filter(move |line| line.split_once(':').is_some_and(|(name, _)| wanted(name)))
        };
        text.extend(lines(is_at_a_glance));
        let glance_octets = text.len();
        text.extend(lines(|name| !is_at_a_glance(name) && !is_for_machines(name)));
        let header_octets = text.len();
        text.push_str(&found.body);
        Self { text: text.into_bytes(), glance_octets, header_octets }
    }

    /// From what is kept of it.
    pub(super) fn from_parts(text: Vec<u8>, glance_octets: usize, header_octets: usize) -> Self {
        Self { text, glance_octets, header_octets }
    }

    /// Header and body.
    pub(crate) fn all(&self) -> &[u8] {
        &self.text
    }

    /// The fields that a person sees.
    pub(crate) fn glance(&self) -> &[u8] {
        self.text.get(..self.glance_octets).unwrap_or_default()
    }

    /// The header.
    pub(crate) fn header(&self) -> &[u8] {
        self.text.get(..self.header_octets).unwrap_or_default()
    }

    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        self.text.get(self.header_octets..).unwrap_or_default()
    }
}

/// Fields that carry signatures and seals: kilobytes of random letters that nobody searches, and that would make the index three
/// times as large. A search that names such a field looks into the message instead.
pub(crate) fn is_for_machines(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "dkim-signature",
        "domainkey-signature",
        "x-google-dkim-signature",
        "x-gm-message-state",
        "x-google-smtp-source",
        "autocrypt",
    ];
    const BEGINNINGS: [&str; 5] =
        ["arc-", "x-ms-exchange-", "x-microsoft-antispam", "x-forefront-", "x-ms-has-"];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_body_are_in_the_text_and_signatures_are_not() {
        let message = b"Subject: Gr\xc3\xbc\xc3\x9fe\r\nX-Mailer: Quill\r\nDKIM-Signature: v=1; b=ABCdef\r\nTo: Ann <ann@x.org>\r\n\r\nHello  there\r\n";
        let document = Document::of(message, &Limits::default());
        assert_eq!(document.glance(), "subject: grüsse\nto: ann <ann@x.org>\n".as_bytes());
        assert_eq!(document.header(), [document.glance(), b"x-mailer: quill\n"].concat());
        assert_eq!(document.body(), b"hello there\n");
        assert_eq!(document.all(), [document.header(), document.body()].concat());
    }
}
