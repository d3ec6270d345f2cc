//! Coming in and going out.
//!
//! The form for coming in has no session yet that could seal it, so a cookie of its own does: nobody can sign a reader
//! in to another account from another site. Each login gets a session of its own; the one before it ends.

use crate::connection::Connection;
use crate::cookie;
use crate::fault::Fault;
use crate::form::{Fields, local_path};
use crate::house::House;
use crate::pages::{LoginPage, render};
use crate::reader::{Asked, Posted, connection_of, fields_of, refuse_other_sites};
use crate::seal::Seal;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailstore::{LoginAttempt, LoginError, Password, Service};

/// How long a session asked to be kept stays in the browser; the store ends it sooner when it is not used.
const KEPT_SECONDS: u64 = 90 * 24 * 3600;

/// `GET /login`
pub async fn show(
    State(house): State<House>,
    Asked(asked): Asked,
    request: Request,
) -> Result<Response, Fault> {
    let (parts, _) = request.into_parts();
    let connection = connection_of(&parts);
    let form = Form { next: local_path(asked.get("next"), "/"), name: "", keep: false };
    if !connection.is_private() {
        return Err(Fault::Unencrypted);
    }
    let told = if asked.has("out") { Told::SignedOut } else { Told::Nothing };
    Ok(page(&house, &parts.headers, &connection, &form, StatusCode::OK, told))
}

/// `POST /login`
pub async fn enter(State(house): State<House>, request: Request) -> Result<Response, Fault> {
    let (parts, body) = request.into_parts();
    let connection = connection_of(&parts);
    refuse_other_sites(&parts.headers)?;
    if !connection.is_private() {
        return Err(Fault::Unencrypted);
    }
    let headers = parts.headers.clone();
    let fields = fields_of(Request::from_parts(parts, body), &house).await?;
    let form = Form {
        next: local_path(fields.get("next"), "/"),
        name: fields.get("name").trim(),
        keep: fields.has("keep"),
    };
    let sealed = cookie::secret(&headers, &connection, cookie::DOOR)
        .is_some_and(|door| Seal::new(door).is_form_token(fields.get("csrf")));
    let again = |status, words: String| {
        Ok(page(&house, &headers, &connection, &form, status, Told::Trouble(words)))
    };
    if !sealed {
        return again(
            StatusCode::FORBIDDEN,
            "That page was too old. Please sign in once more.".to_owned(),
        );
    }
    if form.name.is_empty() || fields.get("password").is_empty() {
        return again(
            StatusCode::BAD_REQUEST,
            "It takes both: your address and your password.".to_owned(),
        );
    }
    match house.store().login(attempt(&fields, &connection)).await {
        Ok(login) => admit(&house, &headers, &connection, &form, login.account).await,
        Err(LoginError::Wrong) => again(
            StatusCode::FORBIDDEN,
            "That address and that password do not belong together.".to_owned(),
        ),
        Err(LoginError::Banned { until }) => {
            again(StatusCode::TOO_MANY_REQUESTS, refused_until(&house, until))
        }
        Err(LoginError::Unavailable(error)) => Err(error.into()),
    }
}

/// `POST /logout`
pub async fn leave(State(house): State<House>, request: Request) -> Result<Response, Fault> {
    use axum::extract::FromRequest as _;
    let (parts, body) = request.into_parts();
    let connection = connection_of(&parts);
    let posted = Posted::from_request(Request::from_parts(parts, body), &house).await?;
    let reader = posted.reader;
    house.store().close_web_session(reader.account.id, reader.session.id).await?;
    let mut response = Redirect::to("/login?out=1").into_response();
    add_cookie(&mut response, cookie::forget(&connection, cookie::SESSION));
    Ok(response)
}

/// What stands over the form.
enum Told {
    Nothing,
    SignedOut,
    /// What was wrong with the try before.
    Trouble(String),
}

struct Form<'a> {
    next: &'a str,
    name: &'a str,
    keep: bool,
}

fn attempt(fields: &Fields, connection: &Connection) -> LoginAttempt {
    LoginAttempt {
        name: fields.get("name").trim().to_owned(),
        password: Password::new(fields.get("password")),
        service: Service::Web,
        peer: connection.peer_address(),
    }
}

async fn admit(
    house: &House,
    headers: &HeaderMap,
    connection: &Connection,
    form: &Form<'_>,
    account: mailstore::AccountId,
) -> Result<Response, Fault> {
    let store = house.store();
    // Whatever session this browser had ends here, whoever put it there.
    if let Some(token) = cookie::secret(headers, connection, cookie::SESSION)
        && let Some(session) = store.web_session(token).await?
    {
        store.close_web_session(session.account, session.id).await?;
    }
    let agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(200).collect();
    let token = store.open_web_session(account, connection.peer_address(), &agent).await?;
    let mut response = Redirect::to(form.next).into_response();
    let age = form.keep.then_some(KEPT_SECONDS);
    add_cookie(&mut response, cookie::set(connection, cookie::SESSION, &token, age));
    add_cookie(&mut response, cookie::forget(connection, cookie::DOOR));
    Ok(response)
}

fn page(
    house: &House,
    headers: &HeaderMap,
    connection: &Connection,
    form: &Form<'_>,
    status: StatusCode,
    told: Told,
) -> Response {
    let known = cookie::secret(headers, connection, cookie::DOOR).filter(|door| door.len() >= 22);
    let door =
        known.map_or_else(|| URL_SAFE_NO_PAD.encode(house.store().random::<18>()), str::to_owned);
    let page = LoginPage {
        assets: house.assets(),
        house: &house.config().house,
        is_signed_out: matches!(told, Told::SignedOut),
        trouble: if let Told::Trouble(words) = told { Some(words) } else { None },
        notice: house.config().notice.as_deref(),
        csrf: Seal::new(&door).form_token(house.store().random()),
        next: form.next,
        name: form.name,
        keep: form.keep,
    };
    let mut response = (status, render(&page)).into_response();
    if known.is_none() {
        add_cookie(&mut response, cookie::set(connection, cookie::DOOR, &door, None));
    }
    response
}

fn refused_until(house: &House, until: message::Timestamp) -> String {
    let when = crate::dates::When::of(until, house.store().now(), house.zone());
    format!(
        "There were too many wrong tries from where you are. The door stays shut until {}.",
        when.in_a_sentence()
    )
}

fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
