//! Command lines.

use memchr::memchr;

/// Finds the ends of lines in what waits.
#[derive(Debug, Default)]
pub struct LineReader {
    /// So much of what waits has been searched without finding an end.
    searched: usize,
    /// In a line that is too long: its octets go as they come.
    discarding: bool,
}

/// A line that is whole.
#[derive(Debug, PartialEq, Eq)]
pub enum LineEvent<'a> {
    /// Ended with CRLF; without it.
    Line(&'a [u8]),
    /// Ended with a bare LF; without it.
    BareLine(&'a [u8]),
    /// Was longer than allowed and has been thrown away.
    TooLong,
}

impl LineReader {
    /// Looks at all octets that wait and says how many of them are done with, and the line if one is
    /// whole. The others must be shown again, in front of what comes next. `octets_max` counts the
    /// line end.
    pub fn next<'a>(
        &mut self,
        waiting: &'a [u8],
        octets_max: usize,
    ) -> (usize, Option<LineEvent<'a>>) {
        let unsearched = waiting.get(self.searched..).unwrap_or_default();
        let Some(at) = memchr(b'\n', unsearched) else {
            return (self.keep_or_discard(waiting.len(), octets_max), None);
        };
        let octets = self.searched + at + 1;
        let too_long = std::mem::take(&mut self.discarding) || octets > octets_max;
        self.searched = 0;
        if too_long {
            return (octets, Some(LineEvent::TooLong));
        }
        let line = waiting.get(..octets - 1).unwrap_or_default();
        let event = match line.strip_suffix(b"\r") {
            Some(line) => LineEvent::Line(line),
            None => LineEvent::BareLine(line),
        };
        (octets, Some(event))
    }

    /// No end in sight. What is longer than a line may be is not kept until its end is found.
    fn keep_or_discard(&mut self, waiting: usize, octets_max: usize) -> usize {
        if self.discarding || waiting >= octets_max {
            self.discarding = true;
            self.searched = 0;
            return waiting;
        }
        self.searched = waiting;
        0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    enum Seen {
        Line(Vec<u8>),
        Bare(Vec<u8>),
        TooLong,
    }

    /// Reads the pieces as a connection would; also the most octets ever kept.
    fn read(pieces: &[&[u8]], octets_max: usize) -> (Vec<Seen>, usize) {
        let (mut reader, mut buffer, mut seen, mut kept) =
            (LineReader::default(), Vec::new(), Vec::new(), 0);
        for piece in pieces {
            buffer.extend_from_slice(piece);
            loop {
                let (done, event) = reader.next(&buffer, octets_max);
                let stop = event.is_none();
                match event {
                    Some(LineEvent::Line(line)) => seen.push(Seen::Line(line.to_vec())),
                    Some(LineEvent::BareLine(line)) => seen.push(Seen::Bare(line.to_vec())),
                    Some(LineEvent::TooLong) => seen.push(Seen::TooLong),
                    None => {}
                }
                buffer.drain(..done);
                if stop {
                    break;
                }
            }
            kept = kept.max(buffer.len());
        }
        (seen, kept)
    }

    fn line(text: &str) -> Seen {
        Seen::Line(text.into())
    }

    #[test]
    fn pipelined_lines_come_one_by_one_and_the_last_waits_for_its_end() {
        let (seen, kept) = read(&[b"NOOP\r\n\r\nQUIT\r\nRE"], 100);
        assert_eq!(seen, [line("NOOP"), line(""), line("QUIT")]);
        assert_eq!(kept, 2);
    }

    #[test]
    fn a_bare_lf_ends_a_line_that_says_so_and_a_bare_cr_ends_none() {
        let (seen, _) = read(&[b"a\nb\rc\r\r\n"], 100);
        assert_eq!(seen, [Seen::Bare("a".into()), line("b\rc\r")]);
    }

    #[test]
    fn a_line_of_the_longest_length_is_taken_and_one_octet_more_is_not() {
        assert_eq!(read(&[b"12345678\r\n"], 10).0, [line("12345678")]);
        assert_eq!(read(&[b"123456789\r\n"], 10).0, [Seen::TooLong]);
        assert_eq!(read(&[b"123456789", b"\n"], 10).0, [Seen::Bare("123456789".into())]);
        assert_eq!(read(&[b"1234567890", b"\n"], 10).0, [Seen::TooLong]);
    }

    #[test]
    fn a_line_of_a_megabyte_is_one_event_and_is_never_kept() {
        let long = vec![b'x'; 1 << 20];
        let mut pieces: Vec<&[u8]> = long.chunks(1_000).collect();
        pieces.push(b"\r\nNOOP\r\n");
        let (seen, kept) = read(&pieces, 2_000);
        assert_eq!(seen, [Seen::TooLong, line("NOOP")]);
        assert!(kept < 2_000, "kept {kept}");
    }

    proptest! {
        #[test]
        fn any_split_into_reads_gives_the_same_lines(
            text in "[ab\r\n]{0,60}",
            cuts in prop::collection::vec(0usize..60, 0..8),
        ) {
            let whole = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> =
                cuts.windows(2).map(|pair| whole.get(pair[0]..pair[1]).unwrap()).collect();
            prop_assert_eq!(read(&pieces, 7).0, read(&[whole], 7).0);
        }
    }
}
