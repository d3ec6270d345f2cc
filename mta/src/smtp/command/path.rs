//! Paths as clients write them: the grammar is `message`'s, the leniency is here.

use message::{Address, AddressError, ForwardPath, ReversePath};

/// Why a path is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// `<` without `>`.
    Unclosed,
    /// `<>` where somebody must be named.
    Empty,
    /// No address by the grammar.
    Address(AddressError),
}

/// A reverse-path, and what follows it.
pub fn reverse(text: &str) -> Result<(ReversePath, &str), PathFault> {
    if let Some((address, rest)) = odd_dots(text) {
        return Ok((ReversePath::Address(address), rest));
    }
    match bare(text) {
        Some((bare, rest)) => ReversePath::parse(&bare).map(|path| (path, rest)),
        None => ReversePath::parse_prefix(text),
    }
    .map_err(|error| fault(text, error))
}

/// A forward-path, and what follows it.
pub fn forward(text: &str) -> Result<(ForwardPath, &str), PathFault> {
    if text.starts_with("<>") {
        return Err(PathFault::Empty);
    }
    match bare(text) {
        Some((bare, rest)) => ForwardPath::parse(&bare).map(|path| (path, rest)),
        None => ForwardPath::parse_prefix(text),
    }
    .map_err(|error| fault(text, error))
}

fn fault(text: &str, error: AddressError) -> PathFault {
    if text.starts_with('<') && !text.contains('>') {
        PathFault::Unclosed
    } else {
        PathFault::Address(error)
    }
}

/// An address without its brackets, up to the next blank, in brackets. Scanners, printers and people
/// at a telnet prompt leave them out, and nothing else can be meant.
fn bare(text: &str) -> Option<(String, &str)> {
    if text.is_empty() || text.starts_with(['<', '"']) || text.contains(['<', '>']) {
        return None;
    }
    let (address, rest) = text.split_at(text.find([' ', '\t']).unwrap_or(text.len()));
    Some((format!("<{address}>"), rest))
}

/// `<a..b@example.org>` and `<a.@example.org>`: some phone companies gave such addresses to their
/// customers, who still write letters. It is what the quoted form would be. Senders only: there are
/// no such addresses in this house.
fn odd_dots(text: &str) -> Option<(Address, &str)> {
    let (inner, rest) = text.strip_prefix('<')?.split_once('>')?;
    let (local, host) = inner.split_once('@')?;
    let odd = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if !odd || local.contains(['"', '\\', ' ', ',', ':', ';']) {
        return None;
    }
    let address = Address::parse(&format!("\"{local}\"@{host}")).ok()?;
    Some((address, rest))
}
