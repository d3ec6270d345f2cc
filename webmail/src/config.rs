//! How the webmail is set up: every number with its unit.

use crate::html;
use std::time::Duration;

/// Settings of the webmail.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The house's name as people know it: `mail.example.org`. Shown where one signs in.
    pub house: String,
    /// The zone whose clock is used for a reader whose browser has not told its own; empty for this machine's.
    pub zone: String,
    /// A line shown where one signs in; the demo tells its passwords there.
    pub notice: Option<String>,
    /// Sizes, counts and times.
    pub limits: Limits,
}

/// Sizes, counts and times of pages and requests.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Conversations on one page of a list.
    pub conversations_per_page: usize,
    /// Messages of one conversation on one page; older ones are a page further.
    pub messages_per_page: usize,
    /// Messages of one conversation whose text stands in the page; the others are a click away.
    pub letters_per_page: usize,
    /// Octets of letters in one conversation page before the others become a click away.
    pub letters_octets: usize,
    /// Octets of one plain letter in a page.
    pub letter_octets_max: usize,
    /// Octets of a letter's text, as it is encoded, that are read.
    pub letter_octets_read_max: u64,
    /// Octets of a form.
    pub form_octets_max: usize,
    /// How long an answer may take.
    pub request_timeout: Duration,
    /// Message HTML that is shown.
    pub html: html::Limits,
    /// Pictures of a message that are shown in it.
    pub pictures: html::PictureLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            conversations_per_page: 50,
            messages_per_page: 100,
            letters_per_page: 12,
            letters_octets: 48 * 1024,
            letter_octets_max: 256 * 1024,
            letter_octets_read_max: 4 * 1024 * 1024,
            form_octets_max: 256 * 1024,
            request_timeout: Duration::from_secs(30),
            html: html::Limits::default(),
            pictures: html::PictureLimits::default(),
        }
    }
}
