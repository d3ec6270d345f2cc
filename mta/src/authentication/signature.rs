//! A signature over a message, as a value: what DKIM-Signature and ARC-Message-Signature share
//! (RFC 6376 §3.5, RFC 8617 §4.1.2).

use dns::Name;
use message::Domain;
use message::header::Field;

use super::body_watch::BodyForm;
use super::canonical::{BodyHash, Canonicalization, write_own, write_signed};
use super::keys::{Algorithm, KeyFailure, KeyRecord, Keys, Unverified};
use super::opened::{Body, Opened};
use super::tags::{Tags, base64, items, number};

/// What a signature says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub algorithm: Algorithm,
    pub signature: Vec<u8>,
    pub body_hash: Vec<u8>,
    pub header_form: Canonicalization,
    pub body_form: Canonicalization,
    /// Who signs, in A-labels and lower case.
    pub domain: String,
    pub selector: String,
    /// The fields that are signed.
    pub names: Vec<String>,
    /// How much of the body is signed; none: all.
    pub body_length: Option<u64>,
    pub expires_at: Option<u64>,
}

/// Fields that one signature may name. Oversigning doubles what a message has; nobody needs hundreds.
pub(super) const NAMES_MAX: usize = 200;

/// Why a signature is not believed, sorted as results are (RFC 8601 §2.7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is wrong.
    Fail(String),
    /// It may be right, and is not good enough for us.
    Policy(String),
    /// It cannot be understood.
    Neutral(String),
    /// It could not be found out now.
    Temporary(String),
    /// It never will be found out.
    Permanent(String),
}

impl Signature {
    /// Reads the tags. `form` is meant where `c=` is missing.
    pub fn parse(tags: &Tags<'_>, form: Canonicalization) -> Result<Self, Doubt> {
        let (header_form, body_form) = match tags.get("c") {
            Some(text) => forms(text).ok_or_else(|| unreadable("c"))?,
            None => (form, form),
        };
        let optional_number =
            |tag| tags.get(tag).map(|text| number(text).ok_or_else(|| unreadable(tag))).transpose();
        let signed_at = optional_number("t")?;
        let expires_at = optional_number("x")?;
        // RFC 6376 §3.5: x= lies after t=.
        if let (Some(expires), Some(signed)) = (expires_at, signed_at)
            && expires <= signed
        {
            return Err(Doubt::Neutral("the signature expires before it was made".to_owned()));
        }
        let names: Vec<_> = items(required(tags, "h")?).map(str::to_owned).collect();
        if names.len() > NAMES_MAX {
            return Err(Doubt::Policy(format!("the signature names over {NAMES_MAX} fields")));
        }
        Ok(Self {
            algorithm: algorithm(tags)?,
            signature: octets(tags, "b")?,
            body_hash: octets(tags, "bh")?,
            header_form,
            body_form,
            domain: domain(tags)?,
            selector: selector(tags)?,
            names,
            body_length: optional_number("l")?,
            expires_at,
        })
    }

    /// Whether the field is the signature of the message that it claims to be: body, then key, then
    /// header. Gives the key, because it may say more.
    pub async fn verify(
        &self,
        field: &Field<'_>,
        opened: &Opened<'_>,
        bodies: &mut Bodies<'_>,
        keys: &mut Keys<'_>,
    ) -> Result<KeyRecord, Doubt> {
        self.check_body(bodies)?;
        let key = key(keys, &self.selector, &self.domain).await?;
        let mut signed = Vec::new();
        write_signed(self.names.iter().map(String::as_str), opened, self.header_form, &mut signed);
        write_own(field, opened, self.header_form, &mut signed);
        check(&key, self.algorithm, &signed, &self.signature, keys)?;
        Ok(key)
    }

    /// Which hash of the body it needs.
    pub const fn body_form(&self) -> BodyForm {
        (self.body_form, self.body_length)
    }

    /// RFC 6376 §8.2: whoever appends to a body that is signed in part says what he likes. So `l=` has to
    /// reach to the end.
    fn check_body(&self, bodies: &mut Bodies<'_>) -> Result<(), Doubt> {
        let hash = bodies.hash(self.body_form())?;
        if hash.missing > 0 || hash.digest != self.body_hash.as_slice() {
            return Err(Doubt::Fail("the body was changed on the way".to_owned()));
        }
        if hash.left_out > 0 {
            return Err(Doubt::Policy(format!(
                "{} octets of the body are not signed",
                hash.left_out
            )));
        }
        Ok(())
    }
}

