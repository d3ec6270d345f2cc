//! How the store is set up: every number that one may want to change, with its unit.

use std::time::Duration;

use crate::conversation::ConversationLimits;
use crate::index::SearchLimits;
use crate::outbound::OutboundLimits;

/// A store's settings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Sizes and counts.
    pub limits: Limits,
    /// Password guessing.
    pub login: LoginLimits,
    /// How a message is parsed when it is accepted.
    pub message: message::Limits,
    /// How messages find their conversation.
    pub conversation: ConversationLimits,
    /// Searching and the index behind it.
    pub search: SearchLimits,
    /// What is kept of mail on its way out.
    pub outbound: OutboundLimits,
}

/// Sizes and counts. The defaults keep an idle server under 30 MB.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A message of at most this many octets is kept in the database, a longer one in a content
    /// file of its own.
    pub blob_octets_max: usize,
    /// Octets of messages that are kept in memory while they arrive, all together; more goes to
    /// spool files early.
    pub staging_octets_max: usize,
    /// Octets that messages which are parsed at the same time take, with 8 MiB for the parsing of
    /// each; a longer message waits for all of it.
    pub preparing_octets_max: usize,
    /// Operations in one commit.
    pub batch_operations_max: usize,
    /// Octets of messages in one commit.
    pub batch_octets_max: usize,
    /// Octets of operations that wait for the writer before callers have to wait too.
    pub waiting_octets_max: usize,
    /// Octets of the write-ahead log from which it is brought into the database after answering.
    pub log_octets_checkpoint: u64,
    /// Threads that read.
    pub readers: usize,
    /// Octets of the writer's page cache.
    pub writer_cache_octets: usize,
    /// Octets of each reader's page cache.
    pub reader_cache_octets: usize,
    /// Octets kept aside on the disk, given up so that deleting is possible when the disk is full.
    pub reserve_octets: u64,
    /// How often an idle writer looks for another process's changes and for things to tidy.
    pub idle_interval: Duration,
    /// Mailboxes in one account.
    pub mailboxes_max: u32,
    /// Targets of one alias.
    pub alias_targets_max: usize,
    /// Octets of an account's or app password's name, of a user agent, of a setting's key.
    pub name_octets_max: usize,
    /// Octets of a setting's value.
    pub setting_octets_max: usize,
    /// Ranges of expunged UIDs remembered per mailbox for clients that come back.
    pub expunged_ranges_max: u32,
    /// How long it is remembered who delivered what.
    pub delivery_kept: Duration,
    /// Octets of what was found out about a message; more is not kept.
    pub findings_octets_max: usize,
    /// Octets of the reason why a message was filed where it was; the rest is cut off.
    pub reason_octets_max: usize,
    /// How long a web session lives without being used.
    pub web_session_idle: Duration,
    /// Web sessions per account; the one used longest ago makes room.
    pub web_sessions_max: u32,
    /// App passwords per account.
    pub app_passwords_max: u32,
    /// Recipients that an account may send to in a day, unless a setting says otherwise.
    pub send_recipients_a_day: u32,
    /// Recipients among them that it has never written to before.
    pub send_new_recipients_a_day: u32,
    /// Correspondents remembered per account; the one written to longest ago makes room.
    pub correspondents_max: u32,
    /// Masks per account.
    pub masks_max: u32,
    /// Rules per account.
    pub rules_max: u32,
    /// Conditions of one rule.
    pub rule_conditions_max: usize,
    /// Actions of one rule.
    pub rule_actions_max: usize,
    /// Octets of a text that a rule compares with, and of a header field's name in it.
    pub rule_text_octets_max: usize,
    /// Octets of what is answered while somebody is away.
    pub vacation_octets_max: usize,
    /// Senders per account that are remembered as answered; more are not answered.
    pub vacation_answers_max: u32,
    /// Addresses that one account's mail is sent on to.
    pub forward_targets_max: u32,
    /// Keys of one domain, retired ones too.
    pub domain_keys_max: u32,
    /// Octets of a domain's private key.
    pub domain_key_octets_max: usize,
    /// Junk tokens per account; beyond, rare ones that were not seen for long are forgotten.
    pub junk_tokens_max: u32,
    /// Junk tokens of one message.
    pub junk_message_tokens_max: usize,
    /// Changes that a slow listener may be behind before it has to reread.
    pub feed_changes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            blob_octets_max: 256 << 10,
            staging_octets_max: 32 << 20,
            preparing_octets_max: 64 << 20,
            batch_operations_max: 256,
            batch_octets_max: 8 << 20,
            waiting_octets_max: 32 << 20,
            log_octets_checkpoint: 16 << 20,
            readers: std::thread::available_parallelism()
                .map_or(2, |cores| cores.get().clamp(2, 4)),
            writer_cache_octets: 8 << 20,
            reader_cache_octets: 2 << 20,
            reserve_octets: 32 << 20,
            idle_interval: Duration::from_secs(1),
            mailboxes_max: 10_000,
            alias_targets_max: 100,
            name_octets_max: 255,
            setting_octets_max: 64 << 10,
            expunged_ranges_max: 10_000,
            delivery_kept: days(180),
            findings_octets_max: 64 << 10,
            reason_octets_max: 1_000,
            web_session_idle: days(30),
            web_sessions_max: 50,
            app_passwords_max: 100,
            send_recipients_a_day: 500,
            send_new_recipients_a_day: 200,
            correspondents_max: 20_000,
            masks_max: 1_000,
            rules_max: 100,
            rule_conditions_max: 20,
            rule_actions_max: 10,
            rule_text_octets_max: 255,
            vacation_octets_max: 64 << 10,
            vacation_answers_max: 10_000,
            forward_targets_max: 10,
            domain_keys_max: 20,
            domain_key_octets_max: 4 << 10,
            junk_tokens_max: 200_000,
            junk_message_tokens_max: 2_000,
            feed_changes_max: 256,
        }
    }
}

