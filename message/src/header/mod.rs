//! Header fields over the octets of a message (RFC 5322 §2.2), whatever state they are in.
//!
//! The raw side ([`Fields`], [`Field`]) knows lines, names and folding and keeps every octet where
//! it was; the decoded side ([`Field::text`], [`decode_words`], [`parameters`], [`addresses`]) makes
//! text of them. Nothing here fails: what is malformed is passed over or shown as it stands.

mod addresses;
mod fields;
mod parameters;
mod words;

pub use addresses::{AddressItem, Correspondent, address_items, correspondents};
pub use fields::{Field, Fields, begins_with_field, header_octets, unfold};
pub(crate) use fields::{is_empty_line, next_line};
pub use parameters::{Parameters, parameters};
pub use words::decode_words;
