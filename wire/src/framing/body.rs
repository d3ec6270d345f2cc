//! Dot-stuffed bodies on their way in.

use memchr::memchr2;

use crate::BodyFault;

/// Reads one body up to its end, gives its content without the stuffed dots, and notes what is wrong.
///
/// Only CRLF.CRLF ends a body (RFC 5321 §4.1.1.4). A server that also took LF.LF or CR.CR as an end
/// could be made to read the rest of somebody's message as commands; therefore every CR or LF on its
/// own is a fault, *and* reading goes on to the real end, so that nothing behind the fault is ever
/// taken for a command.
#[derive(Debug)]
pub struct BodyReader {
    at: At,
    octets_max: u64,
    line_octets_max: usize,
    /// Content so far, whether it was given out or not.
    octets: u64,
    /// Of the current line, its stuffed dot not counted.
    line_octets: usize,
    /// The first thing that was wrong with a line.
    fault: Option<BodyFault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    /// After a dot at the start of a line: the end, or a dot that was put in.
    Dot,
    /// After a dot and CR at the start of a line.
    DotCr,
    Line,
    /// After a CR in a line.
    Cr,
}

/// What a slice of input yields.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Content. It may still turn out to belong to a faulty body.
    Content(&'a [u8]),
    /// The end: how many octets of content there were, or what was wrong with them.
    End(Result<u64, BodyFault>),
}

impl BodyReader {
    /// A reader at the start of a body. `octets_max` is for the content, `line_octets_max` for a line
    /// with its CRLF and without its stuffed dot (RFC 5321 §4.5.3.1.6).
    #[must_use]
    pub fn new(octets_max: u64, line_octets_max: usize) -> Self {
        let at = At::LineStart;
        Self { at, octets_max, line_octets_max, octets: 0, line_octets: 0, fault: None }
    }

