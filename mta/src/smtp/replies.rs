//! Everything this server can say, on one page (HELP's pages stand in `help`).
//!
//! Codes after RFC 5321 §4.2.3 and §4.3.2, enhanced status codes after RFC 3463. A wording says what
//! is wrong *and* what to do, so that somebody with telnet needs no manual.

use std::time::Duration;

use mailstore::SendLimitKind;
use message::{Address, ForwardPath, ReversePath, TraceId};
use wire::Ending;

use super::command::{HelloName, NotOffered};
use super::extensions::Extension;
use super::rates::Kind;
use super::reply::{Reply, Status};
use super::submitted::{AUTHORS_MAX, AuthorFault};

/// A wording without anything to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Fixed(Status, &'static str);

impl Fixed {
    const fn new(code: u16, subject: u16, detail: u16, text: &'static str) -> Self {
        Self(Status::enhanced(code, subject, detail), text)
    }
}

impl From<Fixed> for Reply {
    fn from(Fixed(status, text): Fixed) -> Self {
        Self::new(status, text)
    }
}

// All is well.

/// RFC 5321 §4.2: no enhanced status in the greeting.
pub fn greeting(hostname: &str) -> Reply {
    Reply::new(Status::plain(220), format!("{hostname} ESMTP posthouse: type HELP for a lesson"))
}
pub fn helo(hostname: &str, client: &HelloName) -> Reply {
    let text = format!("{hostname} Hello {client}, pleased to meet you");
    Reply::new(Status::plain(250), text)
}
pub fn ehlo(hostname: &str, client: &HelloName, extensions: &[Extension]) -> Reply {
    extensions
        .iter()
        .fold(helo(hostname, client), |reply, extension| reply.and(extension.to_string()))
}
pub fn sender_noted(path: &ReversePath) -> Reply {
    let text = format!("Sender {path} is fine: now say RCPT TO");
    Reply::new(Status::enhanced(250, 1, 0), text)
}
pub fn recipient_noted(path: &ForwardPath) -> Reply {
    let text = format!("Recipient {path} is fine: another RCPT TO, or DATA");
    Reply::new(Status::enhanced(250, 1, 5), text)
}
pub fn chunk_taken(octets: u64) -> Reply {
    let text = format!("{octets} octets so far: the next BDAT, or BDAT 0 LAST");
    Reply::new(Status::enhanced(250, 0, 0), text)
}
pub fn accepted(trace: &TraceId) -> Reply {
    Reply::new(Status::enhanced(250, 0, 0), format!("Accepted: it is on disk. id={trace}"))
}
/// RFC 4954 §4: what the mechanism says, in base64.
pub fn challenge(base64: &str) -> Reply {
    Reply::new(Status::plain(334), base64.to_owned())
}
/// RFC 6531 §3.7.4.2: the one reply that may hold UTF-8, when VRFY asked for it.
pub fn verified(path: &ForwardPath) -> Reply {
    Reply::new(Status::enhanced(250, 1, 5), format!("{path} gets mail here")).in_utf8()
}
pub fn goodbye(hostname: &str) -> Reply {
    Reply::new(Status::enhanced(221, 0, 0), format!("{hostname} says goodbye"))
}
pub const FORGOTTEN: Fixed =
    Fixed::new(250, 0, 0, "Forgotten: start again with MAIL FROM:<you@example.org>");
pub const STILL_HERE: Fixed = Fixed::new(250, 0, 0, "Still here");
pub const WRITE_THE_MESSAGE: Fixed =
    Fixed(Status::plain(354), "Write the message; a line with only a dot ends it");
/// RFC 4954 §6.
pub const WELCOME: Fixed = Fixed::new(235, 7, 0, "Welcome: now say MAIL FROM and your address");
pub const BEGIN_TLS: Fixed = Fixed::new(220, 0, 0, "Begin the TLS handshake");
/// RFC 6531 §3.7.4.2: the mailbox can't be named, so it can't be 250.
pub const VERIFIED_UNNAMED: Fixed =
    Fixed::new(252, 6, 8, "Known, but its name needs UTF-8: say VRFY address SMTPUTF8");
