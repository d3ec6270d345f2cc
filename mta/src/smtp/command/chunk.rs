//! BDAT (RFC 3030 §2).

use super::{Fault, word};

/// How much of a message comes behind the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Octets.
    pub octets: u64,
    /// Whether the message ends with them.
    pub last: bool,
}

/// `BDAT 1*DIGIT [LAST]`. More digits than fit are more octets than anybody takes.
pub fn bdat(rest: &str) -> Result<Chunk, Fault> {
    let (digits, end) = word::split(rest);
    let number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    let last = end.eq_ignore_ascii_case("LAST");
    if !number || !(last || end.is_empty()) {
        return Err(Fault::ChunkMalformed);
    }
    Ok(Chunk { octets: digits.parse().unwrap_or(u64::MAX), last })
}
