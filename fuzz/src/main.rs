//! Feeds every parser of outside bytes with mutated seeds for a while: `cargo run -p fuzz -- --seconds 5`.
//!
//! Works on the stable toolchain, so that it runs in every test run. An input that makes a target panic, or that
//! takes it suspiciously long, is kept in `fuzz/found` and ends the run with an error.

mod judge;
mod mutate;
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;

use mutate::{Dice, mutated};
use targets::{TARGETS, Target};

/// Inputs stay under this, so that a slow one is the parser's fault.
const INPUT_OCTETS_MAX: usize = 64 * 1024;

/// An input of that size that takes longer than this is a finding.
const SLOW: Duration = Duration::from_secs(3);

#[derive(Parser)]
struct Wish {
    /// Which targets; all when none is named
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The number that decides everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[expect(clippy::print_stdout, reason = "the program's answer")]
fn main() -> Result<()> {
    let wish = Wish::parse();
    for name in &wish.targets {
        if !TARGETS.iter().any(|target| target.name == name) {
            bail!("there is no target {name}");
        }
    }
    for target in TARGETS.iter().filter(|target| {
        wish.targets.is_empty() || wish.targets.iter().any(|name| name == target.name)
    }) {
        let runs = run(target, &wish)?;
        println!("{:<16} {runs} inputs, nothing found", target.name);
    }
    Ok(())
}

/// How many inputs the target has taken in its time.
fn run(target: &Target, wish: &Wish) -> Result<u64> {
    let seeds = seeds(target.name)?;
    for seed in &seeds {
        feed(target, seed)?;
    }
    let (mut dice, mut runs, start) = (Dice::new(wish.seed), 0, Instant::now());
    while start.elapsed() < Duration::from_secs(wish.seconds) {
        feed(target, &mutated(&mut dice, &seeds, INPUT_OCTETS_MAX))?;
        runs += 1;
    }
    Ok(runs)
}

fn feed(target: &Target, input: &[u8]) -> Result<()> {
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if outcome.is_err() {
        bail!("{} panicked on {}", target.name, keep(target, input)?.display());
    }
    if start.elapsed() > SLOW {
        bail!("{} took {:?} for {}", target.name, start.elapsed(), keep(target, input)?.display());
    }
    Ok(())
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn seeds(target: &str) -> Result<Vec<Vec<u8>>> {
    let folder = folder().join("seeds").join(target);
    let entries =
        fs::read_dir(&folder).with_context(|| format!("no seeds in {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().map(|path| Ok(fs::read(path)?)).collect()
}

fn keep(target: &Target, input: &[u8]) -> Result<PathBuf> {
    let folder = folder().join("found");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}-{}", target.name, input.len()));
    fs::write(&path, input)?;
    Ok(path)
}
