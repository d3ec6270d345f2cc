//! The webmail from outside: requests in, pages out, on a real store in a temporary folder. No sockets but where the
//! listener itself is tested.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod deeds;
mod door;
mod files;
mod guest;
mod headers;
mod listener;
mod reading;
mod search;
mod strangers;