    /// The next piece of `input`, which is shortened by what has been read. `None` when all of it has.
    /// After [`Piece::End`] what is left in `input` is no part of the body.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        while let Some((&first, rest)) = input.split_first() {
            match self.at {
                At::LineStart if first == b'.' => {
                    (*input, self.at) = (rest, At::Dot);
                }
                At::LineStart => self.at = At::Line,
                At::Dot if first == b'\r' => {
                    (*input, self.at) = (rest, At::DotCr);
                }
                // The dot was put in: without it the line goes on (RFC 5321 §4.5.2).
                At::Dot => self.at = At::Line,
                At::DotCr if first == b'\n' => {
                    *input = rest;
                    return Some(Piece::End(self.end()));
                }
                At::DotCr => {
                    self.note(BodyFault::BareCr);
                    self.at = At::Line;
                }
                At::Line | At::Cr => {
                    let (run, rest) = input.split_at(self.run(input));
                    *input = rest;
                    if self.count(run) {
                        return Some(Piece::Content(run));
                    }
                }
            }
        }
        None
    }

    /// How far lines go on without a dot to look at.
    fn run(&mut self, octets: &[u8]) -> usize {
        let mut done = 0;
        loop {
            let rest = octets.get(done..).unwrap_or_default();
            if self.at == At::Cr {
                match rest.first() {
                    None => return done,
                    Some(b'\n') => {
                        done += 1;
                        self.lengthen_line(1);
                        self.line_octets = 0;
                        if matches!(rest.get(1), None | Some(b'.')) {
                            self.at = At::LineStart;
                            return done;
                        }
                    }
                    Some(_) => self.note(BodyFault::BareCr),
                }
                self.at = At::Line;
                continue;
            }
            let Some(at) = memchr2(b'\r', b'\n', rest) else {
                self.lengthen_line(rest.len());
                return octets.len();
            };
            done += at + 1;
            self.lengthen_line(at + 1);
            if rest.get(at) == Some(&b'\r') {
                self.at = At::Cr;
            } else {
                self.note(BodyFault::BareLf);
            }
        }
    }

    fn lengthen_line(&mut self, octets: usize) {
        self.line_octets = self.line_octets.saturating_add(octets);
        if self.line_octets > self.line_octets_max {
            self.note(BodyFault::LineTooLong);
        }
    }

    /// Whether a run is worth giving out: not once the body is known to be faulty.
    fn count(&mut self, run: &[u8]) -> bool {
        self.octets = self.octets.saturating_add(run.len() as u64);
        !run.is_empty() && self.fault.is_none() && self.octets <= self.octets_max
    }

    fn note(&mut self, fault: BodyFault) {
        self.fault.get_or_insert(fault);
    }

    /// Too long wins over what is wrong with a line: which of them came first would depend on how
    /// the body was cut into reads.
    fn end(&mut self) -> Result<u64, BodyFault> {
        if self.octets > self.octets_max {
            return Err(BodyFault::TooLong);
        }
        self.fault.take().map_or(Ok(self.octets), Err)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Content, ending, and what was left behind the end.
    #[derive(Debug, PartialEq)]
    struct Read {
        content: Vec<u8>,
        ending: Option<Result<u64, String>>,
        left: Vec<u8>,
    }

    fn read_pieces(pieces: &[&[u8]], octets_max: u64, line_octets_max: usize) -> Read {
        let mut reader = BodyReader::new(octets_max, line_octets_max);
        let mut read = Read { content: Vec::new(), ending: None, left: Vec::new() };
        for piece in pieces {
            let mut input = *piece;
            while read.ending.is_none() {
                match reader.next(&mut input) {
                    Some(Piece::Content(octets)) => read.content.extend_from_slice(octets),
                    Some(Piece::End(ending)) => {
                        read.ending = Some(ending.map_err(|fault| format!("{fault:?}")));
                    }
                    None => break,
                }
            }
            read.left.extend_from_slice(input);
        }
        read
    }

    fn read(octets: &[u8]) -> Read {
        read_pieces(&[octets], 1_000, 100)
    }

    fn whole(content: &str, left: &str) -> Read {
        let ending = Some(Ok(content.len() as u64));
        Read { content: content.into(), ending, left: left.into() }
    }

    fn fault(octets: &[u8]) -> String {
        read(octets).ending.unwrap().unwrap_err()
    }

    #[test]
    fn a_body_ends_with_a_dot_alone_and_what_follows_is_left() {
        assert_eq!(read(b"one\r\ntwo\r\n.\r\nQUIT\r\n"), whole("one\r\ntwo\r\n", "QUIT\r\n"));
    }

    #[test]
    fn a_dot_at_once_is_an_empty_body() {
        assert_eq!(read(b".\r\n"), whole("", ""));
    }

    #[test]
    fn one_dot_is_removed_from_a_line_that_starts_with_it() {
        assert_eq!(read(b"..\r\n...\r\n.x\r\nx.\r\n.\r\n"), whole(".\r\n..\r\nx\r\nx.\r\n", ""));
    }

    #[test]
    fn eight_bit_octets_and_nul_pass() {
        assert_eq!(read(b"\xff\0\r\n.\r\n").content, b"\xff\0\r\n");
    }

    #[test]
    fn no_ending_but_crlf_dot_crlf_is_one() {
        for smuggled in [
            &b"x\n.\nMAIL FROM:<>\r\n"[..],
            b"x\n.\r\nMAIL FROM:<>\r\n",
            b"x\r\n.\nMAIL FROM:<>\r\n",
            b"x\r.\rMAIL FROM:<>\r\n",
            b"x\r\n.\rMAIL FROM:<>\r\n",
            b"x\r.\r\nMAIL FROM:<>\r\n",
            b"x\r\n\r.\r\nMAIL FROM:<>\r\n",
            b"x\r\n.\r\rMAIL FROM:<>\r\n",
            b"x\r\n.\r\r\nMAIL FROM:<>\r\n",
            b"x\r\n.\0\r\nMAIL FROM:<>\r\n",
        ] {
            let read_so_far = read(smuggled);
            assert_eq!(read_so_far.ending, None, "{smuggled:?}");
            let with_end = [smuggled, b".\r\nNOOP\r\n"].concat();
            assert_eq!(read(&with_end).left, b"NOOP\r\n", "{smuggled:?}");
        }
    }

    #[test]
    fn a_bare_cr_or_lf_is_a_fault_wherever_it_stands() {
        for bare in [&b"\r\r\n.\r\n"[..], b"a\rb\r\n.\r\n", b".\rx\r\n.\r\n", b"a\r\r\n.\r\n"] {
            assert_eq!(fault(bare), "BareCr", "{bare:?}");
        }
        for bare in [&b"\n\r\n.\r\n"[..], b"a\nb\r\n.\r\n", b".\nx\r\n.\r\n", b"a\r\n\n\r\n.\r\n"] {
            assert_eq!(fault(bare), "BareLf", "{bare:?}");
        }
    }

    #[test]
    fn the_longest_body_is_taken_and_one_octet_more_is_not() {
        let at_most = |max| read_pieces(&[b"..34\r\n.\r\n"], max, 100).ending.unwrap();
        assert_eq!(at_most(5), Ok(5));
        assert_eq!(at_most(4), Err("TooLong".into()));
    }

    #[test]
    fn the_longest_line_is_taken_and_one_octet_more_is_not() {
        let at_most = |max| read_pieces(&[b"..34\r\n.\r\n"], 100, max).ending.unwrap();
        assert_eq!(at_most(5), Ok(5), "its stuffed dot does not count, its CRLF does");
        assert_eq!(at_most(4), Err("LineTooLong".into()));
    }

    #[test]
    fn a_body_that_is_too_long_is_not_given_out_further() {
        let long = b"0123456789\r\n".repeat(100);
        let pieces: Vec<&[u8]> = long.chunks(7).chain([&b".\r\nNOOP\r\n"[..]]).collect();
        let read = read_pieces(&pieces, 30, 100);
        assert_eq!(read.ending, Some(Err("TooLong".into())));
        assert!(read.content.len() <= 30);
        assert_eq!(read.left, b"NOOP\r\n");
    }

    /// The same rules, octet by octet, as plainly as they can be said.
    fn by_the_letter(octets: &[u8]) -> Option<(Vec<u8>, usize)> {
        let end = if octets.starts_with(b".\r\n") {
            0
        } else {
            octets.windows(5).position(|five| five == b"\r\n.\r\n")? + 2
        };
        let body = octets.get(..end)?;
        let text: Vec<u8> = body.to_vec();
        let mut content = Vec::new();
        let mut rest = &text[..];
        while !rest.is_empty() {
            let line_end = rest.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
            let (line, next) = rest.split_at(line_end);
            let (line, has_dot) = line.strip_prefix(b".").map_or((line, false), |l| (l, true));
            let inner = line.strip_suffix(b"\r\n").unwrap();
            if inner.contains(&b'\r') || inner.contains(&b'\n') || (has_dot && inner == b"") {
                return None;
            }
            content.extend_from_slice(line);
            rest = next;
        }
        Some((content, end + 3))
    }

    fn cut<'a>(whole: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
        let mut cuts: Vec<usize> = cuts.iter().map(|&cut| cut.min(whole.len())).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn any_split_into_reads_gives_the_same_body(
            text in r"(\r\n|\r|\n|\.|a){0,24}(\r\n\.\r\n)?(\r\n|\.|a){0,4}",
            cuts in prop::collection::vec(0usize..40, 0..8),
            octets_max in 0u64..20,
            line_octets_max in 1usize..8,
        ) {
            let at_once = read_pieces(&[text.as_bytes()], octets_max, line_octets_max);
            let in_pieces =
                read_pieces(&cut(text.as_bytes(), &cuts), octets_max, line_octets_max);
            prop_assert_eq!(&at_once.ending, &in_pieces.ending);
            prop_assert_eq!(&at_once.left, &in_pieces.left);
            if let Some(Ok(_)) = at_once.ending {
                prop_assert_eq!(&at_once.content, &in_pieces.content);
            }
        }

        #[test]
        fn bodies_end_and_read_as_the_letter_says(
            text in r"(\r\n|\r|\n|\.|a){0,24}(\r\n\.\r\n)?(\r\n|\.|a){0,4}",
        ) {
            let read = read_pieces(&[text.as_bytes()], 1_000, 1_000);
            if let Some((content, end)) = by_the_letter(text.as_bytes()) {
                prop_assert_eq!(read.ending, Some(Ok(content.len() as u64)));
                prop_assert_eq!(read.content, content);
                prop_assert_eq!(read.left, &text.as_bytes()[end..]);
            } else {
                prop_assert!(!matches!(read.ending, Some(Ok(_))));
            }
        }
    }
}
