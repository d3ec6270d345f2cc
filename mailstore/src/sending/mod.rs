//! What an account may send, as whom, and to whom it has written.
//! Knows nothing of queues and of how mail is handed in.

mod correspondent;
mod limit;
mod rights;

pub use correspondent::Correspondent;
pub use limit::{SendLimit, SendLimitKind, SendingError};
