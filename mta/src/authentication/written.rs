//! A signature field of ours, written tag by tag and folded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A field while it is written. The value of `b=` comes last of all, into the place that is kept for it.
#[derive(Clone, Debug)]
pub(super) struct Written {
    name: &'static str,
    /// What follows the colon.
    value: String,
    /// Where the value of `b=` goes.
    signature_at: Option<usize>,
    column: usize,
}

/// RFC 5322 §2.1.1 recommends lines of 78 characters and no more.
const COLUMNS: usize = 76;
/// Not a tab: dkimpy looks for ` i=1;` with a space in front.
const FOLD: &str = "\r\n ";
const INDENT: usize = 1;

impl Written {
    pub fn new(name: &'static str) -> Self {
        Self { name, value: String::new(), signature_at: None, column: name.len() + 1 }
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What follows the colon, without the signature.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Writes a tag that is not folded inside.
    pub fn tag(&mut self, tag: &str, value: &str) {
        self.separate(tag.len() + 1 + value.len());
        self.push(tag);
        self.push("=");
        self.push(value);
    }

    /// Writes a colon-separated list, folded where it must be.
    pub fn list(&mut self, tag: &str, items: &[&str]) {
        let first = items.first().copied().unwrap_or_default();
        self.separate(tag.len() + 2 + first.len());
        self.push(tag);
        self.push("=");
        for (place, item) in items.iter().enumerate() {
            let colon = usize::from(place > 0);
            if place > 0 {
                self.push(":");
                if self.column + item.len() + colon > COLUMNS {
                    self.fold();
                }
            }
            self.push(&item.to_ascii_lowercase());
        }
    }

    /// Writes octets in base64, on a line of their own when they don't fit.
    pub fn octets(&mut self, tag: &str, octets: &[u8]) {
        self.tag(tag, &STANDARD.encode(octets));
    }

    /// Keeps the place of `b=`, on lines of its own.
    pub fn signature(&mut self) {
        if !self.value.is_empty() {
            self.push(";");
        }
        self.fold();
        self.push("b=");
        self.signature_at = Some(self.value.len());
        self.column = COLUMNS;
    }

    /// The whole field with its signature and its line end. Inside of `b=` folds are free: its white
    /// space is not signed (RFC 6376 §3.7).
    pub fn signed(mut self, signature: &[u8]) -> String {
        let text = STANDARD.encode(signature);
        let mut folded = String::with_capacity(text.len() + text.len() / 20);
        for (place, character) in text.chars().enumerate() {
            if place > 0 && place % (COLUMNS - INDENT - 2) == 0 {
                folded.push_str(FOLD);
            }
            folded.push(character);
        }
        if let Some(at) = self.signature_at {
            self.value.insert_str(at, &folded);
        }
        format!("{}:{}\r\n", self.name, self.value)
    }

    /// What parts this tag from the one before: a space, or a fold when it gets too long.
    fn separate(&mut self, width: usize) {
        if !self.value.is_empty() {
            self.push(";");
        }
        if self.column + 1 + width > COLUMNS {
            self.fold();
        } else {
            self.push(" ");
        }
    }

    fn fold(&mut self) {
        self.value.push_str(FOLD);
        self.column = INDENT;
    }

    fn push(&mut self, text: &str) {
        self.value.push_str(text);
        self.column += text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_folded_and_its_signature_is_put_into_its_place() {
        let mut field = Written::new("X-Signature");
        field.tag("a", "rsa-sha256");
        field.signature();
        field.octets("bh", &[7; 32]);
        field.list("h", &["From"; 30]);
        let unsigned = field.value().to_owned();
        let text = field.signed(&[255; 256]);
        assert!(text.lines().all(|line| line.len() <= 78), "{text}");
        assert!(
            text.ends_with("\r\n") && text.starts_with("X-Signature: a=rsa-sha256;\r\n b=/////")
        );
        let value = text.trim_start_matches("X-Signature:").trim_end();
        let at = super::super::tags::signature_range(value.as_bytes()).unwrap_or_default();
        let mut without = value.to_owned();
        without.replace_range(at, "");
        assert_eq!(without, unsigned);
        assert_eq!(unsigned.matches("from").count(), 30);
    }
}
