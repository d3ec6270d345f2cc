//! The arrows between crates point one way (ARCHITECTURE.md). This fails when a crate names one it may not,
//! in its manifest or in its code.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// Who may name whom. A crate that is not listed here is not ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("message", &[]),
    ("wire", &[]),
    ("sasl", &[]),
    ("mailstore", &["message"]),
    ("dns", &[]),
    ("mta", &["dns", "mailstore", "message", "sasl", "wire"]),
    ("access", &["mailstore", "message", "sasl", "wire"]),
    ("webmail", &["mailstore", "message"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn ours() -> impl Iterator<Item = &'static str> {
    ARROWS.iter().map(|(name, _)| *name)
}

/// Crates of ours that `name` may not mention.
fn forbidden(name: &str, allowed: &[&str]) -> Vec<&'static str> {
    ours().filter(|other| *other != name && !allowed.contains(other)).collect()
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(source_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// The names of the crates that a manifest's table depends on.
fn dependencies(manifest: &str, table: &str) -> Vec<String> {
    let parsed: toml::Table = manifest.parse().unwrap();
    parsed
        .get(table)
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(|table| table.keys().cloned())
        .collect()
}

#[test]
fn no_manifest_names_a_crate_it_may_not() {
    for (name, allowed) in ARROWS {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for dependency in dependencies(&manifest, table) {
                let forbidden = forbidden(name, allowed);
                assert!(
                    !forbidden.contains(&dependency.as_str()),
                    "{name} may not depend on {dependency} ({table})"
                );
            }
        }
    }
}

#[test]
fn no_source_names_a_crate_it_may_not() {
    for (name, allowed) in ARROWS {
        for file in source_files(&root().join(name)) {
            let text = fs::read_to_string(&file).unwrap();
            for other in forbidden(name, allowed) {
                assert!(
                    !text.contains(&format!("use {other}::")),
                    "{} names {other}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_member_of_the_workspace_is_on_the_map() {
    let manifest: toml::Table =
        fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    for member in manifest["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        let tool = ["bench", "fuzz"].contains(&member);
        assert!(tool || ours().any(|name| name == member), "{member} is not in ARROWS");
    }
}

#[test]
fn every_crate_of_ours_forbids_unsafe_code() {
    for name in ours() {
        let manifest: toml::Table =
            fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap().parse().unwrap();
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        if inherits.and_then(toml::Value::as_bool) != Some(true) {
            panic!("{name} does not inherit the workspace's lints");
        }
    }
}
