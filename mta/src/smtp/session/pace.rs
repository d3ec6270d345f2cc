//! Strangers who come too often wait.

use tokio::time::Instant;
use tracing::debug;

use super::super::rates::Kind;
use super::super::refusal::Refusal;
use super::super::replies;
use super::super::role::Role;
use super::{Client, House};

/// Counts one more. Those who hand in mail have limits of their own, by account.
pub(super) fn check(house: &House, client: &Client, kind: Kind) -> Result<(), Refusal> {
    let Role::Receive(receiving) = &house.role else { return Ok(()) };
    receiving.rates.take(kind, client.address, Instant::now()).map_err(|wait| {
        debug!(peer = %client.address, ?kind, ?wait, "too often");
        Refusal::nobody(replies::too_often(kind, wait))
    })
}
