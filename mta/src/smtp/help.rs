//! HELP: how to send a letter by hand (RFC 5321 §4.1.1.8).
//!
//! Every example can be typed as it stands: `<postmaster>` exists in every house (RFC 5321 §4.5.1).

use super::reply::{Reply, Status};

const STATUS: Status = Status::enhanced(214, 0, 0);

/// The page for a command, or the lesson when there is none for it.
#[must_use]
pub fn page(topic: &str) -> Reply {
    let wanted = PAGES.iter().find(|(verb, _)| topic.eq_ignore_ascii_case(verb));
    lines(wanted.map_or(LESSON, |(_, page)| page))
}

fn lines(text: &'static [&'static str]) -> Reply {
    let (first, rest) = text.split_first().unwrap_or((&"", &[]));
    rest.iter().fold(Reply::new(STATUS, *first), |reply, line| reply.and(*line))
}

const LESSON: &[&str] = &[
    "A letter by hand. Type each line and wait for my answer:",
    "",
    "    HELO crepes.fr",
    "    MAIL FROM:<alice@crepes.fr>",
    "    RCPT TO:<postmaster>",
    "    DATA",
    "    Subject: Lunch",
    "",
    "    Do you like ketchup?",
    "    .",
    "    QUIT",
    "",
    "The line with only a dot ends the letter. My 250 after it means: it is on disk.",
    "Also: EHLO, RSET, NOOP, VRFY. For more on one command, say its name: HELP MAIL",
];

/// One page for each command that is offered.
const PAGES: &[(&str, &[&str])] = &[
    ("HELO", &["HELO and your host's name begin a conversation:", "", "    HELO crepes.fr"]),
    (
        "EHLO",
        &[
            "EHLO begins a conversation, as HELO does, and I list what I can do besides:",
            "",
            "    EHLO crepes.fr",
        ],
    ),
    (
        "MAIL",
        &[
            "MAIL begins a letter and says who writes it, and to whom failures are reported:",
            "",
            "    MAIL FROM:<alice@crepes.fr>",
            "",
            "Nobody, for letters that need no answer:  MAIL FROM:<>",
            "With its size in octets:                  MAIL FROM:<alice@crepes.fr> SIZE=12345",
            "With 8-bit text:                          MAIL FROM:<alice@crepes.fr> BODY=8BITMIME",
            "With addresses or a header in UTF-8:      MAIL FROM:<alice@crepes.fr> SMTPUTF8",
        ],
    ),
    (
        "RCPT",
        &[
            "RCPT says who gets the letter; once for each of them:",
            "",
            "    RCPT TO:<postmaster>",
            "    RCPT TO:<bob@hamburger.edu>",
        ],
    ),
    (
        "DATA",
        &[
            "DATA, then the letter itself: header, an empty line, text. A line with only a dot ends it:",
            "",
            "    DATA",
            "    Subject: Lunch",
            "",
            "    Do you like ketchup?",
            "    .",
            "",
            "Put a second dot in front of a line of yours that begins with one: I take it away again.",
        ],
    ),
    (
        "AUTH",
        &[
            "AUTH says who you are, where letters are handed in (not where they come for this house).",
            "Under TLS only: openssl s_client -crlf -connect HOST:465. Name and password in base64:",
            "",
            "    printf '\\0ann@example.org\\0her-password' | base64",
            "    AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBoZXItcGFzc3dvcmQ=",
        ],
    ),
    (
        "BDAT",
        &[
            "BDAT is another DATA: so many octets follow its line, and no dot ends them (RFC 3030).",
            "Programs count better than people; by hand, say DATA.",
            "",
            "    BDAT 42 LAST",
        ],
    ),
    ("RSET", &["RSET forgets the letter that is begun:", "", "    RSET"]),
    ("NOOP", &["NOOP does nothing, and I say that I am still here:", "", "    NOOP"]),
    ("VRFY", &["VRFY asks whether an address gets mail here:", "", "    VRFY bob@hamburger.edu"]),
    (
        "STARTTLS",
        &[
            "STARTTLS begins encryption. By hand that needs a program that can do it:",
            "",
            "    openssl s_client -starttls smtp -crlf -connect HOST:PORT",
        ],
    ),
    ("QUIT", &["QUIT ends the conversation:", "", "    QUIT"]),
    ("HELP", &["HELP explains, all or one command:", "", "    HELP", "    HELP MAIL"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(topic: &str) -> String {
        String::from_utf8_lossy(&page(topic).to_bytes()).into_owned()
    }

    #[test]
    fn help_alone_is_the_lesson() {
        assert!(text("").starts_with("214-2.0.0 A letter by hand."));
        assert!(text("").contains("214-2.0.0     MAIL FROM:<alice@crepes.fr>\r\n"));
    }

    #[test]
    fn help_knows_a_command_in_any_case() {
        assert_eq!(text("mail"), text("MAIL"));
        assert!(text("mail").contains("SIZE=12345"));
    }

    #[test]
    fn help_for_something_else_is_the_lesson() {
        assert_eq!(text("cooking"), text(""));
    }

    #[test]
    fn every_line_of_help_fits_a_reply_line_and_a_screen() {
        for (topic, _) in PAGES.iter().chain(&[("", LESSON)]) {
            for line in text(topic).lines() {
                assert!(line.len() <= 110, "{line}");
            }
        }
    }
}
