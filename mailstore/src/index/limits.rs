//! The numbers of searching and of the index behind it.

use std::time::Duration;

/// What a search may ask for and how it is worked off; how the index is filled.
#[derive(Debug, Clone)]
pub struct SearchLimits {
    /// Conditions within conditions.
    pub depth_max: usize,
    /// Conditions in one search.
    pub terms_max: usize,
    /// Octets of one text that is looked for.
    pub needle_octets_max: usize,
    /// Groups of three letters by which the index is asked for one text. More of them take longer and leave hardly fewer messages
    /// to be looked at.
    pub trigrams_max: usize,
    /// Messages that the index may name for one search, eight octets each; when they are more, every message is looked at.
    pub named_max: usize,
    /// Messages that may match and are looked up one by one; when they are more, the mailboxes are gone through instead.
    pub listed_max: usize,
    /// How long one search may work before it lets others pass.
    pub slice: Duration,
    /// How long a page of a list is searched for before what was found so far is shown, with the way to go on.
    pub page_patience: Duration,
    /// Threads that search.
    pub searchers: usize,
    /// Searches that are being worked off; more wait for their turn.
    pub searches_at_once: usize,
    /// Octets of page cache of each, for the messages and for the index.
    pub searcher_cache_octets: usize,
    /// How long the index waits for company when a message arrives.
    pub index_delay: Duration,
    /// Messages put into the index in one transaction.
    pub index_batch_messages_max: u32,
    /// Octets of text put into the index in one transaction.
    pub index_batch_octets_max: usize,
    /// Octets of page cache of the index while it is being filled.
    pub index_cache_octets: usize,
    /// While so many messages arrive during one batch, indexing makes way for them.
    pub index_busy_messages: usize,
    /// It makes way for so many times the batch's own time.
    pub index_busy_pause: u32,
    /// How long the index waits when the disk is full or another process is filling it.
    pub index_retry: Duration,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self {
            depth_max: 20,
            terms_max: 500,
            needle_octets_max: 1_000,
            trigrams_max: 6,
            named_max: 1_000_000,
            listed_max: 5_000,
            slice: Duration::from_millis(20),
            page_patience: Duration::from_secs(2),
            searchers: 2,
            searches_at_once: 16,
            searcher_cache_octets: 2 << 20,
            index_delay: Duration::from_millis(500),
            index_batch_messages_max: 500,
            index_batch_octets_max: 4 << 20,
            index_cache_octets: 4 << 20,
            index_busy_messages: 50,
            index_busy_pause: 3,
            index_retry: Duration::from_secs(30),
        }
    }
}
