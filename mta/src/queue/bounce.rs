//! What follows from tries: rows of the store, and what the sender hears.

use std::time::Duration;

use bytes::Bytes;
use mailstore::{
    BodyType, Delivery, DsnRequest, DsnReturn, Error, Flags, Leased, LeasedRecipient,
    LocalRecipient, LocalTarget, Notify, Outgoing, OutgoingRecipient, PeerFacts, Priority,
    Resolution, Settlement, Targets,
};
use message::{Address, Envelope, ForwardPath, ReversePath, Timestamp, TraceId};
use tracing::{error, info, warn};

use super::report::{Action, Original, Report, Told};
use super::worker::Queue;
use crate::delivery::client::reply::Status;
use crate::delivery::{Outcome, Verdict};

/// Octets of a letter that are read for its header.
const HEADER_OCTETS_READ: u64 = 256 << 10;

/// What became of a message is told again when the store could not take it: who has the message would get
/// it twice otherwise.
const SETTLE_PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(2), Duration::from_secs(10)];

/// So long a bounce waits for room in its sender's mailbox after the message was given up.
const ROOM_AWAITED_SECONDS: i64 = 5 * 24 * 3_600;

/// A recipient, and what became of it.
#[derive(Debug)]
pub(super) struct Tried {
    recipient: LeasedRecipient,
    outcome: Outcome,
}

/// What the sender may want to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Nothing,
    Failed,
    Delayed,
    Relayed,
}

impl Tried {
    pub(super) const fn new(recipient: LeasedRecipient, outcome: Outcome) -> Self {
        Self { recipient, outcome }
    }

    fn settlement(&self) -> Settlement {
        let Self { recipient, outcome } = self;
        Settlement {
            recipient: recipient.id,
            outcome: match outcome.verdict {
                Verdict::Delivered => mailstore::Outcome::Delivered,
                Verdict::Failed => mailstore::Outcome::Failed,
                Verdict::Later => mailstore::Outcome::Later(None),
            },
            host: outcome.host.clone(),
            reply: outcome.reply.clone(),
            tls: outcome.tls.as_ref().map(ToString::to_string),
        }
    }

    /// RFC 3461 §4.1: without a wish, failures and delays are told.
    fn news(&self, is_late: bool) -> News {
        let Self { recipient, outcome } = self;
        let wants = |what| recipient.notify.contains(what);
        let unsaid = recipient.notify.is_empty();
        match outcome.verdict {
            Verdict::Failed if unsaid || wants(Notify::FAILURE) => News::Failed,
            Verdict::Later if recipient.delay_told || !is_late => News::Nothing,
            Verdict::Later if unsaid || wants(Notify::DELAY) => News::Delayed,
            Verdict::Delivered if wants(Notify::SUCCESS) && !outcome.dsn_passed_on => News::Relayed,
            _ => News::Nothing,
        }
    }

    fn told(&self, action: Action, leased: &Leased, at: Timestamp) -> Told {
        let Self { recipient, outcome } = self;
        Told {
            address: recipient.address.clone(),
            original: recipient.original.clone(),
            action,
            status: outcome.status.to_string(),
            host: outcome.host.clone().filter(|_| outcome.said_by_host),
            reply: outcome.reply.clone(),
            last_attempt: at,
            retry_until: (action == Action::Delayed).then_some(leased.expires),
        }
    }
}

/// Writes down what became of a message's recipients, each kind of news together with the report that
/// tells it.
pub(super) async fn settle(queue: &Queue, leased: &Leased, mut tried: Vec<Tried>) {
    let now = queue.store.now();
    if now >= leased.expires {
        tried.iter_mut().for_each(|one| give_up(&mut one.outcome));
    }
    // Nobody hears of a bounce that comes back (RFC 5321 §6.1).
    let sender = leased.reverse_path.address();
    let is_late = queue.settings.schedule.is_delayed(now, leased.accepted.max(leased.not_before));
    let news = |one: &Tried| if sender.is_some() { one.news(is_late) } else { News::Nothing };
    for kind in [News::Nothing, News::Relayed, News::Failed, News::Delayed] {
        let (of_kind, rest) = tried.into_iter().partition::<Vec<_>, _>(|one| news(one) == kind);
        tried = rest;
        if of_kind.is_empty() {
            continue;
        }
        let settlements: Vec<Settlement> = of_kind.iter().map(Tried::settlement).collect();
        match sender.filter(|_| kind != News::Nothing) {
            None => settle_silently(queue, leased, settlements).await,
            Some(sender) => {
                tell(queue, leased, sender, kind, &of_kind, settlements, now).await;
            }
        }
    }
}

/// It was tried for as long as it may be.
fn give_up(outcome: &mut Outcome) {
    if outcome.verdict == Verdict::Later {
        outcome.verdict = Verdict::Failed;
        outcome.status = Status::new(5, 4, 7);
    }
}

async fn settle_silently(queue: &Queue, leased: &Leased, settlements: Vec<Settlement>) {
    for pause in SETTLE_PAUSES {
        match queue.store.settle_outbound(settlements.clone()).await {
            Ok(_) => return,
            Err(cause) => {
                warn!(trace = %leased.trace, %cause, "cannot write down what became of it")
            }
        }
        tokio::time::sleep(pause).await;
    }
    // They will be tried again, and those who have it get it twice: that is worth a line.
    error!(trace = %leased.trace, "it was never written down; who has the message may get it twice");
}