/// How password guessing is slowed, then stopped.
#[derive(Debug, Clone)]
pub struct LoginLimits {
    /// Failures are counted over this long.
    pub window: Duration,
    /// So many failures are answered at once.
    pub free_failures: u32,
    /// How long the next ones wait.
    pub short_delay: Duration,
    /// From this failure on they wait longer.
    pub long_delay_from: u32,
    /// That much.
    pub long_delay: Duration,
    /// After so many failures for one name from one address, the pair is refused.
    pub pair_failures_max: u32,
    /// After so many failures from one address (IPv6: one /64), whatever the names, the address is
    /// banned.
    pub address_failures_max: u32,
    /// How long a pair is refused and an address banned.
    pub ban: Duration,
    /// Names and addresses whose failures are counted at one time; the oldest are forgotten first.
    pub counted_max: usize,
    /// Passwords hashed at the same time, 19 MiB each.
    pub hashing_at_once: usize,
    /// How often a password is hashed for its SCRAM keys (RFC 7677 §4: at least 4,096). Whoever
    /// steals the file tries passwords against these keys rather than against the argon2id hash
    /// beside them, so the more the better; but every client has to do it as often at each login,
    /// a phone too. Counts for passwords set from now on; an account with app passwords keeps the
    /// number that theirs were made with.
    pub scram_iterations: u32,
    /// How long a verified password is remembered.
    pub verified_kept: Duration,
    /// How many are remembered.
    pub verified_max: usize,
    /// Logins of one kind from one address within this long make one row of the history.
    pub history_folded: Duration,
    /// How long the history is kept.
    pub history_kept: Duration,
    /// Names that one address gave within `history_folded` and that are kept; the attempts with
    /// others are one row without a name.
    pub history_names_max: usize,
    /// Rows of failures in the whole history; the oldest are forgotten first.
    pub history_failures_max: u32,
    /// Attempts that are refused unseen are written down this often, with their number.
    pub refused_noted: Duration,
}

impl Default for LoginLimits {
    fn default() -> Self {
        Self {
            window: minutes(15),
            free_failures: 3,
            short_delay: Duration::from_millis(500),
            long_delay_from: 12,
            long_delay: Duration::from_secs(2),
            pair_failures_max: 20,
            address_failures_max: 60,
            ban: minutes(15),
            counted_max: 4_000,
            hashing_at_once: 2,
            scram_iterations: 100_000,
            verified_kept: minutes(5),
            verified_max: 1_000,
            history_folded: minutes(60),
            history_kept: days(90),
            history_names_max: 5,
            history_failures_max: 100_000,
            refused_noted: minutes(1),
        }
    }
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

const fn days(count: u64) -> Duration {
    minutes(count * 24 * 60)
}
