//! One delivery: host after host, until all parcels are settled.

use std::collections::VecDeque;

use dns::{Name, Proof};
use message::Timestamp;
use tokio::time::Instant;

use super::super::client::{Answer, Denial, Fault};
use super::super::outcome::{Outcome, Verdict, With};
use super::super::parcel::Parcel;
use super::super::route::{self, Hop, RelayTls, Route};
use super::super::tls::sts::{self, Finding};
use super::super::tls::{Dane, Demand, Policy, PolicyKind, TlsFailure, TlsRecord, dane};
use super::session::{Session, Unopened, Way};
use super::{Courier, Desk, Destination, Memory, Report, Settled};

/// A parcel that breaks so many conversations waits for another day.
const BREAKS_MAX: u32 = 2;

pub(super) struct Run<'a> {
    pub courier: &'a Courier,
    pub domain: Option<Name>,
    pub report: Report,
    /// When everything ends.
    pub until: Instant,
    destination: &'a Destination,
    desk: &'a mut dyn Desk,
    began: Instant,
    /// Handed out and not settled.
    at_hand: VecDeque<Item>,
    desk_is_empty: bool,
    connections: usize,
    is_relayed: bool,
    /// The last thing that stood in the way of everything, for now and for good.
    for_now: Option<Outcome>,
    for_good: Option<Outcome>,
}

struct Item {
    parcel: Parcel,
    outcomes: Vec<Option<Outcome>>,
    /// The last thing that stood in the way of this parcel.
    last: Option<Outcome>,
    breaks: u32,
}

/// How a conversation ended.
enum End {
    /// Well.
    Well,
    /// Badly, but it had brought us further: the same host again.
    Again,
    /// Badly, because the host loses what is sent ahead: the same host again, without that.
    AgainStepByStep,
    /// Badly.
    Broken,
}

impl<'a> Run<'a> {
    pub fn new(
        courier: &'a Courier,
        destination: &'a Destination,
        domain: Option<Name>,
        desk: &'a mut dyn Desk,
    ) -> Self {
        let began = Instant::now();
        Self {
            courier,
            domain,
            report: Report { memory: destination.memory.clone(), ..Report::default() },
            until: began + courier.settings.limits.time_max,
            destination,
            desk,
            began,
            at_hand: VecDeque::new(),
            desk_is_empty: false,
            connections: 0,
            is_relayed: false,
            for_now: None,
            for_good: None,
        }
    }

    pub async fn carry(mut self, now: Timestamp) -> Report {
        if let Some(item) = self.next_item().await {
            self.at_hand.push_back(item);
            match self.find_route(now).await {
                Ok(route) => self.try_hosts(&route).await,
                Err(none) => self.note(Outcome::no_route(&none)),
            }
            self.give_up().await;
        }
        self.report
    }

    async fn find_route(&mut self, now: Timestamp) -> Result<Route, route::NoRoute> {
        let world = &self.courier.world;
        let settings = &self.courier.settings.route;
        let host = &self.destination.host;
        let route = route::find(&*world.dns, host, settings, &*world.dice).await?;
        // What the owner has set is not for the domain to say.
        self.is_relayed = route.relay.is_some();
        if !self.is_relayed {
            self.find_policy(now).await;
        }
        Ok(route)
    }

    /// MTA-STS: the policy that is known, or a newer one.
    async fn find_policy(&mut self, now: Timestamp) {
        let known = self.report.memory.sts.take();
        let world = &self.courier.world;
        let (Some(fetcher), Some(domain)) = (&world.policies, &self.domain) else {
            self.report.memory.sts = known.filter(|known| known.holds(now));
            return;
        };
        let Finding { known, failure } =
            sts::find(&*world.dns, &**fetcher, domain, known, now).await;
        self.report.memory.sts = known;
        if let Some(failure) = failure {
            self.record(PolicyKind::Sts, &With::default(), Err(failure));
        }
    }

    async fn try_hosts(&mut self, route: &Route) {
        for group in 0..route.groups() {
            let dns = &self.courier.world.dns;
            let hops = route.hops(group, &**dns, &self.courier.settings.route).await;
            // Better hosts have been tried: that they failed is what there is to say.
            if hops.are_ours && group > 0 {
                return;
            }
            for lost in &hops.lost {
                self.note(Outcome::no_route(lost));
            }
            for hop in &hops.found {
                self.visit(route, hop).await;
                if !self.has_something().await {
                    return;
                }
            }
        }
    }

