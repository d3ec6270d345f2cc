//! The numbers of the queue.

use std::time::Duration;

/// What is kept of mail on its way out, and how much of it is looked at.
#[derive(Debug, Clone)]
pub struct OutboundLimits {
    /// How long a message's rows and its timeline are kept after its last recipient was settled.
    pub kept: Duration,
    /// Octets of a reply that are kept.
    pub reply_octets_max: usize,
    /// Octets of a host's name and of a TLS version and cipher that are kept.
    pub word_octets_max: usize,
    /// Due recipients of one destination that are counted.
    pub counted_max: u32,
    /// Recipients of one message that a list shows.
    pub listed_recipients_max: u32,
    /// A recipient whose next try comes due while the last one is still going on is put off by this
    /// much.
    pub still_trying: Duration,
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self {
            kept: Duration::from_secs(90 * 24 * 3_600),
            reply_octets_max: 1_024,
            word_octets_max: 255,
            counted_max: 1_000,
            listed_recipients_max: 20,
            still_trying: Duration::from_secs(300),
        }
    }
}
