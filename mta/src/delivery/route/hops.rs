//! The addresses of hosts.

use std::net::{IpAddr, SocketAddr};

use dns::{Answer, LookupError, Name, Proof, Resolver};

use super::{NoRoute, Route, RouteSettings, Target};

/// A host to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Its addresses, IPv6 first.
    pub addresses: Vec<SocketAddr>,
    /// Names whose TLSA records speak of it, the most telling first; none when DNSSEC does not prove
    /// where it is (RFC 7672 §2.2.2).
    pub tlsa_bases: Vec<Name>,
}

/// Hosts that are equally wanted.
#[derive(Clone, Debug, Default)]
pub struct Hops {
    /// Those that have an address.
    pub found: Vec<Hop>,
    /// Why others can't be tried.
    pub lost: Vec<NoRoute>,
    /// Whether one of them is us: none of these, nor of those less wanted, may be tried (RFC 5321 §5.1).
    pub are_ours: bool,
}

impl Hop {
    /// What a log or a bounce calls it.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.name, self.addresses.first()) {
            (Some(name), _) => name.to_string(),
            (None, Some(address)) => format!("[{}]", address.ip()),
            (None, None) => "nowhere".to_owned(),
        }
    }
}

impl Route {
    /// How many groups of equally wanted hosts there are.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Looks up where the hosts of a group are.
    pub async fn hops(&self, group: usize, dns: &dyn Resolver, settings: &RouteSettings) -> Hops {
        let mut hops = Hops::default();
        for target in self.groups.get(group).into_iter().flatten() {
            match self.hop(target, dns, settings).await {
                Ok(hop) => hops.found.push(hop),
                Err(lost) => hops.lost.push(lost),
            }
        }
        let ours =
            |hop: &Hop| hop.addresses.iter().any(|address| settings.own.is_address(address.ip()));
        if self.relay.is_none() && hops.found.iter().any(ours) {
            let lost = vec![NoRoute::ours("this domain")];
            return Hops { found: Vec::new(), lost, are_ours: true };
        }
        hops
    }

    async fn hop(
        &self,
        target: &Target,
        dns: &dyn Resolver,
        settings: &RouteSettings,
    ) -> Result<Hop, NoRoute> {
        let port = self.relay.as_ref().map_or(settings.port, |relay| relay.port);
        match target {
            Target::Address(address) => {
                let addresses = vec![SocketAddr::new(*address, port)];
                Ok(Hop { name: None, addresses, tlsa_bases: Vec::new() })
            }
            Target::Name(name) => {
                let (ipv6, ipv4) = tokio::join!(dns.aaaa(name), dns.a(name));
                let max = settings.limits.addresses_max;
                let mut found = Vec::new();
                found.extend(some(&ipv6, max).map(IpAddr::from));
                found.extend(some(&ipv4, max).map(IpAddr::from));
                if found.is_empty() {
                    return Err(nowhere(name, ipv6.err(), ipv4.err()));
                }
                let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
                let tlsa_bases = tlsa_bases(name, [facts(&ipv6), facts(&ipv4)]);
                Ok(Hop { name: Some(name.clone()), addresses, tlsa_bases })
            }
        }
    }
}

fn some<T: Copy>(answer: &Result<Answer<T>, LookupError>, max: usize) -> impl Iterator<Item = T> {
    answer.as_ref().map_or(&[][..], |answer| &answer.records).iter().copied().take(max)
}

/// For now, if one of the lookups failed for now.
fn nowhere(name: &Name, ipv6: Option<LookupError>, ipv4: Option<LookupError>) -> NoRoute {
    let errors = [ipv4, ipv6];
    let mut errors = errors.iter().flatten();
    let error = errors.clone().find(|error| error.is_temporary()).or_else(|| errors.next());
    match error {
        Some(error) => NoRoute::lookup(&format!("the mail host {name}"), *error),
        None => NoRoute::new(5, 4, 4, format!("the mail host {name} has no address")),
    }
}

/// What an answer says of where its name is: the name it ended at, and what of it is proved.
struct Facts {
    end: Option<Name>,
    first_step: Option<Proof>,
    proof: Proof,
}

fn facts<T>(answer: &Result<Answer<T>, LookupError>) -> Option<Facts> {
    let answer = answer.as_ref().ok()?;
    Some(Facts {
        end: answer.aliases.last().map(|alias| alias.target.clone()),
        first_step: answer.aliases.first().map(|alias| alias.proof),
        proof: answer.proof,
    })
}

/// RFC 7672 §2.2.2: the name at the end of proved aliases, then the name itself.
fn tlsa_bases(name: &Name, facts: [Option<Facts>; 2]) -> Vec<Name> {
    let facts: Vec<Facts> = facts.into_iter().flatten().collect();
    let all_secure = facts.iter().all(|facts| facts.proof == Proof::Secure);
    let own_secure =
        facts.iter().all(|facts| facts.first_step.unwrap_or(facts.proof) == Proof::Secure);
    let mut bases = Vec::new();
    if all_secure && let Some(end) = facts.iter().find_map(|facts| facts.end.clone()) {
        bases.push(end);
    }
    if own_secure {
        bases.push(name.clone());
    }
    bases
}
