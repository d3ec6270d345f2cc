//! The names of an address that are really its own (RFC 7208 §5.5).

use std::net::IpAddr;

use dns::{LookupError, Name, Resolver};

/// Of the names that the address claims, those whose addresses have it. Failures are passed over: a name
/// that cannot be looked up is not validated.
pub(super) async fn validated(dns: &dyn Resolver, address: IpAddr, names_max: usize) -> Vec<Name> {
    let claimed = dns.ptr(address).await.map(|answer| answer.records).unwrap_or_default();
    let mut names = Vec::new();
    for name in claimed.into_iter().take(names_max) {
        if addresses(dns, &name, address.is_ipv6())
            .await
            .is_ok_and(|found| found.contains(&address))
        {
            names.push(name);
        }
    }
    names
}

/// The addresses of a host, of one family.
pub(super) async fn addresses(
    dns: &dyn Resolver,
    host: &Name,
    v6: bool,
) -> Result<Vec<IpAddr>, LookupError> {
    if v6 {
        Ok(dns.aaaa(host).await?.records.into_iter().map(IpAddr::V6).collect())
    } else {
        Ok(dns.a(host).await?.records.into_iter().map(IpAddr::V4).collect())
    }
}
