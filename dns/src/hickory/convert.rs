//! hickory's types to ours.

use std::time::Duration;

use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::dnssec::Proof as HickoryProof;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{
    Name as HickoryName, RData, Record as HickoryRecord, RecordType,
};

use crate::{Alias, Answer, Denial, Kind, Limits, LookupError, Mx, Name, Proof, Record, Tlsa};

pub(super) fn name(name: &Name) -> Result<HickoryName, LookupError> {
    // Octet by octet: a backslash in a name of ours is a backslash, not an escape.
    let no_such = Denial { proof: Proof::Indeterminate, ttl: Duration::ZERO };
    HickoryName::from_labels(name.labels().map(str::as_bytes))
        .map_err(|_| LookupError::NoSuchName(no_such))
}

pub(super) const fn kind(kind: Kind) -> RecordType {
    match kind {
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Cname => RecordType::CNAME,
        Kind::Mx => RecordType::MX,
        Kind::Ptr => RecordType::PTR,
        Kind::Tlsa => RecordType::TLSA,
        Kind::Txt => RecordType::TXT,
    }
}

/// Walks from the asked name along the aliases to the records of this kind.
pub(super) fn answer(
    records: &[HickoryRecord],
    asked: &Name,
    kind: Kind,
    limits: &Limits,
) -> Result<Answer<Record>, LookupError> {
    let (mut owner, mut ttl, mut proof) = (asked.clone(), u32::MAX, Proof::Secure);
    let mut aliases = Vec::new();
    loop {
        let here = || records.iter().filter(|record| self::owner(record).as_ref() == Some(&owner));
        let found: Vec<_> =
            here().filter_map(|found| Some((value(&found.data, kind)?, found))).collect();
        let alias = here().find_map(|found| Some((alias(&found.data)?, found)));
        for (_, found) in found.iter().map(|(record, found)| (record, found)) {
            ttl = ttl.min(found.ttl);
            proof = proof.min(self::proof(found.proof)?);
        }
        if !found.is_empty() {
            let records = found.into_iter().map(|(record, _)| record).collect();
            let ttl = Duration::from_secs(ttl.into());
            let mut answer = Answer { records, left_out: 0, aliases, proof, ttl };
            limits.apply(&mut answer);
            return Ok(answer);
        }
        let Some((target, found)) = alias else {
            return Err(LookupError::NoSuchRecord(Denial { proof, ttl: Duration::ZERO }));
        };
        if aliases.len() >= limits.aliases_max {
            return Err(LookupError::Aliases);
        }
        ttl = ttl.min(found.ttl);
        let step = self::proof(found.proof)?;
        proof = proof.min(step);
        aliases.push(Alias { target: target.clone(), proof: step });
        owner = target;
    }
}

/// The records that came with a denial which is not proved: a wildcard's, when the proof that no closer
/// name exists is missing on purpose (NSEC3 opt-out).
pub(super) fn answer_within(
    error: &NetError,
    asked: &Name,
    kind: Kind,
    limits: &Limits,
) -> Option<Result<Answer<Record>, LookupError>> {
    let NetError::Dns(DnsError::Nsec { response, proof: HickoryProof::Insecure, .. }) = error
    else {
        return None;
    };
    let mut answer = answer(&response.answers, asked, kind, limits).ok()?;
    answer.proof = answer.proof.min(Proof::Insecure);
    Some(Ok(answer))
}

/// The name at which a denial was made, when aliases led to it.
pub(super) fn end_of_aliases(error: &NetError, asked: &HickoryName) -> Option<HickoryName> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(nothing)) if nothing.query.name() != asked => {
            Some(nothing.query.name().clone())
        }
        _ => None,
    }
}

