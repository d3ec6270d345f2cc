//! CAPA: what this server can do (RFC 2449 §5).

use super::replies;
use super::reply::{Answer, Reply};
use super::session::Client;

/// The same before and after login, but for STLS, which is announced while it is permitted (RFC 2595
/// §4), and for the ways of logging in, which are not while they are refused. The others stay after
/// login, so that a client need ask only once (RFC 2449 §5).
pub(super) fn capa(client: &Client, logged_in: bool) -> Answer {
    let mut lines = String::from("TOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n");
    if client.may_send_password() {
        lines.push_str("USER\r\nSASL");
        for mechanism in client.mechanisms() {
            lines.push(' ');
            lines.push_str(mechanism.name());
        }
        lines.push_str("\r\n");
    }
    if client.may_start_tls() && !logged_in {
        lines.push_str("STLS\r\n");
    }
    // USER: names and passwords may be UTF-8 (RFC 6856 §2.2).
    lines.push_str("UTF8 USER\r\nEXPIRE NEVER\r\nIMPLEMENTATION posthouse\r\n");
    Reply::Lines(replies::CAPABILITIES.into(), lines).into()
}

/// AUTH without a mechanism: no RFC has it, clients older than CAPA ask it.
pub(super) fn mechanisms(client: &Client) -> Answer {
    let line = |mechanism: sasl::Mechanism| format!("{}\r\n", mechanism.name());
    let lines = client.mechanisms().map(line).collect();
    Reply::Lines(replies::MECHANISMS.into(), lines).into()
}