/// The hashes of one body, each computed once.
pub(super) struct Bodies<'a> {
    body: Body<'a>,
    known: Vec<(BodyForm, BodyHash)>,
    max: usize,
}

impl<'a> Bodies<'a> {
    /// At most `max` different hashes are computed.
    pub const fn new(body: Body<'a>, max: usize) -> Self {
        Self { body, known: Vec::new(), max }
    }

    fn hash(&mut self, form: BodyForm) -> Result<BodyHash, Doubt> {
        if let Some((_, hash)) = self.known.iter().find(|(known, _)| *known == form) {
            return Ok(*hash);
        }
        let hash = if self.known.len() < self.max { self.body.hash(form) } else { None };
        let hash = hash.ok_or_else(|| {
            Doubt::Policy(format!("the body would have to be hashed over {} times", self.max))
        })?;
        self.known.push((form, hash));
        Ok(hash)
    }
}

/// The key of a signature.
pub(super) async fn key(
    keys: &mut Keys<'_>,
    selector: &str,
    domain: &str,
) -> Result<KeyRecord, Doubt> {
    keys.get(selector, domain).await.map_err(|failure| match failure {
        KeyFailure::Temporary(why) => Doubt::Temporary(why),
        KeyFailure::Permanent(why) => Doubt::Permanent(why),
    })
}

/// Whether the key made the signature.
pub(super) fn check(
    key: &KeyRecord,
    algorithm: Algorithm,
    signed: &[u8],
    signature: &[u8],
    keys: &Keys<'_>,
) -> Result<(), Doubt> {
    key.verify(algorithm, signed, signature, keys.limits).map_err(|reason| match reason {
        Unverified::OtherKind => {
            Doubt::Permanent("the key is of another kind than the signature".to_owned())
        }
        Unverified::Bits(bits) => Doubt::Policy(format!("the key has {bits} bits")),
        Unverified::Wrong => Doubt::Fail("the signature is not that of the header".to_owned()),
    })
}

pub(super) fn algorithm(tags: &Tags<'_>) -> Result<Algorithm, Doubt> {
    let text = required(tags, "a")?;
    Algorithm::parse(text).ok_or_else(|| {
        if text.eq_ignore_ascii_case("rsa-sha1") {
            // RFC 8301 §3.1.
            Doubt::Policy("rsa-sha1 proves nothing any more".to_owned())
        } else {
            unreadable("a")
        }
    })
}

pub(super) fn domain(tags: &Tags<'_>) -> Result<String, Doubt> {
    let text = required(tags, "d")?;
    // Names with an underscore sign too; U-labels as RFC 8616 §4 has them.
    let ascii = if text.is_ascii() {
        Name::parse(text).ok().map(|name| name.as_str().to_owned())
    } else {
        Domain::parse(text).ok().map(|domain| domain.as_ascii().to_owned())
    };
    ascii.filter(|domain| !domain.is_empty()).ok_or_else(|| unreadable("d"))
}

pub(super) fn selector(tags: &Tags<'_>) -> Result<String, Doubt> {
    let text = required(tags, "s")?;
    // What is longer is no name, and is not kept.
    if text.is_empty() || text.len() > 253 { Err(unreadable("s")) } else { Ok(text.to_owned()) }
}

pub(super) fn octets(tags: &Tags<'_>, tag: &str) -> Result<Vec<u8>, Doubt> {
    let octets = base64(required(tags, tag)?).ok_or_else(|| unreadable(tag))?;
    if octets.is_empty() { Err(unreadable(tag)) } else { Ok(octets) }
}

pub(super) fn required<'t>(tags: &Tags<'t>, tag: &str) -> Result<&'t str, Doubt> {
    tags.get(tag).ok_or_else(|| Doubt::Neutral(format!("the signature lacks {tag}=")))
}

pub(super) fn unreadable(tag: &str) -> Doubt {
    Doubt::Neutral(format!("{tag}= of the signature cannot be read"))
}

/// `c=header/body`; the body's half may be missing and is simple then.
fn forms(text: &str) -> Option<(Canonicalization, Canonicalization)> {
    match text.split_once('/') {
        Some((header, body)) => {
            Some((Canonicalization::parse(header.trim())?, Canonicalization::parse(body.trim())?))
        }
        None => Some((Canonicalization::parse(text)?, Canonicalization::Simple)),
    }
}

impl Doubt {
    /// The words.
    pub fn why(&self) -> &str {
        match self {
            Self::Fail(why)
            | Self::Policy(why)
            | Self::Neutral(why)
            | Self::Temporary(why)
            | Self::Permanent(why) => why,
        }
    }
}
