//! Recipients to practise with, in the demo: `fail-temp`, `fail-perm` and `slow`, at whatever domain of ours.

use std::time::Duration;

use message::ForwardPath;

use super::super::refusal::Refusal;
use super::super::replies;

/// How long `slow` takes to be answered.
const SLOW: Duration = Duration::from_secs(5);

/// Refuses or delays what is there to be refused or delayed.
pub(super) async fn practise(path: &ForwardPath) -> Result<(), Refusal> {
    match path.address().map(|address| address.local().as_str()) {
        Some("fail-temp") => Err(Refusal::nobody(replies::PRACTICE_LATER)),
        Some("fail-perm") => Err(Refusal::nobody(replies::PRACTICE_NEVER)),
        Some("slow") => {
            tokio::time::sleep(SLOW).await;
            Ok(())
        }
        _ => Ok(()),
    }
}
