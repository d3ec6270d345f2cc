//! Plain text as a letter on a page: quotes folded, links made, nothing of it taken for markup.

mod letter;
mod links;

pub use letter::{Letter, render};