/// RFC 5321 §3.5.3.
pub const VERIFY_ELSEWHERE: Fixed =
    Fixed::new(252, 1, 5, "That address is elsewhere: only the server there can know");
pub const VERIFY_WHOLE_ADDRESS: Fixed =
    Fixed::new(553, 1, 3, "I know people by their whole address: VRFY bob@example.org");

// A line that is no command.

pub const EMPTY_LINE: Fixed =
    Fixed::new(500, 5, 2, "An empty line is no command: type HELP for a lesson");
pub const BARE_LINE_FEED: Fixed =
    Fixed::new(500, 5, 2, "That line ended in LF alone: end it with CR LF, as telnet or nc -C do");
pub const CONTROL_CHARACTER: Fixed =
    Fixed::new(500, 5, 2, "There is a control character in that line: commands have none");
pub const EIGHT_BIT: Fixed =
    Fixed::new(500, 5, 2, "Commands are ASCII; an address may be UTF-8 where SMTPUTF8 is said");
pub const UNKNOWN_COMMAND: Fixed =
    Fixed::new(500, 5, 1, "I do not know that command: type HELP for a lesson");
/// RFC 5321 §3.8: 421 is the one reply with which a server may close by itself.
pub const WEB_BROWSER: Fixed =
    Fixed::new(421, 7, 0, "This is a mail server and that was HTTP: try another port. Goodbye");
pub fn line_too_long(octets_max: usize) -> Reply {
    let text = format!("That line is too long: a command has at most {octets_max} octets");
    Reply::new(Status::enhanced(500, 5, 2), text)
}
/// RFC 5321 §4.2.4: known, not offered.
pub fn not_offered(what: NotOffered) -> Reply {
    let text = match what {
        NotOffered::Auth => {
            "No passwords on this port: mail for this house needs none. Say MAIL FROM"
        }
        NotOffered::Expn => "EXPN is not offered here: who is behind an address stays private",
        NotOffered::Etrn => "ETRN is not offered here: nothing is kept to be fetched",
        NotOffered::Lhlo => "LHLO is not offered here, this is SMTP: say HELO",
        NotOffered::Send => "Letters only, nothing to terminals: say MAIL FROM",
        NotOffered::StartTls => "STARTTLS is not offered here: go on without",
        NotOffered::Turn => "TURN is not offered here: only you send, only I receive",
    };
    Reply::new(Status::enhanced(502, 5, 1), text)
}

// A command that is not well formed.

pub fn no_arguments(verb: &str) -> Reply {
    Reply::new(Status::enhanced(501, 5, 4), format!("{verb} stands alone: nothing comes after it"))
}
pub fn hello_needs_name(verb: &str) -> Reply {
    let text = format!("Say who you are, for example: {verb} crepes.fr");
    Reply::new(Status::enhanced(501, 5, 4), text)
}
pub fn hello_name_invalid(verb: &str) -> Reply {
    let text = format!("A host name has letters, digits, hyphens and dots: {verb} crepes.fr");
    Reply::new(Status::enhanced(501, 5, 4), text)
}
pub const SAY_FROM: Fixed = Fixed::new(501, 5, 4, "Say MAIL FROM:<you@example.org>");
pub const SAY_AUTH: Fixed = Fixed::new(501, 5, 4, "Say AUTH and one of the mechanisms: AUTH PLAIN");
pub const SAY_BDAT: Fixed = Fixed::new(
    501,
    5,
    4,
    "BDAT needs a number of octets, and without it I cannot tell commands from text. Goodbye",
);
pub const SAY_TO: Fixed = Fixed::new(501, 5, 4, "Say RCPT TO:<somebody@example.org>");
pub const VERIFY_WHOM: Fixed = Fixed::new(501, 5, 4, "Verify whom? Say VRFY bob@example.org");
pub const SENDER_INVALID: Fixed =
    Fixed::new(501, 1, 7, "That is no address: say MAIL FROM:<you@example.org>, or MAIL FROM:<>");
