//! Files keep mail in two forms: as it travels, with CRLF, or as Unix text, with LF alone.
//! The first line tells which. Mail as it travels is kept octet for octet; Unix text gets its CRs back.

/// Turns the pieces of one message into the form that is stored.
#[derive(Debug, Default)]
pub struct LineEnds {
    unix: Option<bool>,
    last: u8,
}

impl LineEnds {
    /// Appends `piece` to `out`, with CRLF line ends if the message is Unix text.
    pub fn convert(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if self.unix == Some(false) {
            out.extend_from_slice(piece);
            return;
        }
        for line in piece.split_inclusive(|&octet| octet == b'\n') {
            self.line(line, out);
        }
    }

    /// `line` ends in LF, or is what a piece ended with.
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let Some(text) = line.strip_suffix(b"\n") else {
            out.extend_from_slice(line);
            self.last = line.last().copied().unwrap_or(self.last);
            return;
        };
        let before = text.last().copied().unwrap_or(self.last);
        let unix = *self.unix.get_or_insert(before != b'\r');
        out.extend_from_slice(text);
        if unix && before != b'\r' {
            out.push(b'\r');
        }
        out.push(b'\n');
        self.last = b'\n';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(pieces: &[&[u8]]) -> Vec<u8> {
        let mut line_ends = LineEnds::default();
        let mut out = Vec::new();
        for piece in pieces {
            line_ends.convert(piece, &mut out);
        }
        out
    }

    #[test]
    fn unix_text_gets_its_carriage_returns_back() {
        assert_eq!(converted(&[b"A: b\n\nc\n\nd"]), b"A: b\r\n\r\nc\r\n\r\nd");
    }

    #[test]
    fn mail_as_it_travels_is_kept_octet_for_octet() {
        assert_eq!(
            converted(&[b"A: b\r\n\r\nbare\nLF and \rCR\r\n"]),
            b"A: b\r\n\r\nbare\nLF and \rCR\r\n"
        );
    }

    #[test]
    fn a_crlf_inside_unix_text_is_not_doubled() {
        assert_eq!(converted(&[b"A: b\nc\r\nd\n"]), b"A: b\r\nc\r\nd\r\n");
    }

    #[test]
    fn it_does_not_matter_where_the_pieces_are_cut() {
        let whole: &[u8] = b"A: b\r\n\r\nc\nd\r\n";
        for cut in 0..whole.len() {
            let (front, back) = whole.split_at(cut);
            assert_eq!(converted(&[front, back]), whole, "cut at {cut}");
        }
        let unix: &[u8] = b"A: b\nc\r\n\nd";
        for cut in 0..unix.len() {
            let (front, back) = unix.split_at(cut);
            assert_eq!(converted(&[front, back]), b"A: b\r\nc\r\n\r\nd", "cut at {cut}");
        }
    }
}
