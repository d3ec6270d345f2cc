//! The one way in: everything about a message's origin in one go.

use std::net::IpAddr;
use std::time::Duration;

use dns::Resolver;
use message::{Domain, ReversePath, Timestamp};
use tokio::time::Instant;

use super::arc::{self, ArcLimits, Chain};
use super::authors::authors;
use super::body_watch::BodyHashes;
use super::dkim::{self, Dkim, DkimLimits};
use super::dmarc::{self, Dmarc, DmarcLimits, Vouchers};
use super::hurried::Hurried;
use super::keys::{KeyLimits, Keys};
use super::opened::Opened;
use super::spf::{self, Question, Spf, SpfLimits};
use super::verdict::{Action, Verdict};

/// What there is to judge.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    /// Whence the connection came.
    pub peer: IpAddr,
    /// What the client called itself.
    pub helo: &'a str,
    /// Whom it named as the sender.
    pub reverse_path: &'a ReversePath,
    /// The message's header as it came, without any field of ours, with the empty line that ends it;
    pub header: &'a [u8],
    /// and its body, which went by a watch that was made for this header.
    pub body: &'a BodyHashes,
}

/// How we judge.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who we are.
    pub hostname: String,
    /// What happens to mail that its author's domain wants refused.
    pub on_reject: OnReject,
    /// Whose seals we believe: mailing lists and forwarders that our accounts use.
    pub trusted_sealers: Vec<Domain>,
    /// How much a message may cost.
    pub limits: Limits,
}

/// What happens to mail that its author's domain wants refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnReject {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes to Junk.
    Junk,
}

/// How much a message may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long all lookups of signatures and policies may take; SPF has its own time.
    pub time_max: Duration,
    /// Of SPF.
    pub spf: SpfLimits,
    /// Of DKIM.
    pub dkim: DkimLimits,
    /// Of keys.
    pub keys: KeyLimits,
    /// Of ARC.
    pub arc: ArcLimits,
    /// Of DMARC.
    pub dmarc: DmarcLimits,
    /// Of the header.
    pub message: message::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time_max: Duration::from_secs(30),
            spf: SpfLimits::default(),
            dkim: DkimLimits::default(),
            keys: KeyLimits::default(),
            arc: ArcLimits::default(),
            dmarc: DmarcLimits::default(),
            message: message::Limits::default(),
        }
    }
}

impl Settings {
    /// The defaults of a host.
    #[must_use]
    pub fn new(hostname: impl Into<String>) -> Self {
        let (on_reject, trusted_sealers) = (OnReject::default(), Vec::new());
        Self { hostname: hostname.into(), on_reject, trusted_sealers, limits: Limits::default() }
    }
}

/// Finds out who sent a message, and what follows.
///
/// Computing is over soon, as the body was hashed when it came; the rest is waiting for name servers.
pub async fn judge(
    dns: &dyn Resolver,
    now: Timestamp,
    inquiry: &Inquiry<'_>,
    settings: &Settings,
) -> Verdict {
    let limits = &settings.limits;
    let hurried = Hurried { dns, until: Instant::now() + limits.time_max };
    let opened = Opened::of_header(inquiry.header, inquiry.body, &limits.message);
    let authors = authors(&opened, &limits.message);
    let (sender, helo, (signatures, left_out, chain)) = tokio::join!(
        sender_spf(dns, now, inquiry, settings),
        helo_spf(dns, now, inquiry, settings),
        signatures(&hurried, now, &opened, &authors, limits),
    );
    // Without a sender the HELO name stands for it (RFC 7208 §2.4).
    let vouchers = Vouchers { spf: sender.as_ref().unwrap_or(&helo), signatures: &signatures };
    let dmarc = if opened.is_cut {
        Dmarc::unfit("the header is longer than any that is meant to be read".to_owned())
    } else {
        dmarc::evaluate(&hurried, &authors, &vouchers, &limits.dmarc).await
    };
    let (action, why) = Action::of(&dmarc, &chain, settings);
    Verdict {
        peer: inquiry.peer,
        sender: inquiry.reverse_path.address().map(ToString::to_string).unwrap_or_default(),
        spf: sender,
        spf_helo: helo,
        dkim: signatures,
        dkim_left_out: left_out,
        dmarc,
        chain,
        action,
        why,
    }
}

async fn sender_spf(
    dns: &dyn Resolver,
    now: Timestamp,
    inquiry: &Inquiry<'_>,
    settings: &Settings,
) -> Option<Spf> {
    let address = inquiry.reverse_path.address()?;
    let domain = address.host().to_string();
    Some(check(dns, now, inquiry, settings, address.local().as_str(), &domain).await)
}

async fn helo_spf(
    dns: &dyn Resolver,
    now: Timestamp,
    inquiry: &Inquiry<'_>,
    settings: &Settings,
) -> Spf {
    check(dns, now, inquiry, settings, "", inquiry.helo).await
}

async fn check(
    dns: &dyn Resolver,
    now: Timestamp,
    inquiry: &Inquiry<'_>,
    settings: &Settings,
    local_part: &str,
    domain: &str,
) -> Spf {
    let (peer, helo, receiver) = (inquiry.peer, inquiry.helo, settings.hostname.as_str());
    let question = Question { peer, local_part, domain, helo, receiver, now };
    spf::check(dns, &question, &settings.limits.spf).await
}

async fn signatures(
    dns: &dyn Resolver,
    now: Timestamp,
    opened: &Opened<'_>,
    authors: &[String],
    limits: &Limits,
) -> (Vec<Dkim>, usize, Chain) {
    let mut keys = Keys::new(dns, &limits.keys);
    let (signatures, left_out) = dkim::verify(opened, authors, &mut keys, now, &limits.dkim).await;
    let chain = arc::verify(opened, &mut keys, &limits.arc).await;
    (signatures, left_out, chain)
}
