//! Space kept aside: a file of zeros that is given up when the disk is full, so that deleting,
//! which has to write too, is possible. While it is given up nothing that grows is taken; it is
//! made again when there is space.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// This part of the reserve must be free beside it when it is made.
const MARGIN_DIVISOR: u64 = 4;

/// The reserve.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    octets: u64,
    held: bool,
}

impl Reserve {
    /// Makes it if there is space; without, the store opens all the same, ready for deleting only.
    pub(crate) fn hold(path: PathBuf, octets: u64) -> Self {
        let mut reserve = Self { path, octets, held: false };
        reserve.restore();
        reserve
    }

    /// Gives up a reserve that nobody holds yet. True when there was one.
    pub(crate) fn was_given_up(path: &Path) -> bool {
        fs::remove_file(path).is_ok()
    }

    /// False while it is given up.
    pub(crate) const fn is_held(&self) -> bool {
        self.held
    }

    /// Gives it up. True when that gave space.
    pub(crate) fn give_up(&mut self) -> bool {
        if !self.held {
            return false;
        }
        self.held = false;
        tracing::warn!(
            "the disk is full: giving up the reserve so that deleting is possible; nothing is accepted meanwhile"
        );
        match fs::remove_file(&self.path) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "cannot give up the reserve");
                false
            }
        }
    }

    /// Makes it again if there is space.
    pub(crate) fn restore(&mut self) {
        if self.held {
            return;
        }
        match self.fill() {
            Ok(()) => self.held = true,
            Err(error) => {
                tracing::debug!(%error, "no space for the reserve yet");
                if let Err(error) = fs::remove_file(&self.path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::error!(%error, "cannot remove a partly made reserve");
                }
            }
        }
    }

    /// Real zeros: a file with a hole in it keeps no space. Not tried before there is some more
    /// than enough: trying takes the last of the disk from everybody else, and it is tried often.
    fn fill(&self) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|file| file.len() == self.octets) {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if !has_room(free_octets(folder)?, self.octets) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut file = File::create(&self.path)?;
        let zeros = [0; 64 << 10];
        let mut left = self.octets;
        while left > 0 {
            let some = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
            file.write_all(zeros.get(..some).unwrap_or(&zeros))?;
            left -= some as u64;
        }
        file.sync_all()
    }
}

const fn has_room(free: u64, reserve: u64) -> bool {
    free >= reserve.saturating_add(reserve / MARGIN_DIVISOR)
}

/// What this process may still write on the disk of a folder. A quota is not seen here.
fn free_octets(folder: &Path) -> io::Result<u64> {
    let disk = nix::sys::statvfs::statvfs(folder)?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_takes_its_space_gives_it_up_and_takes_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reserve");
        let mut reserve = Reserve::hold(path.clone(), 100_000);
        assert!(reserve.is_held());
        assert_eq!(fs::metadata(&path).unwrap().len(), 100_000);
        assert!(reserve.give_up());
        assert!(!path.exists() && !reserve.is_held());
        assert!(!reserve.give_up());
        reserve.restore();
        assert!(reserve.is_held() && path.exists());
    }

    #[test]
    fn the_reserve_is_made_when_there_is_a_quarter_more_than_it_takes() {
        assert!(has_room(125, 100));
        assert!(!has_room(124, 100));
        assert!(free_octets(tempfile::tempdir().unwrap().path()).unwrap() > 0);
    }
}
