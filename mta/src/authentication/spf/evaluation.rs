//! One check: the record of a domain, term by term, with everything it refers to.

use std::borrow::Cow;
use std::net::IpAddr;
use std::pin::Pin;

use dns::{Answer, LookupError, Name, Resolver};

use super::macros::{Facts, Letter, MacroString, dotted};
use super::names;
use super::network::PrefixLengths;
use super::record::{Directive, Mechanism, Qualifier, Record, is_spf};
use super::{Question, SpfLimits, SpfResult};

/// A check under way. The limits count over all records that it comes through (RFC 7208 §4.1).
pub(super) struct Evaluation<'a> {
    pub dns: &'a dyn Resolver,
    pub question: &'a Question<'a>,
    pub limits: &'a SpfLimits,
    pub peer: IpAddr,
    terms: usize,
    voids: usize,
    /// The names of the address that were found to be its own, once they were looked for.
    names: Option<Vec<Name>>,
}

/// The result of one record.
pub(super) struct Outcome {
    pub result: SpfResult,
    pub why: String,
    pub explanation: Option<String>,
}

/// What ends the whole check at once.
pub(super) enum Stop {
    Temporary(String),
    Permanent(String),
}

type Boxed<'b, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'b>>;

/// What the letters stand for while `domain` is being checked.
struct Scene<'a> {
    question: &'a Question<'a>,
    peer: IpAddr,
    domain: &'a str,
    name: &'a str,
}

impl<'a> Evaluation<'a> {
    pub fn new(dns: &'a dyn Resolver, question: &'a Question<'a>, limits: &'a SpfLimits) -> Self {
        // An IPv4 client is one, however our socket shows it (RFC 7208 §5).
        let peer = question.peer.to_canonical();
        Self { dns, question, limits, peer, terms: 0, voids: 0, names: None }
    }

    /// The check of the domain that was asked about.
    pub async fn check(&mut self, domain: &str) -> Result<Outcome, Stop> {
        let none = |why| Ok(Outcome { result: SpfResult::None, why, explanation: None });
        // An address literal has no policy.
        let Some(name) = multi_label(domain).filter(|_| !domain.starts_with('[')) else {
            return none(format!("{} is no domain name", domain.escape_default()));
        };
        match self.record(&name).await? {
            Some(record) => self.evaluate(&record, &name, true).await,
            None => none(format!("{name} has no SPF record")),
        }
    }

    /// The one SPF record of a name (RFC 7208 §4.4, §4.5).
    async fn record(&mut self, name: &Name) -> Result<Option<Record>, Stop> {
        let texts = match self.dns.txt(name).await {
            Ok(answer) => answer.records,
            Err(error) if error.is_temporary() => return Err(temporary(name, error)),
            Err(_) => return Ok(None),
        };
        let mut records = texts.iter().filter(|text| is_spf(text));
        match (records.next(), records.next()) {
            (None, _) => Ok(None),
            (Some(text), None) => Record::parse(text).map(Some).map_err(|_| {
                Stop::Permanent(format!("the SPF record of {name} has a syntax error"))
            }),
            (Some(_), Some(_)) => Err(Stop::Permanent(format!("{name} has several SPF records"))),
        }
    }

