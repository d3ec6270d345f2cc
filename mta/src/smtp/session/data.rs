//! DATA (RFC 5321 §4.1.1.4), before the message and after it.

use mailstore::{Delivery, PeerFacts};
use message::Envelope;
use tracing::info;
use wire::BodyFault;

use super::super::header_watch::{HeaderFault, HeaderWatch};
use super::super::intake::{Arrival, Arriving, Top};
use super::super::limits::SmtpLimits;
use super::super::refusal::Refusal;
use super::super::replies;
use super::super::submitted::Additions;
use super::super::trace_fields::{TraceFields, protocol};
use super::answer::{Answer, Change};
use super::state::State;
use super::{Client, House, Letter, filed, judged, outgoing, sender};

/// Before the message.
pub(super) fn data(house: &House, client: &Client, state: &State) -> Result<Answer, Refusal> {
    let letter = match state {
        State::Connected => return Err(Refusal::client(replies::HELLO_BEFORE_DATA)),
        State::Greeted(_) | State::Authenticating(_) => {
            return Err(Refusal::client(replies::MAIL_BEFORE_DATA));
        }
        State::Chunking(_) => return Err(Refusal::client(replies::CHUNKS_NOT_DATA)),
        State::Addressing(letter) if letter.addressees.is_empty() => {
            return Err(Refusal::client(replies::RCPT_BEFORE_DATA));
        }
        State::Addressing(letter) => letter,
    };
    let arrival = Box::new(arrival(house, client, letter));
    Ok(Answer::new(replies::WRITE_THE_MESSAGE).and(Change::Receive(arrival)))
}

/// The beginning of a message.
pub(super) fn arrival(house: &House, client: &Client, letter: &Letter) -> Arrival {
    let trace = house.store.new_trace_id();
    let (reverse_path, at) = (&letter.reverse_path, house.store.now());
    let fields = TraceFields {
        hostname: house.hostname(),
        hello: &letter.hello,
        peer: client.address,
        tls: client.tls.as_ref(),
        utf8: letter.utf8,
        reverse_path,
        recipients: &letter.paths(),
        trace: &trace,
        at,
    };
    let top = match &client.login {
        None => Top::Arriving(Arriving {
            trace_fields: fields.to_text(),
            hostname: house.hostname().to_owned(),
            judging: house.role.judging().cloned(),
        }),
        Some(login) => Top::Additions(Box::new(Additions {
            trace_fields: fields.to_text_of_submitted(letter.stays_here()),
            account: reverse_path.address().unwrap_or(&login.address).clone(),
            at,
            trace: trace.clone(),
            hostname: house.hostname().to_owned(),
        })),
    };
    let watch = HeaderWatch::new(house.limits(), house.hostname(), letter.addresses());
    Arrival::new(letter.clone(), trace, top, watch, house.store.staging())
}

/// After the message: one line in the log, whatever becomes of it.
pub(super) async fn received(
    house: &House,
    client: &Client,
    arrival: Arrival,
    ended: Result<u64, BodyFault>,
) -> Result<Answer, Refusal> {
    let Arrival { letter, trace, .. } = &arrival;
    let (trace, peer, from) = (trace.clone(), client.address, letter.reverse_path.clone());
    let account = client.login.as_ref().map(|login| login.address.to_string());
    let (recipients, octets) = (letter.addressees.len(), ended.as_ref().ok().copied());
    match take(house, client, arrival, ended).await {
        Ok(()) => {
            info!(%trace, %peer, %from, account, recipients, octets, "message accepted");
            Ok(Answer::new(replies::accepted(&trace)).and(Change::Accepted))
        }
        Err(refusal) => {
            let code = refusal.reply.status().code();
            info!(%trace, %peer, %from, account, recipients, octets, code, "message refused");
            Err(refusal.about(trace))
        }
    }
}

/// When this returns well, the message is on disk: only then may 250 be said (RFC 5321 §6.1).
async fn take(
    house: &House,
    client: &Client,
    mut arrival: Arrival,
    ended: Result<u64, BodyFault>,
) -> Result<(), Refusal> {
    ended.map_err(|fault| body_refusal(house.limits(), fault))?;
    if let Some(fault) = arrival.header_fault() {
        return Err(header_refusal(house.limits(), fault));
    }
    arrival.end().await?;
    let (letter, trace) = (arrival.letter.clone(), arrival.trace.clone());
    if let Some(login) = &client.login {
        sender::check_authors(house, login, arrival.authors()).await?;
    }
    let verdict = judged::judged(house, client, &mut arrival).await?;
    let (nature, beginning) = (arrival.nature(), filed::beginning(house, &arrival).await?);
    let results = verdict.as_ref().map(|verdict| verdict.field(house.hostname()));
    let staged = arrival.finish(&results.unwrap_or_default()).await?;
    if let Some(login) = &client.login {
        sender::count(house, login, &letter).await?;
    }
    let submitted = outgoing::outgoing(house, client, &letter, nature);
    let (message, known) = ((&staged, beginning.as_slice()), (verdict.as_ref(), nature));
    let mut plan = filed::planned(house, client, &letter, message, known, submitted).await?;
    let delivery = Delivery {
        trace,
        staged,
        local: std::mem::take(&mut plan.local),
        outgoing: std::mem::take(&mut plan.outgoing),
        peer: peer_facts(client, &letter),
        findings: verdict.as_ref().map(judged::findings),
        envelope: Envelope { recipients: letter.paths(), reverse_path: letter.reverse_path },
    };
    let delivered = house.store.deliver(delivery).await?;
    filed::afterwards(&house.store, plan, delivered);
    Ok(())
}

fn peer_facts(client: &Client, letter: &Letter) -> PeerFacts {
    PeerFacts {
        address: client.address,
        helo: Some(letter.hello.name.to_string()),
        tls: client.tls.as_ref().map(|tls| format!("{} {}", tls.version, tls.cipher)),
        protocol: protocol(
            &letter.hello,
            letter.utf8,
            client.tls.is_some(),
            client.login.is_some(),
        )
        .to_owned(),
    }
}

fn body_refusal(limits: &SmtpLimits, fault: BodyFault) -> Refusal {
    match fault {
        BodyFault::TooLong => {
            Refusal::nobody(replies::message_too_large(limits.message_octets_max))
        }
        BodyFault::LineTooLong => {
            Refusal::nobody(replies::text_line_too_long(limits.text_line_octets_max))
        }
        BodyFault::BareCr => Refusal::client(replies::bare_carriage_return_in_message()),
        BodyFault::BareLf => Refusal::client(replies::bare_line_feed_in_message()),
        BodyFault::Intake(cause) => cause.into(),
    }
}

fn header_refusal(limits: &SmtpLimits, fault: HeaderFault) -> Refusal {
    match fault {
        HeaderFault::TooLarge => {
            Refusal::nobody(replies::header_too_large(limits.header_octets_max))
        }
        HeaderFault::ReceivedTooOften => {
            Refusal::nobody(replies::received_too_often(limits.received_max))
        }
        HeaderFault::DeliveredBefore => Refusal::nobody(replies::DELIVERED_BEFORE),
    }
}
