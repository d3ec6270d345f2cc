//! Whether the house answers, for whoever watches over it.

use crate::fault::Fault;
use crate::house::House;
use axum::extract::State;

/// `GET /healthz`: the store was asked something and answered.
pub async fn show(State(house): State<House>) -> Result<&'static str, Fault> {
    house.store().domains().await?;
    Ok("ok\n")
}