pub const RECIPIENT_INVALID: Fixed =
    Fixed::new(501, 1, 3, "That is no address: say RCPT TO:<somebody@example.org>");
pub const SENDER_UNCLOSED: Fixed =
    Fixed::new(501, 1, 7, "The > is missing: say MAIL FROM:<you@example.org>");
pub const RECIPIENT_UNCLOSED: Fixed =
    Fixed::new(501, 1, 3, "The > is missing: say RCPT TO:<somebody@example.org>");
pub const RECIPIENT_EMPTY: Fixed =
    Fixed::new(501, 1, 3, "Only a sender may be <>: say RCPT TO:<somebody@example.org>");
pub const PARAMETER_MALFORMED: Fixed =
    Fixed::new(501, 5, 4, "What comes after the > is written NAME or NAME=VALUE, after a space");
pub const PARAMETER_TWICE: Fixed = Fixed::new(501, 5, 4, "That parameter stands there twice");
pub const SIZE_MALFORMED: Fixed = Fixed::new(501, 5, 4, "SIZE is a number of octets: SIZE=12345");
pub const BODY_MALFORMED: Fixed = Fixed::new(501, 5, 4, "BODY is 7BIT or 8BITMIME: BODY=8BITMIME");
pub fn has_no_value(name: &str) -> Reply {
    Reply::new(Status::enhanced(501, 5, 4), format!("{name} stands alone, without a value"))
}
pub const RET_MALFORMED: Fixed = Fixed::new(501, 5, 4, "RET is FULL or HDRS: RET=HDRS");
pub const ENVID_MALFORMED: Fixed =
    Fixed::new(501, 5, 4, "ENVID is up to 100 characters of xtext (RFC 3461 4): ENVID=QQ314159");
pub const NOTIFY_MALFORMED: Fixed = Fixed::new(
    501,
    5,
    4,
    "NOTIFY is NEVER, or some of SUCCESS,FAILURE,DELAY: NOTIFY=FAILURE,DELAY",
);
pub const ORCPT_MALFORMED: Fixed = Fixed::new(
    501,
    5,
    4,
    "ORCPT is a type and up to 500 characters of xtext: ORCPT=rfc822;bob@example.org",
);
/// RFC 5321 §4.1.1.11.
pub fn parameter_unknown(keyword: &str) -> Reply {
    Reply::new(Status::enhanced(555, 5, 4), format!("The parameter {keyword} is not offered here"))
}

// A command at the wrong moment (RFC 5321 §4.1.4).

pub const HELLO_BEFORE_MAIL: Fixed =
    Fixed::new(503, 5, 1, "Say HELO and your host's name first: HELO crepes.fr");
pub const HELLO_BEFORE_RCPT: Fixed =
    Fixed::new(503, 5, 1, "Say HELO crepes.fr, then MAIL FROM:<you@example.org>, then RCPT TO");
pub const HELLO_BEFORE_DATA: Fixed =
    Fixed::new(503, 5, 1, "One after the other: HELO, MAIL FROM, RCPT TO, and only then DATA");
pub const HELLO_BEFORE_TLS: Fixed =
    Fixed::new(503, 5, 1, "Say EHLO and your host's name first, then STARTTLS");
pub const MAIL_BEFORE_RCPT: Fixed = Fixed::new(503, 5, 1, "Say MAIL FROM:<you@example.org> first");
pub const MAIL_BEFORE_DATA: Fixed =
    Fixed::new(503, 5, 1, "Say MAIL FROM:<you@example.org> first, then RCPT TO, then DATA");
/// Also when every RCPT was refused (RFC 5321 §3.3), as a pipelining client learns here.
pub const RCPT_BEFORE_DATA: Fixed =
    Fixed::new(503, 5, 1, "Nobody gets it yet: say RCPT TO:<somebody@example.org> first");
