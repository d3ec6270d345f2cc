//! Brings the database from the version it has (`user_version`) to the one this build knows, a step
//! at a time. Each step is one transaction: it happens wholly or not at all.

use rusqlite::Connection;

use crate::OpenError;

/// The steps, in order. A step that was ever released is never changed.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/0001_the_house.sql"),
    include_str!("../../../migrations/0002_outbound.sql"),
    include_str!("../../../migrations/0003_people.sql"),
    include_str!("../../../migrations/0004_indexes.sql"),
    include_str!("../../../migrations/0005_lessons.sql"),
];

/// Brings the database to the newest version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    run(connection, STEPS)
}

fn run(connection: &mut Connection, steps: &[&str]) -> Result<(), OpenError> {
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    loop {
        let found =
            version(connection).map_err(|cause| OpenError::Migration { version: 0, cause })?;
        if found > known {
            return Err(OpenError::TooNew { found, known });
        }
        let Some(step) = usize::try_from(found).ok().and_then(|at| steps.get(at)) else {
            return Ok(());
        };
        take(connection, found, step)
            .map_err(|cause| OpenError::Migration { version: found + 1, cause })?;
    }
}

/// One step; nothing when another process took it meanwhile.
fn take(connection: &mut Connection, from: u32, step: &str) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if version(&transaction)? != from {
        return Ok(());
    }
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", from + 1)?;
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_new_file_is_brought_to_the_newest_version_and_stays_there() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let first = tables(&connection);
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), u32::try_from(STEPS.len()).unwrap());
        assert_eq!(tables(&connection), first);
        assert!(first.iter().any(|name| name == "message"));
    }

    #[test]
    fn every_earlier_version_reaches_the_newest() {
        for from in 0..STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            run(&mut connection, STEPS.get(..from).unwrap()).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(version(&connection).unwrap(), u32::try_from(STEPS.len()).unwrap());
        }
    }

    #[test]
    fn a_file_of_a_later_version_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        assert!(matches!(migrate(&mut connection), Err(OpenError::TooNew { found: 999, .. })));
        assert!(tables(&connection).is_empty());
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps =
            ["CREATE TABLE a (x INTEGER) STRICT;", "CREATE TABLE b (x INTEGER) STRICT; nonsense;"];
        assert!(matches!(
            run(&mut connection, &steps),
            Err(OpenError::Migration { version: 2, .. })
        ));
        assert_eq!(version(&connection).unwrap(), 1);
        assert_eq!(tables(&connection), ["a"]);
    }

    #[test]
    fn every_table_is_strict_and_every_column_has_its_comment() {
        for step in STEPS {
            for table in step.split("CREATE TABLE ").skip(1) {
                let (body, rest) = table.split_once("\n)").unwrap();
                assert!(rest.starts_with(" STRICT"), "{}", table.lines().next().unwrap());
                for column in body.lines().skip(1) {
                    let constraint =
                        ["PRIMARY KEY (", "UNIQUE ("].iter().any(|c| column.trim().starts_with(c));
                    assert!(constraint || column.contains("-- "), "no comment: {column}");
                }
            }
        }
    }
}
