//! What a message carries besides its letter, with names that are safe to show and to save under.

use crate::mime::{Part, PartTree, TransferEncoding};
use crate::text::Bodies;
use crate::unprintable::{is_deceptive, one_line};

/// Octets of a file name; the file systems of today end at 255.
const NAME_OCTETS_MAX: usize = 150;

/// Something enclosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Which part, as IMAP counts.
    pub path: Vec<u32>,
    /// A name that is safe to show and to save under, never empty.
    pub name: String,
    /// `image/png`
    pub media_type: String,
    /// Octets, about: encoding is reckoned off, not undone.
    pub octets: usize,
}

/// What a message carries besides its letter, in the order of its parts.
#[must_use]
pub fn attachments(tree: &PartTree) -> Vec<Attachment> {
    let bodies = Bodies::of(tree);
    bodies.enclosures.iter().map(|part| of_part(tree, part)).collect()
}

/// Whether a list of messages should show a paper clip: pictures of the HTML and signatures of the
/// letter are no reason for one.
pub(crate) fn has_attachment(tree: &PartTree, bodies: &Bodies<'_>) -> bool {
    let has_html = bodies.html.iter().any(|part| part.is("text/html"));
    let comes_by_itself = |part: &&Part| is_signature(part) || has_html && is_of_html(tree, part);
    !bodies.enclosures.iter().all(comes_by_itself)
}

fn is_signature(part: &Part) -> bool {
    matches!(
        part.media.value.as_str(),
        "application/pgp-signature"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
    )
}

/// Whether it seems to be a picture that the HTML shows by its `Content-ID`.
fn is_of_html(tree: &PartTree, part: &Part) -> bool {
    let in_related = tree.parent(part).is_some_and(|parent| parent.is("multipart/related"));
    part.media_type() == "image"
        && part.id.is_some()
        && (in_related || !part.is_disposed_as_attachment())
}

/// What a list of attachments says of this part.
fn of_part(tree: &PartTree, part: &Part) -> Attachment {
    Attachment {
        path: tree.path(part),
        name: safe_name(&part.raw_file_name().unwrap_or_default(), &part.media.value),
        media_type: part.media.value.clone(),
        octets: decoded_octets(part),
    }
}

/// Base64 in lines of 76 has 78 octets for 57.
fn decoded_octets(part: &Part) -> usize {
    match part.transfer_encoding() {
        TransferEncoding::Base64 => part.body_octets().saturating_mul(57) / 78,
        TransferEncoding::Identity | TransferEncoding::QuotedPrintable => part.body_octets(),
    }
}

/// A file name without a path, without characters that some file system or some reader takes for
/// something else, of bounded length; a name of our own when nothing is left.
#[must_use]
pub fn safe_name(name: &str, media_type: &str) -> String {
    let last = one_line(name);
    let last = last.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        c => c,
    };
    let shown = |c: &char| !c.is_control() && !is_deceptive(*c);
    let cleaned: String = last.chars().filter(shown).map(harmless).collect();
    // A leading dot hides a file, a trailing one is dropped by Windows.
    let cleaned = cleaned.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let name = if cleaned.is_empty() { own_name(media_type) } else { shortened(cleaned) };
    if is_device(&name) { format!("_{name}") } else { name }
}

/// Shortens the stem; the extension says what the file is.
fn shortened(name: &str) -> String {
    if name.len() <= NAME_OCTETS_MAX {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 20 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(NAME_OCTETS_MAX - extension.len());
    format!("{}{extension}", stem.get(..end).unwrap_or_default().trim_end())
}

/// `CON`, `LPT1` and so on, with any extension: devices on Windows.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|n| matches!(n.as_bytes(), [b'0'..=b'9']))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

fn own_name(media_type: &str) -> String {
    let extension = match media_type {
        "message/rfc822" | "message/global" => return "message.eml".to_owned(),
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/vcard" | "text/x-vcard" => "vcf",
        "text/csv" => "csv",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        media if media.starts_with("text/") => "txt",
        media if media.starts_with("message/") => "txt",
        _ => "bin",
    };
    format!("attachment.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use proptest::prelude::*;

    #[test]
    fn names_are_made_safe() {
        for (name, safe) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\Users\\a.doc", "a.doc"),
            ("a\r\nSet-Cookie: x.txt", "a Set-Cookie_ x.txt"),
            ("gepj.\u{202e}exe", "gepj.exe"),
            ("a\0b\u{7f}.txt", "a b .txt"),
            (".htaccess", "htaccess"),
            ("...", "attachment.bin"),
            ("", "attachment.bin"),
            ("/", "attachment.bin"),
            ("con.txt", "_con.txt"),
            ("LPT1", "_LPT1"),
            ("a<b>\"c|d?.*", "a_b__c_d_._"),
            ("übersicht 日本.xlsx", "übersicht 日本.xlsx"),
        ] {
            assert_eq!(safe_name(name, "x/y"), safe, "{name:?}");
        }
        assert_eq!(safe_name("", "message/rfc822"), "message.eml");
        assert_eq!(safe_name("", "image/png"), "attachment.png");
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = format!("{}.pdf", "é".repeat(500));
        let safe = safe_name(&name, "application/pdf");
        assert!(safe.len() <= NAME_OCTETS_MAX && safe.ends_with("é.pdf"));
        let name = format!("{}.pdf", "e".repeat(146));
        assert_eq!(safe_name(&name, "application/pdf"), name);
    }

    #[test]
    fn attachments_are_listed_with_their_paths() {
        let message = b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\
            Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n\
            <img src=cid:1>\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <1@x>\r\n\r\nA\r\n--r--\r\n\
            --m\r\nContent-Type: application/pdf; name=\"../b.pdf\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n\
            --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nin\r\n--m--\r\n";
        let tree = PartTree::of(message, &Limits::default());
        let found = attachments(&tree);
        let told: Vec<_> = found.iter().map(|a| (a.path.as_slice(), a.name.as_str())).collect();
        let expected: [(&[u32], &str); 3] =
            [(&[1, 2], "attachment.png"), (&[2], "b.pdf"), (&[3], "message.eml")];
        assert_eq!(told, expected);
    }

    proptest! {
        #[test]
        fn no_name_is_a_path_or_empty(name in "[\\PC\0-\x20/\\\\.]{0,300}") {
            let safe = safe_name(&name, "x/y");
            prop_assert!(!safe.is_empty() && safe.len() <= NAME_OCTETS_MAX + 1);
            prop_assert!(!safe.contains(['/', '\\', '\r', '\n', '\0']) && !safe.starts_with('.'));
            prop_assert_eq!(safe_name(&safe, "x/y"), safe);
        }
    }
}
