//! MAIL and RCPT as they are written.

use super::super::parcel::{BodyKind, Parcel, Recipient, Ret};
use super::offer::Offer;

/// How a message goes to this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// What it is made of, after conversion.
    pub body: BodyKind,
    /// Its octets, after conversion.
    pub octets: u64,
    /// Whether SMTPUTF8 is said.
    pub smtputf8: bool,
}

/// `MAIL FROM:<…>` with what the host understands of what there is to say.
pub(super) fn mail(parcel: &Parcel, form: Form, offer: &Offer) -> String {
    let mut command = format!("MAIL FROM:{}", parcel.reverse_path);
    if offer.size_known {
        command.push_str(&format!(" SIZE={}", form.octets));
    }
    match form.body {
        BodyKind::Binary => command.push_str(" BODY=BINARYMIME"),
        BodyKind::EightBit if offer.eight_bit_mime => command.push_str(" BODY=8BITMIME"),
        BodyKind::EightBit | BodyKind::SevenBit => {}
    }
    if form.smtputf8 {
        command.push_str(" SMTPUTF8");
    }
    if parcel.requiretls {
        command.push_str(" REQUIRETLS");
    }
    if offer.dsn {
        match parcel.dsn.ret {
            Some(Ret::Full) => command.push_str(" RET=FULL"),
            Some(Ret::Headers) => command.push_str(" RET=HDRS"),
            None => {}
        }
        if let Some(envid) = parcel.dsn.envid.as_deref().filter(|envid| is_value(envid, 100)) {
            command.push_str(&format!(" ENVID={envid}"));
        }
    }
    command
}

/// `RCPT TO:<…>`, likewise.
pub(super) fn rcpt(recipient: &Recipient, offer: &Offer) -> String {
    let mut command = format!("RCPT TO:<{}>", recipient.address);
    if offer.dsn {
        let notify = recipient.notify.to_string();
        if !notify.is_empty() {
            command.push_str(&format!(" NOTIFY={notify}"));
        }
        let original = recipient.original.as_deref().filter(|original| is_value(original, 500));
        if let Some(original) = original {
            command.push_str(&format!(" ORCPT={original}"));
        }
    }
    command
}

/// An `esmtp-value` (RFC 5321 §4.1.2). What is none is not passed on: a line end in it would be a
/// command of its own.
fn is_value(text: &str, octets_max: usize) -> bool {
    let fits = |octet: u8| octet.is_ascii_graphic() && octet != b'=';
    (1..=octets_max).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::sync::Arc;

    use bytes::Bytes;
    use message::{Address, ReversePath};

    use super::super::super::parcel::{DsnWish, Notify};
    use super::*;

    fn parcel() -> Parcel {
        let address = |text| Address::parse(text).unwrap();
        Parcel {
            number: 0,
            reverse_path: ReversePath::Address(address("ann@example.org")),
            recipients: vec![Recipient {
                address: address("\"b b\"@müller.example"),
                notify: Notify::SUCCESS | Notify::DELAY,
                original: Some("rfc822;b+20b@example.net".to_owned()),
            }],
            body: BodyKind::EightBit,
            smtputf8: false,
            requiretls: true,
            dsn: DsnWish { ret: Some(Ret::Headers), envid: Some("QQ+2B1".to_owned()) },
            source: Arc::new(Bytes::new()),
        }
    }

    const FORM: Form = Form { body: BodyKind::EightBit, octets: 42, smtputf8: true };

    #[test]
    fn parameters_are_said_to_hosts_that_know_them() {
        let all = Offer {
            size_known: true,
            eight_bit_mime: true,
            smtputf8: true,
            dsn: true,
            ..Offer::default()
        };
        let parcel = parcel();
        assert_eq!(
            mail(&parcel, FORM, &all),
            "MAIL FROM:<ann@example.org> SIZE=42 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS \
             ENVID=QQ+2B1"
        );
        let recipient = parcel.recipients.first().unwrap();
        assert_eq!(
            rcpt(recipient, &all),
            "RCPT TO:<\"b b\"@xn--mller-kva.example> NOTIFY=SUCCESS,DELAY \
             ORCPT=rfc822;b+20b@example.net"
        );
        let plain = Parcel { requiretls: false, ..parcel.clone() };
        let form = Form { smtputf8: false, ..FORM };
        assert_eq!(mail(&plain, form, &Offer::default()), "MAIL FROM:<ann@example.org>");
        assert_eq!(rcpt(recipient, &Offer::default()), "RCPT TO:<\"b b\"@xn--mller-kva.example>");
    }

    #[test]
    fn whoever_wants_to_hear_nothing_says_so_alone() {
        assert_eq!((Notify::NEVER | Notify::SUCCESS).to_string(), "NEVER");
        assert_eq!(
            (Notify::FAILURE | Notify::DELAY | Notify::SUCCESS).to_string(),
            "SUCCESS,FAILURE,DELAY"
        );
        assert_eq!(Notify::NOTHING_SAID.to_string(), "");
    }

    #[test]
    fn what_is_no_value_of_a_parameter_is_not_passed_on() {
        let dsn = Offer { dsn: true, ..Offer::default() };
        for envid in ["", "a b", "a\r\nRSET", "a=b", "é", &"x".repeat(101)] {
            let wish = DsnWish { ret: None, envid: Some(envid.to_owned()) };
            let parcel = Parcel { dsn: wish, requiretls: false, ..parcel() };
            let form = Form { smtputf8: false, ..FORM };
            assert_eq!(mail(&parcel, form, &dsn), "MAIL FROM:<ann@example.org>", "{envid}");
        }
        let recipient = parcel().recipients.remove(0);
        for (octets, passes) in [(500, true), (501, false)] {
            let original = Some("x".repeat(octets));
            let command = rcpt(&Recipient { original, ..recipient.clone() }, &dsn);
            assert_eq!(command.contains("ORCPT="), passes);
        }
    }
}
