//! Mail in a browser, with or without JavaScript.
//!
//! [`Webmail`] is the whole of it: a store and settings, made into an [`axum::Router`]. [`serve`] puts a router behind a
//! listener. Every state is a URL, every change a form with an undo behind it; nothing is ever asked of another host.
//! Knows nothing of SMTP, POP3 or IMAP: what they do shows here because it is in the same store.

mod assets;
mod config;
mod connection;
mod cookie;
pub mod dates;
mod done;
mod fault;
mod form;
mod frame;
mod headers;
mod house;
pub mod html;
mod letter;
mod listing;
mod markup;
mod pages;
mod people;
mod pick;
pub mod query;
mod reader;
mod routes;
mod seal;
mod serve;
pub mod text;
mod view;

pub use config::{Config, Limits};
pub use connection::Connection;
pub use serve::{ServeLimits, serve};

use axum::Router;
use mailstore::Store;

/// The webmail of one house.
#[derive(Clone)]
pub struct Webmail {
    /// Where the mail is.
    pub store: Store,
    /// How it is set up.
    pub config: Config,
}

impl Webmail {
    /// All pages. Requests tell about their connection by a [`Connection`] extension, which [`serve`] puts in.
    pub fn router(self) -> Router {
        routes::all(house::House::new(self.store, self.config))
    }
}
