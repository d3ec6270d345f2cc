//! What rules may ask of a message, read once.

use message::header::Fields;
use message::text::normalise;
use message::{Person, Summary};

/// What rules may ask of a message. All texts are in the form that is searched: decoded, without
/// case, white space folded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFacts {
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    pub(super) subject: String,
    pub(super) list_id: Option<String>,
    /// Name in lower case, and text.
    pub(super) header: Vec<(String, String)>,
    pub(super) octets: u64,
    pub(super) has_attachment: bool,
}

impl MessageFacts {
    /// Of a message that was read: its summary, its header block, its octets.
    pub fn of(summary: &Summary, header: &[u8], octets: u64, limits: &message::Limits) -> Self {
        let field = |field: message::header::Field<'_>| {
            (field.name().to_ascii_lowercase(), normalise(&field.text()))
        };
        Self {
            from: people(summary.from.as_slice()),
            to: people(&summary.to),
            cc: people(&summary.cc),
            subject: normalise(&summary.subject),
            list_id: summary.list_id.as_deref().map(normalise),
            header: Fields::of(header, limits).map(field).collect(),
            octets,
            has_attachment: summary.has_attachment,
        }
    }
}

/// Addresses and names, each a text of its own.
fn people(people: &[Person]) -> Vec<String> {
    let texts = |person: &Person| {
        let name = person.name.as_deref().map(normalise);
        [Some(normalise(&person.address)), name].into_iter().flatten()
    };
    people.iter().flat_map(texts).filter(|text| !text.is_empty()).collect()
}
