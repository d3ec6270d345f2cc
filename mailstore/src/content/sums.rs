//! Checksums of bytes kept as they are: BLAKE3, cut to 16 octets, one for each piece of 64 KiB, so
//! that any part can be checked by reading no more than the pieces it lies in.

/// Octets of a piece.
pub(super) const PIECE: usize = 64 << 10;

/// Octets of a piece's checksum.
const SUM: usize = 16;

/// The checksums of all pieces, one after the other.
pub(super) fn sums(octets: &[u8]) -> Vec<u8> {
    octets.chunks(PIECE).flat_map(sum).collect()
}

fn sum(piece: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    blake3::Hasher::new().update(piece).finalize_xof().fill(&mut sum);
    sum
}

/// True when these octets, which begin with piece number `first` and end with a whole piece or the
/// message, are those that were summed.
pub(super) fn verify(octets: &[u8], first: usize, sums: &[u8]) -> bool {
    octets.chunks(PIECE).enumerate().all(|(at, piece)| {
        let begin = (first + at) * SUM;
        sums.get(begin..begin + SUM).is_some_and(|expected| expected == sum(piece))
    })
}

/// 64 bits that name these octets, for tables in which a rare clash is looked at again.
pub(crate) fn short_hash(octets: &[u8]) -> i64 {
    let mut first = [0; 8];
    blake3::Hasher::new().update(octets).finalize_xof().fill(&mut first);
    i64::from_le_bytes(first)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_octet_is_under_a_checksum() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let mut octets: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let summed = sums(&octets);
            assert_eq!(summed.len(), length.div_ceil(PIECE) * SUM);
            assert!(verify(&octets, 0, &summed));
            for at in [0, length / 2, length.saturating_sub(1)] {
                if let Some(octet) = octets.get_mut(at) {
                    *octet ^= 1;
                    assert!(!verify(&octets, 0, &summed), "{length} {at}");
                    octets[at] ^= 1;
                }
            }
        }
    }

    #[test]
    fn a_part_is_checked_by_its_own_pieces() {
        let octets = vec![7; 3 * PIECE + 5];
        let summed = sums(&octets);
        assert!(verify(&octets[PIECE..3 * PIECE], 1, &summed));
        assert!(verify(&octets[3 * PIECE..], 3, &summed));
        assert!(!verify(&octets[3 * PIECE..], 2, &summed));
        assert!(!verify(&octets[..PIECE], 4, &summed));
    }
}
