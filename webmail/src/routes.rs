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
    let pages = Router::new()
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
        .route("/healthz", get(health::show));
    around(pages, house)
}

/// What stands around each answer, from the inside out: patience, panics, friendly words for what went wrong,
/// compression, headers.
fn around(pages: Router<House>, house: House) -> Router {
    pages
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::config::{Config, Limits};
    use axum::body::{Body, to_bytes};
    use mailstore::{Options, Outside, Store};
    use std::time::Duration;
    use tower::ServiceExt as _;

    /// A page that does this, asked for once.
    async fn asked(page: axum::routing::MethodRouter<House>) -> (StatusCode, String) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default(), Outside::system()).unwrap();
        let limits = Limits { request_timeout: Duration::from_millis(20), ..Limits::default() };
        let house = House::new(store, Config { limits, ..Config::default() });
        let router = around(Router::new().route("/", page), house);
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_bug_of_ours_is_a_friendly_page_that_tells_no_secrets() {
        async fn buggy() -> &'static str {
            panic!("the inner workings")
        }
        let (status, page) = asked(get(buggy)).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.contains("We made a mistake") && !page.contains("inner workings"), "{page}");
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let (status, page) = asked(get(std::future::pending::<&'static str>)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.contains("That took too long"), "{page}");
    }
}
