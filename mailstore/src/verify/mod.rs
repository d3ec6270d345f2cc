//! Does the store keep its own rules? For tests, for the storm, for `posthouse doctor`.

mod bytes;
mod rules;

use rusqlite::Connection;

use crate::content::ContentFolder;
use crate::database::open_for_once;
use crate::{Error, Store, index};

/// A rule that does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Store {
    /// Checks every rule: counters equal counts, UIDs below uidnext, every blob referenced or to be
    /// reclaimed, checksums. Reads everything: slow on a large store, but in nobody's way.
    pub async fn verify(&self) -> Result<Vec<Broken>, Error> {
        let (path, folder) = (self.database_path(), self.contents().clone());
        let search = self.index().file().to_owned();
        let checked = tokio::task::spawn_blocking(move || {
            let connection = open_for_once(&path)?;
            connection.execute_batch("BEGIN")?;
            let mut broken = check(&connection, &folder)?;
            broken.extend(index::check(&connection, &search)?.into_iter().map(Broken));
            Ok(broken)
        });
        checked.await.map_err(Error::unavailable)?
    }
}

/// In one snapshot.
fn check(connection: &Connection, folder: &ContentFolder) -> Result<Vec<Broken>, Error> {
    let mut broken = rules::check(connection)?;
    bytes::check(connection, folder, &mut broken)?;
    Ok(broken)
}
