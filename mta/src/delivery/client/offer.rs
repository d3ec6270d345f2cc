//! What a host offers in its reply to EHLO.

use super::reply::Reply;

/// The extensions we have a use for (RFC 5321 §4.1.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// RFC 2920.
    pub pipelining: bool,
    /// RFC 1870: the largest message taken; zero, and no number, say nothing.
    pub size: Option<u64>,
    /// RFC 6152.
    pub eight_bit_mime: bool,
    /// RFC 6531.
    pub smtputf8: bool,
    /// RFC 3030.
    pub chunking: bool,
    /// RFC 3030 §3.
    pub binarymime: bool,
    /// RFC 3461.
    pub dsn: bool,
    /// RFC 3207.
    pub starttls: bool,
    /// RFC 8689.
    pub requiretls: bool,
    /// Whether SIZE was there, with a number or without.
    pub size_known: bool,
    /// RFC 4954: `PLAIN`, `LOGIN`.
    pub auth_plain: bool,
    /// See `auth_plain`.
    pub auth_login: bool,
}

impl Offer {
    /// Reads the lines below the first, which greets.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        let mut offer = Self::default();
        for line in reply.lines().iter().skip(1) {
            // `AUTH=PLAIN` is what hosts said before RFC 2554.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
            offer.take(&keyword, words);
        }
        offer
    }

    fn take<'a>(&mut self, keyword: &str, mut words: impl Iterator<Item = &'a str>) {
        match keyword {
            "PIPELINING" => self.pipelining = true,
            "SIZE" => {
                self.size_known = true;
                let octets = words.next().and_then(|octets| octets.parse().ok());
                self.size = octets.filter(|octets| *octets > 0);
            }
            "8BITMIME" => self.eight_bit_mime = true,
            "SMTPUTF8" => self.smtputf8 = true,
            "CHUNKING" => self.chunking = true,
            "BINARYMIME" => self.binarymime = true,
            "DSN" => self.dsn = true,
            "STARTTLS" => self.starttls = true,
            "REQUIRETLS" => self.requiretls = true,
            "AUTH" => {
                for word in words {
                    self.auth_plain |= word.eq_ignore_ascii_case("PLAIN");
                    self.auth_login |= word.eq_ignore_ascii_case("LOGIN");
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::limits::ReplyLimits;
    use super::super::reply::ReplyReader;
    use super::*;

    fn offer(text: &str) -> Offer {
        let (_, reply) =
            ReplyReader::default().next(text.as_bytes(), &ReplyLimits::default()).unwrap();
        Offer::of(&reply.unwrap())
    }

    #[test]
    fn extensions_are_known_in_any_case_and_unknown_ones_passed_over() {
        let offer = offer(
            "250-mx.example.org DSN\r\n250-Pipelining\r\n250-size 1000\r\n250-X-THING a b\r\n\
             250-AUTH=LOGIN\r\n250-AUTH GSSAPI plain\r\n250 8BITMIME\r\n",
        );
        let expected = Offer {
            pipelining: true,
            size: Some(1_000),
            size_known: true,
            eight_bit_mime: true,
            auth_plain: true,
            auth_login: true,
            ..Offer::default()
        };
        assert_eq!(offer, expected);
    }

    #[test]
    fn a_size_of_zero_or_nonsense_is_no_limit() {
        for text in ["SIZE", "SIZE 0", "SIZE x", "SIZE 99999999999999999999999"] {
            let offer = offer(&format!("250-x\r\n250 {text}\r\n"));
            assert_eq!((offer.size_known, offer.size), (true, None), "{text}");
        }
    }
}
