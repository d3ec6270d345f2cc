//! Conversations: which messages belong together, and how they are listed and shown.
//! Knows an account's messages wherever they lie; knows no page and no protocol.

mod assign;
mod forget;
mod limits;
mod members;
mod own;
mod threading;

pub use limits::ConversationLimits;

pub(crate) use assign::assign;
pub(crate) use forget::forget;
pub(crate) use members::{places, root, root_of};
pub(crate) use threading::Threading;
