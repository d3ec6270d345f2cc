//! Where mail can be sent to: domains of this host, addresses of accounts, aliases, catch-alls.

mod alias;
mod domain;
mod resolve;
mod rows;

pub use alias::{Alias, AliasSource};
pub use resolve::{LocalTarget, Resolution, Targets};

pub(crate) use alias::{exact, leads_here};
pub(crate) use domain::add_domain;
pub(crate) use resolve::{ends, leads_somewhere};
pub(crate) use rows::{Owner, domain_id, id_of, insert, remove_of_account};
