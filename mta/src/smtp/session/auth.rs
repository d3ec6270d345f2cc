//! AUTH (RFC 4954), and what may not be done before it (RFC 6409 §4.3).
//!
//! Knows how an exchange of `sasl` is carried here, and asks the store who may come in. What slows
//! guessing and keeps a history is the store's.

use mailstore::{Login, LoginAttempt, LoginError, Password, Service};
use sasl::{Credentials, Exchange, Fault, Ground, Mechanism, Step};
use tracing::info;

use super::super::command::{Auth, Command, NotOffered};
use super::super::refusal::Refusal;
use super::super::replies;
use super::answer::{Answer, Change};
use super::state::{Authenticating, State};
use super::{Client, Hello, House};

/// The ways to log in that there are now. None when somebody is in already, and none before TLS.
pub(super) fn offered(house: &House, client: &Client) -> Vec<Mechanism> {
    if client.login.is_some() || !may_send_password(house, client) {
        return Vec::new();
    }
    Mechanism::WITH_PASSWORD.into()
}

fn may_send_password(house: &House, client: &Client) -> bool {
    let submission = house.role.submission();
    submission.is_some_and(|submission| client.tls.is_some() || submission.cleartext_logins)
}

/// Who hands in mail says first who they are.
pub(super) fn check(house: &House, client: &Client, command: &Command) -> Result<(), Refusal> {
    let needs_login =
        matches!(command, Command::Mail(..) | Command::Rcpt(_) | Command::Data | Command::Vrfy(_));
    if !needs_login || client.login.is_some() || house.role.submission().is_none() {
        return Ok(());
    }
    let first = may_send_password(house, client);
    Err(Refusal::client(if first { replies::AUTH_FIRST } else { replies::TLS_FIRST }))
}

pub(super) async fn auth(
    house: &House,
    client: &Client,
    state: &State,
    Auth { mechanism, initial }: Auth,
) -> Result<Answer, Refusal> {
    let hello = may_begin(house, client, state)?.clone();
    let mechanism =
        Mechanism::parse(&mechanism).filter(|asked| offered(house, client).contains(asked));
    let mechanism = mechanism.ok_or_else(|| Refusal::client(replies::NO_MECHANISM))?;
    let initial = match initial {
        None => None,
        Some(initial) => Some(sasl::initial(initial.as_bytes()).map_err(not_base64)?),
    };
    let ground = Ground { nonce: house.store.random(), bindings: Vec::new() };
    let step = Exchange::begin(mechanism, ground, initial.as_deref());
    go_on(house, client, hello, None, step).await
}

fn may_begin<'a>(house: &House, client: &Client, state: &'a State) -> Result<&'a Hello, Refusal> {
    if house.role.submission().is_none() {
        return Err(Refusal::client(replies::not_offered(NotOffered::Auth)));
    }
    if client.login.is_some() {
        return Err(Refusal::client(replies::LOGGED_IN));
    }
    if !may_send_password(house, client) {
        return Err(Refusal::client(replies::TLS_BEFORE_AUTH));
    }
    match state {
        State::Connected => Err(Refusal::client(replies::HELLO_BEFORE_AUTH)),
        // Never: nothing is begun before somebody is in.
        State::Addressing(_) => Err(Refusal::client(replies::LOGGED_IN)),
        State::Greeted(hello) | State::Authenticating(Authenticating { hello, .. }) => Ok(hello),
    }
}

/// A line in the middle of AUTH.
pub(super) async fn answer(
    house: &House,
    client: &Client,
    login: Authenticating,
    line: &[u8],
) -> Result<Answer, Refusal> {
    if line == b"*" {
        return Err(Refusal::client(replies::AUTH_CANCELLED));
    }
    let answer = sasl::decode(line).map_err(not_base64)?;
    let Authenticating { hello, exchange, won } = login;
    go_on(house, client, hello, won, exchange.answered(&answer)).await
}

async fn go_on(
    house: &House,
    client: &Client,
    hello: Hello,
    won: Option<Login>,
    step: Result<Step, Fault>,
) -> Result<Answer, Refusal> {
    match (step, won) {
        (Ok(Step::Challenge(challenge, exchange)), won) => {
            let reply = replies::challenge(&sasl::encode(&challenge));
            let change = Change::Authenticate(Authenticating { hello, exchange, won });
            Ok(Answer::new(reply).and(change))
        }
        (Ok(Step::NeedsPassword(given)), _) => {
            enter(client, with_password(house, client, given).await?)
        }
        (Ok(Step::Done), Some(login)) => enter(client, login),
        // The others belong to mechanisms that are not offered.
        (Ok(_) | Err(Fault::Malformed), _) => Err(Refusal::client(replies::ANSWER_MALFORMED)),
        (Err(Fault::Downgraded | Fault::OtherChannel), _) => {
            info!(peer = %client.address, "somebody stands between us and this client");
            Err(Refusal::client(replies::OTHER_CHANNEL))
        }
    }
}

async fn with_password(
    house: &House,
    client: &Client,
    Credentials { name, password }: Credentials,
) -> Result<Login, Refusal> {
    let password = Password::new(password.into_string());
    let attempt = LoginAttempt { name, password, service: Service::Smtp, peer: client.address };
    house.store.login(attempt).await.map_err(|error| refused(house, client, error))
}

fn enter(client: &Client, login: Login) -> Result<Answer, Refusal> {
    let (peer, account, tls) = (client.address, &login.address, client.tls.is_some());
    info!(%peer, %account, tls, "logged in");
    Ok(Answer::new(replies::WELCOME).and(Change::LoggedIn(login)))
}

/// Who was not let in, and why, the store has in its history; the log tells from where.
fn refused(house: &House, client: &Client, error: LoginError) -> Refusal {
    let peer = client.address;
    match error {
        LoginError::Wrong => {
            info!(%peer, "wrong name or password");
            Refusal::client(replies::WRONG_PASSWORD)
        }
        LoginError::Banned { until } => {
            info!(%peer, "too many wrong passwords: not let in");
            let seconds = until.seconds().saturating_sub(house.store.now().seconds());
            let minutes = u64::try_from(seconds).unwrap_or_default().div_ceil(60).max(1);
            Refusal::client(replies::locked_out(minutes))
        }
        LoginError::Unavailable(cause) => Refusal::house(replies::LOGIN_LATER, cause),
    }
}

fn not_base64(_: sasl::NotBase64) -> Refusal {
    Refusal::client(replies::NOT_BASE64)
}
