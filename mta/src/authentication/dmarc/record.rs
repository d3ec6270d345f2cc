//! A policy record (RFC 9989 §4.7, §4.8). Its syntax is forgiving: only `v=DMARC1` has to be right.

use super::Policy;

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `p=`: for the domain itself. None when it is missing or wrong: then nothing is asked for.
    pub policy: Option<Policy>,
    /// `sp=`: for what exists below it.
    pub subdomains: Option<Policy>,
    /// `np=`: for what does not exist below it.
    pub nonexistent: Option<Policy>,
    /// `adkim=`.
    pub dkim: Alignment,
    /// `aspf=`.
    pub spf: Alignment,
    /// `t=y`: the policy is only tried out.
    pub testing: bool,
    /// `psd=`: whether the domain is a public suffix (`y`), or the top of an organization (`n`).
    pub public_suffix: Option<bool>,
    /// `rua=`: the mail addresses that want a report a day.
    pub aggregate_reports: Vec<String>,
}

/// How near a domain has to be to the author's to speak for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alignment {
    /// Of the same organization.
    #[default]
    Relaxed,
    /// The same.
    Strict,
}

const URIS_MAX: usize = 10;

impl Record {
    /// Reads a text; none when it is no policy record.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut tags = text
            .split(';')
            .filter_map(|tag| tag.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim()));
        // It comes first, and its value is exact.
        let (name, version) = tags.next()?;
        if !name.eq_ignore_ascii_case("v")
            || version != "DMARC1"
            || !text.trim_start().starts_with(['v', 'V'])
        {
            return None;
        }
        let tags: Vec<_> = tags.collect();
        let tag = |name: &str| {
            tags.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
        };
        let policy = |name| tag(name).map(|value| Policy::parse(value).ok_or(()));
        let alignment = |name| match tag(name) {
            Some(value) if value.eq_ignore_ascii_case("s") => Alignment::Strict,
            _ => Alignment::Relaxed,
        };
        let (own, subdomains, nonexistent) = (policy("p"), policy("sp"), policy("np"));
        // A policy that is written wrong asks for nothing (RFC 9989 §4.10.1).
        let wrong = [own, subdomains, nonexistent].contains(&Some(Err(())));
        let kept =
            |policy: Option<Result<Policy, ()>>| policy.and_then(Result::ok).filter(|_| !wrong);
        Some(Self {
            policy: kept(own),
            subdomains: kept(subdomains),
            nonexistent: kept(nonexistent),
            dkim: alignment("adkim"),
            spf: alignment("aspf"),
            testing: tag("t").is_some_and(|value| value.eq_ignore_ascii_case("y")),
            public_suffix: match tag("psd") {
                Some(value) if value.eq_ignore_ascii_case("y") => Some(true),
                Some(value) if value.eq_ignore_ascii_case("n") => Some(false),
                _ => None,
            },
            aggregate_reports: tag("rua").map(mail_addresses).unwrap_or_default(),
        })
    }

    /// What is wanted for the domain itself, or for one below it that exists or does not.
    pub(super) fn policy_for(&self, whom: Whom) -> Policy {
        let own = self.policy.unwrap_or_default();
        let policy = match whom {
            Whom::Itself => own,
            Whom::Subdomain => self.subdomains.unwrap_or(own),
            Whom::Nonexistent => self.nonexistent.or(self.subdomains).unwrap_or(own),
        };
        // What is tried out is not enforced; quarantine is the most that is asked for (RFC 9989 §4.7).
        match (self.testing, policy) {
            (true, Policy::Reject) => Policy::Quarantine,
            (true, _) => Policy::None,
            (false, policy) => policy,
        }
    }
}

/// Whom a policy is for, seen from the domain that published it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    Itself,
    Subdomain,
    Nonexistent,
}

/// `mailto:` addresses, without the old size limits behind `!`.
fn mail_addresses(list: &str) -> Vec<String> {
    let address = |uri: &str| {
        let (scheme, rest) = uri.trim().split_once(':')?;
        let address = rest.split(['!', '?']).next()?;
        let plain = address.bytes().all(|octet| octet.is_ascii_graphic()) && address.contains('@');
        (scheme.eq_ignore_ascii_case("mailto") && plain).then(|| address.to_owned())
    };
    list.split(',').filter_map(address).take(URIS_MAX).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_record_is_known_by_its_first_tag() {
        for (text, expected) in [
            ("v=DMARC1", true),
            ("v=DMARC1;", true),
            (" V = DMARC1 ; p=none", true),
            ("v=DMARC1; nonsense; =; p=reject", true),
            ("v=dmarc1; p=none", false),
            ("v=DMARC10; p=none", false),
            ("p=none; v=DMARC1", false),
            ("x; v=DMARC1; p=none", false),
            ("v=spf1 -all", false),
            ("", false),
        ] {
            assert_eq!(Record::parse(text.as_bytes()).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn every_tag_is_read() {
        let text = "v=DMARC1; p=Reject; sp=quarantine; np=none; adkim=s; aspf=S; t=n; psd=n; fo=1; pct=20; \
                    rua=mailto:a@example.org!10m , https://x.example/, mailto:b@example.net";
        let record = Record::parse(text.as_bytes()).unwrap();
        assert_eq!(record.policy_for(Whom::Itself), Policy::Reject);
        assert_eq!(record.policy_for(Whom::Subdomain), Policy::Quarantine);
        assert_eq!(record.policy_for(Whom::Nonexistent), Policy::None);
        assert_eq!((record.dkim, record.spf), (Alignment::Strict, Alignment::Strict));
        assert_eq!(record.public_suffix, Some(false));
        assert_eq!(record.aggregate_reports, ["a@example.org", "b@example.net"]);
    }

    #[test]
    fn what_is_left_out_falls_back_and_what_is_tried_out_is_milder() {
        for (text, own, subdomain, nonexistent) in [
            ("p=reject", Policy::Reject, Policy::Reject, Policy::Reject),
            ("p=reject; sp=none", Policy::Reject, Policy::None, Policy::None),
            ("p=none; np=reject", Policy::None, Policy::None, Policy::Reject),
            ("p=reject; sp=quarantine; t=y", Policy::Quarantine, Policy::None, Policy::None),
            ("sp=reject", Policy::None, Policy::Reject, Policy::Reject),
            ("p=rejct", Policy::None, Policy::None, Policy::None),
            ("p=reject; sp=qurantine", Policy::None, Policy::None, Policy::None),
            ("rua=mailto:a@b.example", Policy::None, Policy::None, Policy::None),
        ] {
            let record = Record::parse(format!("v=DMARC1; {text}").as_bytes()).unwrap();
            let policies = [Whom::Itself, Whom::Subdomain, Whom::Nonexistent]
                .map(|whom| record.policy_for(whom));
            assert_eq!(policies, [own, subdomain, nonexistent], "{text}");
        }
    }
}
