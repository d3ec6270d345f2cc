//! Where content files and spool files lie: `content/ab/ab…` for good, `staging/…` while they
//! arrive. One filesystem, so that a rename takes a file from one to the other whole.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::compression::Compression;
use crate::store::at;
use crate::{ConversationLimits, Entropy, OpenError, Options};

/// The folders of a store, and the room there is in memory for messages on their way into them.
/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct ContentFolder {
    inner: Arc<Inner>,
}

struct Inner {
    content: PathBuf,
    staging: PathBuf,
    /// Folders `ab` that are known to survive a crash.
    durable: Mutex<HashSet<PathBuf>>,
    entropy: Arc<dyn Entropy>,
    limits: crate::Limits,
    message: message::Limits,
    conversation: ConversationLimits,
    staging_room: Arc<Semaphore>,
    preparing_room: Arc<Semaphore>,
    compression: Compression,
}

impl std::fmt::Debug for ContentFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ContentFolder").field(&self.inner.content).finish()
    }
}

impl ContentFolder {
    pub(crate) fn open(
        folder: &Path,
        options: &Options,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let (content, staging) = (folder.join("content"), folder.join("staging"));
        for folder in [&content, &staging] {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
        let limits = options.limits.clone();
        let inner = Inner {
            content,
            staging,
            durable: Mutex::default(),
            entropy,
            staging_room: Arc::new(Semaphore::new(limits.staging_octets_max >> 10)),
            preparing_room: Arc::new(Semaphore::new((limits.preparing_octets_max >> 10).max(1))),
            limits,
            message: options.message.clone(),
            conversation: options.conversation.clone(),
            compression: Compression::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Removes what a process that is gone left behind: spool files, and content files that no row
    /// knows. Only when alone.
    pub(crate) fn sweep(&self, connection: &Connection) -> Result<(), OpenError> {
        for entry in entries(&self.inner.staging)? {
            remove(&entry);
        }
        let wanted = wanted_files(connection)
            .map_err(|cause| OpenError::Database { path: self.inner.content.clone(), cause })?;
        let mut swept = 0_u64;
        for folder in entries(&self.inner.content)? {
            for file in entries(&folder)? {
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if !wanted.contains(name) {
                    remove(&file);
                    swept += 1;
                }
            }
        }
        if swept > 0 {
            tracing::info!(
                files = swept,
                "swept content files of messages that were never accepted"
            );
        }
        Ok(())
    }

    /// A new spool file.
    pub(super) fn new_spool(&self) -> io::Result<(String, PathBuf, File)> {
        let mut octets = [0; 16];
        self.inner.entropy.fill(&mut octets);
        let name = octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        let path = self.inner.staging.join(&name);
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok((name, path, file))
    }

    /// Takes a synced spool file to its place for good, so that it is there after a crash.
    pub(super) fn place(&self, spool: &Path, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.inner.content);
        self.make_durable(folder)?;
        fs::rename(spool, &path)?;
        if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
            remove(&path);
            return Err(error);
        }
        Ok(path)
    }

    /// Makes one of the folders `ab`, and is certain once per process that it survives a crash: that
    /// it is there does not say so, another task may have made it a moment ago.
    fn make_durable(&self, folder: &Path) -> io::Result<()> {
        let known = || self.inner.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(folder) {
            return Ok(());
        }
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => File::open(&self.inner.content)?.sync_all()?,
        }
        known().insert(folder.to_owned());
        Ok(())
    }

    /// Where a content file lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Self::path_in(&self.inner.content, name)
    }

    /// Where it would lie in another folder.
    pub(crate) fn path_in(content: &Path, name: &str) -> PathBuf {
        content.join(name.get(..2).unwrap_or(name)).join(name)
    }

    /// Room in memory for messages that arrive, in KiB.
    pub(super) fn staging_room(&self) -> &Arc<Semaphore> {
        &self.inner.staging_room
    }

    /// Room in memory for messages that are parsed, in KiB.
    pub(super) fn preparing_room(&self) -> &Arc<Semaphore> {
        &self.inner.preparing_room
    }

    pub(super) fn limits(&self) -> &crate::Limits {
        &self.inner.limits
    }

    pub(super) fn message_limits(&self) -> &message::Limits {
        &self.inner.message
    }

    pub(crate) fn conversation_limits(&self) -> &ConversationLimits {
        &self.inner.conversation
    }

    pub(crate) fn compression(&self) -> &Compression {
        &self.inner.compression
    }
}

/// Removes a file that may be gone already; what cannot be removed is swept at the next start.
pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "cannot remove a file");
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let read = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>();
    read().map_err(at(folder))
}

fn wanted_files(connection: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut statement = connection.prepare("SELECT file FROM blob WHERE file IS NOT NULL")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
