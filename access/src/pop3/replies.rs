//! Everything this server can say, on one page (what CAPA lists stands in `capability`).
//!
//! RFC 1939 §3: `+OK` or `-ERR`, at most 512 octets. Text that begins with `[` is a response code:
//! `[AUTH]`, `[SYS/TEMP]` (RFC 3206), `[LOGIN-DELAY]` (RFC 2449 §8.1.1), `[UTF8]` (RFC 6856 §5). Only
//! ASCII, whatever the client has said (RFC 6856 §2.1). A wording says what is wrong *and* what to do,
//! so that somebody with telnet needs no manual.

use wire::Ending;

use super::maildrop::Totals;

// All is well.

/// No `<…>` in it: that would offer APOP (RFC 1939 §7).
pub(super) fn greeting(hostname: &str) -> String {
    format!("+OK {hostname} POP3 posthouse: say USER and your name")
}
pub(super) const NAME_NOTED: &str = "+OK Now say PASS and your password";
pub(super) const BEGIN_TLS: &str = "+OK Begin TLS now";
pub(super) const UTF8_ON: &str = "+OK UTF-8 from here on";
pub(super) const CAPABILITIES: &str = "+OK What I can do";
pub(super) const MECHANISMS: &str = "+OK Mechanisms";
pub(super) const STILL_HERE: &str = "+OK Still here";
pub(super) const UNIQUE_IDS: &str = "+OK Unique ids";
pub(super) const TOP: &str = "+OK Top of the message";
pub(super) const HELP: &str =
    "+OK Try USER name, PASS password, LIST, RETR 1, DELE 1, RSET, QUIT; CAPA lists all the rest";

/// After login, LIST and RSET.
pub(super) fn holds(totals: Totals) -> String {
    format!("+OK {} ({} octets)", messages(totals.messages), totals.octets)
}
/// RFC 1939 §5: a drop listing is these two numbers and nothing else.
pub(super) fn drop_listing(Totals { messages, octets }: Totals) -> String {
    format!("+OK {messages} {octets}")
}
pub(super) fn scan_listing(number: u64, octets: u64) -> String {
    format!("+OK {number} {octets}")
}
pub(super) fn unique_id(number: u64, unique_id: &str) -> String {
    format!("+OK {number} {unique_id}")
}
pub(super) fn message_follows(octets: u64) -> String {
    format!("+OK {octets} octets")
}
pub(super) fn deleted(number: u64) -> String {
    format!("+OK message {number} deleted: it goes when you say QUIT")
}
pub(super) fn goodbye(hostname: &str) -> String {
    format!("+OK {hostname} says goodbye")
}
pub(super) fn goodbye_left(hostname: &str, left: usize) -> String {
    match left {
        0 => format!("+OK {hostname} says goodbye (maildrop empty)"),
        left => format!("+OK {hostname} says goodbye ({} left)", messages(left)),
    }
}

// The client's fault.

pub(super) const EMPTY: &str = "-ERR That was an empty line: try HELP";
pub(super) const UNKNOWN: &str = "-ERR No such command: try HELP";
pub(super) const TOO_LONG: &str = "-ERR That line is too long";
pub(super) const NOT_TEXT: &str = "-ERR Names and passwords are UTF-8 without control characters";
pub(super) const NO_APOP: &str = "-ERR APOP is not offered: say USER and your name";
pub(super) const LOG_IN_FIRST: &str = "-ERR Log in first: say USER and your name";
pub(super) const LOG_IN_AT_LAST: &str = "-ERR That is enough talk: log in or say QUIT";
pub(super) const LOGGED_IN: &str = "-ERR You are logged in already";
pub(super) const NAME_FIRST: &str = "-ERR Say USER and your name first";
pub(super) const TLS_FIRST: &str = "-ERR Passwords travel only under TLS here: say STLS first";
pub(super) const TLS_ALREADY: &str = "-ERR TLS is on already";
pub(super) const NO_TLS: &str = "-ERR There is no TLS here";
pub(super) const NO_MECHANISM: &str = "-ERR No such mechanism: AUTH alone lists those I know";
pub(super) const CANCELLED: &str = "-ERR As you wish: not logged in";
pub(super) const NOT_BASE64: &str = "-ERR That is not base64";
pub(super) const MALFORMED: &str = "-ERR That is no answer for this mechanism";
pub(super) const OTHER_CHANNEL: &str =
    "-ERR [AUTH] You and I are not on the same TLS connection: somebody is between us";
pub(super) const WRONG: &str = "-ERR [AUTH] Wrong name or password";

pub(super) fn usage(usage: &str) -> String {
    format!("-ERR It is written {usage}")
}
pub(super) fn no_such_message(in_maildrop: usize) -> String {
    format!("-ERR no such message: your maildrop has {}", messages(in_maildrop))
}
pub(super) fn is_deleted(number: u64) -> String {
    format!("-ERR message {number} is deleted: RSET brings it back")
}
pub(super) fn banned(minutes: u64) -> String {
    format!("-ERR [LOGIN-DELAY] Too many wrong passwords: come back in {minutes} minutes")
}
/// Behind the last error that is answered.
pub(super) const TOO_MANY_ERRORS: &str = "; that was one error too many, goodbye";

// The client's mode.

pub(super) const NEEDS_UTF8: &str =
    "-ERR [UTF8] This message has addresses in UTF-8: say UTF8 before you log in to read it";

// Ours.

pub(super) const OUR_FAULT: &str = "-ERR [SYS/TEMP] That is our fault: try again later";
pub(super) const GONE: &str = "-ERR Another program has removed this message meanwhile";
pub(super) const NOT_REMOVED: &str =
    "-ERR [SYS/TEMP] Not all deleted messages were removed, by our fault: try again later";

// Nobody who speaks POP3.

pub(super) const WEB_BROWSER: &str = "-ERR This is a post office (POP3), not a web server: goodbye";
pub(super) const HANDSHAKE: &str =
    "-ERR TLS begins here with STLS; the port for TLS at once is usually 995";

/// When wire ends the connection.
pub(super) fn last_words(ending: Ending) -> &'static str {
    match ending {
        // RFC 1939 §3: the autologout timer closes without a response.
        Ending::IdleTooLong => "",
        Ending::Draining => "-ERR [SYS/TEMP] The house is closing: goodbye\r\n",
        Ending::TooManyConnections => "-ERR [SYS/TEMP] All seats are taken: try again later\r\n",
        Ending::TooManyFromAddress => {
            "-ERR [SYS/TEMP] Too many connections from your address: close one\r\n"
        }
        Ending::Banned => {
            "-ERR [LOGIN-DELAY] Too many wrong passwords from your address: try again later\r\n"
        }
        Ending::Crashed => "-ERR [SYS/TEMP] Something broke here: try again later\r\n",
    }
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}
