//! The real resolver: hickory, a stub that asks the system's (or given) name servers.
//!
//! It validates signatures itself, because the AD bit of a name server is worth no more than the way to
//! it. Proving costs several questions for each answer: who needs no proof (SPF, DKIM, DMARC) asks a
//! `Hickory` with [`Dnssec::Off`], who does DANE one with [`Dnssec::Root`].
//!
//! It keeps no answers ([`Cached`](crate::Cached) does, the denials too) and reads no hosts file:
//! what is asked for here is what the *world* sees.

mod convert;
mod settings;
#[cfg(test)]
mod tests;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::dnssec::{Proof as HickoryProof, TrustAnchors};
use hickory_resolver::proto::rr::{Name as HickoryName, RecordType};

pub use settings::{Dnssec, Settings, SettingsError};

use crate::{Answer, Kind, Looking, LookupError, Name, Record, Resolver};

/// Asks over the network.
#[derive(Debug)]
pub struct Hickory {
    inner: TokioResolver,
    settings: Settings,
}

impl Hickory {
    /// Makes one; nothing is sent yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let provider = TokioRuntimeProvider::default();
        let mut builder = TokioResolver::builder_with_config(settings.name_servers()?, provider);
        *builder.options_mut() = settings.options();
        builder = match &settings.dnssec {
            Dnssec::Off => builder,
            Dnssec::Root => builder.with_trust_anchor(TrustAnchors::default().into()),
            Dnssec::Anchors(path) => {
                let anchors = TrustAnchors::from_file(path)
                    .map_err(|error| SettingsError::Anchors(error.to_string()))?;
                builder.with_trust_anchor(anchors.into())
            }
        };
        let inner = builder.build().map_err(|error| SettingsError::Resolver(error.to_string()))?;
        Ok(Self { inner, settings })
    }

    /// Whether the name servers hand signatures through. Those of many home routers do not, and with
    /// them a validating resolver finds everything bogus: [`Dnssec::Off`] is for such a place.
    pub async fn carries_dnssec(&self) -> Result<bool, LookupError> {
        let root = self.inner.lookup(HickoryName::root(), RecordType::SOA);
        match tokio::time::timeout(self.settings.lookup_time_max, root).await {
            Err(_) => Err(LookupError::Timeout),
            Ok(Ok(lookup)) => {
                Ok(lookup.answers().iter().any(|record| record.proof == HickoryProof::Secure))
            }
            Ok(Err(error)) => match convert::error(&error, false) {
                LookupError::Timeout => Err(LookupError::Timeout),
                LookupError::ServerFailure => Err(LookupError::ServerFailure),
                _ => Ok(false),
            },
        }
    }

    async fn ask(&self, name: &Name, kind: Kind) -> Result<Answer<Record>, LookupError> {
        let asked = convert::name(name)?;
        let lookup = self.inner.lookup(asked.clone(), convert::kind(kind));
        match lookup.await {
            Ok(lookup) => convert::answer(lookup.answers(), name, kind, &self.settings.limits),
            Err(error) => {
                let validating = self.settings.dnssec != Dnssec::Off;
                tracing::debug!(%name, %kind, %error, "no answer from the name servers");
                let answer = convert::answer_within(&error, name, kind, &self.settings.limits);
                if let Some(answer) = answer {
                    return answer;
                }
                match convert::end_of_aliases(&error, &asked) {
                    Some(end) if self.is_alias(&end).await => Err(LookupError::Aliases),
                    _ => Err(convert::error(&error, validating)),
                }
            }
        }
    }

    /// hickory follows aliases for some steps and then says that there is no record. One more question
    /// tells an end without the record from a circle.
    async fn is_alias(&self, name: &HickoryName) -> bool {
        self.inner.lookup(name.clone(), RecordType::CNAME).await.is_ok()
    }
}

impl Resolver for Hickory {
    fn lookup<'a>(&'a self, name: &'a Name, kind: Kind) -> Looking<'a> {
        Box::pin(async move {
            let limit = self.settings.lookup_time_max;
            tokio::time::timeout(limit, self.ask(name, kind))
                .await
                .unwrap_or(Err(LookupError::Timeout))
        })
    }
}
