//! The TXT record that says that there is a policy, and which (RFC 8461 §3.1).

use dns::{Name, Resolver};

/// The id of a domain's policy. A domain whose record can't be read has none: what is known of it still
/// holds.
pub(super) async fn id(dns: &dyn Resolver, domain: &Name) -> Option<String> {
    let name = domain.prefixed("_mta-sts").ok()?;
    let answer = dns.txt(&name).await.ok()?;
    let mut records = answer.records.iter().filter(|text| text.starts_with(b"v=STSv1"));
    // Several records are as good as none.
    match (records.next(), records.next()) {
        (Some(record), None) => parse(record),
        _ => None,
    }
}

fn parse(record: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(record).ok()?;
    let mut fields = text.split(';').map(|field| field.trim_matches([' ', '\t']));
    if fields.next() != Some("v=STSv1") {
        return None;
    }
    let id = fields.find_map(|field| field.strip_prefix("id="))?;
    let fits =
        (1..=32).contains(&id.len()) && id.bytes().all(|octet| octet.is_ascii_alphanumeric());
    fits.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_and_nothing_else_is_one() {
        let longest = "a".repeat(32);
        for (record, expected) in [
            ("v=STSv1; id=20160831085700Z;", Some("20160831085700Z")),
            ("v=STSv1;id=1", Some("1")),
            ("v=STSv1 ; x=y ;\tid=2 ;", Some("2")),
            (&format!("v=STSv1; id={longest}"), Some(&*longest)),
            (&format!("v=STSv1; id={longest}a"), None),
            ("v=STSv1; id=;", None),
            ("v=STSv1; id=a-b", None),
            ("v=STSv1;", None),
            ("v=STSv12; id=1", None),
            ("id=1; v=STSv1", None),
        ] {
            assert_eq!(parse(record.as_bytes()).as_deref(), expected, "{record}");
        }
        assert_eq!(parse(b"v=STSv1; id=\xff"), None);
    }
}
