//! Whether somebody vouches for an author's domain (RFC 9989 §4.10.2, §5.3).

use dns::{LookupError, Name, Resolver};

use super::super::dkim::{Dkim, DkimResult};
use super::super::spf::{Spf, SpfResult};
use super::discovery::{Tree, organization};
use super::record::{Alignment, Record, Whom};
use super::{Dmarc, DmarcLimits, DmarcResult, Policy, Published};

/// Who may have vouched.
pub(crate) struct Vouchers<'a> {
    /// SPF of the reverse-path, or of the HELO name where there is none.
    pub spf: &'a Spf,
    pub signatures: &'a [Dkim],
}

/// What came of the domains of From. Of several the worst counts: a reader may see any of them, and
/// RFC 9989 §5.3.1 leaves it to us.
pub(crate) async fn evaluate(
    dns: &dyn Resolver,
    authors: &[String],
    vouchers: &Vouchers<'_>,
    limits: &DmarcLimits,
) -> Dmarc {
    if authors.is_empty() {
        return Dmarc::without_policy(
            "",
            DmarcResult::PermError,
            "From names no domain".to_owned(),
        );
    }
    if authors.len() > limits.authors_max {
        return Dmarc::unfit(format!("From names over {} domains", limits.authors_max));
    }
    let mut tree = Tree::new(dns, limits.steps_max);
    let mut worst: Option<Dmarc> = None;
    for author in authors {
        let one = Question { author, vouchers, tree: &mut tree }.answer().await;
        if worst.as_ref().is_none_or(|worst| badness(&one) > badness(worst)) {
            worst = Some(one);
        }
    }
    worst.unwrap_or_else(|| Dmarc::without_policy("", DmarcResult::None, String::new()))
}

fn badness(dmarc: &Dmarc) -> (bool, Policy, u8) {
    let rank = match dmarc.result {
        DmarcResult::Pass => 0,
        DmarcResult::None => 1,
        DmarcResult::PermError => 2,
        DmarcResult::TempError => 3,
        DmarcResult::Fail => 4,
    };
    let failed = dmarc.result == DmarcResult::Fail;
    (failed, if failed { dmarc.policy } else { Policy::None }, rank)
}

/// About one author's domain.
struct Question<'q, 'a> {
    author: &'q str,
    vouchers: &'q Vouchers<'q>,
    tree: &'q mut Tree<'a>,
}

/// A domain that vouches, or would if it could have been found out.
struct Voucher {
    domain: String,
    passed: bool,
    alignment: Alignment,
    is_signature: bool,
}

impl Question<'_, '_> {
    async fn answer(&mut self) -> Dmarc {
        match self.judged().await {
            Ok(dmarc) => dmarc,
            Err(error) => {
                let why = format!("the policy of {} could not be looked up: {error}", self.author);
                Dmarc::without_policy(self.author, DmarcResult::TempError, why)
            }
        }
    }

    async fn judged(&mut self) -> Result<Dmarc, LookupError> {
        let Ok(author) = Name::parse(self.author) else {
            let why = format!("{} is no domain name", self.author.escape_default());
            return Ok(Dmarc::without_policy(self.author, DmarcResult::PermError, why));
        };
        let Some((found_at, record, whom)) = self.policy(&author).await? else {
            let why = format!("{author} has no DMARC policy");
            return Ok(Dmarc::without_policy(self.author, DmarcResult::None, why));
        };
        let mut dmarc = Dmarc {
            result: DmarcResult::Fail,
            why: String::new(),
            domain: self.author.to_owned(),
            policy: record.policy_for(whom),
            record: Some(Published {
                domain: found_at.as_str().to_owned(),
                record: record.clone(),
            }),
            spf_aligned: false,
            dkim_aligned: false,
        };
        let mut uncertain = None;
        for voucher in self.vouchers(&record) {
            match self.is_aligned(&author, &voucher).await {
                Ok(true) if voucher.passed && voucher.is_signature => dmarc.dkim_aligned = true,
                Ok(true) if voucher.passed => dmarc.spf_aligned = true,
                Ok(false) => {}
                // With one more voucher it might have passed (RFC 9989 §5.3.6).
                Ok(true) | Err(_) => uncertain = Some(voucher.domain),
            }
        }
        (dmarc.result, dmarc.why) = self.words(&dmarc, uncertain);
        Ok(dmarc)
    }