pub const MAIL_TWICE: Fixed =
    Fixed::new(503, 5, 1, "The sender is known: go on with RCPT TO, or say RSET to start again");
/// RFC 3030 §2.
pub const CHUNKS_NOT_DATA: Fixed =
    Fixed::new(503, 5, 1, "That message comes in chunks: go on with BDAT, or say RSET");
pub const CHUNKS_NOT_RCPT: Fixed =
    Fixed::new(503, 5, 1, "That message is on its way already: finish it with BDAT, or say RSET");
pub const TLS_IN_TRANSACTION: Fixed =
    Fixed::new(503, 5, 1, "A message is begun already: finish it, or say RSET, then STARTTLS");
pub const TLS_ALREADY: Fixed = Fixed::new(503, 5, 1, "TLS is on already");

// Somebody who is not let in (RFC 4954 §6).

pub const HELLO_BEFORE_AUTH: Fixed =
    Fixed::new(503, 5, 1, "Say EHLO and your host's name first, then AUTH");
pub const LOGGED_IN: Fixed = Fixed::new(503, 5, 1, "You are logged in already");
/// RFC 3207 §4.
pub const TLS_FIRST: Fixed =
    Fixed::new(530, 7, 0, "Letters are handed in under TLS here: say STARTTLS, EHLO, then AUTH");
pub const AUTH_FIRST: Fixed =
    Fixed::new(530, 7, 0, "Say who you are first: AUTH, with your address and your password");
pub const TLS_BEFORE_AUTH: Fixed =
    Fixed::new(538, 7, 11, "Passwords travel only under TLS here: say STARTTLS first");
pub const NO_MECHANISM: Fixed =
    Fixed::new(504, 5, 4, "That mechanism is not offered: EHLO lists those that are");
pub const NOT_BASE64: Fixed = Fixed::new(501, 5, 2, "That is not base64: not logged in");
pub const AUTH_CANCELLED: Fixed = Fixed::new(501, 7, 0, "As you wish: not logged in");
pub const ANSWER_MALFORMED: Fixed =
    Fixed::new(501, 5, 2, "That is no answer for this mechanism: not logged in");
pub fn answer_too_long(octets_max: usize) -> Reply {
    let text = format!("That answer is too long: the limit is {octets_max} octets. Not logged in");
    Reply::new(Status::enhanced(500, 5, 6), text)
}
/// The same for every name: who lives here is nobody's business.
pub const WRONG_PASSWORD: Fixed = Fixed::new(535, 7, 8, "Wrong name or password");
pub const OTHER_CHANNEL: Fixed =
    Fixed::new(535, 7, 8, "You and I are not on the same TLS connection: somebody is between us");
pub fn locked_out(minutes: u64) -> Reply {
    let text = format!("Too many wrong passwords: come back in {minutes} minutes");
    Reply::new(Status::enhanced(454, 7, 0), text)
}
pub const LOGIN_LATER: Fixed =
    Fixed::new(454, 7, 0, "Something is wrong here: nobody can log in now, try again later");

// An address that gets nothing here.

pub fn recipient_unknown(path: &ForwardPath) -> Reply {
    Reply::new(Status::enhanced(550, 1, 1), format!("There is no {path} here"))
}
pub fn recipient_elsewhere(path: &ForwardPath) -> Reply {
    let text = format!("{path} lives elsewhere, and mail for elsewhere is not taken here");
    Reply::new(Status::enhanced(550, 7, 1), text)
}
pub fn recipient_leads_away(path: &ForwardPath) -> Reply {
    let text = format!("{path} leads to addresses elsewhere: try again later");
    Reply::new(Status::enhanced(450, 4, 3), text)
}
/// RFC 5321 §4.1.3 has literals for a network without names; this one has them.
pub const RECIPIENT_LITERAL: Fixed =
    Fixed::new(550, 1, 2, "Mail is not sent to numbers in brackets from here: name a domain");