    /// Tries the addresses of a host, each as often as that makes sense.
    async fn visit(&mut self, route: &Route, hop: &Hop) {
        let policy = match self.policy(route, hop).await {
            Ok(policy) => policy,
            Err((kind, failure)) => {
                let with = With { host: Some(hop.label()), ..With::default() };
                self.note(Outcome::later(7, 0, &failure, &with));
                self.record(kind, &with, Err(failure));
                return;
            }
        };
        for address in &hop.addresses {
            let mut way = Way { tls: true, pipelining: true };
            while self.has_something().await && self.may_connect() {
                match self.open(route, hop, *address, &policy, way).await {
                    Err(Unopened::InClear) => way.tls = false,
                    Err(Unopened::Failed(outcome)) => {
                        self.note(*outcome);
                        break;
                    }
                    Ok(session) => match self.work(session).await {
                        End::AgainStepByStep => way.pipelining = false,
                        End::Again => {}
                        End::Well | End::Broken => return,
                    },
                }
            }
        }
    }

    /// Nobody is called without anything to give.
    async fn has_something(&mut self) -> bool {
        if self.at_hand.is_empty() {
            let next = self.next_item().await;
            self.at_hand.extend(next);
        }
        !self.at_hand.is_empty()
    }

    fn may_connect(&mut self) -> bool {
        let limits = &self.courier.settings.limits;
        self.connections += 1;
        let may = self.connections <= limits.connections_max && Instant::now() < self.until;
        if !may && self.for_now.is_none() {
            self.note(Outcome::out_of_time());
        }
        may
    }

    /// What a host's TLS must be.
    async fn policy(
        &mut self,
        route: &Route,
        hop: &Hop,
    ) -> Result<Policy, (PolicyKind, TlsFailure)> {
        if let Some(relay) = &route.relay {
            let demand = match relay.tls {
                RelayTls::Implicit | RelayTls::Required => Demand::Web,
                RelayTls::IfOffered => Demand::Nothing,
            };
            let (kind, server_name) = (PolicyKind::NoPolicyFound, hop.name.clone());
            return Ok(Policy { kind, demand, server_name, complaint: None });
        }
        let port = self.courier.settings.route.port;
        let dane = match route.proof {
            Proof::Secure => dane(&*self.courier.world.dns, &hop.tlsa_bases, port).await,
            _ => Dane::None,
        };
        let kind = if matches!(dane, Dane::None) { PolicyKind::Sts } else { PolicyKind::Tlsa };
        let Memory { had_tls, sts } = &self.report.memory;
        let sts = sts.as_ref().map(|known| &known.policy);
        Policy::for_hop(self.domain.as_ref(), hop.name.as_ref(), &dane, sts, *had_tls)
            .map_err(|failure| (kind, failure))
    }

    /// Gives a host one parcel after the other.
    async fn work(&mut self, mut session: Session) -> End {
        let (mut settled, mut aside) = (0_usize, Vec::new());
        while session.client.fault().is_none()
            && let Some(mut item) = self.next_item().await
        {
            self.send(&mut session, &mut item).await;
            if item.is_settled() {
                // A host that may or may not have it is not trusted with the next one so soon.
                settled += usize::from(!item.is_doubtful());
                self.settle(item).await;
            } else {
                aside.push(item);
            }
        }
        self.at_hand.extend(aside);
        let (fault, broke_ahead) = (session.client.fault().cloned(), session.client.broke_ahead());
        session.log(settled, fault.as_ref());
        let Some(fault) = fault else {
            session.client.quit().await;
            return End::Well;
        };
        self.note(Outcome::later(4, 2, fault, &session.with));
        match (broke_ahead, settled > 0) {
            (true, _) => End::AgainStepByStep,
            (false, true) => End::Again,
            (false, false) => End::Broken,
        }
    }

