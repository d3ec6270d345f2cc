//! Where a text's links lead: hosts, and what is odd about them.

use super::words::Collected;

/// Octets of a host that counts; the longest name there is.
const HOST_OCTETS_MAX: usize = 253;

/// Adds the hosts of the first links of a text, plain or HTML, and the words of their paths.
pub(super) fn collect(text: &str, links_max: usize, found: &mut Collected) {
    let starts = text.match_indices("://").filter_map(|(at, _)| {
        let scheme = text.get(..at)?;
        let scheme = scheme.get(scheme.len().saturating_sub(5)..).unwrap_or_default();
        let scheme = scheme.to_ascii_lowercase();
        (scheme.ends_with("http") || scheme.ends_with("https")).then_some(at + 3)
    });
    for start in starts.take(links_max) {
        let rest = text.get(start..).unwrap_or_default();
        let end =
            rest.find(|c: char| c.is_whitespace() || "\"'<>()".contains(c)).unwrap_or(rest.len());
        link(rest.get(..end).unwrap_or_default(), found);
    }
}

fn link(link: &str, found: &mut Collected) {
    let end = link.find(['/', '?', '#']).unwrap_or(link.len());
    let (authority, path) = link.split_at(end);
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => {
            found.add("link:user");
            host
        }
        None => authority,
    };
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    if !port.is_empty() {
        found.add("link:port");
    }
    let host = host.to_ascii_lowercase();
    if host.len() > HOST_OCTETS_MAX {
        return found.add("link:long");
    }
    if host.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.') {
        found.add("link:number");
    }
    // The host and its parents but the last: `a.b.example.org` is also `b.example.org` and `example.org`.
    let mut name = host.as_str();
    while name.contains('.') {
        found.add(&format!("link:{name}"));
        name = name.split_once('.').map_or("", |(_, parent)| parent);
    }
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|word| (3..=20).contains(&word.len())).take(6) {
        found.add(&format!("path:{}", word.to_ascii_lowercase()));
    }
}
