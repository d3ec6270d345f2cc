//! Shared test suites that are not ours to copy: read where they lie, skipped with words where they don't.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;

use yaml_rust2::{Yaml, YamlLoader};

/// The documents of a suite. They lie in `$POSTHOUSE_SUITES`, or beside the repository.
pub(super) fn read(name: &str) -> Option<Vec<Yaml>> {
    let folder = std::env::var_os("POSTHOUSE_SUITES").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/suites")),
        PathBuf::from,
    );
    let file = folder.join(name);
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!(
            "skipped: there is no {} (set POSTHOUSE_SUITES to the folder that has it)",
            file.display()
        );
        return None;
    };
    let documents = YamlLoader::load_from_str(&text).unwrap();
    Some(documents.into_iter().filter(|document| document.as_hash().is_some()).collect())
}