    /// Goes through a record. Boxed, because records refer to records.
    fn evaluate<'b>(
        &'b mut self,
        record: &'b Record,
        domain: &'b Name,
        explains: bool,
    ) -> Boxed<'b, Outcome> {
        Box::pin(async move {
            for directive in &record.directives {
                if self.matches(&directive.mechanism, domain).await? {
                    return Ok(self.matched(directive, record, domain, explains).await);
                }
            }
            // Without "all" this is the end, if there is no redirect (RFC 7208 §4.7, §6.1).
            match &record.redirect {
                Some(target) => self.redirected(target, domain, explains).await,
                None => Ok(Outcome {
                    result: SpfResult::Neutral,
                    why: format!("the SPF record of {domain} says nothing about {}", self.peer),
                    explanation: None,
                }),
            }
        })
    }

    async fn matched(
        &mut self,
        directive: &Directive,
        record: &Record,
        domain: &Name,
        explains: bool,
    ) -> Outcome {
        let (result, verb) = match directive.qualifier {
            Qualifier::Pass => (SpfResult::Pass, "allowed"),
            Qualifier::Fail => (SpfResult::Fail, "not allowed"),
            Qualifier::SoftFail => (SpfResult::SoftFail, "probably not allowed"),
            Qualifier::Neutral => (SpfResult::Neutral, "neither allowed nor refused"),
        };
        let why = format!("{} is {verb} by {} of {domain}", self.peer, directive.text);
        let explanation = match &record.explanation {
            Some(explanation) if explains && result == SpfResult::Fail => {
                self.explain(explanation, domain).await
            }
            _ => None,
        };
        Outcome { result, why, explanation }
    }

    /// An explanation is taken from a redirect's record, not from the one that redirects (RFC 7208 §6.2).
    async fn redirected(
        &mut self,
        target: &MacroString,
        domain: &Name,
        explains: bool,
    ) -> Result<Outcome, Stop> {
        self.count_term()?;
        let text = self.expand(target, domain).await;
        let missing =
            || Stop::Permanent(format!("{domain} redirects to {text:?}, which has no SPF record"));
        let name = multi_label(&text).ok_or_else(missing)?;
        let record = self.record(&name).await?.ok_or_else(missing)?;
        self.evaluate(&record, &name, explains).await
    }

    async fn matches(&mut self, mechanism: &Mechanism, domain: &Name) -> Result<bool, Stop> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip(network) => Ok(network.has(self.peer)),
            Mechanism::Include(target) => self.includes(target, domain).await,
            Mechanism::A(target, lengths) => {
                self.count_term()?;
                match self.target(target.as_ref(), domain).await {
                    Some(host) => self.host_has(&host, *lengths).await,
                    None => Ok(false),
                }
            }
            Mechanism::Mx(target, lengths) => {
                self.exchange_has(target.as_ref(), *lengths, domain).await
            }
            Mechanism::Ptr(target) => {
                self.count_term()?;
                let Some(target) = self.target(target.as_ref(), domain).await else {
                    return Ok(false);
                };
                Ok(self.names().await.iter().any(|name| name.is_within(&target)))
            }
            Mechanism::Exists(target) => {
                self.count_term()?;
                // Always A, for IPv6 clients too (RFC 7208 §5.7).
                let Some(host) = self.target(Some(target), domain).await else { return Ok(false) };
                let found = self.dns.a(&host).await;
                Ok(self.found(&host, found)?.is_some())
            }
        }
    }

    /// RFC 7208 §5.2: only a pass of the other record matches, and what it lacks is an error.
    async fn includes(&mut self, target: &MacroString, domain: &Name) -> Result<bool, Stop> {
        self.count_term()?;
        let text = self.expand(target, domain).await;
        let missing =
            || Stop::Permanent(format!("{domain} includes {text:?}, which has no SPF record"));
        let name = multi_label(&text).ok_or_else(missing)?;
        let record = self.record(&name).await?.ok_or_else(missing)?;
        Ok(self.evaluate(&record, &name, false).await?.result == SpfResult::Pass)
    }

    async fn exchange_has(
        &mut self,
        target: Option<&MacroString>,
        lengths: PrefixLengths,
        domain: &Name,
    ) -> Result<bool, Stop> {
        self.count_term()?;
        let Some(target) = self.target(target, domain).await else { return Ok(false) };
        let found = self.dns.mx(&target).await;
        let Some(answer) = self.found(&target, found)? else { return Ok(false) };
        if answer.records.len() + answer.left_out > self.limits.exchanges_max {
            let max = self.limits.exchanges_max;
            return Err(Stop::Permanent(format!("{target} has over {max} mail exchanges")));
        }
        for mx in answer.records.iter().filter(|mx| !mx.exchange.is_root()) {
            // A host without an address of this family is no fault of the policy, and not counted.
            if self
                .addresses(&mx.exchange)
                .await?
                .into_iter()
                .any(|address| lengths.around(address).has(self.peer))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn host_has(&mut self, host: &Name, lengths: PrefixLengths) -> Result<bool, Stop> {
        let addresses = self.addresses(host).await?;
        if addresses.is_empty() {
            self.count_void(host)?;
        }
        Ok(addresses.into_iter().any(|address| lengths.around(address).has(self.peer)))
    }

    /// The addresses of a host, of the client's family.
    async fn addresses(&self, host: &Name) -> Result<Vec<IpAddr>, Stop> {
        let found = names::addresses(self.dns, host, self.peer.is_ipv6()).await;
        match found {
            Err(error) if error.is_temporary() => Err(temporary(host, error)),
            found => Ok(found.unwrap_or_default()),
        }
    }

    /// What a lookup found; nothing is counted.
    fn found<T>(
        &mut self,
        name: &Name,
        found: Result<Answer<T>, LookupError>,
    ) -> Result<Option<Answer<T>>, Stop> {
        match found {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_temporary() => Err(temporary(name, error)),
            Err(_) => self.count_void(name).map(|()| None),
        }
    }

    fn count_term(&mut self) -> Result<(), Stop> {
        self.terms += 1;
        if self.terms > self.limits.terms_max {
            let (domain, max) = (self.question.domain, self.limits.terms_max);
            return Err(Stop::Permanent(format!(
                "the SPF record of {domain} needs over {max} lookups"
            )));
        }
        Ok(())
    }

    fn count_void(&mut self, name: &Name) -> Result<(), Stop> {
        self.voids += 1;
        if self.voids > self.limits.void_lookups_max {
            let domain = self.question.domain;
            return Err(Stop::Permanent(format!(
                "the SPF record of {domain} names too much that does not exist, {name} at last"
            )));
        }
        Ok(())
    }

    /// The name that a term is about. None when it cannot exist: such a term matches nothing
    /// (RFC 7208 §4.8).
    async fn target(&mut self, spec: Option<&MacroString>, domain: &Name) -> Option<Name> {
        match spec {
            None => Some(domain.clone()),
            Some(spec) => Name::parse(&self.expand(spec, domain).await).ok(),
        }
    }

    async fn expand(&mut self, text: &MacroString, domain: &Name) -> String {
        let name = self.validated_name(text, domain).await;
        fitting(text.expand(&self.scene(domain, &name)))
    }

    fn scene<'b>(&'b self, domain: &'b Name, name: &'b str) -> Scene<'b> {
        Scene { question: self.question, peer: self.peer, domain: domain.as_str(), name }
    }

    /// `%{p}`: a name of the address, best one of the domain (RFC 7208 §7.3).
    async fn validated_name(&mut self, text: &MacroString, domain: &Name) -> String {
        if !text.needs_validated_name() {
            return String::new();
        }
        let names = self.names().await;
        let best = names
            .iter()
            .find(|name| *name == domain)
            .or_else(|| names.iter().find(|name| name.is_within(domain)));
        best.or(names.first()).map_or_else(|| "unknown".to_owned(), |name| name.as_str().to_owned())
    }

    async fn names(&mut self) -> &[Name] {
        if self.names.is_none() {
            self.names = Some(names::validated(self.dns, self.peer, self.limits.names_max).await);
        }
        self.names.as_deref().unwrap_or_default()
    }

    /// RFC 7208 §6.2: whatever goes wrong, there is no explanation then.
    async fn explain(&mut self, target: &MacroString, domain: &Name) -> Option<String> {
        let target = Name::parse(&self.expand(target, domain).await).ok()?;
        let texts = self.dns.txt(&target).await.ok()?.records;
        let [text] = texts.as_slice() else { return None };
        let text = MacroString::explanation(std::str::from_utf8(text).ok()?).ok()?;
        let name = self.validated_name(&text, domain).await;
        let text = text.expand(&self.scene(domain, &name));
        let printable = text.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' ');
        Some(text).filter(|text| printable && text.len() <= self.limits.explanation_octets_max)
    }
}

