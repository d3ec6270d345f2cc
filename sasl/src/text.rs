//! Names and passwords as text.

use crate::Fault;

/// Names and passwords are UTF-8, not empty, and hold no controls: so much of SASLprep (RFC 4013 §2.3)
/// keeps harm away. The rest of it would only make some passwords equal to others.
pub fn text(octets: &[u8]) -> Result<String, Fault> {
    let text = std::str::from_utf8(octets).map_err(|_| Fault::Malformed)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Fault::Malformed);
    }
    Ok(text.to_owned())
}
