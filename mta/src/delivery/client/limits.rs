//! Every limit of a conversation with a remote host, named, with its unit.

use std::time::Duration;

/// How long we wait, and how much we read. The times are those of RFC 5321 §4.5.3.2; each is for a whole
/// reply, so that a host that says a word now and then gains nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLimits {
    /// For the greeting (§4.5.3.2.1).
    pub greeting_timeout: Duration,
    /// For the reply to EHLO, HELO, STARTTLS and AUTH.
    pub hello_timeout: Duration,
    /// For a TLS handshake.
    pub tls_handshake_timeout: Duration,
    /// For the reply to MAIL (§4.5.3.2.2).
    pub mail_timeout: Duration,
    /// For the reply to each RCPT (§4.5.3.2.3).
    pub rcpt_timeout: Duration,
    /// For the reply to DATA (§4.5.3.2.4).
    pub data_timeout: Duration,
    /// For the host to take the next block of a message (§4.5.3.2.5), and for each BDAT but the last.
    pub block_timeout: Duration,
    /// For the reply to the final dot or to the last BDAT (§4.5.3.2.6). It is long because who gives
    /// up too early delivers twice.
    pub final_timeout: Duration,
    /// For the reply to RSET.
    pub rset_timeout: Duration,
    /// For the reply to QUIT. Nothing depends on it.
    pub quit_timeout: Duration,
    /// What of a reply is read.
    pub reply: ReplyLimits,
    /// Recipients in one transaction; more go into the next one on the same connection. Every server
    /// takes 100 (RFC 5321 §4.5.3.1.8).
    pub recipients_max: usize,
    /// Commands sent before their replies are read, with PIPELINING.
    pub pipelined_max: usize,
    /// Octets of the message read from its source, and sent, at once.
    pub block_octets: usize,
    /// From so many octets on a message goes by BDAT where CHUNKING is offered: a host that refuses it
    /// can say so after the first chunk.
    pub chunking_octets_min: u64,
    /// Octets of one BDAT.
    pub chunk_octets: usize,
    /// The largest message that is converted for a host without 8BITMIME. It is in memory while it is
    /// converted.
    pub conversion_octets_max: u64,
}

/// What of a reply is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLimits {
    /// Of one line, its end counted. RFC 5321 §4.5.3.1.5 says 512; some hosts explain at length.
    pub line_octets_max: usize,
    /// Lines of one reply.
    pub lines_max: usize,
    /// Octets of one reply.
    pub octets_max: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self {
            greeting_timeout: minutes(5),
            hello_timeout: minutes(5),
            tls_handshake_timeout: minutes(1),
            mail_timeout: minutes(5),
            rcpt_timeout: minutes(5),
            data_timeout: minutes(2),
            block_timeout: minutes(3),
            final_timeout: minutes(10),
            rset_timeout: minutes(1),
            quit_timeout: Duration::from_secs(5),
            reply: ReplyLimits::default(),
            recipients_max: 100,
            pipelined_max: 100,
            block_octets: 64 << 10,
            chunking_octets_min: 1 << 20,
            chunk_octets: 1 << 20,
            conversion_octets_max: 50 << 20,
        }
    }
}

impl Default for ReplyLimits {
    fn default() -> Self {
        Self { line_octets_max: 2_048, lines_max: 100, octets_max: 32 << 10 }
    }
}
