//! All that is done to a message before the writer sees it: parsing, compressing, checksums,
//! syncing. The writer only writes.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use message::Summary;
use tokio::sync::OwnedSemaphorePermit;

use super::folder::{ContentFolder, remove};
use super::staging::Spool;
use super::sums::{short_hash, sums};
use crate::Error;
use crate::conversation::Threading;

/// A message up to this long is prepared right where it is: that is faster than handing it to
/// another thread.
const INLINE_OCTETS_MAX: usize = 32 << 10;

/// Room that parsing may take beside the message, however small that is: a header of nothing but
/// one-letter addresses takes about this much.
const PARSING_OCTETS: u64 = 8 << 20;

/// A message that has arrived whole, parsed and ready to be stored; on disk already when it is a
/// large one. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Staged {
    folder: ContentFolder,
    prepared: Prepared,
    spool: Option<Spool>,
}

/// All that becomes rows.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) octets: u64,
    pub(crate) summary: Summary,
    /// The last line has no end.
    pub(crate) unended: bool,
    /// Names the message within an account: its Message-ID, or its bytes.
    pub(crate) identity: i64,
    /// What decides which conversation it belongs to.
    pub(crate) threading: Threading,
    pub(crate) bytes: Bytes,
    /// The memory that a small one takes, held until it is written.
    _room: Option<OwnedSemaphorePermit>,
}

/// The bytes as they are kept.
#[derive(Debug)]
pub(crate) enum Bytes {
    Raw { octets: Vec<u8>, sums: Vec<u8> },
    Zstd(Vec<u8>),
    File { name: String, sums: Vec<u8> },
}

impl Staged {
    /// Octets of the message.
    pub fn octets(&self) -> u64 {
        self.prepared.octets
    }

    /// What was read out of the message.
    pub fn summary(&self) -> &Summary {
        &self.prepared.summary
    }

    /// What names the message within an account.
    pub(crate) fn identity(&self) -> (i64, Option<String>) {
        (self.prepared.identity, self.prepared.summary.message_id.clone())
    }

    /// Takes a large message's file to its place. From here on it is the row that decides whether
    /// it stays.
    pub(crate) async fn place(self) -> Result<(Prepared, Option<Arc<PlacedFile>>), Error> {
        let Self { folder, prepared, spool } = self;
        let Some(spool) = spool else { return Ok((prepared, None)) };
        let placed = tokio::task::spawn_blocking(move || folder.place(&spool.path, &spool.name));
        let path = placed.await.map_err(Error::unavailable)??;
        Ok((prepared, Some(Arc::new(PlacedFile { path, has_row: AtomicBool::new(false) }))))
    }
}

impl Prepared {
    /// Octets that it puts into the database, more or less.
    pub(crate) fn stored_octets(&self) -> usize {
        let bytes = match &self.bytes {
            Bytes::Raw { octets, .. } => octets.len(),
            Bytes::Zstd(compressed) => compressed.len(),
            Bytes::File { sums, .. } => sums.len(),
        };
        let ready =
            [&self.summary.envelope_imap, &self.summary.structure_imap, &self.summary.parts];
        let header = self.summary.header_block.as_ref().map_or(0, Vec::len);
        bytes + ready.map(Vec::len).iter().sum::<usize>() + header + 2_048
    }
}

/// A content file in its place whose row is not committed yet.
#[derive(Debug)]
pub(crate) struct PlacedFile {
    path: PathBuf,
    /// Its row was written: the commit, and what it reports, decide.
    has_row: AtomicBool,
}

impl Drop for PlacedFile {
    /// A file whose row was committed stays, and so does one whose commit reported an error: after a
    /// crash the commit may be found whole. Without a row it is swept at the next start.
    fn drop(&mut self) {
        if !self.has_row.load(Ordering::Acquire) {
            remove(&self.path);
        }
    }
}

/// Writes the rows of a message that may have a content file: what becomes of the file is what
/// becomes of the rows.
pub(crate) fn with_file<T>(
    file: Option<&Arc<PlacedFile>>,
    rows: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let written = rows()?;
    if let Some(file) = file {
        file.has_row.store(true, Ordering::Release);
    }
    Ok(written)
}

/// The writer answered. It says that the disk was full only when no commit was written, not even
/// perhaps: the file goes at once, or a peer that tries again and again would fill what is left of
/// the disk.
pub(crate) fn answered<T>(
    file: Option<Arc<PlacedFile>>,
    answer: Result<T, Error>,
) -> Result<T, Error> {
    if let (Some(file), Err(Error::Full)) = (file, &answer) {
        file.has_row.store(false, Ordering::Release);
    }
    answer
}

