//! What was found out about a message when it came, and why it was filed where: kept with the facts
//! of its delivery, for "why is this here?". Knows no check and no rule.

use rusqlite::{Row, params};

use super::LocalRecipient;
use crate::database::Write;
use crate::value::{AccountId, ContentId};
use crate::{Error, Limits};

/// As it is stored.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Option<String>,
    /// A JSON array of `[account id, reason]`.
    reasons: Option<String>,
}

impl Findings {
    /// Within the limits: a message is not refused for what there is to say about it.
    pub(super) fn new(found: Option<String>, local: &[LocalRecipient], limits: &Limits) -> Self {
        let found = found.filter(|found| {
            let fits = found.len() <= limits.findings_octets_max;
            if !fits {
                tracing::warn!(
                    octets = found.len(),
                    "what was found out about a message is too long to be kept"
                );
            }
            fits
        });
        let reason = |one: &LocalRecipient| {
            let reason = one.reason.as_deref()?;
            let end = reason.floor_char_boundary(limits.reason_octets_max);
            Some((one.account.get(), reason.get(..end).unwrap_or_default().to_owned()))
        };
        let reasons: Vec<(i64, String)> = local.iter().filter_map(reason).collect();
        let reasons = if reasons.is_empty() { None } else { serde_json::to_string(&reasons).ok() };
        Self { found, reasons }
    }

    /// Adds it to the facts of a delivery.
    pub(super) fn write(&self, write: &Write<'_>, content: ContentId) -> Result<(), Error> {
        if self.found.is_some() || self.reasons.is_some() {
            write
                .prepare_cached(
                    "UPDATE delivery SET findings = ?2, reasons = ?3 WHERE content_id = ?1",
                )?
                .execute(params![content, self.found, self.reasons])?;
        }
        Ok(())
    }
}

/// Why it was filed where it is, for each account that was given a reason.
pub(super) fn reasons(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<(AccountId, String)>> {
    let Some(stored) = row.get_ref(column)?.as_str_or_null()? else { return Ok(Vec::new()) };
    let reasons: Vec<(i64, String)> = serde_json::from_str(stored).unwrap_or_default();
    Ok(reasons.into_iter().map(|(account, reason)| (AccountId::new(account), reason)).collect())
}
