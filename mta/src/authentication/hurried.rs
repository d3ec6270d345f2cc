//! A resolver that has little time.

use dns::{Kind, Looking, LookupError, Name, Resolver};
use tokio::time::Instant;

/// Asks another resolver until a moment, and nobody after it: what one message may cost in time is
/// bounded, however many lookups its sender made up.
#[derive(Debug)]
pub(super) struct Hurried<'a> {
    pub dns: &'a dyn Resolver,
    pub until: Instant,
}

impl Resolver for Hurried<'_> {
    fn lookup<'a>(&'a self, name: &'a Name, kind: Kind) -> Looking<'a> {
        Box::pin(async move {
            let looking = self.dns.lookup(name, kind);
            tokio::time::timeout_at(self.until, looking).await.unwrap_or(Err(LookupError::Timeout))
        })
    }
}