    fn words(&self, dmarc: &Dmarc, uncertain: Option<String>) -> (DmarcResult, String) {
        let author = self.author;
        match (dmarc.spf_aligned, dmarc.dkim_aligned, uncertain) {
            (true, true, _) => (DmarcResult::Pass, format!("SPF and DKIM vouch for {author}")),
            (true, false, _) => (DmarcResult::Pass, format!("SPF vouches for {author}")),
            (false, true, _) => (DmarcResult::Pass, format!("DKIM vouches for {author}")),
            (false, false, Some(domain)) => (
                DmarcResult::TempError,
                format!("whether {domain} vouches for {author} cannot be found out now"),
            ),
            (false, false, None) => {
                let wish = match dmarc.policy {
                    Policy::None => "wants nothing done about it",
                    Policy::Quarantine => "wants such mail treated with suspicion",
                    Policy::Reject => "wants such mail refused",
                };
                (DmarcResult::Fail, format!("nobody vouches for {author}, which {wish}"))
            }
        }
    }

    /// RFC 9989 §4.10.1: the author's own policy, or its organization's, or its public suffix's.
    async fn policy(&mut self, author: &Name) -> Result<Option<(Name, Record, Whom)>, LookupError> {
        if let Some(record) = self.tree.record(author).await? {
            return Ok(Some((author.clone(), record, Whom::Itself)));
        }
        let found = self.tree.walk(author).await?;
        let organization = organization(author, &found);
        let best = found.iter().find(|(name, _)| *name == organization).or(found.last());
        let Some((name, record)) = best.cloned() else { return Ok(None) };
        let exists = record.nonexistent.is_none() || self.tree.exists(author).await?;
        let whom = if exists { Whom::Subdomain } else { Whom::Nonexistent };
        Ok(Some((name, record, whom)))
    }

    /// Who passed, and who might have: that of others does not matter.
    fn vouchers(&self, record: &Record) -> Vec<Voucher> {
        let spf = match self.vouchers.spf.result {
            SpfResult::Pass => Some(true),
            SpfResult::TempError => Some(false),
            _ => None,
        };
        let spf = spf.map(|passed| Voucher {
            domain: self.vouchers.spf.domain.clone(),
            passed,
            alignment: record.spf,
            is_signature: false,
        });
        let signature = |dkim: &Dkim| {
            let passed = match dkim.result {
                DkimResult::Pass => true,
                DkimResult::TempError => false,
                _ => return None,
            };
            let domain = dkim.claim.as_ref()?.domain.clone();
            Some(Voucher { domain, passed, alignment: record.dkim, is_signature: true })
        };
        spf.into_iter().chain(self.vouchers.signatures.iter().filter_map(signature)).collect()
    }

    async fn is_aligned(&mut self, author: &Name, voucher: &Voucher) -> Result<bool, LookupError> {
        let Ok(domain) = Name::parse(&voucher.domain) else { return Ok(false) };
        if domain == *author {
            return Ok(true);
        }
        if voucher.alignment == Alignment::Strict {
            return Ok(false);
        }
        let organization = self.tree.organization(author).await?;
        // What is not below the author's organization does not belong to it; no need to walk.
        Ok(domain.is_within(&organization)
            && self.tree.organization(&domain).await? == organization)
    }
}

impl Dmarc {
    /// Of a message that is made so that its author cannot be told. No policy says what to do with it;
    /// suspicion is what it deserves.
    pub(crate) fn unfit(why: String) -> Self {
        Self { policy: Policy::Quarantine, ..Self::without_policy("", DmarcResult::PermError, why) }
    }

    fn without_policy(author: &str, result: DmarcResult, why: String) -> Self {
        let domain = author.to_owned();
        let (policy, record) = (Policy::None, None);
        Self { result, why, domain, policy, record, spf_aligned: false, dkim_aligned: false }
    }
}
