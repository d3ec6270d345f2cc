//! Reading a message's bytes: from memory when it is a small one, from its content file when it is
//! a large one. Whatever is given was checked first.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use rusqlite::{Connection, OptionalExtension};

use super::folder::ContentFolder;
use super::sums::{self, PIECE};
use crate::Error;
use crate::database::length;
use crate::value::ContentId;

/// Octets that a stream gives at a time.
const STREAM_OCTETS: u64 = 4 * PIECE as u64;

/// A stored message's bytes. Cheap to clone; stays readable while somebody holds it, even when the
/// message is expunged.
#[derive(Debug, Clone)]
pub struct Content {
    bytes: Held,
}

#[derive(Debug, Clone)]
enum Held {
    Memory(Bytes),
    File(Arc<ContentFile>),
}

#[derive(Debug)]
struct ContentFile {
    file: File,
    octets: u64,
    sums: Vec<u8>,
}

impl Content {
    /// Octets of the message.
    pub fn octets(&self) -> u64 {
        match &self.bytes {
            Held::Memory(bytes) => bytes.len() as u64,
            Held::File(file) => file.octets,
        }
    }

    /// These octets, checked against their checksum; what lies beyond the end is left out.
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let end = range.end.min(self.octets());
        let range = range.start.min(end)..end;
        match &self.bytes {
            Held::Memory(bytes) => Ok(slice(bytes, &range)),
            Held::File(file) => {
                let file = file.clone();
                tokio::task::spawn_blocking(move || file.read(&range))
                    .await
                    .map_err(Error::unavailable)?
            }
        }
    }

    /// These octets in pieces, each checked before it is given; what lies beyond the end is left
    /// out.
    pub fn stream(&self, range: Range<u64>) -> BoxStream<'static, std::io::Result<Bytes>> {
        let end = range.end.min(self.octets());
        let content = self.clone();
        let pieces = stream::try_unfold(range.start.min(end), move |from| {
            let content = content.clone();
            async move {
                // Every step but the first begins with a piece, so that no piece is read twice.
                let to = (from + STREAM_OCTETS) / STREAM_OCTETS * STREAM_OCTETS;
                let octets = content.read(from..to.min(end)).await?;
                Ok(if octets.is_empty() { None } else { Some((octets, to.min(end))) })
            }
        });
        pieces.boxed()
    }

    /// All octets, checked, read on this thread: for the threads that search and index.
    pub(crate) fn read_all_now(&self) -> Result<Bytes, Error> {
        match &self.bytes {
            Held::Memory(bytes) => Ok(bytes.clone()),
            Held::File(file) => file.read(&(0..file.octets)),
        }
    }

    /// Reads all of it where one may wait, and checks it.
    pub(crate) fn verify(&self) -> Result<(), Error> {
        let Held::File(file) = &self.bytes else { return Ok(()) };
        let mut from = 0;
        while from < file.octets {
            from += file.read(&(from..from.saturating_add(STREAM_OCTETS).min(file.octets)))?.len()
                as u64;
        }
        Ok(())
    }

    /// Opens a content. Runs on a reader: a small one is decompressed there, a large one only
    /// opened.
    pub(crate) fn open(
        connection: &Connection,
        folder: &ContentFolder,
        content: ContentId,
    ) -> Result<Self, Error> {
        let mut statement = connection
            .prepare_cached("SELECT codec, octets, sums, file, data FROM blob WHERE id = ?1")?;
        let mut rows = statement.query([content])?;
        let row = rows.next()?.ok_or(Error::NoSuchMessage)?;
        let octets = length(row.get(1)?);
        let bytes = match row.get::<_, i64>(0)? {
            CODEC_RAW => raw(row.get_ref(4)?.as_blob().map_err(Error::corrupt)?, row.get(2)?)?,
            CODEC_ZSTD => {
                let capacity = usize::try_from(octets).map_err(Error::corrupt)?;
                let data = row.get_ref(4)?.as_blob().map_err(Error::corrupt)?;
                Held::Memory(folder.compression().decompress(data, capacity)?.into())
            }
            CODEC_FILE => {
                let name: String = row.get(3)?;
                Held::File(Arc::new(open_file(folder, &name, octets, row.get(2)?)?))
            }
            other => return Err(Error::corrupt(format!("a blob of the unknown codec {other}"))),
        };
        let content = Self { bytes };
        if content.octets() == octets {
            Ok(content)
        } else {
            Err(Error::corrupt("a blob of another length"))
        }
    }
}

pub(super) const CODEC_RAW: i64 = 0;
pub(super) const CODEC_ZSTD: i64 = 1;
pub(super) const CODEC_FILE: i64 = 2;

fn raw(data: &[u8], summed: Vec<u8>) -> Result<Held, Error> {
    if sums::verify(data, 0, &summed) {
        return Ok(Held::Memory(Bytes::copy_from_slice(data)));
    }
    Err(Error::corrupt("a blob"))
}

fn open_file(
    folder: &ContentFolder,
    name: &str,
    octets: u64,
    sums: Vec<u8>,
) -> Result<ContentFile, Error> {
    let path = folder.path(name);
    let file = File::open(&path).map_err(|error| match error.kind() {
        // Reclaimed between the row and the file, or lost: `verify` tells which.
        std::io::ErrorKind::NotFound => Error::NoSuchMessage,
        _ => unreadable(&error),
    })?;
    if file.metadata().map_err(|error| unreadable(&error))?.len() != octets {
        return Err(Error::corrupt(path.display()));
    }
    Ok(ContentFile { file, octets, sums })
}

/// A file that cannot be read is as good as one that changed: it is this message's trouble, and
/// must not keep others from being found. Unless it is this process that has run out of something.
fn unreadable(error: &std::io::Error) -> Error {
    const OUT_OF_MEMORY: i32 = 12;
    const TOO_MANY_OPEN: [i32; 2] = [23, 24];
    match error.raw_os_error() {
        Some(code) if code == OUT_OF_MEMORY || TOO_MANY_OPEN.contains(&code) => {
            Error::unavailable(error)
        }
        _ => Error::corrupt(error),
    }
}

impl ContentFile {
    /// Reads the pieces in which the range lies, checks them, and gives the range.
    fn read(&self, range: &Range<u64>) -> Result<Bytes, Error> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let piece = PIECE as u64;
        let begin = range.start / piece * piece;
        let end = range.end.next_multiple_of(piece).min(self.octets);
        let mut octets = vec![0; usize::try_from(end - begin).map_err(Error::unavailable)?];
        self.file.read_exact_at(&mut octets, begin).map_err(|error| unreadable(&error))?;
        let first = usize::try_from(begin / piece).map_err(Error::unavailable)?;
        if !sums::verify(&octets, first, &self.sums) {
            return Err(Error::corrupt("a content file"));
        }
        Ok(slice(&octets.into(), &(range.start - begin..range.end - begin)))
    }
}

/// The caller made sure that the range lies within.
fn slice(bytes: &Bytes, range: &Range<u64>) -> Bytes {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(at(range.start)..at(range.end))
}

/// The content's file, if it has one.
pub(super) fn file_of(
    connection: &Connection,
    content: ContentId,
) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT file FROM blob WHERE id = ?1")?;
    Ok(statement.query_row([content], |row| row.get(0)).optional()?.flatten())
}
