//! How all mail protocols carry messages: base64 in lines (RFC 4954 §4, RFC 5034 §4, RFC 9051 §6.2.2).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Some clients forget the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64")]
pub struct NotBase64;

/// A message of ours, as it is sent.
#[must_use]
pub fn encode(message: &[u8]) -> String {
    BASE64.encode(message)
}

/// A message of the client's, as it came.
///
/// # Errors
/// When it is not base64.
pub fn decode(line: &[u8]) -> Result<Vec<u8>, NotBase64> {
    BASE64.decode(line).map_err(|_| NotBase64)
}

/// A first message that came with the command. `=` is the empty one: nothing at all would be none.
///
/// # Errors
/// When it is not base64.
pub fn initial(word: &[u8]) -> Result<Vec<u8>, NotBase64> {
    if word == b"=" { Ok(Vec::new()) } else { decode(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_comes_back_with_or_without_its_padding() {
        assert_eq!(encode(b"\0bob\0hungry"), "AGJvYgBodW5ncnk=");
        for line in [&b"AGJvYgBodW5ncnk="[..], b"AGJvYgBodW5ncnk"] {
            assert_eq!(decode(line), Ok(b"\0bob\0hungry".to_vec()));
        }
        assert_eq!(decode(b""), Ok(Vec::new()));
        for line in [&b"="[..], b"*", b"a b", b"AGJvYgBodW5ncnk=\r", b"\xff"] {
            assert_eq!(decode(line), Err(NotBase64), "{line:?}");
        }
    }

    #[test]
    fn an_equals_sign_alone_is_the_empty_first_message() {
        assert_eq!(initial(b"="), Ok(Vec::new()));
        assert_eq!(initial(b"Ym9i"), Ok(b"bob".to_vec()));
        assert_eq!(initial(b"=="), Err(NotBase64));
    }
}