impl Facts for Scene<'_> {
    fn fact(&self, letter: Letter) -> Cow<'_, str> {
        let question = self.question;
        let local_part =
            if question.local_part.is_empty() { "postmaster" } else { question.local_part };
        match letter {
            Letter::Sender => format!("{local_part}@{}", question.domain).into(),
            Letter::LocalPart => local_part.into(),
            Letter::SenderDomain => question.domain.into(),
            Letter::Domain => self.domain.into(),
            Letter::Address => dotted(self.peer).into(),
            Letter::ValidatedName => self.name.into(),
            Letter::Family => if self.peer.is_ipv4() { "in-addr" } else { "ip6" }.into(),
            Letter::Helo => question.helo.into(),
            Letter::ReadableAddress => self.peer.to_string().into(),
            Letter::Receiver => question.receiver.into(),
            Letter::Now => question.now.seconds().to_string().into(),
        }
    }
}

/// A name of several labels (RFC 7208 §4.3).
fn multi_label(text: &str) -> Option<Name> {
    Name::parse(text).ok().filter(|name| name.labels().nth(1).is_some())
}

/// Labels are cut from the left until the name is short enough (RFC 7208 §7.3).
fn fitting(text: String) -> String {
    let mut rest = text.as_str();
    while rest.len() > 253 {
        let Some((_, shorter)) = rest.split_once('.') else { break };
        rest = shorter;
    }
    rest.to_owned()
}

fn temporary(name: &Name, error: LookupError) -> Stop {
    Stop::Temporary(format!("{name} could not be looked up: {error}"))
}
