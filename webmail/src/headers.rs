//! What every answer says to the browser besides its content.

use crate::connection::Connection;
use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// Our pages: nothing inline, nothing from elsewhere, nobody may frame them.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Files of strangers: they are saved, not shown, and if something shows them all the same they may do nothing.
pub const FILE_POLICY: &str =
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ON_EVERY_ANSWER: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // A name looked up for a link that nobody followed would tell the sender when the letter was read.
    (header::X_DNS_PREFETCH_CONTROL, "off"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
];

/// Adds what the handler has not said itself.
pub async fn add(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Connection>().copied().unwrap_or_default();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ON_EVERY_ANSWER {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Pages are somebody's mail: no cache on the way and none in the browser may keep them.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // For browsers that do not know frame-ancestors.
    let frames = if is_message_document(headers) { "SAMEORIGIN" } else { "DENY" };
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static(frames));
    // Never for loopback: it would take plain HTTP from everything else that runs on this machine.
    if connection.tls && !connection.local.ip().to_canonical().is_loopback() {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(a_year);
    }
    response
}

fn is_message_document(headers: &header::HeaderMap) -> bool {
    headers
        .get(header::CONTENT_SECURITY_POLICY)
        .is_some_and(|policy| policy == crate::html::DOCUMENT_POLICY)
}
