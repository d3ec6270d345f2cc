//! A message while it arrives: in memory while it is small and there is room, then in a spool file.
//! Knows nothing of where the bytes come from.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::folder::{ContentFolder, remove};
use super::prepare::{self, Staged};
use crate::Error;

/// Room is asked for in steps of this many octets.
const STEP: usize = 16 << 10;

/// Where a message goes while it arrives: memory, then a spool file. Dropping it leaves nothing
/// behind.
#[derive(Debug)]
pub struct Staging {
    folder: ContentFolder,
    buffer: Vec<u8>,
    /// The room that the buffer may take; more than that goes to the file.
    room: Option<OwnedSemaphorePermit>,
    spool: Option<Spool>,
    octets: u64,
}

/// A file in the staging folder; gone when dropped.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) file: Arc<File>,
    /// Octets written to it.
    written: u64,
}

impl Drop for Spool {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

impl Staging {
    pub(super) fn new(folder: ContentFolder) -> Self {
        Self { folder, buffer: Vec::new(), room: None, spool: None, octets: 0 }
    }

    /// Takes the next octets.
    pub async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets += octets.len() as u64;
        let limit = self.folder.limits().blob_octets_max;
        let mut rest = octets;
        while !rest.is_empty() {
            let room = self.room_for(self.buffer.len() + rest.len(), limit);
            let free = room.saturating_sub(self.buffer.len());
            if free == 0 && !self.buffer.is_empty() {
                self.spill().await?;
                continue;
            }
            // Without any room at all the octets in hand go straight to the file.
            let (now, later) =
                rest.split_at(if free == 0 { rest.len() } else { free.min(rest.len()) });
            self.buffer.extend_from_slice(now);
            rest = later;
            if free == 0 {
                self.spill().await?;
            }
        }
        Ok(())
    }

    /// Puts octets in front of all that came: what is known of a message only when it is whole. One that
    /// lies in a file is copied behind them.
    pub async fn put_in_front(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets += octets.len() as u64;
        let Some(spool) = self.spool.take() else {
            // Its room is what it was: a message's head is small, and at once it is finished.
            self.buffer.splice(0..0, octets.iter().copied());
            return Ok(());
        };
        let (folder, octets) = (self.folder.clone(), octets.to_vec());
        let copied = tokio::task::spawn_blocking(move || copied_behind(&folder, &octets, &spool));
        self.spool = Some(copied.await.map_err(io::Error::other)??);
        Ok(())
    }

    /// What came first, up to so many octets.
    pub async fn beginning(&self, octets_max: usize) -> io::Result<Vec<u8>> {
        let spooled = self.spool.as_ref().map(|spool| (spool.file.clone(), spool.written));
        let mut octets = match spooled {
            None => Vec::new(),
            Some((file, written)) => {
                let read = move || {
                    let length = usize::try_from(written).unwrap_or(usize::MAX).min(octets_max);
                    let mut octets = vec![0; length];
                    file.read_exact_at(&mut octets, 0).map(|()| octets)
                };
                tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??
            }
        };
        let left = octets_max.saturating_sub(octets.len()).min(self.buffer.len());
        octets.extend_from_slice(self.buffer.get(..left).unwrap_or_default());
        Ok(octets)
    }

    /// Octets so far.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// All is there: parses it, compresses it, and syncs it if it lies in a file.
    pub async fn finish(mut self) -> Result<Staged, Error> {
        if self.spool.is_none() {
            return prepare::from_memory(&self.folder, self.buffer, self.room).await;
        }
        self.spill().await?;
        let spool =
            self.spool.take().ok_or_else(|| Error::unavailable("the spool file is gone"))?;
        drop(self.room.take());
        prepare::from_spool(&self.folder, spool, self.octets).await
    }

    /// The octets that the buffer may hold, after asking for more room if it is to hold this many.
    fn room_for(&mut self, wanted: usize, limit: usize) -> usize {
        let mut held = self.room.as_ref().map_or(0, |room| room.num_permits() << 10);
        let wanted = wanted.min(limit);
        if held < wanted {
            let more = (wanted - held).next_multiple_of(STEP) >> 10;
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            if let Ok(permit) = self.folder.staging_room().clone().try_acquire_many_owned(more) {
                match &mut self.room {
                    Some(room) => room.merge(permit),
                    None => self.room = Some(permit),
                }
                held = self.room.as_ref().map_or(0, |room| room.num_permits() << 10);
            }
        }
        held.min(limit)
    }

    /// Writes what is in memory to the spool file.
    async fn spill(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        let spool = self.spool.take();
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut spool = match spool {
                Some(spool) => spool,
                None => new_spool(&folder)?,
            };
            spool.file.write_all_at(&buffer, spool.written)?;
            spool.written += buffer.len() as u64;
            io::Result::Ok((spool, buffer))
        });
        let (spool, mut buffer) = written.await.map_err(io::Error::other)??;
        buffer.clear();
        self.buffer = buffer;
        self.spool = Some(spool);
        Ok(())
    }
}

/// A new file that begins with these octets. The old one goes when it is dropped.
fn copied_behind(folder: &ContentFolder, octets: &[u8], old: &Spool) -> io::Result<Spool> {
    let mut new = new_spool(folder)?;
    let (mut from, mut to) = (&*old.file, &*new.file);
    to.write_all(octets)?;
    // Writing had its own place in the file, so reading begins at the beginning.
    let copied = io::copy(&mut from, &mut to)?;
    if copied != old.written {
        return Err(io::Error::other("a spool file is not as long as what was written to it"));
    }
    new.written = copied + octets.len() as u64;
    Ok(new)
}

fn new_spool(folder: &ContentFolder) -> io::Result<Spool> {
    let (name, path, file) = folder.new_spool()?;
    Ok(Spool { name, path, file: Arc::new(file), written: 0 })
}
