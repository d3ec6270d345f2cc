//! Looking at the signatures of a message (RFC 6376 §6.1).

use message::Timestamp;
use message::header::Field;

use super::super::body_watch::BodyForm;
use super::super::canonical::Canonicalization;
use super::super::keys::Keys;
use super::super::opened::Opened;
use super::super::signature::{Bodies, Doubt, Signature, unreadable};
use super::super::tags::{Empty, Tags, items};
use super::{Claim, Dkim, DkimLimits, DkimResult};

/// What came of the signatures, and how many more there were. `authors` are the domains of From: what
/// they signed is looked at first, so that nobody can hide it behind a hundred others.
pub(crate) async fn verify(
    opened: &Opened<'_>,
    authors: &[String],
    keys: &mut Keys<'_>,
    now: Timestamp,
    limits: &DkimLimits,
) -> (Vec<Dkim>, usize) {
    let read = read(opened, authors);
    let left_out = read.len().saturating_sub(limits.signatures_max);
    let mut bodies = Bodies::new(opened.body, limits.body_hashes_max);
    let mut looked_at = Vec::new();
    for (field, read) in read.into_iter().take(limits.signatures_max) {
        looked_at.push(read.judge(field, opened, &mut bodies, keys, now).await);
    }
    (looked_at, left_out)
}

/// The hashes of the body that the signatures need, within the limits.
pub(crate) fn body_forms(
    opened: &Opened<'_>,
    authors: &[String],
    limits: &DkimLimits,
) -> Vec<BodyForm> {
    let mut forms = Vec::new();
    for (_, read) in read(opened, authors).into_iter().take(limits.signatures_max) {
        let form = read.signature.as_ref().map(Signature::body_form);
        if let Ok(form) = form
            && !forms.contains(&form)
            && forms.len() < limits.body_hashes_max
        {
            forms.push(form);
        }
    }
    forms
}

/// The signatures, those of the authors' domains first.
fn read<'o, 'a>(opened: &'o Opened<'a>, authors: &[String]) -> Vec<(&'o Field<'a>, Read)> {
    let mut read: Vec<_> =
        opened.all("DKIM-Signature").map(|field| (field, Read::of(field))).collect();
    read.sort_by_key(|(_, read)| !read.is_by(authors));
    read
}

/// Characters of `i=` that are kept.
const IDENTITY_CHARS_MAX: usize = 320;

/// A signature that was read as far as it could be.
struct Read {
    signature: Result<Signature, Doubt>,
    claim: Option<Claim>,
}

impl Read {
    fn of(field: &Field<'_>) -> Self {
        let tags = match Tags::parse(field.raw_value(), Empty::Skipped) {
            Ok(tags) => tags,
            Err(error) => {
                let doubt = Doubt::Neutral(format!("the signature cannot be read: {error}"));
                return Self { signature: Err(doubt), claim: None };
            }
        };
        // The ABNF's default is simple/simple (RFC 6376 §3.5).
        let parsed = Signature::parse(&tags, Canonicalization::Simple);
        let claim = parsed.as_ref().ok().map(|signature| Claim {
            domain: signature.domain.clone(),
            selector: signature.selector.clone(),
            identity: tags
                .get("i")
                .map(|identity| identity.chars().take(IDENTITY_CHARS_MAX).collect()),
            algorithm: signature.algorithm,
            signature_start: start(tags.get("b").unwrap_or_default()),
            testing: false,
        });
        Self {
            signature: parsed
                .and_then(|signature| fit_for_mail(&tags, &signature).map(|()| signature)),
            claim,
        }
    }

    fn is_by(&self, authors: &[String]) -> bool {
        let signer = self.claim.as_ref().map(|claim| claim.domain.as_str());
        signer.is_some_and(|signer| authors.iter().any(|author| related(author, signer)))
    }

