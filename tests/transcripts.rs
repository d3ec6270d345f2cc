//! Plays every dialogue under `tests/transcripts/` against real sessions and a real store.
//!
//! What a file may say stands in `tests/transcripts/README.md`. No port is opened and nothing is
//! shared between files, so they are played side by side.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "transcripts/player/mod.rs"]
mod player;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use player::{Mode, Outcome, Theatre, play};

/// Files played at the same time.
const STAGES: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transcript_goes_as_it_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let wanted = std::env::var("TRANSCRIPT").unwrap_or_default();
    let mode = if std::env::var_os("UPDATE").is_some() { Mode::Update } else { Mode::Check };
    let files: Vec<PathBuf> = files_in(&folder)
        .into_iter()
        .filter(|file| shown(&folder, file).contains(&wanted))
        .collect();
    assert!(!files.is_empty(), "no transcript has {wanted:?} in its path");

    let theatre = Arc::new(Theatre::new());
    let mut outcomes: Vec<(PathBuf, Outcome)> = futures_util::stream::iter(files)
        .map(|file| {
            let theatre = Arc::clone(&theatre);
            async move {
                let playing = tokio::spawn({
                    let file = file.clone();
                    async move { play(&theatre, &file, mode).await }
                });
                let outcome = playing.await.unwrap_or_else(|panic| Err(panic.to_string()));
                (file, outcome)
            }
        })
        .buffer_unordered(STAGES)
        .collect()
        .await;
    outcomes.sort_by(|(one, _), (other, _)| one.cmp(other));

    let total = outcomes.len();
    let failures: Vec<String> = outcomes
        .into_iter()
        .filter_map(|(file, outcome)| {
            outcome.err().map(|what| format!("{}\n{what}", shown(&folder, &file)))
        })
        .collect();
    let count = failures.len();
    assert!(
        failures.is_empty(),
        "{count} of {total} transcripts went otherwise:\n\n{}",
        failures.join("\n\n")
    );
}

fn shown(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).display().to_string()
}

/// All `.txt` files below a folder, in order.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of transcripts") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            files.push(path);
        }
    }
    files.sort();
    files
}
