//! Addresses and what answers them: one file per noun.

mod asset;
mod attachment;
mod conversation;
mod deed;
mod door;
mod health;
mod help;
mod mailbox;
mod message;
mod original;
mod search;
mod undo;

use crate::fault::{self, Fault};
use crate::headers;
use crate::house::House;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// All of them, with everything that stands around each answer.
pub fn all(house: House) -> Router {
    Router::new()
        .route("/", get(mailbox::inbox))
        .route("/login", get(door::show).post(door::enter))
        .route("/logout", post(door::leave))
        .route("/mailbox/{mailbox}", get(mailbox::show))
        .route("/search", get(search::show))
        .route("/conversation/{conversation}", get(conversation::show))
        .route("/message/{content}", get(message::show))
        .route("/message/{content}/html", get(message::html))
        .route("/message/{content}/original", get(original::show))
        .route("/message/{content}/part/{path}", get(attachment::save))
        .route("/do", post(deed::act))
        .route("/undo", post(undo::act))
        .route("/help", get(help::show))
        .route("/assets/{name}", get(asset::show))
        .route("/healthz", get(health::show))
        .fallback(async || Fault::NotFound)
        .method_not_allowed_fallback(async || Fault::WrongMethod)
        .layer(middleware::from_fn_with_state(house.clone(), in_time))
        .layer(CatchPanicLayer::custom(fault::crashed))
        .layer(middleware::from_fn_with_state(house.clone(), fault::show))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(5)).compress_when(is_text))
        .layer(middleware::from_fn(headers::add))
        .with_state(house)
}

/// Nobody waits longer than a person would.
async fn in_time(
    State(house): State<House>,
    request: Request,
    next: Next,
) -> Result<Response, Fault> {
    tokio::time::timeout(house.config().limits.request_timeout, next.run(request))
        .await
        .map_err(|_| Fault::TooSlow)
}

/// Pages, styles and scripts shrink; what is attached has mostly been compressed before.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    let media_type =
        headers.get(axum::http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| {
        media_type.starts_with("text/") || media_type.starts_with("image/svg")
    })
}
