//! Single message files, folders of them, and Maildirs: one file is one message.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use mailstore::Flags;
use message::Timestamp;

use super::modified_utf7;
use super::source::{Head, Source, piece_of_file};

/// One message file and what its place tells of it.
struct Letter {
    path: PathBuf,
    head: Head,
}

/// Message files in a fixed order; positions count files. An interrupted import begins again at the first: a folder
/// that is in use is another one the next day, and what is there already is skipped anyway.
pub struct Files {
    letters: Vec<Letter>,
    position: usize,
    vanished: u64,
    open: Option<File>,
}

impl Files {
    /// A message file, or every file below a folder, in the order of their names.
    pub fn eml(path: &Path) -> io::Result<Files> {
        let mut paths = Vec::new();
        collect(path, &mut paths)?;
        let letters = paths.into_iter().map(|path| Letter { path, head: Head::default() });
        Ok(Files::new(letters.collect()))
    }

    /// A Maildir with its subfolders in the Maildir++ way (`.Sent`, `.Lists.crepes`).
    pub fn maildir(path: &Path) -> io::Result<Files> {
        let mut letters = Vec::new();
        let mut folders = vec![(path.to_owned(), "INBOX".to_owned())];
        for entry in sorted(path)? {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(name) =
                name.strip_prefix('.').filter(|name| !name.is_empty() && entry.join("cur").is_dir())
            {
                folders.push((entry, modified_utf7::decode(&name.replace('.', "/"))));
            }
        }
        if !path.join("cur").is_dir() && folders.len() == 1 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a Maildir: it has no folder named cur",
            ));
        }
        for (folder, mailbox) in folders {
            letters_of(&folder, &mailbox, &mut letters)?;
        }
        Ok(Files::new(letters))
    }

    fn new(letters: Vec<Letter>) -> Files {
        Files { letters, position: 0, vanished: 0, open: None }
    }
}

impl Source for Files {
    fn next(&mut self) -> io::Result<Option<Head>> {
        while let Some(letter) = self.letters.get(self.position) {
            self.position += 1;
            match File::open(&letter.path) {
                Ok(file) => {
                    self.open = Some(file);
                    return Ok(Some(letter.head.clone()));
                }
                // Its owner has read, moved or deleted it meanwhile.
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => self.vanished += 1,
                Err(cause) => {
                    let file = letter.path.display();
                    return Err(io::Error::new(cause.kind(), format!("{file}: {cause}")));
                }
            }
        }
        Ok(None)
    }

    fn piece(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        self.open.as_mut().map_or(Ok(false), |file| piece_of_file(file, into))
    }

    fn position(&self) -> u64 {
        self.position as u64
    }

    fn total(&self) -> u64 {
        self.letters.len() as u64
    }

    fn vanished(&self) -> u64 {
        self.vanished
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for inner in sorted(path)? {
        collect(&inner, found)?;
    }
    Ok(())
}

fn letters_of(folder: &Path, mailbox: &str, letters: &mut Vec<Letter>) -> io::Result<()> {
    for part in ["cur", "new"] {
        let part = folder.join(part);
        if !part.is_dir() {
            continue;
        }
        for path in sorted(&part)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let head = Head {
                mailbox: Some(mailbox.to_owned()),
                flags: flags(&name),
                received: modified(&path),
            };
            letters.push(Letter { head, path: path.clone() });
        }
    }
    Ok(())
}

/// The letters behind `:2,` in a Maildir file name.
fn flags(name: &str) -> Flags {
    let letters = name.rsplit_once(":2,").map_or("", |(_, letters)| letters);
    letters.chars().fold(Flags::NONE, |flags, letter| flags | flag(letter))
}

fn flag(letter: char) -> Flags {
    match letter {
        'S' => Flags::SEEN,
        'R' => Flags::ANSWERED,
        'F' => Flags::FLAGGED,
        'T' => Flags::DELETED,
        'D' => Flags::DRAFT,
        _ => Flags::NONE,
    }
}

/// A Maildir file's modification time is when it was delivered.
fn modified(path: &Path) -> Option<Timestamp> {
    let age = fs::metadata(path).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::new(i64::try_from(age.as_secs()).ok()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_maildir_keeps_its_folders_and_flags() {
        let root = tempfile::tempdir().unwrap();
        for (folder, file) in [("cur", "1:2,FS"), ("new", "2"), (".Lists.Cr&AOo-pes/cur", "3:2,R")]
        {
            fs::create_dir_all(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join(file), "A: b\n\n").unwrap();
        }
        let mut files = Files::maildir(root.path()).unwrap();
        let mut heads = Vec::new();
        while let Some(head) = files.next().unwrap() {
            heads.push((head.mailbox.unwrap(), head.flags));
        }
        let read = Flags::FLAGGED | Flags::SEEN;
        let expected = [("INBOX", read), ("INBOX", Flags::NONE), ("Lists/Crêpes", Flags::ANSWERED)];
        assert_eq!(heads, expected.map(|(mailbox, flags)| (mailbox.to_owned(), flags)));
    }

    #[test]
    fn a_file_that_goes_away_meanwhile_is_counted_and_passed_over() {
        let root = tempfile::tempdir().unwrap();
        for name in ["1.eml", "2.eml", "3.eml"] {
            fs::write(root.path().join(name), "A: b\n\n").unwrap();
        }
        let mut files = Files::eml(root.path()).unwrap();
        fs::remove_file(root.path().join("2.eml")).unwrap();
        let mut read = 0;
        while files.next().unwrap().is_some() {
            read += 1;
        }
        assert_eq!((read, files.vanished(), files.position()), (2, 1, files.total()));
    }

    #[test]
    fn a_folder_that_is_no_maildir_is_refused() {
        let root = tempfile::tempdir().unwrap();
        assert!(Files::maildir(root.path()).is_err());
    }
}