pub const PRACTICE_LATER: Fixed =
    Fixed::new(451, 2, 1, "This address always says: try again later");
pub const PRACTICE_NEVER: Fixed = Fixed::new(550, 2, 1, "This address always says no");
/// RFC 6531 §3.5.
pub const SENDER_NEEDS_UTF8: Fixed =
    Fixed::new(550, 6, 7, "That address is not ASCII: say MAIL FROM:<...> SMTPUTF8");
/// RFC 6531 §3.5.
pub const RECIPIENT_NEEDS_UTF8: Fixed =
    Fixed::new(553, 6, 7, "That address is not ASCII: say RSET, and MAIL FROM:<...> SMTPUTF8");
/// RFC 5321 §4.5.3.1.10: always 452, so that the client comes back with the rest.
pub fn too_many_recipients(recipients_max: usize) -> Reply {
    let text =
        format!("{recipients_max} recipients at a time: the rest in the next message, please");
    Reply::new(Status::enhanced(452, 5, 3), text)
}
pub fn mailbox_full(path: &ForwardPath) -> Reply {
    Reply::new(
        Status::enhanced(452, 2, 2),
        format!("The mailbox of {path} is full: try again later"),
    )
}
/// RFC 1870 §6.4 (2): it will not fit tomorrow either.
pub fn never_fits(path: &ForwardPath) -> Reply {
    let text = format!("The mailbox of {path} is smaller than that message");
    Reply::new(Status::enhanced(552, 2, 3), text)
}

// Mail of those who live here that they may not send (RFC 6409 §6.1).

pub fn not_your_reverse_path(address: &Address) -> Reply {
    let text = format!("<{address}> is not yours: say MAIL FROM with an address of your own");
    Reply::new(Status::enhanced(550, 7, 1), text)
}
pub fn not_your_name(address: &Address) -> Reply {
    let text = format!("That message is from <{address}>, which is not yours: write as yourself");
    Reply::new(Status::enhanced(550, 7, 1), text)
}
pub fn author_fault(fault: AuthorFault) -> Reply {
    let text = match fault {
        AuthorFault::Twice(field) => format!("That message has two {field} fields: one, please"),
        AuthorFault::Nobody(field) => {
            format!("The {field} of that message has no address: say who writes")
        }
        AuthorFault::TooMany => {
            format!("That message is from more than {AUTHORS_MAX} people: one will do")
        }
    };
    Reply::new(Status::enhanced(550, 7, 1), text)
}
pub fn enough_for_today(which: SendLimitKind, limit: u32, wait: Duration) -> Reply {
    let minutes = wait.as_secs().div_ceil(60).max(1);
    let text = format!("You may write to {limit} {} a day: again in {minutes} minutes", of(which));
    Reply::new(Status::enhanced(450, 7, 1), text)
}
pub fn enough_for_any_day(which: SendLimitKind, limit: u32) -> Reply {
    let text = format!("You may write to {limit} {} a day, and that message has more", of(which));
    Reply::new(Status::enhanced(550, 7, 1), text)
}
const fn of(which: SendLimitKind) -> &'static str {
    match which {
        SendLimitKind::Recipients => "recipients",
        SendLimitKind::NewRecipients => "people whom you never wrote to before",
    }
}

// A message that is not taken.

/// RFC 7372 §3.2, and IANA's registry for DMARC: neither SPF nor DKIM vouches for it.
pub fn author_wants_refused(domain: &str) -> Reply {
    let text =
        format!("Neither SPF nor DKIM vouches for {domain}, which wants such mail refused (DMARC)");
    Reply::new(Status::enhanced(550, 7, 26), text)
}

