//! What an account may send, as whom, to whom it has written, and the keys it is signed with.
//! Knows nothing of queues and of how mail is handed in.

mod correspondent;
mod domain_key;
mod limit;
mod rights;

pub use correspondent::Correspondent;
pub use domain_key::{DomainKey, KeyAlgorithm, KeyState, NewDomainKey};
pub use limit::{SendLimit, SendLimitKind, SendingError};

pub(crate) use domain_key::forget as forget_domain_keys;
