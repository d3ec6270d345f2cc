//! AUTH (RFC 4954), and what may not be done before it (RFC 6409 §4.3).
//!
//! Knows how an exchange of `sasl` is carried here, and asks the store who may come in. What slows
//! guessing and keeps a history is the store's.

use mailstore::{Login, LoginAttempt, LoginError, Password, ProofAttempt, Service};
use sasl::{Binding, Credentials, Exchange, Fault, Ground, Mechanism, ProofGiven, Step};
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
    let bound = !bindings(client).is_empty();
    Mechanism::ALL.into_iter().filter(|one| bound || !one.needs_binding()).collect()
}

fn may_send_password(house: &House, client: &Client) -> bool {
    let submission = house.role.submission();
    submission.is_some_and(|submission| client.tls.is_some() || submission.cleartext_logins)
}

/// RFC 9266 §4.2: in TLS 1.2 an exporter tells two channels apart only with an extension that the wire
/// does not tell of.
fn bindings(client: &Client) -> Vec<Binding> {
    let facts = client.tls.as_ref().filter(|facts| facts.version == "TLSv1.3");
    let exporter = facts.and_then(|facts| facts.exporter);
    let binding = |octets: [u8; 32]| Binding { kind: "tls-exporter", octets: octets.to_vec() };
    exporter.map(binding).into_iter().collect()
}

/// Who hands in mail says first who they are.
pub(super) fn check(house: &House, client: &Client, command: &Command) -> Result<(), Refusal> {
    let needs_login =
        matches!(command, Command::Mail(..) | Command::Rcpt(_) | Command::Data | Command::Vrfy(_));
    if needs_login { check_login(house, client) } else { Ok(()) }
}

/// The same for a command that is none of those.
pub(super) fn check_login(house: &House, client: &Client) -> Result<(), Refusal> {
    if client.login.is_some() || house.role.submission().is_none() {
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
    let ground = Ground { nonce: house.store.random(), bindings: bindings(client) };
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
        State::Addressing(_) | State::Chunking(_) => Err(Refusal::client(replies::LOGGED_IN)),
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
    mut won: Option<Login>,
    mut step: Result<Step, Fault>,
) -> Result<Answer, Refusal> {
    loop {
        step = match step.map_err(|fault| broken_off(client, fault))? {
            Step::Challenge(challenge, exchange) => {
                let reply = replies::challenge(&sasl::encode(&challenge));
                let change = Change::Authenticate(Authenticating { hello, exchange, won });
                return Ok(Answer::new(reply).and(change));
            }
            Step::NeedsPassword(given) => {
                return Ok(enter(client, with_password(house, client, given).await?));
            }
            Step::NeedsScram(wanted) => {
                let found = house.store.scram_challenge(wanted.name()).await;
                let found = found.map_err(|cause| Refusal::house(replies::LOGIN_LATER, cause))?;
                Ok(wanted.given(&found.salt, found.iterations))
            }
            Step::NeedsProof(given) => {
                let (login, signature) = with_proof(house, client, &given).await?;
                won = Some(login);
                Ok(given.given(&signature))
            }
            Step::Done => {
                let login = won.ok_or_else(|| Refusal::client(replies::ANSWER_MALFORMED))?;
                return Ok(enter(client, login));
            }
        }
    }
}

fn broken_off(client: &Client, fault: Fault) -> Refusal {
    match fault {
        Fault::Malformed => Refusal::client(replies::ANSWER_MALFORMED),
        Fault::Downgraded | Fault::OtherChannel => {
            info!(peer = %client.address, %fault, "not logged in: is somebody between us?");
            Refusal::client(replies::OTHER_CHANNEL)
        }
    }
}

async fn with_proof(
    house: &House,
    client: &Client,
    given: &ProofGiven,
) -> Result<(Login, [u8; 32]), Refusal> {
    let attempt = ProofAttempt {
        name: given.name().to_owned(),
        service: Service::Smtp,
        peer: client.address,
        auth_message: given.auth_message().as_bytes().to_vec(),
        proof: given.proof(),
    };
    house.store.login_with_proof(attempt).await.map_err(|error| refused(house, client, error))
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

fn enter(client: &Client, login: Login) -> Answer {
    let (peer, account, tls) = (client.address, &login.address, client.tls.is_some());
    info!(%peer, %account, tls, "logged in");
    Answer::new(replies::WELCOME).and(Change::LoggedIn(login))
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