pub fn message_too_large(octets_max: u64) -> Reply {
    let text = format!("That message is too large: the limit is {octets_max} octets");
    Reply::new(Status::enhanced(552, 3, 4), text)
}
pub fn header_too_large(octets_max: u64) -> Reply {
    let text = format!("The header of that message is too large: the limit is {octets_max} octets");
    Reply::new(Status::enhanced(552, 3, 4), text)
}
/// RFC 5321 §4.5.3.1.9 has `500 Line too long`, but after DATA a 552 says it (§4.3.2).
pub fn text_line_too_long(octets_max: usize) -> Reply {
    let text = format!("A line of that message is too long: the limit is {octets_max} octets");
    Reply::new(Status::enhanced(552, 6, 0), text)
}
const SMUGGLING: &str = "Were it taken, a second message could be smuggled in behind the first";
pub fn bare_line_feed_in_message() -> Reply {
    let text = "A line of that message ends in LF alone: only CR LF ends a line (RFC 5321 2.3.8)";
    Reply::new(Status::enhanced(550, 6, 0), text).and(SMUGGLING)
}
pub fn bare_carriage_return_in_message() -> Reply {
    let text = "There is a CR without LF in that message: only CR LF ends a line (RFC 5321 2.3.8)";
    Reply::new(Status::enhanced(550, 6, 0), text).and(SMUGGLING)
}
/// RFC 5321 §6.3, by counting.
pub fn received_too_often(received_max: usize) -> Reply {
    let text = format!("That message goes in circles: it has over {received_max} Received fields");
    Reply::new(Status::enhanced(554, 4, 6), text)
}
/// RFC 5321 §6.3, by recognising.
pub const DELIVERED_BEFORE: Fixed =
    Fixed::new(554, 4, 6, "That message goes in circles: its Delivered-To says it was here before");

// Not the client's fault.

/// When it became full between RCPT and the end of the message.
pub const MAILBOX_FULL: Fixed =
    Fixed::new(452, 2, 2, "A mailbox has no room for that message: try again later");
pub const DISK_FULL: Fixed =
    Fixed::new(452, 3, 1, "The disk is full here; nothing was kept: try again later");
pub const OUR_FAULT: Fixed =
    Fixed::new(451, 3, 0, "Something is wrong here; nothing was kept: try again later");

// Too often, for a stranger.

pub fn too_often(kind: Kind, wait: Duration) -> Reply {
    let what = match kind {
        Kind::Connection => "connections",
        Kind::Message => "letters",
        Kind::Recipient => "recipients",
    };
    let seconds = wait.as_secs().saturating_add(1);
    let text = format!("Too many {what} a minute from where you are: again in {seconds} seconds");
    let code = if kind == Kind::Connection { 421 } else { 450 };
    Reply::new(Status::enhanced(code, 7, 0), text)
}

// The connection ends.

pub const TOO_MANY_ERRORS: Fixed =
    Fixed::new(421, 7, 0, "Too many errors: come back when you are well. Goodbye");

/// The last line when it is the wire that ends the connection (RFC 5321 §3.8, §4.5.3.2.7).
pub const fn last_words(ending: Ending) -> &'static str {
    match ending {
        Ending::IdleTooLong => "421 4.4.2 I have waited long enough: nothing was lost. Goodbye\r\n",
        Ending::Draining => "421 4.3.2 This house is closing for a moment: try again soon\r\n",
        Ending::TooManyConnections => "421 4.3.2 All lines are busy: try again later\r\n",
        Ending::TooManyFromAddress => "421 4.7.0 You have too many connections here: use those\r\n",
        Ending::Banned => "421 4.7.0 Your address is locked out for a while\r\n",
        Ending::Crashed => "421 4.3.0 Something broke here: try again later\r\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_one_line_that_says_421() {
        for ending in [
            Ending::IdleTooLong,
            Ending::Draining,
            Ending::TooManyConnections,
            Ending::TooManyFromAddress,
            Ending::Banned,
            Ending::Crashed,
        ] {
            let words = last_words(ending);
            assert!(words.starts_with("421 4.") && words.ends_with("\r\n"), "{words}");
            assert_eq!(words.lines().count(), 1, "{words}");
        }
    }
}
