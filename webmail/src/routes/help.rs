//! Keys and search words.

use crate::fault::Fault;
use crate::frame::Frame;
use crate::house::House;
use crate::pages::{HelpPage, render};
use crate::reader::Reader;
use axum::extract::State;
use axum::response::Response;

/// `GET /help`
pub async fn show(State(house): State<House>, reader: Reader) -> Result<Response, Fault> {
    let frame = Frame::of(&house, &reader, "Keys and search words", None).await?;
    Ok(render(&HelpPage { assets: house.assets(), frame }))
}
