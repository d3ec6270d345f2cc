//! Who sent it.

pub mod spf;
#[cfg(test)]
mod suites;
