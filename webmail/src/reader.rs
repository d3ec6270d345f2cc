//! Who is asking: the session behind a request, and proof that a form is ours.
//!
//! [`Reader`] is somebody signed in. [`Posted`] is a form they sent: it cannot be had without its token, so no handler
//! can forget to check. Knows nothing of what is read or done.

use crate::connection::Connection;
use crate::cookie;
use crate::dates::{When, Zone};
use crate::fault::Fault;
use crate::form::Fields;
use crate::house::House;
use crate::seal::Seal;
use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use mailstore::{Account, WebSession};
use message::Timestamp;

/// Somebody signed in, as this request sees them.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Who.
    pub account: Account,
    /// Their browser's session.
    pub session: WebSession,
    /// Seals of this session.
    pub seal: Seal,
    /// Their clock.
    pub zone: Zone,
    /// When they ask.
    pub now: Timestamp,
}

impl Reader {
    /// A time in words for this reader.
    pub fn when(&self, time: Timestamp) -> When {
        When::of(time, self.now, &self.zone)
    }
}

/// What a browser asks with: the query of the URL.
#[derive(Debug, Clone)]
pub struct Asked(pub Fields);

/// Whether somebody looks: not who asks for the head of a page, nor a browser that guesses what will be clicked.
#[derive(Debug, Clone, Copy)]
pub struct Looks(pub bool);

/// A form of ours that a reader sent.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Who.
    pub reader: Reader,
    /// What.
    pub fields: Fields,
}

impl FromRequestParts<House> for Reader {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Fault> {
        let connection = connection_of(parts);
        let store = house.store();
        let signed_out = || Fault::SignedOut { next: page_of(parts) };
        let token =
            cookie::secret(&parts.headers, &connection, cookie::SESSION).ok_or_else(signed_out)?;
        let session = store.web_session(token).await?.ok_or_else(signed_out)?;
        let account = store.account(session.account).await?;
        Ok(Self {
            account,
            session,
            seal: Seal::new(token),
            zone: zone_of(&parts.headers).unwrap_or_else(|| house.zone().clone()),
            now: store.now(),
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        Ok(Self(Fields::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

impl<S: Sync> FromRequestParts<S> for Looks {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        Ok(Self(parts.method == Method::GET && !parts.headers.contains_key("sec-purpose")))
    }
}

impl FromRequest<House> for Posted {
    type Rejection = Fault;

    async fn from_request(request: Request, house: &House) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        refuse_other_sites(&parts.headers)?;
        let reader = Reader::from_request_parts(&mut parts, house).await?;
        let fields = fields_of(Request::from_parts(parts, body), house).await?;
        if !reader.seal.is_form_token(fields.get("csrf")) {
            return Err(Fault::ForeignForm);
        }
        Ok(Self { reader, fields })
    }
}

/// The connection that `serve` described.
pub fn connection_of(parts: &Parts) -> Connection {
    parts.extensions.get::<Connection>().copied().unwrap_or_default()
}

/// Reads a form's body.
pub async fn fields_of(request: Request, house: &House) -> Result<Fields, Fault> {
    let form = "application/x-www-form-urlencoded";
    let media_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|value| value.to_ascii_lowercase().starts_with(form)) {
        return Err(Fault::BadForm("It was not sent as a form of ours is sent."));
    }
    // The only reasons to fail: it is too long, or the browser went away.
    let limit = house.config().limits.form_octets_max;
    let body = to_bytes(request.into_body(), limit).await.map_err(|_| Fault::TooLarge)?;
    Ok(Fields::parse(&body))
}

/// Refuses what another site made the browser send. Browsers say so themselves in `Sec-Fetch-Site`; older ones send an
/// `Origin`. Our pages send no referrer, and then the origin of their forms is `null`: there the token decides alone.
pub fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Fault> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin" | "none"), _) | (None, None | Some("null")) => Ok(()),
        (None, Some(origin)) => {
            let host = text("host").unwrap_or_default();
            let same =
                origin.split_once("://").is_some_and(|(_, named)| named.eq_ignore_ascii_case(host));
            if same { Ok(()) } else { Err(Fault::ForeignForm) }
        }
        (Some(_), _) => Err(Fault::ForeignForm),
    }
}

/// The page to come back to after signing in: only of pages, never of what was posted.
fn page_of(parts: &Parts) -> Option<String> {
    (parts.method == Method::GET)
        .then(|| parts.uri.path_and_query().map(ToString::to_string))
        .flatten()
}

fn zone_of(headers: &HeaderMap) -> Option<Zone> {
    let name = cookie::plain(headers, cookie::ZONE)?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    Zone::named(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn verdict(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        refuse_other_sites(&pairs.collect()).is_ok()
    }

    #[test]
    fn forms_of_other_sites_are_refused_by_what_the_browser_says_of_them() {
        for (headers, allowed) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
            (&[("host", "mail.example.org"), ("origin", "https://mail.example.org")], true),
            (&[("host", "mail.example.org"), ("origin", "https://evil.example")], false),
            (&[("host", "mail.example.org"), ("origin", "null")], true),
            (&[("origin", "https://evil.example")], false),
            (&[], true),
        ] {
            assert_eq!(verdict(headers), allowed, "{headers:?}");
        }
    }
}
