//! Conversations: which messages belong together, and how they are listed and shown.
//! Knows an account's messages wherever they lie; knows no page and no protocol.

mod assign;
mod cursor;
mod forget;
mod group;
mod limits;
mod line;
mod members;
mod own;
mod page;
mod shown;
mod threading;
mod visible;

pub use cursor::{Cursor, CursorInvalid};
pub use limits::ConversationLimits;
pub use line::{ConversationSummary, Participant};
pub use page::{Page, Scope};
pub use shown::ConversationMessage;

pub(crate) use assign::assign;
pub(crate) use forget::forget;
pub(crate) use threading::Threading;
