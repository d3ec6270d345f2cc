//! zstd at level 1, each frame with a checksum of the raw bytes. Contexts are kept, a few, because
//! making one costs more than compressing a letter.

use std::sync::{Arc, Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};

use crate::Error;

/// Level 3 gives the same size for twice the time.
const LEVEL: i32 = 1;

/// Contexts of each kind kept for the next one: some 300 KB each.
const KEPT: usize = 4;

/// Compresses and decompresses. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Compression {
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

impl Compression {
    /// None when it does not shrink.
    pub(super) fn compress(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let mut compressor = take(&self.kept.compressors).map_or_else(new_compressor, Ok).ok()?;
        let compressed = compressor.compress(octets).ok();
        put_back(&self.kept.compressors, compressor);
        compressed.filter(|compressed| compressed.len() < octets.len())
    }

    /// What was compressed, or an error that says that these are other bytes.
    pub(super) fn decompress(&self, compressed: &[u8], octets: usize) -> Result<Vec<u8>, Error> {
        let mut decompressor = take(&self.kept.decompressors)
            .map_or_else(Decompressor::new, Ok)
            .map_err(Error::unavailable)?;
        let raw = decompressor.decompress(compressed, octets).map_err(Error::corrupt);
        put_back(&self.kept.decompressors, decompressor);
        raw.and_then(|raw| {
            if raw.len() == octets {
                Ok(raw)
            } else {
                Err(Error::corrupt("a blob of another length"))
            }
        })
    }
}

fn new_compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    Ok(compressor)
}

fn take<T>(kept: &Mutex<Vec<T>>) -> Option<T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn put_back<T>(kept: &Mutex<Vec<T>>, one: T) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() < KEPT {
        kept.push(one);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_comes_back_and_what_does_not_shrink_is_left() {
        let compression = Compression::default();
        let letter = b"Dear Bob, dear Bob, dear Bob, dear Bob, dear Bob".repeat(20);
        let compressed = compression.compress(&letter).unwrap();
        assert!(compressed.len() < letter.len());
        assert_eq!(compression.decompress(&compressed, letter.len()).unwrap(), letter);
        assert_eq!(compression.compress(b"x"), None);
        assert_eq!(compression.compress(b""), None);
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_frame_is_an_error_never_other_bytes() {
        let compression = Compression::default();
        let letter: Vec<u8> =
            (0..4_000u32).flat_map(|n| (n % 97).to_string().into_bytes()).collect();
        let compressed = compression.compress(&letter).unwrap();
        for at in 0..compressed.len() {
            let mut broken = compressed.clone();
            broken[at] ^= 1;
            if let Ok(read) = compression.decompress(&broken, letter.len()) {
                assert_eq!(read, letter, "other bytes with a flip at {at}");
            }
        }
        assert!(matches!(
            compression.decompress(&compressed, letter.len() + 1),
            Err(Error::Corrupt(_))
        ));
    }
}