    async fn send(&mut self, session: &mut Session, item: &mut Item) {
        let with = &session.with;
        if item.parcel.requiretls && !session.is_sure {
            item.last = Some(Outcome::denied(Denial::NoSureTls, with));
            return;
        }
        let who = item.open();
        let answers = session.client.send(&item.parcel, &who).await;
        let fault = session.client.fault();
        let max = self.courier.settings.limits.reply_octets_max;
        for (place, answer) in who.into_iter().zip(answers) {
            let outcome = match answer {
                Answer::Taken(reply) | Answer::Refused { reply, .. } => {
                    Outcome::said(&reply, with, max)
                }
                // Another host may offer it (RFC 8689 §4.2.1).
                Answer::Denied(Denial::NoRequireTls) => {
                    item.last = Some(Outcome::denied(Denial::NoRequireTls, with));
                    continue;
                }
                Answer::Denied(denial) => Outcome::denied(denial, with),
                Answer::Perhaps => Outcome::perhaps(with, fault.unwrap_or(&Fault::Closed)),
                Answer::Open => {
                    item.last = Some(Outcome::later(4, 2, fault.unwrap_or(&Fault::Closed), with));
                    continue;
                }
            };
            item.set(place, outcome);
        }
        // A farewell in words is no message's fault.
        let broke = fault.is_some_and(|fault| !matches!(fault, Fault::Farewell(_)));
        if broke && !session.client.broke_ahead() {
            item.breaks += 1;
        }
        if item.breaks >= BREAKS_MAX {
            item.close(None, None);
        }
    }

    /// What has been handed out comes first, but for what broke a conversation: that must not hold up
    /// the others. The desk hands out more while there is time.
    async fn next_item(&mut self) -> Option<Item> {
        let may_ask =
            !self.desk_is_empty && self.began.elapsed() < self.courier.settings.limits.serving_time;
        if may_ask && self.at_hand.front().is_none_or(|item| item.breaks > 0) {
            let next = self.desk.next().await;
            self.desk_is_empty = next.is_none();
            if let Some(parcel) = next {
                return Some(Item::new(parcel));
            }
        }
        self.at_hand.pop_front()
    }

    async fn settle(&mut self, item: Item) {
        let Item { parcel, outcomes, .. } = item;
        let outcomes = outcomes.into_iter().flatten().collect();
        self.desk.settle(Settled { parcel, outcomes }).await;
    }

    /// No host is left.
    async fn give_up(&mut self) {
        let obstacle = self.for_now.clone().or_else(|| self.for_good.clone());
        while let Some(mut item) = self.at_hand.pop_front() {
            item.close(self.for_now.as_ref(), self.for_good.as_ref());
            self.settle(item).await;
        }
        self.report.obstacle = obstacle;
    }

    fn note(&mut self, outcome: Outcome) {
        if outcome.verdict == Verdict::Failed {
            self.for_good = Some(outcome);
        } else {
            self.for_now = Some(outcome);
        }
    }

    /// For TLS-RPT. What a relay does is nothing to tell the domain.
    pub fn record(&mut self, policy: PolicyKind, with: &With, outcome: Result<(), TlsFailure>) {
        if self.is_relayed {
            return;
        }
        let host = with.host.clone().unwrap_or_default();
        self.report.tls.push(TlsRecord { policy, host, address: with.address, outcome });
    }
}

impl Item {
    fn new(parcel: Parcel) -> Self {
        let outcomes = vec![None; parcel.recipients.len()];
        Self { parcel, outcomes, last: None, breaks: 0 }
    }

    /// The recipients of whom nothing is known yet.
    fn open(&self) -> Vec<usize> {
        let open = self.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none());
        open.map(|(place, _)| place).collect()
    }

    fn is_settled(&self) -> bool {
        self.outcomes.iter().all(Option::is_some)
    }

    fn is_doubtful(&self) -> bool {
        self.outcomes.iter().flatten().any(|outcome| outcome.perhaps_delivered)
    }

    fn set(&mut self, place: usize, outcome: Outcome) {
        if let Some(known) = self.outcomes.get_mut(place) {
            *known = Some(outcome);
        }
    }

    /// Settles those who are open: as long as something may change, for now.
    fn close(&mut self, for_now: Option<&Outcome>, for_good: Option<&Outcome>) {
        let last = self.last.as_ref();
        let later = last.filter(|last| last.verdict != Verdict::Failed);
        let outcome = later.or(for_now).or(last).or(for_good).cloned();
        let outcome = outcome
            .unwrap_or_else(|| Outcome::later(4, 1, "no host could be tried", &With::default()));
        for known in &mut self.outcomes {
            known.get_or_insert_with(|| outcome.clone());
        }
    }
}
