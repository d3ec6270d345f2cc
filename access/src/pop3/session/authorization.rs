//! Before login (RFC 1939 §4): USER, PASS, AUTH, STLS, UTF8.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mailstore::{LoginAttempt, LoginError, Password, Service, UidSet};
use tracing::info;

use super::{Client, House};
use crate::pop3::capability;
use crate::pop3::command::{Auth, Command};
use crate::pop3::maildrop::Maildrop;
use crate::pop3::refusal::Refusal;
use crate::pop3::replies;
use crate::pop3::reply::{Answer, Change, Reply};
use crate::sasl::{Exchange, Malformed, Mechanism, Turn};

/// Some clients forget the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
        Command::Auth(None) => Ok(capability::mechanisms()),
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
    let Some(mechanism) = Mechanism::parse(&auth.mechanism) else {
        return Err(Refusal::client(replies::NO_MECHANISM));
    };
    if !client.may_send_password() {
        return Err(Refusal::client(replies::TLS_FIRST));
    }
    let initial = match auth.initial.as_deref() {
        None => None,
        // RFC 5034 §4: an empty answer.
        Some("=") => Some(Vec::new()),
        Some(initial) => Some(decode(initial.as_bytes())?),
    };
    turn(house, client, Exchange::begin(mechanism, initial.as_deref())).await
}

/// A line in the middle of AUTH.
pub(super) async fn exchange(
    house: &House,
    client: &Client,
    exchange: Exchange,
    line: &[u8],
) -> Result<Answer, Refusal> {
    if line == b"*" {
        return Err(Refusal::client(replies::CANCELLED));
    }
    turn(house, client, exchange.answered(&decode(line)?)).await
}

async fn turn(
    house: &House,
    client: &Client,
    turn: Result<Turn, Malformed>,
) -> Result<Answer, Refusal> {
    match turn {
        Ok(Turn::Challenge(challenge, exchange)) => {
            let reply = Reply::Challenge(BASE64.encode(challenge));
            Ok(Answer::from(reply).and(Change::Exchanging(exchange)))
        }
        Ok(Turn::Done { name, password }) => enter(house, client, name, password).await,
        Err(Malformed) => Err(Refusal::client(replies::MALFORMED)),
    }
}

fn decode(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    BASE64.decode(text).map_err(|_| Refusal::client(replies::NOT_BASE64))
}

/// Lets somebody in, and notes what is in the maildrop: that is what the session sees to its end.
async fn enter(
    house: &House,
    client: &Client,
    name: String,
    password: Password,
) -> Result<Answer, Refusal> {
    let store = &house.store;
    let attempt = LoginAttempt { name, password, service: Service::Pop, peer: client.address };
    let login = match store.login(attempt).await {
        Ok(login) => login,
        Err(LoginError::Wrong) => {
            info!("wrong name or password");
            return Err(Refusal::client(replies::WRONG));
        }
        Err(LoginError::Banned { until }) => {
            let seconds = until.seconds().saturating_sub(store.now().seconds());
            let minutes = u64::try_from(seconds).unwrap_or_default().div_ceil(60).max(1);
            return Err(Refusal::client(replies::banned(minutes)));
        }
        Err(LoginError::Unavailable(error)) => return Err(error.into()),
    };
    let inbox = store.mailbox_by_name(login.account, "INBOX").await?;
    let rows = store.messages(inbox.id, &UidSet::all()).await?;
    let maildrop = Maildrop::new(&inbox, &rows, &store.unended(inbox.id).await?);
    info!(address = %login.address, tls = client.tls, messages = rows.len(), "logged in");
    let reply = replies::holds(maildrop.totals());
    Ok(Answer::from(reply).and(Change::Opened(maildrop)))
}
