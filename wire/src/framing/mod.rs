//! Where lines and bodies begin and end. Once, for all protocols, and without a socket.
//!
//! All of it is fed with slices as they come off the wire, and gives the same events however the
//! bytes were cut into slices (property tests hold it to that). Nothing looks at single octets
//! where a search for the next interesting one will do: bodies come at thousands a second.

mod body;
mod line;
mod stuffing;

pub use body::{BodyReader, Piece};
pub use line::{LineEvent, LineReader};
pub use stuffing::DotStuffer;