async fn tell(
    queue: &Queue,
    leased: &Leased,
    sender: &Address,
    kind: News,
    tried: &[Tried],
    settlements: Vec<Settlement>,
    now: Timestamp,
) {
    let report = match report(queue, leased, sender, kind, tried, now).await {
        Ok(report) => report,
        Err(cause) => {
            warn!(trace = %leased.trace, %cause, "cannot write to the sender; trying again later");
            if kind == News::Relayed {
                settle_silently(queue, leased, settlements).await;
            }
            return;
        }
    };
    match queue.store.settle_with_report(settlements.clone(), report).await {
        Ok((_, delivered)) => {
            let told = delivered.is_some();
            info!(trace = %leased.trace, to = %sender, ?kind, told, "told the sender");
        }
        Err(Error::Full | Error::Unavailable(_)) if kind != News::Relayed => {
            warn!(trace = %leased.trace, "cannot write to the sender; trying again later");
        }
        // Who is told nothing believes that it arrived.
        Err(Error::OverQuota { .. })
            if kind == News::Failed && now < leased.expires + ROOM_AWAITED_SECONDS =>
        {
            warn!(trace = %leased.trace, to = %sender, "no room for a bounce; trying again later");
        }
        Err(cause) => {
            error!(trace = %leased.trace, to = %sender, ?kind, %cause, "the sender cannot be told");
            settle_silently(queue, leased, settlements).await;
        }
    }
}

/// The report as a delivery, or nothing when there is nobody to get it.
async fn report(
    queue: &Queue,
    leased: &Leased,
    sender: &Address,
    kind: News,
    tried: &[Tried],
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let path = ForwardPath::Address(sender.clone());
    let targets = match queue.store.resolve(&path).await? {
        Resolution::Local(targets) => targets,
        Resolution::NotLocal => Targets { here: Vec::new(), elsewhere: vec![sender.clone()] },
        // The address went meanwhile; whoever sent the letter may still be here.
        Resolution::Unknown => match leased.account {
            Some(account) => Targets {
                here: vec![LocalTarget { account, address: sender.clone() }],
                elsewhere: Vec::new(),
            },
            None => return Ok(None),
        },
    };
    let trace = queue.store.new_trace_id();
    let octets = written(queue, leased, sender, kind, tried, (trace.clone(), now)).await?;
    let plain = octets.is_ascii();
    let local: Vec<LocalRecipient> = targets.here.into_iter().map(here).collect();
    let outgoing = away(queue, targets.elsewhere, leased.requiretls, plain, now);
    Ok(Some(Delivery {
        trace,
        envelope: Envelope { reverse_path: ReversePath::Null, recipients: vec![path] },
        staged: queue.store.stage(&octets).await?,
        local,
        outgoing: outgoing.into_iter().collect(),
        peer: PeerFacts {
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            helo: None,
            tls: None,
            protocol: "report".to_owned(),
        },
        findings: None,
    }))
}

async fn written(
    queue: &Queue,
    leased: &Leased,
    sender: &Address,
    kind: News,
    tried: &[Tried],
    (trace, now): (TraceId, Timestamp),
) -> Result<Vec<u8>, Error> {
    let whole = leased.dsn.ret == Some(DsnReturn::Full)
        && kind == News::Failed
        && leased.octets <= queue.settings.limits.returned_octets_max;
    let message = match returned(queue, leased, whole).await {
        // Then the sender must hear at least that.
        Err(Error::NoSuchMessage | Error::Corrupt(_)) => Bytes::new(),
        message => message?,
    };
    let action = match kind {
        News::Delayed => Action::Delayed,
        News::Relayed => Action::Relayed,
        News::Failed | News::Nothing => Action::Failed,
    };
    let recipients: Vec<Told> = tried.iter().map(|one| one.told(action, leased, now)).collect();
    let report = Report {
        trace,
        hostname: queue.settings.hostname.as_ascii(),
        at: now,
        to: sender,
        original: Original {
            accepted: leased.accepted,
            envelope_id: leased.dsn.envid.as_deref(),
            message: &message,
            whole,
        },
        recipients: &recipients,
    };
    Ok(report.to_bytes())
}

/// What goes back of the letter.
async fn returned(queue: &Queue, leased: &Leased, whole: bool) -> Result<Bytes, Error> {
    let content = queue.store.content(leased.content).await?;
    content.read(0..if whole { content.octets() } else { HEADER_OCTETS_READ }).await
}

fn here(target: LocalTarget) -> LocalRecipient {
    LocalRecipient {
        account: target.account,
        address: target.address,
        mailbox: None,
        flags: Flags::NONE,
        reason: None,
    }
}

/// A report that leaves the house. Nobody wants to hear of it (RFC 3461 §5.2.8).
fn away(
    queue: &Queue,
    addresses: Vec<Address>,
    requiretls: bool,
    plain: bool,
    now: Timestamp,
) -> Option<Outgoing> {
    if addresses.is_empty() {
        return None;
    }
    let lifetime = queue.settings.schedule.given_up_after.as_secs();
    let smtputf8 = !addresses.iter().all(Address::is_ascii);
    let recipient = |address| OutgoingRecipient { address, notify: Notify::NEVER, original: None };
    Some(Outgoing {
        account: None,
        reverse_path: ReversePath::Null,
        recipients: addresses.into_iter().map(recipient).collect(),
        not_before: now,
        expires: now + i64::try_from(lifetime).unwrap_or(i64::MAX),
        priority: Priority::Letter,
        body: if plain { BodyType::SevenBit } else { BodyType::EightBitMime },
        smtputf8,
        requiretls,
        dsn: DsnRequest::default(),
    })
}
