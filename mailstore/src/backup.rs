//! A copy of the whole store while it is in use: the database as one moment saw it, and the content
//! files that it names. Knows nothing of where copies are kept or for how long.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use message::Timestamp;
use rusqlite::{Connection, params};

use crate::content::ContentFolder;
use crate::database::{Purpose, Write, open_for_backup};
use crate::{Error, Store};

/// Content files stay for this long, in seconds, once a backup began, should the process that makes
/// it be killed.
const FILES_STAY: i64 = 6 * 3_600;

/// Rows of table counter whose name begins so say until when content files stay: one for each
/// backup that is being made.
const FILES_STAY_UNTIL: &str = "files_stay_until";

/// These rows.
const STAY_ROWS: &str = "name >= 'files_stay_until' AND name < 'files_stay_until~'";

impl Store {
    /// Copies the store into a new folder, ready to be opened there. Reading and writing go on
    /// meanwhile; what comes in after the beginning is not in the copy. When it fails, the folder
    /// is to be thrown away. Content files are hard-linked when the folder is on the same
    /// filesystem.
    pub async fn backup(&self, to: &Path) -> Result<(), Error> {
        let name = format!("{FILES_STAY_UNTIL} {:016x}", u64::from_le_bytes(self.random()));
        let (row, now) = (name.clone(), self.now().seconds());
        self.write(Purpose::Grows, move |write| begin(write, &row, now)).await?;
        let (from, folder, to) = (self.database_path(), self.contents().clone(), to.to_owned());
        let copied = tokio::task::spawn_blocking(move || copy(&from, &folder, &to)).await;
        if let Err(error) = self.write(Purpose::Frees, move |write| end(write, &name)).await {
            tracing::warn!(%error, "a backup is done, and content files stay for some hours all the same");
        }
        copied.map_err(Error::unavailable)?
    }
}

/// Content files stay. Forgets backups that never came to their end.
fn begin(write: &Write<'_>, name: &str, now: i64) -> Result<(), Error> {
    write
        .prepare_cached(&format!("DELETE FROM counter WHERE {STAY_ROWS} AND value <= ?1"))?
        .execute([now])?;
    write
        .prepare_cached("INSERT INTO counter (name, value) VALUES (?1, ?2)")?
        .execute(params![name, now.saturating_add(FILES_STAY)])?;
    Ok(())
}

fn end(write: &Write<'_>, name: &str) -> Result<(), Error> {
    write.prepare_cached("DELETE FROM counter WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// True while a backup, in whatever process, needs the content files of messages that were deleted
/// since it began.
pub(crate) fn files_stay(connection: &Connection, now: Timestamp) -> Result<bool, Error> {
    let until: Option<i64> = connection
        .prepare_cached(&format!("SELECT max(value) FROM counter WHERE {STAY_ROWS}"))?
        .query_row([], |row| row.get(0))?;
    Ok(until.is_some_and(|until| until > now.seconds()))
}

fn copy(from: &Path, folder: &ContentFolder, to: &Path) -> Result<(), Error> {
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700).create(to)?;
    let database = to.join("mail.db");
    File::options().write(true).create_new(true).mode(0o600).open(&database)?;
    // VACUUM INTO takes one snapshot; the stepping backup begins again at every commit and never
    // ends on a busy server.
    let name =
        database.to_str().ok_or_else(|| Error::unavailable("the folder's name is not Unicode"))?;
    open_for_backup(from)?.execute("VACUUM INTO ?1", [name])?;
    let copy = Connection::open(&database)?;
    copy.execute(&format!("DELETE FROM counter WHERE {STAY_ROWS}"), [])?;
    let mut statement = copy.prepare("SELECT file FROM blob WHERE file IS NOT NULL")?;
    let mut names = statement.query([])?;
    let mut folders: Vec<PathBuf> = vec![to.to_owned(), to.join("content")];
    private.create(to.join("content"))?;
    while let Some(row) = names.next()? {
        let name: String = row.get(0)?;
        let target = ContentFolder::path_in(&to.join("content"), &name);
        if let Some(parent) = target.parent()
            && !parent.is_dir()
        {
            private.create(parent)?;
            folders.push(parent.to_owned());
        }
        link_or_copy(&folder.path(&name), &target)?;
    }
    File::open(&database)?.sync_all()?;
    for folder in folders {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Content files never change: a second name is as good as a second file until the disk itself is
/// at fault.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            fs::copy(from, to)?;
            File::open(to)?.sync_all()
        }
        linked => linked,
    }
}
