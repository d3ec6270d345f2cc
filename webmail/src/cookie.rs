//! Cookies in and out.
//!
//! Over TLS they carry the `__Host-` prefix: no other host and no plain connection can set one (RFC 6265bis §4.1.3.2).
//! On the loopback of a demo there is no TLS, and browsers refuse the prefix there; then the name is plain.

use crate::connection::Connection;
use axum::http::{HeaderMap, HeaderValue, header};

/// The browser's session.
pub const SESSION: &str = "session";
/// Ties the login form to the browser that asked for it.
pub const DOOR: &str = "door";
/// The reader's time zone, set by our script; no secret.
pub const ZONE: &str = "zone";

/// Longest cookie value that is looked at, in octets.
const VALUE_OCTETS_MAX: usize = 256;

/// The value of a cookie that we set with [`set`].
pub fn secret<'h>(headers: &'h HeaderMap, connection: &Connection, name: &str) -> Option<&'h str> {
    plain(headers, &full_name(connection, name))
}

/// The value of a cookie by its bare name.
pub fn plain<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found =
        pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    found
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| value.len() <= VALUE_OCTETS_MAX)
}

/// A `Set-Cookie` value for a secret. `max_age_seconds`: none for as long as the browser runs.
pub fn set(
    connection: &Connection,
    name: &str,
    value: &str,
    max_age_seconds: Option<u64>,
) -> Option<HeaderValue> {
    let name = full_name(connection, name);
    let secure = if connection.tls { "; Secure" } else { "" };
    let age = max_age_seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"))
        .ok()
}

/// A `Set-Cookie` value that makes the browser forget it.
pub fn forget(connection: &Connection, name: &str) -> Option<HeaderValue> {
    set(connection, name, "", Some(0))
}

fn full_name(connection: &Connection, name: &str) -> String {
    if connection.tls { format!("__Host-{name}") } else { format!("posthouse-loopback-{name}") }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn over_tls_a_cookie_is_bound_to_the_host() {
        let cookie = set(&Connection::default(), SESSION, "abc", None).unwrap();
        assert_eq!(cookie, "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn on_loopback_the_name_is_plain_and_nothing_is_called_secure() {
        let loopback = Connection { tls: false, ..Connection::default() };
        let cookie = set(&loopback, SESSION, "abc", Some(60)).unwrap();
        assert_eq!(
            cookie,
            "posthouse-loopback-session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
        );
    }

    #[test]
    fn the_loopback_cookie_does_not_open_the_tls_door() {
        let sent = headers("posthouse-loopback-session=abc; __Host-session=def");
        assert_eq!(secret(&sent, &Connection::default(), SESSION), Some("def"));
        assert_eq!(
            secret(&sent, &Connection { tls: false, ..Connection::default() }, SESSION),
            Some("abc")
        );
        assert_eq!(
            secret(&headers("posthouse-loopback-session=abc"), &Connection::default(), SESSION),
            None
        );
    }

    #[test]
    fn long_and_broken_cookies_are_not_looked_at() {
        let long = "a".repeat(VALUE_OCTETS_MAX);
        assert!(plain(&headers(&format!("zone={long}")), ZONE).is_some());
        assert_eq!(plain(&headers(&format!("zone={long}a")), ZONE), None);
        for broken in ["", ";;;", "zone", "=zone", "xzone=1", "zone =1"] {
            assert_eq!(plain(&headers(broken), ZONE), None, "{broken}");
        }
    }
}
