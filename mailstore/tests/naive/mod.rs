//! Searching as plainly as it can be put: every message taken apart and looked through. And real mail to search in.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use mailstore::Query;
use message::Limits;
use message::mime::PartTree;
use message::text::{SearchText, normalise, search_text};

/// A message's text.
pub struct Plain(SearchText);

impl Plain {
    pub fn of(message: &[u8]) -> Self {
        let limits = Limits::default();
        let mut text = search_text(message, &PartTree::of(message, &limits), &limits);
        let signatures = [
            "dkim-signature:",
            "domainkey-signature:",
            "x-google-dkim-signature:",
            "arc-",
            "x-ms-",
            "autocrypt:",
        ];
        let machine = |line: &&str| signatures.iter().any(|name| line.starts_with(name));
        text.header = text.header.split_inclusive('\n').filter(|line| !machine(line)).collect();
        Self(text)
    }

    pub fn all(&self) -> String {
        format!("{}{}", self.0.header, self.0.body)
    }

    pub fn matches(&self, query: &Query) -> bool {
        match query {
            Query::And(all) => all.iter().all(|query| self.matches(query)),
            Query::Or(any) => any.iter().any(|query| self.matches(query)),
            Query::Not(inner) => !self.matches(inner),
            Query::Text(needle) => {
                let needle = normalise(needle);
                self.0.header.contains(&needle) || self.0.body.contains(&needle)
            }
            Query::Body(needle) => self.0.body.contains(&normalise(needle)),
            Query::Words(needle) => {
                let names = ["subject", "from", "to", "cc", "bcc", "reply-to", "sender", "list-id"];
                let needle = normalise(needle);
                needle.is_empty()
                    || self.0.body.contains(&needle)
                    || names.iter().any(|name| self.field(name, &needle))
            }
            Query::Header { name, needle } => self.field(&name.to_lowercase(), &normalise(needle)),
            other => panic!("not of texts: {other:?}"),
        }
    }

    fn field(&self, name: &str, needle: &str) -> bool {
        self.0.fields(name).any(|value| value.contains(needle))
    }
}

/// About so many real messages, spread over all there are; none where the corpus is not to be had.
pub fn corpus(about: usize) -> Vec<Vec<u8>> {
    let folder = std::env::var_os("POSTHOUSE_CORPUS")
        .map_or_else(|| PathBuf::from("../../shared/corpus"), PathBuf::from);
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    let step = (files.len() / about.max(1)).max(1);
    files
        .iter()
        .step_by(step)
        .filter_map(|file| std::fs::read(file).ok())
        .filter(|octets| octets.len() < 100_000)
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
