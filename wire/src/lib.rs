//! Line protocols on a stream: listener, TLS, framing, limits, timeouts.
//!
//! Knows how a mail client's socket is read and written, and owns it from accept to close: lines,
//! dot-stuffed bodies, literals of a given length, pipelining, time limits, TLS, draining. It does
//! *not* know any protocol: no reply code and no command stands here. A protocol is a [`Session`],
//! a value that takes an [`Input`] and gives an [`Output`] (bytes to send, and a wish for what to
//! read next) and never sees a socket, so that it runs in tests over `tokio::io::duplex`.
//!
//! ```text
//!  Listener ── accept, seats, Door, implicit TLS ──▶ run(session, stream, terms)
//!                                                      │ reads: framing::{LineReader, BodyReader}
//!                                                      │ writes: framing::DotStuffer
//!                                                      ▼
//!                                  Session::handle(Input) -> Output { chunks, next }
//! ```

mod conversation;
mod door;
mod drain;
pub mod framing;
mod inbox;
mod limits;
mod listener;
mod outbox;
mod peer;
mod seats;
mod session;
mod transport;

pub use conversation::{Departure, Terms, run};
pub use door::{Door, OpenDoor};
pub use drain::{Closing, Drain};
pub use limits::Limits;
pub use listener::{BindError, Listener, Service, Tls};
pub use peer::{Peer, TlsFacts};
pub use seats::{Seat, Seats};
pub use session::{BodyFault, Chunk, Ending, Input, Intake, Next, NoIntake, Output, Session};
