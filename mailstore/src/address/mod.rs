//! Where mail can be sent to: domains of this host, addresses of accounts, aliases, catch-alls.

mod alias;
mod domain;
mod resolve;
mod rows;

pub use alias::{Alias, AliasSource};
pub use resolve::{LocalTarget, Resolution, Targets};

pub(crate) use alias::exact;
pub(crate) use domain::add_domain;
pub(crate) use resolve::ends;
pub(crate) use rows::{Owner, insert, remove_of_account};
