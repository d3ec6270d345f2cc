//! Every blob and every content file, against its checksum.

use rusqlite::Connection;

use super::Broken;
use crate::Error;
use crate::content::{Content, ContentFolder};
use crate::value::ContentId;

pub(super) fn check(
    connection: &Connection,
    folder: &ContentFolder,
    broken: &mut Vec<Broken>,
) -> Result<(), Error> {
    let mut statement = connection.prepare("SELECT id, octets FROM content ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (content, octets): (ContentId, i64) = (row.get(0)?, row.get(1)?);
        let found = Content::open(connection, folder, content).and_then(|found| {
            found.verify()?;
            Ok(found.octets())
        });
        match found {
            Ok(found) if i64::try_from(found) == Ok(octets) => {}
            Ok(found) => {
                broken.push(Broken(format!("content {content} has {found} octets, not {octets}")))
            }
            Err(error) => broken.push(Broken(format!("content {content}: {error}"))),
        }
    }
    Ok(())
}
