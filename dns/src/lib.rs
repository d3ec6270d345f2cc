//! What the world's name servers say.
//!
//! [`Resolver`] is the one door to DNS: whoever needs a record is handed one, as an argument. Behind
//! it stands [`Hickory`] (the network, with DNSSEC proofs), usually in a [`Cached`], or in tests a
//! [`Zone`] that lies in memory, so that no test asks the world. The crate knows names, record kinds
//! and how a lookup can fail; it does *not* know what anybody wants them for.

mod answer;
mod cached;
mod hickory;
mod limits;
mod name;
mod record;
mod resolver;
mod zone;

pub use answer::{Alias, Answer, Denial, LookupError, Proof};
pub use cached::{CacheLimits, Cached};
pub use hickory::{Dnssec, Hickory, Settings, SettingsError};
pub use limits::Limits;
pub use name::{Name, NameError};
pub use record::{Kind, Mx, Record, Tlsa};
pub use resolver::{Looking, Resolver};
pub use zone::{Fault, Zone, ZoneError};
