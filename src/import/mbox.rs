//! mbox files: messages behind `From ` lines (RFC 4155, and the mboxrd quoting that most programs write).

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mailstore::Flags;
use message::Timestamp;

use super::source::{Head, PIECE_OCTETS, Source};

/// A line of the file that is longer than this is handed over in several pieces.
const LINE_OCTETS: usize = PIECE_OCTETS;

/// An mbox file, read line by line.
pub struct Mbox {
    file: BufReader<File>,
    total: u64,
    /// Tells the file from what it becomes when somebody writes to it.
    changed: Option<SystemTime>,
    position: u64,
    line: Vec<u8>,
    line_is_whole: bool,
    /// The separator of the next message has been read and lies in `line`.
    at_separator: bool,
    /// An empty line was read that belongs to the message only if no separator follows.
    held_back: Option<&'static [u8]>,
    in_header: bool,
    flags: Flags,
}

impl Mbox {
    /// Opens a file.
    pub fn open(path: &Path) -> io::Result<Mbox> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok(Mbox {
            file: BufReader::with_capacity(PIECE_OCTETS, file),
            total: metadata.len(),
            changed: metadata.modified().ok(),
            position: 0,
            line: Vec::new(),
            line_is_whole: true,
            at_separator: false,
            held_back: None,
            in_header: false,
            flags: Flags::NONE,
        })
    }

    /// What changes when the file does.
    fn looks(&self) -> String {
        let age = self.changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
        format!("{} {}", self.total, age.unwrap_or_default().as_nanos())
    }

    /// Reads a line, or the next piece of a very long one, into `self.line`; `false` at the end of the file.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        while self.line.len() < LINE_OCTETS {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|&octet| octet == b'\n').map(|at| at + 1);
            let take = end.unwrap_or(buffer.len()).min(LINE_OCTETS - self.line.len());
            self.line.extend_from_slice(buffer.get(..take).unwrap_or_default());
            self.file.consume(take);
            if self.line.ends_with(b"\n") {
                break;
            }
        }
        Ok(!self.line.is_empty())
    }

    fn find_separator(&mut self) -> io::Result<bool> {
        let mut skipped = Vec::new();
        while !self.at_separator {
            skipped.clear();
            if !self.piece(&mut skipped)? && !self.at_separator {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn note_header(&mut self) {
        if matches!(self.line.as_slice(), b"\n" | b"\r\n") {
            self.in_header = false;
        }
        if self.in_header {
            self.flags = self.flags | flags_of(&self.line);
        }
    }
}

impl Source for Mbox {
    fn next(&mut self) -> io::Result<Option<Head>> {
        if !self.find_separator()? {
            return Ok(None);
        }
        let received = Separator::of(&self.line).and_then(|separator| separator.date);
        self.position += self.line.len() as u64;
        (self.at_separator, self.in_header, self.line_is_whole) = (false, true, true);
        self.flags = Flags::NONE;
        Ok(Some(Head { received, ..Head::default() }))
    }

    fn piece(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        if self.at_separator {
            return Ok(false);
        }
        let line_starts = self.line_is_whole;
        if !self.read_line()? {
            self.held_back = None;
            return Ok(false);
        }
        self.line_is_whole = self.line.ends_with(b"\n");
        let may_separate = self.held_back.is_some() || self.position == 0;
        if line_starts && may_separate && Separator::of(&self.line).is_some() {
            // The empty line in front of a separator is the separator's.
            self.held_back = None;
            self.at_separator = true;
            return Ok(false);
        }
        into.extend_from_slice(self.held_back.take().unwrap_or_default());
        self.position += self.line.len() as u64;
        self.note_header();
        match self.line.as_slice() {
            b"\n" if line_starts && !self.in_header => self.held_back = Some(b"\n"),
            b"\r\n" if line_starts && !self.in_header => self.held_back = Some(b"\r\n"),
            line if line_starts => into.extend_from_slice(unquoted(line)),
            line => into.extend_from_slice(line),
        }
        Ok(true)
    }

    fn flags_from_header(&self) -> Flags {
        self.flags
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn total(&self) -> u64 {
        self.total
    }

    fn bookmark(&self) -> Option<String> {
        Some(format!("{} {}", self.position, self.looks()))
    }

    fn resume(&mut self, bookmark: &str) -> io::Result<bool> {
        let position = bookmark
            .split_once(' ')
            .filter(|(_, looks)| *looks == self.looks())
            .and_then(|(position, _)| position.parse().ok())
            .filter(|position| (1..self.total).contains(position));
        let Some(position) = position else { return Ok(false) };
        self.file.seek(SeekFrom::Start(position))?;
        self.position = position;
        // A separator stands here, with its empty line already passed.
        self.held_back = Some(b"");
        Ok(true)
    }
}

/// mboxrd quoting: a body line of `>`s and `From ` has one `>` too many.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|&&octet| octet == b'>').count();
    match line.split_at_checked(quotes) {
        Some((_, rest)) if quotes > 0 && rest.starts_with(b"From ") => {
            line.get(1..).unwrap_or(line)
        }
        _ => line,
    }
}

/// A line that stands between messages.
struct Separator {
    /// When the message behind it came, if that can be read.
    date: Option<Timestamp>,
}

impl Separator {
    /// `From alice@crepes.fr Thu Jan  1 21:05:07 2004`: what comes before the time must be a month and a day. A line
    /// that merely begins with "From " is text: old programs forgot to quote it. The year is not looked at, because
    /// some wrote 102 for 2002, and a separator that is overlooked joins two messages.
    fn of(line: &[u8]) -> Option<Separator> {
        let words = str::from_utf8(line.strip_prefix(b"From ")?).ok()?.split_whitespace();
        let words: Vec<&str> = words.collect();
        let at = words.iter().position(|word| is_time(word))?;
        let day = words
            .get(at.checked_sub(1)?)
            .filter(|day| day.parse().is_ok_and(|day: u8| (1..=31).contains(&day)))?;
        let month = words.get(at.checked_sub(2)?).filter(|month| MONTHS.contains(month))?;
        let time = words.get(at)?;
        let year = words.iter().skip(at + 1).find(|word| word.parse::<u16>().is_ok());
        let date = year.and_then(|year| {
            Timestamp::parse_rfc5322(&format!("{day} {month} {year} {time} +0000"))
        });
        Some(Separator { date })
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn is_time(word: &str) -> bool {
    let numbers = word
        .split(':')
        .all(|part| part.len() == 2 && part.bytes().all(|octet| octet.is_ascii_digit()));
    numbers && (5..=8).contains(&word.len())
}

/// `Status: RO` and `X-Status: AF`, as mail programs on Unix write them into an mbox.
fn flags_of(line: &[u8]) -> Flags {
    let text = str::from_utf8(line).unwrap_or_default();
    let Some((name, letters)) = text.split_once(':') else { return Flags::NONE };
    if !name.eq_ignore_ascii_case("status") && !name.eq_ignore_ascii_case("x-status") {
        return Flags::NONE;
    }
    letters.chars().fold(Flags::NONE, |flags, letter| flags | flag(letter))
}

fn flag(letter: char) -> Flags {
    match letter {
        'R' => Flags::SEEN,
        'A' => Flags::ANSWERED,
        'F' => Flags::FLAGGED,
        'T' => Flags::DRAFT,
        'D' => Flags::DELETED,
        _ => Flags::NONE,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn read_all(mbox: &mut Mbox) -> Vec<(String, Flags)> {
        let mut found = Vec::new();
        while mbox.next().unwrap().is_some() {
            let mut octets = Vec::new();
            while mbox.piece(&mut octets).unwrap() {}
            found.push((String::from_utf8(octets).unwrap(), mbox.flags_from_header()));
        }
        found
    }

    fn mbox(text: &str) -> (tempfile::NamedTempFile, Mbox) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mbox = Mbox::open(file.path()).unwrap();
        (file, mbox)
    }

    const TWO: &str = "From a@b Thu Jan  1 21:05:07 2004\nSubject: one\nStatus: RO\nX-Status: F\n\nFrom here on\n\n>From quoted\n\n\
                       From c at d  Fri Jan  2 01:02:03 2004\nSubject: two\n\nbody\n";

    #[test]
    fn messages_are_told_apart_and_unquoted() {
        let (_file, mut mbox) = mbox(TWO);
        let found = read_all(&mut mbox);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].0,
            "Subject: one\nStatus: RO\nX-Status: F\n\nFrom here on\n\nFrom quoted\n"
        );
        assert_eq!(found[0].1, Flags::SEEN | Flags::FLAGGED);
        assert_eq!(found[1].0, "Subject: two\n\nbody\n");
    }

    #[test]
    fn reading_goes_on_where_it_stopped() {
        let (file, mut first) = mbox(TWO);
        first.next().unwrap();
        while first.piece(&mut Vec::new()).unwrap() {}
        let bookmark = first.bookmark().unwrap();
        let mut second = Mbox::open(file.path()).unwrap();
        assert!(second.resume(&bookmark).unwrap());
        let found = read_all(&mut second);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "Subject: two\n\nbody\n");
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_read_from_the_front() {
        let (file, mut first) = mbox(TWO);
        first.next().unwrap();
        while first.piece(&mut Vec::new()).unwrap() {}
        let bookmark = first.bookmark().unwrap();
        std::fs::write(file.path(), TWO.replace("body", "other body")).unwrap();
        let mut second = Mbox::open(file.path()).unwrap();
        assert!(!second.resume(&bookmark).unwrap());
        assert!(!second.resume("nonsense").unwrap());
        assert_eq!(read_all(&mut second).len(), 2);
    }

    #[test]
    fn a_line_without_end_is_handed_over_in_pieces() {
        let long = "x".repeat(3 * LINE_OCTETS);
        let (_file, mut mbox) =
            mbox(&format!("From a@b Thu Jan  1 21:05:07 2004\nA: b\n\n{long}\nend\n"));
        mbox.next().unwrap();
        let mut whole = Vec::new();
        let mut piece = Vec::new();
        while mbox.piece(&mut piece).unwrap() {
            // An empty line that was held back comes along.
            assert!(piece.len() <= LINE_OCTETS + 2);
            whole.append(&mut piece);
        }
        assert_eq!(whole, format!("A: b\n\n{long}\nend\n").into_bytes());
    }

    #[test]
    fn a_separator_with_an_impossible_year_still_separates() {
        let (_file, mut mbox) = mbox(&TWO.replace("01:02:03 2004", "01:02:03 102"));
        assert_eq!(read_all(&mut mbox).len(), 2);
    }

    #[test]
    fn the_separator_tells_when_the_message_came() {
        let (_file, mut mbox) = mbox(TWO);
        let head = mbox.next().unwrap().unwrap();
        assert_eq!(head.received.unwrap().to_rfc5322(), "Thu, 1 Jan 2004 21:05:07 +0000");
    }
}
