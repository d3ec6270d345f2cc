//! Where a message goes while it arrives: our trace fields on top, then its own bytes, unchanged.
//!
//! All of its bytes: NUL and other control characters too (RFC 5321 §4.5.2 has all 128 ASCII characters
//! delivered), and 8-bit ones, whatever BODY declared (RFC 6152 §3).

use std::io;

use mailstore::{Staged, Staging};
use message::TraceId;

use super::header_watch::{Beginning, HeaderFault, HeaderWatch};
use super::session::Letter;

/// A message on its way in. Dropped when the client goes away, and then nothing of it stays.
#[derive(Debug)]
pub struct Intake {
    /// From whom and to whom.
    pub letter: Letter,
    /// Its id.
    pub trace: TraceId,
    watch: HeaderWatch,
    staging: Staging,
    top: Top,
}

/// Our trace fields, until it is known whether an empty line must follow them.
#[derive(Debug)]
enum Top {
    /// Not written; `held` is what has come of the message.
    Waiting {
        fields: String,
        held: Vec<u8>,
    },
    Written,
}

impl Intake {
    /// For one letter, with the trace fields that go on top of its message.
    pub fn new(
        letter: Letter,
        trace: TraceId,
        fields: String,
        watch: HeaderWatch,
        staging: Staging,
    ) -> Self {
        Self { letter, trace, watch, staging, top: Top::Waiting { fields, held: Vec::new() } }
    }

    /// What is wrong with the message's header, if something is.
    #[must_use]
    pub fn header_fault(&self) -> Option<HeaderFault> {
        self.watch.fault()
    }

    /// The message, whole, ready to be delivered.
    ///
    /// # Errors
    /// When the store cannot keep it.
    pub async fn finish(mut self) -> Result<Staged, mailstore::Error> {
        if let Top::Waiting { fields, held } = &self.top {
            write_top(&mut self.staging, fields, self.watch.beginning(), held).await?;
        }
        self.staging.finish().await
    }
}

impl wire::Intake for Intake {
    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.watch.see(octets);
        if self.watch.fault().is_some() {
            // It will be refused: what is still to come is read, and not kept.
            return Ok(());
        }
        let Top::Waiting { fields, held } = &mut self.top else {
            return self.staging.write(octets).await;
        };
        held.extend_from_slice(octets);
        let Some(beginning) = self.watch.beginning() else { return Ok(()) };
        write_top(&mut self.staging, fields, Some(beginning), held).await?;
        self.top = Top::Written;
        Ok(())
    }
}

/// A Return-Path that the message brings along stays where it is. RFC 5321 §4.4 lets us remove it, but
/// then a message would not be kept byte for byte, and signatures over its header would break; ours is
/// the topmost, and the topmost counts.
///
/// Text without a header (two lines typed at a telnet prompt) gets an empty line in front, or readers
/// would take it for a broken header; a first line that begins with a blank would even continue our
/// own Received field, and say there what it likes.
async fn write_top(
    staging: &mut Staging,
    fields: &str,
    beginning: Option<Beginning>,
    held: &[u8],
) -> io::Result<()> {
    staging.write(fields.as_bytes()).await?;
    if beginning != Some(Beginning::Header) {
        staging.write(b"\r\n").await?;
    }
    staging.write(held).await
}
