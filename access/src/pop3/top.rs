//! Where the top of a message ends.

use memchr::memchr_iter;

/// Counts a header and then lines of the body (RFC 1939 §7, TOP).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Top {
    header_octets_left: u64,
    lines_left: u64,
}

impl Top {
    /// `header_octets` has the empty line behind the header counted.
    pub(super) fn new(header_octets: u64, lines: u64) -> Self {
        Self { header_octets_left: header_octets, lines_left: lines }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.header_octets_left == 0 && self.lines_left == 0
    }

    /// How many octets of the next piece belong to the top. A bare LF ends a line too: imported
    /// messages have them.
    pub(super) fn take(&mut self, piece: &[u8]) -> usize {
        let header = usize::try_from(self.header_octets_left)
            .map_or(piece.len(), |left| left.min(piece.len()));
        self.header_octets_left -= header as u64;
        if self.header_octets_left > 0 {
            return piece.len();
        }
        let body = piece.get(header..).unwrap_or_default();
        let mut taken = header;
        for line_end in memchr_iter(b'\n', body) {
            if self.lines_left == 0 {
                return taken;
            }
            self.lines_left -= 1;
            taken = header + line_end + 1;
        }
        if self.lines_left == 0 { taken } else { piece.len() }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MESSAGE: &str = "A: b\r\n\r\none\r\ntwo\nthree";

    fn top_of(pieces: &[&[u8]], lines: u64) -> String {
        let mut top = Top::new(8, lines);
        let mut taken = Vec::new();
        for piece in pieces {
            if top.is_complete() {
                break;
            }
            taken.extend_from_slice(piece.get(..top.take(piece)).unwrap());
        }
        String::from_utf8(taken).unwrap()
    }

    #[test]
    fn no_lines_are_the_header_and_the_empty_line() {
        assert_eq!(top_of(&[MESSAGE.as_bytes()], 0), "A: b\r\n\r\n");
    }

    #[test]
    fn so_many_lines_of_the_body_follow() {
        assert_eq!(top_of(&[MESSAGE.as_bytes()], 1), "A: b\r\n\r\none\r\n");
        assert_eq!(top_of(&[MESSAGE.as_bytes()], 2), "A: b\r\n\r\none\r\ntwo\n");
    }

    #[test]
    fn more_lines_than_there_are_is_the_whole_message() {
        for lines in [3, 4, u64::MAX] {
            assert_eq!(top_of(&[MESSAGE.as_bytes()], lines), MESSAGE);
        }
    }

    proptest! {
        #[test]
        fn any_split_into_pieces_gives_the_same_top(one in 0usize..22, two in 0usize..22, lines in 0u64..5) {
            let (rest, last) = MESSAGE.as_bytes().split_at(one.max(two).min(MESSAGE.len()));
            let (first, middle) = rest.split_at(one.min(two).min(rest.len()));
            prop_assert_eq!(top_of(&[first, middle, last], lines), top_of(&[MESSAGE.as_bytes()], lines));
        }
    }
}
