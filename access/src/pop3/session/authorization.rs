//! Before login (RFC 1939 §4): USER, PASS, AUTH, STLS, UTF8.

use mailstore::{Login, LoginAttempt, LoginError, Password, ProofAttempt, Service, UidSet};
use sasl::{Binding, Exchange, Fault, Ground, Mechanism, ProofGiven, Step};
use tracing::info;

use super::{Client, House};
use crate::pop3::capability;
use crate::pop3::command::{Auth, Command};
use crate::pop3::maildrop::Maildrop;
use crate::pop3::refusal::Refusal;
use crate::pop3::replies;
use crate::pop3::reply::{Answer, Change, Reply};

pub(super) async fn obey(
    house: &House,
    client: &Client,
    name: &mut Option<String>,
    command: Command,
) -> Result<Answer, Refusal> {
    match command {
        Command::User(name) => user(client, name),
        Command::Pass(password) => {
            let name = name.take().ok_or_else(|| Refusal::client(replies::NAME_FIRST))?;
            enter(house, client, name, password).await
        }
        Command::Auth(None) => Ok(capability::mechanisms(client)),
        Command::Auth(Some(auth)) => {
            *name = None;
            begin(house, client, &auth).await
        }
        Command::Stls => stls(client),
        Command::Utf8 => Ok(Answer::from(replies::UTF8_ON).and(Change::Utf8)),
        Command::Quit => Ok(Answer::from(replies::goodbye(house.hostname())).and(Change::Close)),
        _ => Err(Refusal::client(replies::LOG_IN_FIRST)),
    }
}

/// The same answer for every name: who lives here is nobody's business (RFC 1939 §13).
fn user(client: &Client, name: String) -> Result<Answer, Refusal> {
    if !client.may_send_password() {
        return Err(Refusal::client(replies::TLS_FIRST));
    }
    Ok(Answer::from(replies::NAME_NOTED).and(Change::Named(name)))
}

fn stls(client: &Client) -> Result<Answer, Refusal> {
    if client.tls {
        return Err(Refusal::client(replies::TLS_ALREADY));
    }
    if !client.starttls {
        return Err(Refusal::client(replies::NO_TLS));
    }
    Ok(Answer::from(replies::BEGIN_TLS).and(Change::StartTls))
}

async fn begin(house: &House, client: &Client, auth: &Auth) -> Result<Answer, Refusal> {
    let offered = |asked: &Mechanism| client.mechanisms().any(|one| one == *asked);
    let Some(mechanism) = Mechanism::parse(&auth.mechanism).filter(offered) else {
        return Err(Refusal::client(replies::NO_MECHANISM));
    };
    if !client.may_send_password() {
        return Err(Refusal::client(replies::TLS_FIRST));
    }
    let initial = match auth.initial.as_deref() {
        None => None,
        Some(initial) => Some(sasl::initial(initial.as_bytes()).map_err(not_base64)?),
    };
    let binding = |octets: [u8; 32]| Binding { kind: "tls-exporter", octets: octets.to_vec() };
    let bindings = client.exporter.map(binding).into_iter().collect();
    let ground = Ground { nonce: house.store.random(), bindings };
    go_on(house, client, None, Exchange::begin(mechanism, ground, initial.as_deref())).await
}

/// A line in the middle of AUTH.
pub(super) async fn exchange(
    house: &House,
    client: &Client,
    exchange: Exchange,
    won: Option<Login>,
    line: &[u8],
) -> Result<Answer, Refusal> {
    if line == b"*" {
        return Err(Refusal::client(replies::CANCELLED));
    }
    let answer = sasl::decode(line).map_err(not_base64)?;
    go_on(house, client, won, exchange.answered(&answer)).await
}

async fn go_on(
    house: &House,
    client: &Client,
    mut won: Option<Login>,
    mut step: Result<Step, Fault>,
) -> Result<Answer, Refusal> {
    let store = &house.store;
    loop {
        step = match step.map_err(|fault| broken_off(client, fault))? {
            Step::Challenge(challenge, exchange) => {
                let reply = Reply::Challenge(sasl::encode(&challenge));
                return Ok(Answer::from(reply).and(Change::Exchanging(exchange, won)));
            }
            Step::NeedsPassword(given) => {
                let password = Password::new(given.password.into_string());
                return enter(house, client, given.name, password).await;
            }
            Step::NeedsScram(wanted) => {
                let found = store.scram_challenge(wanted.name()).await?;
                Ok(wanted.given(&found.salt, found.iterations))
            }
            Step::NeedsProof(given) => {
                let proved = store.login_with_proof(attempt(client, &given)).await;
                let (login, signature) = proved.map_err(|error| refused(house, error))?;
                won = Some(login);
                Ok(given.given(&signature))
            }
            Step::Done => {
                let login = won.ok_or_else(|| Refusal::client(replies::MALFORMED))?;
                return open(house, client, login).await;
            }
        }
    }
}

fn attempt(client: &Client, given: &ProofGiven) -> ProofAttempt {
    ProofAttempt {
        name: given.name().to_owned(),
        service: Service::Pop,
        peer: client.address,
        auth_message: given.auth_message().as_bytes().to_vec(),
        proof: given.proof(),
    }
}

fn broken_off(client: &Client, fault: Fault) -> Refusal {
    match fault {
        Fault::Malformed => Refusal::client(replies::MALFORMED),
        Fault::Downgraded | Fault::OtherChannel => {
            info!(peer = %client.address, %fault, "not logged in: is somebody between us?");
            Refusal::client(replies::OTHER_CHANNEL)
        }
    }
}

fn not_base64(_: sasl::NotBase64) -> Refusal {
    Refusal::client(replies::NOT_BASE64)
}

/// Lets somebody in who knows the password.
async fn enter(
    house: &House,
    client: &Client,
    name: String,
    password: Password,
) -> Result<Answer, Refusal> {
    let attempt = LoginAttempt { name, password, service: Service::Pop, peer: client.address };
    let login = house.store.login(attempt).await.map_err(|error| refused(house, error))?;
    open(house, client, login).await
}

fn refused(house: &House, error: LoginError) -> Refusal {
    match error {
        LoginError::Wrong => {
            info!("wrong name or password");
            Refusal::client(replies::WRONG)
        }
        LoginError::Banned { until } => {
            let seconds = until.seconds().saturating_sub(house.store.now().seconds());
            let minutes = u64::try_from(seconds).unwrap_or_default().div_ceil(60).max(1);
            Refusal::client(replies::banned(minutes))
        }
        LoginError::Unavailable(error) => error.into(),
    }
}

/// Notes what is in the maildrop: that is what the session sees to its end.
async fn open(house: &House, client: &Client, login: Login) -> Result<Answer, Refusal> {
    let store = &house.store;
    let inbox = store.mailbox_by_name(login.account, "INBOX").await?;
    let rows = store.messages(inbox.id, &UidSet::all()).await?;
    let maildrop = Maildrop::new(&inbox, &rows, &store.unended(inbox.id).await?);
    info!(address = %login.address, tls = client.tls, messages = rows.len(), "logged in");
    let reply = replies::holds(maildrop.totals());
    Ok(Answer::from(reply).and(Change::Opened(maildrop)))
}
