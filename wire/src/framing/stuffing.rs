//! Dot-stuffed bodies on their way out.

use bytes::{BufMut, BytesMut};
use memchr::memchr_iter;

/// Puts a dot in front of each line that starts with one, and the end behind the last.
///
/// Content that is no proper text (a message that was imported with bare LFs) goes out as it is, but
/// a dot behind a bare CR or LF is stuffed too: a client that takes those for line ends would else
/// see the end of the body in the middle of it, and then read the message as our replies.
#[derive(Debug)]
pub struct DotStuffer {
    last: [u8; 2],
}

impl Default for DotStuffer {
    fn default() -> Self {
        // Before the first octet: as if a line had just ended.
        Self { last: *b"\r\n" }
    }
}

impl DotStuffer {
    /// Adds content to what goes out.
    pub fn push(&mut self, content: &[u8], out: &mut BytesMut) {
        let Some(&last) = content.last() else { return };
        let mut done = 0;
        for at in memchr_iter(b'.', content) {
            let before = match at.checked_sub(1) {
                Some(before) => content.get(before).copied().unwrap_or_default(),
                None => self.last[1],
            };
            if matches!(before, b'\r' | b'\n') {
                out.extend_from_slice(content.get(done..at).unwrap_or_default());
                out.put_u8(b'.');
                done = at;
            }
        }
        out.extend_from_slice(content.get(done..).unwrap_or_default());
        let before = content.len().checked_sub(2).and_then(|at| content.get(at)).copied();
        self.last = [before.unwrap_or(self.last[1]), last];
    }

    /// Adds the end. A last line without its end gets one first.
    pub fn finish(self, out: &mut BytesMut) {
        if self.last != *b"\r\n" {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::framing::{BodyReader, Piece};

    fn stuffed(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut stuffer, mut out) = (DotStuffer::default(), BytesMut::new());
        for piece in pieces {
            stuffer.push(piece, &mut out);
        }
        stuffer.finish(&mut out);
        out.to_vec()
    }

    #[test]
    fn lines_that_start_with_a_dot_get_another() {
        assert_eq!(stuffed(&[b".\r\na.b\r\n..\r\n"]), b"..\r\na.b\r\n...\r\n.\r\n");
    }

    #[test]
    fn nothing_is_only_the_end() {
        assert_eq!(stuffed(&[]), b".\r\n");
        assert_eq!(stuffed(&[b"", b""]), b".\r\n");
    }

    #[test]
    fn a_last_line_without_its_end_gets_one() {
        assert_eq!(stuffed(&[b"a"]), b"a\r\n.\r\n");
        assert_eq!(stuffed(&[b"a\n"]), b"a\n\r\n.\r\n");
        assert_eq!(stuffed(&[b"a\r"]), b"a\r\r\n.\r\n");
        assert_eq!(stuffed(&[b"a\r", b"\n"]), b"a\r\n.\r\n");
    }

    #[test]
    fn a_client_that_takes_bare_line_ends_sees_no_false_end() {
        assert_eq!(stuffed(&[b"a\n.\n-ERR x\r\n"]), b"a\n..\n-ERR x\r\n.\r\n");
        assert_eq!(stuffed(&[b"a\r\n\r.\n"]), b"a\r\n\r..\n\r\n.\r\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn what_goes_out_comes_in_again(text in r"(\r\n|\.|a){0,24}", cut in 0usize..24) {
            let content = text.as_bytes();
            let (one, two) = content.split_at(cut.min(content.len()));
            let out = stuffed(&[one, two]);
            prop_assert_eq!(&out, &stuffed(&[content]));
            let (mut reader, mut input, mut read) = (BodyReader::new(99, 99), &out[..], Vec::new());
            loop {
                match reader.next(&mut input) {
                    Some(Piece::Content(piece)) => read.extend_from_slice(piece),
                    Some(Piece::End(ending)) => {
                        prop_assert!(ending.is_ok());
                        break;
                    }
                    None => prop_assert!(false, "no end"),
                }
            }
            if !text.is_empty() && !text.ends_with("\r\n") {
                read.truncate(read.len() - 2);
            }
            prop_assert_eq!(&read, content);
            prop_assert_eq!(input.len(), 0);
        }
    }
}
