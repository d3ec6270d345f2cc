//! The stylesheet, the script, the icon.

use crate::fault::Fault;
use crate::house::House;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};

/// `GET /assets/{name}`: for ever, because the name changes with the content.
pub async fn show(State(house): State<House>, uri: Uri) -> Result<Response, Fault> {
    let asset = house.assets().at(uri.path()).ok_or(Fault::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.content).into_response())
}
