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
    let documents = YamlLoader::load_from_str(&renamed(&text)).unwrap();
    Some(documents.into_iter().filter(|document| document.as_hash().is_some()).collect())
}

/// A suite has two cases of one name, which YAML does not allow: the later ones get a number.
fn renamed(text: &str) -> String {
    let mut seen = std::collections::HashMap::new();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with("---") {
            seen.clear();
        }
        let name =
            line.strip_prefix("  ").filter(|rest| rest.ends_with(':') && !rest.contains(' '));
        let count = name.map_or(0, |name| {
            let count = seen.entry(name.to_owned()).or_insert(0);
            *count += 1;
            *count - 1
        });
        match (name, count) {
            (Some(name), 1..) => {
                out.push_str(&format!("  {}_{count}:", name.trim_end_matches(':')))
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
