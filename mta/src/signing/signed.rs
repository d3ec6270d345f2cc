//! Signatures in front of what leaves.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mailstore::{AccountId, Content, ContentId, Store};
use message::Domain;
use message::header::header_octets;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tracing::{debug, warn};

use super::keys::{self, KeysError};
use crate::authentication::dkim::Signer;
use crate::authentication::{BodyWatch, author_domains};

/// How much is kept, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningLimits {
    /// Messages whose signatures are kept for their next destinations.
    pub messages_max: usize,
    /// How long it may take until keys that another process changed are known here.
    pub keys_kept: Duration,
}

impl Default for SigningLimits {
    fn default() -> Self {
        Self { messages_max: 1_000, keys_kept: Duration::from_secs(60) }
    }
}

/// Signs what this house's people write, in their domain's name. Cheap to clone.
#[derive(Clone)]
pub struct Signing {
    store: Store,
    limits: SigningLimits,
    signers: Arc<tokio::sync::Mutex<Signers>>,
    heads: Arc<Mutex<Heads>>,
}

/// The keys of our domains, as far as they were needed.
#[derive(Default)]
struct Signers {
    since: Option<Instant>,
    ours: Vec<Domain>,
    of: HashMap<Domain, Arc<Vec<Signer>>>,
}

/// What was put in front of messages lately, the oldest first.
#[derive(Default)]
struct Heads {
    of: HashMap<ContentId, Arc<OnceCell<Bytes>>>,
    order: VecDeque<ContentId>,
}

/// Octets that a message is read in.
const PIECE_OCTETS: u64 = 256 << 10;

impl Signing {
    /// With the keys that the store keeps.
    #[must_use]
    pub fn new(store: Store, limits: SigningLimits) -> Self {
        Self { store, limits, signers: Arc::default(), heads: Arc::default() }
    }

    /// What goes in front of a message: its signatures, or nothing. It is computed once for all
    /// destinations, and a message that cannot be signed goes without.
    pub async fn head(
        &self,
        id: ContentId,
        content: &Content,
        account: Option<AccountId>,
    ) -> Bytes {
        let head = self.kept(id);
        let computed = head.get_or_try_init(|| self.compute(id, content, account)).await;
        match computed {
            Ok(head) => head.clone(),
            Err(cause) => {
                warn!(content = id.get(), %cause, "a message goes without a signature");
                Bytes::new()
            }
        }
    }

    fn kept(&self, id: ContentId) -> Arc<OnceCell<Bytes>> {
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = heads.of.get(&id) {
            return head.clone();
        }
        let head = Arc::<OnceCell<Bytes>>::default();
        heads.of.insert(id, head.clone());
        heads.order.push_back(id);
        if heads.order.len() > self.limits.messages_max
            && let Some(oldest) = heads.order.pop_front()
        {
            heads.of.remove(&oldest);
        }
        head
    }

    async fn compute(
        &self,
        id: ContentId,
        content: &Content,
        account: Option<AccountId>,
    ) -> Result<Bytes, KeysError> {
        if !self.is_written_here(id, account).await? {
            return Ok(Bytes::new());
        }
        let header = header_of(content).await?;
        let Some(signers) = self.signers_for(&author_domains(&header)).await? else {
            return Ok(Bytes::new());
        };
        let mut body = BodyWatch::for_signing();
        let mut from = header.len() as u64;
        while from < content.octets() {
            let piece = content.read(from..from.saturating_add(PIECE_OCTETS)).await?;
            body.see(&piece);
            from += piece.len() as u64;
        }
        let (body, now) = (body.finish(), self.store.now());
        let mut head = String::new();
        for signer in signers.iter() {
            match signer.sign_header(&header, &body, now) {
                Ok(field) => head.push_str(&field),
                Err(cause) => {
                    warn!(content = id.get(), selector = signer.selector, %cause, "cannot sign");
                }
            }
        }
        Ok(head.into())
    }

    /// Whether somebody here wrote it, and not a stranger whose mail is sent on: what strangers write in
    /// our name must not get our signature.
    async fn is_written_here(
        &self,
        id: ContentId,
        account: Option<AccountId>,
    ) -> Result<bool, KeysError> {
        /// How strangers' mail comes (RFC 3848).
        const STRANGERS: [&str; 5] = ["SMTP", "ESMTP", "ESMTPS", "UTF8SMTP", "UTF8SMTPS"];
        let facts = self.store.delivery_facts(id).await?;
        Ok(facts
            .map_or(account.is_some(), |facts| !STRANGERS.contains(&facts.peer.protocol.as_str())))
    }

    /// The signers of the first author's domain that is ours, or that is below one of ours.
    async fn signers_for(&self, authors: &[String]) -> Result<Option<Arc<Vec<Signer>>>, KeysError> {
        let mut known = self.signers.lock().await;
        if known.since.is_none_or(|since| since.elapsed() > self.limits.keys_kept) {
            let ours = self.store.domains().await?;
            *known = Signers { since: Some(Instant::now()), ours, of: HashMap::new() };
        }
        let is_of = |author: &str, domain: &Domain| {
            let rest = author.strip_suffix(domain.as_ascii());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let of_author = |author: &String| {
            let ours = known.ours.iter().filter(|domain| is_of(author, domain));
            ours.max_by_key(|domain| domain.as_ascii().len())
        };
        let Some(domain) = authors.iter().find_map(of_author).cloned() else { return Ok(None) };
        if let Some(signers) = known.of.get(&domain) {
            return Ok(Some(signers.clone()));
        }
        if keys::make_missing(&self.store, &domain).await? {
            debug!(domain = domain.as_ascii(), "made keys");
        }
        let signers = Arc::new(keys::signers(&self.store, &domain).await?);
        known.of.insert(domain, signers.clone());
        Ok(Some(signers))
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The header with its empty line; of an endless one as much as is looked at.
async fn header_of(content: &Content) -> Result<Vec<u8>, mailstore::Error> {
    let most = message::Limits::default().header_octets_max as u64;
    let mut octets = PIECE_OCTETS.min(most);
    loop {
        let read = content.read(0..octets).await?;
        let header = header_octets(&read);
        if header < read.len() || octets >= most.min(content.octets()) {
            return Ok(read.get(..header).unwrap_or_default().to_vec());
        }
        octets = octets.saturating_mul(2).min(most);
    }
}