pub(super) fn error(error: &NetError, validating: bool) -> LookupError {
    match error {
        NetError::Timeout => LookupError::Timeout,
        NetError::Dns(DnsError::DnssecBogus) => LookupError::Bogus,
        NetError::Dns(DnsError::NoRecordsFound(nothing)) => no_records(nothing, validating),
        NetError::Dns(DnsError::Nsec { response, proof, .. }) => match proof {
            HickoryProof::Secure | HickoryProof::Insecure => denied(
                response.response_code,
                Denial { proof: Proof::Insecure, ttl: Duration::ZERO },
            ),
            HickoryProof::Bogus => LookupError::Bogus,
            HickoryProof::Indeterminate => LookupError::ServerFailure,
        },
        _ => LookupError::ServerFailure,
    }
}

fn no_records(nothing: &NoRecords, validating: bool) -> LookupError {
    let authorities = nothing.authorities.as_deref().unwrap_or_default();
    // A signed SOA alone proves nothing: it may be the parent's, in front of a zone without signatures.
    let denies = |record: &&HickoryRecord| {
        matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
    };
    let mut denying = authorities.iter().filter(denies).peekable();
    let proof = match (validating, denying.peek().is_some()) {
        (false, _) => Proof::Indeterminate,
        (true, true) if denying.all(|record| record.proof == HickoryProof::Secure) => Proof::Secure,
        (true, _) => Proof::Insecure,
    };
    denied(nothing.response_code, Denial { proof, ttl: negative_ttl(authorities) })
}

/// The lower of the SOA's TTL and its minimum (RFC 2308 §5). hickory forgets it when it validates.
fn negative_ttl(authorities: &[HickoryRecord]) -> Duration {
    let ttl = authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    });
    Duration::from_secs(ttl.unwrap_or_default().into())
}

fn denied(code: ResponseCode, denial: Denial) -> LookupError {
    match code {
        ResponseCode::NXDomain => LookupError::NoSuchName(denial),
        ResponseCode::NoError => LookupError::NoSuchRecord(denial),
        _ => LookupError::ServerFailure,
    }
}

fn proof(proof: HickoryProof) -> Result<Proof, LookupError> {
    match proof {
        HickoryProof::Secure => Ok(Proof::Secure),
        HickoryProof::Insecure => Ok(Proof::Insecure),
        HickoryProof::Indeterminate => Ok(Proof::Indeterminate),
        HickoryProof::Bogus => Err(LookupError::Bogus),
    }
}

fn owner(record: &HickoryRecord) -> Option<Name> {
    own_name(&record.name)
}

/// None when a label has an octet that no name of ours has.
fn own_name(name: &HickoryName) -> Option<Name> {
    let mut text = String::with_capacity(name.len());
    for label in name.iter() {
        let label = std::str::from_utf8(label).ok().filter(|label| !label.contains('.'))?;
        text.push_str(label);
        text.push('.');
    }
    Name::parse(&text).ok()
}

fn alias(data: &RData) -> Option<Name> {
    match data {
        RData::CNAME(target) => own_name(target),
        _ => None,
    }
}

fn value(data: &RData, kind: Kind) -> Option<Record> {
    let record = match (kind, data) {
        (Kind::A, RData::A(address)) => Record::A(address.0),
        (Kind::Aaaa, RData::AAAA(address)) => Record::Aaaa(address.0),
        (Kind::Cname, RData::CNAME(target)) => Record::Cname(own_name(target)?),
        (Kind::Ptr, RData::PTR(target)) => Record::Ptr(own_name(target)?),
        (Kind::Mx, RData::MX(mx)) => {
            Record::Mx(Mx { preference: mx.preference, exchange: own_name(&mx.exchange)? })
        }
        (Kind::Tlsa, RData::TLSA(tlsa)) => Record::Tlsa(Tlsa {
            usage: tlsa.cert_usage.into(),
            selector: tlsa.selector.into(),
            matching: tlsa.matching.into(),
            association: tlsa.cert_data.clone(),
        }),
        (Kind::Txt, RData::TXT(text)) => Record::Txt(text.txt_data.concat()),
        _ => return None,
    };
    Some(record)
}
