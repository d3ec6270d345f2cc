//! A message as it came, octet for octet.

use crate::fault::Fault;
use crate::headers::FILE_POLICY;
use crate::house::House;
use crate::letter;
use crate::reader::{Asked, Reader};
use crate::routes::attachment::disposition;
use crate::routes::message::content_id;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// `GET /message/{content}/original`, with `?save=1` as a file.
pub async fn show(
    State(house): State<House>,
    reader: Reader,
    Path(content): Path<String>,
    Asked(asked): Asked,
) -> Result<Response, Fault> {
    let opened = letter::open(&house, &reader, content_id(&content)?).await?;
    let octets = opened.content.octets();
    let mut response = Body::from_stream(opened.content.stream(0..octets)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    if asked.has("save") {
        let name = message::attachment::safe_name(
            &format!("{}.eml", opened.line.subject),
            "message/rfc822",
        );
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("message/rfc822"));
        headers.insert(header::CONTENT_DISPOSITION, disposition(&name));
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    Ok(response)
}
