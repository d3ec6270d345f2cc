//! The machine's own measure: how often a second 4 KB can be appended to a file and made durable.
//! Everything else in the table stands on it.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bench::{Figures, Stopwatch};
use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// The file to write; it must not exist.
    file: PathBuf,
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut file = File::create_new(&arguments.file)?;
    let block = [b'x'; 4096];
    let watch = Stopwatch::start(Duration::from_secs_f64(arguments.seconds));
    let mut durations = Vec::new();
    while !watch.is_over() {
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        durations.push(begun.elapsed());
    }
    Figures::of(durations, watch.elapsed()).print()?;
    Ok(())
}
