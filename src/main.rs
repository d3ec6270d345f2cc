//! posthouse: one house for your mail, your site and your name.
//!
//! Makes everything and hands it down; knows no protocol and no page.

mod certificates;
mod cli;
mod config;
mod demo;
mod import;
mod logging;
mod services;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Every connection is one, and the usual limit of 1,024 is one service's full house.
fn open_as_many_files_as_we_may() -> nix::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
}

#[expect(clippy::print_stderr, reason = "the last word before leaving")]
fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // Mail and keys are for the house's own user to read, whatever folder they come to lie in.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    // One crypto provider for the whole process; a second installation would be our own mistake.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("posthouse: a crypto provider was installed before ours");
    }
    if let Err(error) = open_as_many_files_as_we_may() {
        eprintln!("posthouse: the limit of open files stays as it is: {error}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome =
        runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(cli::run(cli)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("posthouse: {error:#}");
            ExitCode::FAILURE
        }
    }
}