/// A message that is all in memory. It needs less room once it is compressed.
pub(super) async fn from_memory(
    folder: &ContentFolder,
    octets: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
) -> Result<Staged, Error> {
    let inline = octets.len() <= INLINE_OCTETS_MAX;
    let task = folder.clone();
    let prepare = move || prepare_small(&task, octets, room);
    let prepared = if inline {
        prepare()
    } else {
        let parsing = room_to_parse(folder, 0).await?;
        let prepared = tokio::task::spawn_blocking(move || {
            let prepared = prepare();
            drop(parsing);
            prepared
        });
        prepared.await.map_err(Error::unavailable)?
    };
    Ok(Staged { folder: folder.clone(), prepared, spool: None })
}

/// A message that went to a spool file: a large one stays in it, and so does a small one that was
/// sent there for want of room as long as there is none.
pub(super) async fn from_spool(
    folder: &ContentFolder,
    spool: Spool,
    octets: u64,
) -> Result<Staged, Error> {
    let parsing = room_to_parse(folder, octets).await?;
    let small = octets <= folder.limits().blob_octets_max as u64;
    let kept = folder.staging_room().clone();
    let kept = if small { kept.try_acquire_many_owned(kib(octets)).ok() } else { None };
    let task = folder.clone();
    let prepared = tokio::task::spawn_blocking(move || {
        let read = read_whole(&spool, octets)?;
        let prepared = if kept.is_some() {
            (prepare_small(&task, read, kept), None)
        } else {
            spool.file.sync_all()?;
            (prepare_large(&task, &read, spool.name.clone()), Some(spool))
        };
        drop(parsing);
        Ok::<_, Error>(prepared)
    });
    let (prepared, spool) = prepared.await.map_err(Error::unavailable)??;
    Ok(Staged { folder: folder.clone(), prepared, spool })
}

/// Waits until a message that lies elsewhere as yet may be taken into memory and apart.
async fn room_to_parse(folder: &ContentFolder, octets: u64) -> Result<OwnedSemaphorePermit, Error> {
    let all = folder.limits().preparing_octets_max as u64;
    let room = kib((octets + PARSING_OCTETS).min(all));
    folder.preparing_room().clone().acquire_many_owned(room).await.map_err(Error::unavailable)
}

fn kib(octets: u64) -> u32 {
    u32::try_from((octets >> 10).max(1)).unwrap_or(u32::MAX)
}

fn read_whole(spool: &Spool, octets: u64) -> Result<Vec<u8>, Error> {
    let mut read = vec![0; usize::try_from(octets).map_err(Error::unavailable)?];
    spool.file.read_exact_at(&mut read, 0)?;
    Ok(read)
}

fn prepare_small(
    folder: &ContentFolder,
    octets: Vec<u8>,
    mut room: Option<OwnedSemaphorePermit>,
) -> Prepared {
    let summary = Summary::of(&octets, folder.message_limits());
    let (length, identity) = (octets.len() as u64, identity(&summary, &octets));
    let unended = is_unended(&octets);
    let bytes = match folder.compression().compress(&octets) {
        Some(compressed) => Bytes::Zstd(compressed),
        None => Bytes::Raw { sums: sums(&octets), octets },
    };
    if let (Some(room), Bytes::Zstd(compressed)) = (&mut room, &bytes) {
        let spare = room.num_permits().saturating_sub((compressed.len() >> 10) + 1);
        drop(room.split(spare));
    }
    Prepared {
        octets: length,
        identity,
        threading: Threading::of(&summary, folder.conversation_limits()),
        summary,
        unended,
        bytes,
        _room: room,
    }
}

fn prepare_large(folder: &ContentFolder, octets: &[u8], name: String) -> Prepared {
    let summary = Summary::of(octets, folder.message_limits());
    Prepared {
        octets: octets.len() as u64,
        identity: identity(&summary, octets),
        threading: Threading::of(&summary, folder.conversation_limits()),
        summary,
        unended: is_unended(octets),
        bytes: Bytes::File { name, sums: sums(octets) },
        _room: None,
    }
}

fn identity(summary: &Summary, octets: &[u8]) -> i64 {
    short_hash(summary.message_id.as_ref().map_or(octets, |id| id.as_bytes()))
}

fn is_unended(octets: &[u8]) -> bool {
    !octets.is_empty() && !octets.ends_with(b"\r\n")
}