    async fn judge(
        self,
        field: &Field<'_>,
        opened: &Opened<'_>,
        bodies: &mut Bodies<'_>,
        keys: &mut Keys<'_>,
        now: Timestamp,
    ) -> Dkim {
        let Self { signature, mut claim } = self;
        let key = match &signature {
            Err(doubt) => Err(doubt.clone()),
            Ok(signature) if has_expired(signature, now) => {
                Err(Doubt::Fail("the signature has expired".to_owned()))
            }
            Ok(signature) => signature.verify(field, opened, bodies, keys).await,
        };
        if let (Ok(key), Some(claim)) = (&key, &mut claim) {
            claim.testing = key.testing;
        }
        let outcome = key.and_then(|key| match &claim {
            // RFC 6376 §3.6.1, t=s: the identity is of the very domain.
            Some(Claim { identity: Some(identity), domain, .. })
                if key.strict && host(identity) != *domain =>
            {
                Err(Doubt::Permanent(
                    "the identity is of another domain than the key allows".to_owned(),
                ))
            }
            _ => Ok(()),
        });
        let signer = claim.as_ref().map_or("somebody", |claim| claim.domain.as_str());
        match outcome {
            Ok(()) => Dkim {
                result: DkimResult::Pass,
                why: format!("{signer} signed the message as it came"),
                claim,
            },
            Err(doubt) => Dkim {
                result: DkimResult::from(&doubt),
                why: format!("signature of {signer}: {}", doubt.why()),
                claim,
            },
        }
    }
}

/// What a DKIM-Signature must have beyond a signature that ARC has too (RFC 6376 §3.5, §6.1.1).
fn fit_for_mail(tags: &Tags<'_>, signature: &Signature) -> Result<(), Doubt> {
    if tags.get("v") != Some("1") {
        return Err(unreadable("v"));
    }
    if tags.get("q").is_some_and(|methods| !items(methods).any(|method| method == "dns/txt")) {
        return Err(Doubt::Permanent("the key is nowhere where we can look".to_owned()));
    }
    if !signature.names.iter().any(|name| name.eq_ignore_ascii_case("From")) {
        return Err(Doubt::Permanent("the signature does not cover From".to_owned()));
    }
    let identity = tags.get("i").map(host);
    if identity.as_ref().is_some_and(|host| !is_within(host, &signature.domain)) {
        return Err(Doubt::Permanent("the identity is of another domain".to_owned()));
    }
    Ok(())
}

fn has_expired(signature: &Signature, now: Timestamp) -> bool {
    let now = u64::try_from(now.seconds()).unwrap_or_default();
    signature.expires_at.is_some_and(|expires| now > expires)
}

/// The domain of an identity, as signatures compare it.
fn host(identity: &str) -> String {
    let (_, host) = identity.rsplit_once('@').unwrap_or(("", identity));
    match message::Domain::parse(host) {
        Ok(domain) => domain.as_ascii().to_owned(),
        Err(_) => host.to_ascii_lowercase(),
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|left| left.is_empty() || left.ends_with('.'))
}

/// Whether one may be aligned with the other: they are the same, or one is below the other, or they have
/// the same two last labels.
fn related(one: &str, other: &str) -> bool {
    let tail = |domain: &str| domain.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
    is_within(one, other)
        || is_within(other, one)
        || one.get(tail(one)..) == other.get(tail(other)..)
}

/// Enough of `b=` to know it again.
fn start(signature: &str) -> String {
    signature.chars().filter(|character| !character.is_ascii_whitespace()).take(8).collect()
}

impl From<&Doubt> for DkimResult {
    fn from(doubt: &Doubt) -> Self {
        match doubt {
            Doubt::Fail(_) => Self::Fail,
            Doubt::Policy(_) => Self::Policy,
            Doubt::Neutral(_) => Self::Neutral,
            Doubt::Temporary(_) => Self::TempError,
            Doubt::Permanent(_) => Self::PermError,
        }
    }
}
