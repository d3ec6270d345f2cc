//! A message on its way: MAIL, RCPT, DATA or BDAT, and what the host answers for each recipient.
//!
//! One rule stands above all others: a recipient has the message only when the host said 2xx *after* it
//! had all of it. Every reply is taken for the command it answers or the conversation ends.

use tokio::io::{AsyncRead, AsyncWrite};
use wire::framing::DotStuffer;

use super::super::parcel::{BodyKind, Parcel};
use super::Client;
use super::answer::{Answer, Step};
use super::commands;
use super::content::{self, Fitted};
use super::denial::Denial;
use super::fault::Fault;
use super::reply::Reply;

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Sends a message to those of its recipients that `who` lists (as places in
    /// [`Parcel::recipients`]), and says for each of them what became of it. After a
    /// [`fault`](Self::fault) the client is of no use any more.
    pub async fn send(&mut self, parcel: &Parcel, who: &[usize]) -> Vec<Answer> {
        let mut round = Round { parcel, answers: vec![Answer::Open; parcel.recipients.len()] };
        if self.fault.is_none() {
            match content::fit(parcel, &self.offer, &self.terms.limits).await {
                Ok(fitted) => {
                    let who = self.can_be_named(&mut round, who);
                    self.rounds(&mut round, &fitted, who).await;
                }
                Err(denial) => round.set(who, &Answer::Denied(denial)),
            }
        }
        who.iter().map(|place| round.answer(*place)).collect()
    }

    /// Those whose address the host can read.
    fn can_be_named(&self, round: &mut Round<'_>, who: &[usize]) -> Vec<usize> {
        let needs_utf8 = |place: &&usize| {
            let recipient = round.parcel.recipients.get(**place);
            recipient.is_some_and(|recipient| !recipient.address.is_ascii())
        };
        let (utf8, ascii): (Vec<usize>, Vec<usize>) =
            who.iter().partition(|place| needs_utf8(place) && !self.offer.smtputf8);
        round.set(&utf8, &Answer::Denied(Denial::Utf8Address));
        ascii
    }

    /// One transaction after another until everybody is settled: as many recipients as go into one, and
    /// again those for whom there was no room (RFC 5321 §4.5.3.1.10).
    async fn rounds(&mut self, round: &mut Round<'_>, fitted: &Fitted, mut who: Vec<usize>) {
        while !who.is_empty() && self.fault.is_none() {
            let left = who.split_off(who.len().min(self.terms.limits.recipients_max.max(1)));
            let outcome = self.transaction(round, fitted, &who).await;
            if let Err(fault) = outcome {
                self.fault = Some(fault);
                return;
            }
            let was_taken =
                who.iter().any(|place| matches!(round.answer(*place), Answer::Taken(_)));
            let mut next = Vec::new();
            if was_taken {
                next = who.into_iter().filter(|place| round.had_no_room(*place)).collect();
            }
            next.extend(left);
            who = next;
        }
    }

    async fn transaction(
        &mut self,
        round: &mut Round<'_>,
        fitted: &Fitted,
        who: &[usize],
    ) -> Result<(), Fault> {
        self.link.expect_silence()?;
        if !self.offer.pipelining {
            return self.step_by_step(round, fitted, who).await;
        }
        self.broke_ahead = true;
        let outcome = self.ahead(round, fitted, who).await;
        self.broke_ahead &= outcome.as_ref().is_err_and(is_of_pipelining);
        outcome
    }

    /// BDAT where it is needed, and where a large message can be refused before all of it was sent.
    fn uses_bdat(&self, fitted: &Fitted) -> bool {
        let form = fitted.form;
        self.offer.chunking
            && form.octets > 0
            && (form.body == BodyKind::Binary
                || form.octets >= self.terms.limits.chunking_octets_min)
    }

    /// Without PIPELINING: each command waits for the reply to the one before.
    async fn step_by_step(
        &mut self,
        round: &mut Round<'_>,
        fitted: &Fitted,
        who: &[usize],
    ) -> Result<(), Fault> {
        self.link.queue(&commands::mail(round.parcel, fitted.form, &self.offer));
        self.link.flush(self.terms.limits.mail_timeout).await?;
        if let Some(refusal) = self.hear_mail().await? {
            round.refuse(who, Step::Mail, &refusal);
            return Ok(());
        }
        let mut accepted = Vec::new();
        for place in who {
            self.link.expect_silence()?;
            self.queue_rcpts(round, &[*place]);
            self.link.flush(self.terms.limits.rcpt_timeout).await?;
            self.hear_rcpts(round, &[*place], &mut accepted).await?;
        }
        if accepted.is_empty() {
            return self.reset().await;
        }
        if self.uses_bdat(fitted) {
            return self.chunks(round, fitted, &accepted).await;
        }
        let reply = self.link.ask("DATA", self.terms.limits.data_timeout).await?;
        self.after_data(round, fitted, &accepted, reply).await
    }

    /// With PIPELINING: MAIL and RCPTs go in groups, DATA with the last of them (RFC 2920 §3.1).
    async fn ahead(
        &mut self,
        round: &mut Round<'_>,
        fitted: &Fitted,
        who: &[usize],
    ) -> Result<(), Fault> {
        let (uses_bdat, group) = (self.uses_bdat(fitted), self.terms.limits.pipelined_max.max(1));
        let (mut accepted, mut refusal, mut left) = (Vec::new(), None, who.len());
        self.link.queue(&commands::mail(round.parcel, fitted.form, &self.offer));
        for (number, places) in who.chunks(group).enumerate() {
            left -= places.len();
            self.link.expect_silence()?;
            self.queue_rcpts(round, places);
            if left == 0 && !uses_bdat {
                self.link.queue("DATA");
            }
            self.link.flush(self.terms.limits.mail_timeout).await?;
            if number == 0 {
                refusal = self.hear_mail().await?;
            }
            self.hear_rcpts(round, places, &mut accepted).await?;
        }
        if let Some(refusal) = refusal {
            accepted.clear();
            round.refuse(who, Step::Mail, &refusal);
        }
        if !uses_bdat {
            let reply = self.link.reply(self.terms.limits.data_timeout).await?;
            return self.after_data(round, fitted, &accepted, reply).await;
        }
        if accepted.is_empty() {
            return self.reset().await;
        }
        self.chunks(round, fitted, &accepted).await
    }

    fn queue_rcpts(&mut self, round: &Round<'_>, places: &[usize]) {
        for recipient in places.iter().filter_map(|place| round.parcel.recipients.get(*place)) {
            self.link.queue(&commands::rcpt(recipient, &self.offer));
        }
    }

    /// The reply to MAIL, if it is a refusal.
    async fn hear_mail(&mut self) -> Result<Option<Reply>, Fault> {
        let reply = self.link.reply(self.terms.limits.mail_timeout).await?;
        if accepts(&reply)? {
            return Ok(None);
        }
        farewell(&reply)?;
        Ok(Some(reply))
    }

    /// The replies to the RCPTs of these recipients: adds those who are accepted.
    async fn hear_rcpts(
        &mut self,
        round: &mut Round<'_>,
        places: &[usize],
        accepted: &mut Vec<usize>,
    ) -> Result<(), Fault> {
        for place in places {
            let reply = self.link.reply(self.terms.limits.rcpt_timeout).await?;
            if accepts(&reply)? {
                accepted.push(*place);
            } else {
                farewell(&reply)?;
                round.refuse(&[*place], Step::Rcpt, &reply);
            }
        }
        Ok(())
    }

    /// The reply to DATA decides. A host that takes DATA without any recipient gets an empty message,
    /// which is for nobody (RFC 2920 §3.1).
    async fn after_data(
        &mut self,
        round: &mut Round<'_>,
        fitted: &Fitted,
        accepted: &[usize],
        reply: Reply,
    ) -> Result<(), Fault> {
        let final_timeout = self.terms.limits.final_timeout;
        match reply.code() {
            354 if accepted.is_empty() => {
                let reply = self.link.ask(".", final_timeout).await?;
                farewell(&reply)
            }
            354 => self.message(round, fitted, accepted).await,
            400.. => {
                farewell(&reply)?;
                round.refuse(accepted, Step::Data, &reply);
                // What MAIL began is still there (RFC 5321 §4.1.1.5).
                self.reset().await
            }
            _ => Err(Fault::OutOfStep(reply)),
        }
    }

    /// The message with its dots doubled, block by block.
    async fn message(
        &mut self,
        round: &mut Round<'_>,
        fitted: &Fitted,
        accepted: &[usize],
    ) -> Result<(), Fault> {
        // All that was sent ahead has been answered: whatever breaks now, PIPELINING is not to blame.
        self.broke_ahead = false;
        let block_octets = self.terms.limits.block_octets;
        let (mut stuffer, mut at) = (DotStuffer::default(), 0);
        while at < fitted.form.octets {
            match content::read(&*fitted.source, at, block_octets).await {
                Ok(block) => {
                    at += block.len() as u64;
                    stuffer.push(&block, self.link.outbox());
                }
                Err(denial) => return self.unreadable(round, accepted, denial),
            }
            if at < fitted.form.octets && self.link.outbox().len() >= block_octets {
                self.block(round, accepted).await?;
            }
        }
        stuffer.finish(self.link.outbox());
        self.block(round, accepted).await?;
        self.last_word(round, accepted).await
    }

    /// Sends what is queued of a message, unless the host has already had enough of it.
    async fn block(&mut self, round: &mut Round<'_>, accepted: &[usize]) -> Result<(), Fault> {
        let reply = match self.link.early_reply().await? {
            Some(reply) => reply,
            None => match self.link.flush(self.terms.limits.block_timeout).await {
                Ok(()) => return Ok(()),
                // It may have said why before it hung up.
                Err(fault) => match self.link.early_reply().await {
                    Ok(Some(reply)) => reply,
                    _ => return Err(fault),
                },
            },
        };
        if reply.code() < 400 {
            // An agreement to what it can't have.
            return Err(Fault::OutOfStep(reply));
        }
        round.refuse(accepted, Step::Content, &reply);
        Err(Fault::Interrupted)
    }

    /// BDAT (RFC 3030 §2): each chunk has its reply, so that a refusal comes early.
    async fn chunks(
        &mut self,
        round: &mut Round<'_>,
        fitted: &Fitted,
        accepted: &[usize],
    ) -> Result<(), Fault> {
        self.broke_ahead = false;
        let (octets, mut at) = (fitted.form.octets, 0);
        while at < octets {
            let chunk = (octets - at).min(self.terms.limits.chunk_octets.max(1) as u64);
            let is_last = at + chunk == octets;
            self.link.expect_silence()?;
            self.link.queue(&format!("BDAT {chunk}{}", if is_last { " LAST" } else { "" }));
            let end = at + chunk;
            while at < end {
                let wanted = usize::try_from(end - at).unwrap_or(usize::MAX);
                let wanted = wanted.min(self.terms.limits.block_octets);
                match content::read(&*fitted.source, at, wanted).await {
                    Ok(block) => {
                        at += block.len() as u64;
                        self.link.outbox().extend_from_slice(&block);
                    }
                    Err(denial) => return self.unreadable(round, accepted, denial),
                }
                self.block(round, accepted).await?;
            }
            if is_last {
                return self.last_word(round, accepted).await;
            }
            let reply = self.link.reply(self.terms.limits.block_timeout).await?;
            if !accepts(&reply)? {
                round.refuse(accepted, Step::Content, &reply);
                farewell(&reply)?;
                return self.reset().await;
            }
        }
        Ok(())
    }

    /// All of the message is out. From here on silence means that nobody knows who has it.
    async fn last_word(&mut self, round: &mut Round<'_>, accepted: &[usize]) -> Result<(), Fault> {
        round.set(accepted, &Answer::Perhaps);
        let reply = self.link.reply(self.terms.limits.final_timeout).await?;
        if accepts(&reply)? {
            round.set(accepted, &Answer::Taken(reply));
            return Ok(());
        }
        round.refuse(accepted, Step::Content, &reply);
        farewell(&reply)
    }

    /// Without its end the host must not take what it has for a message: the connection goes.
    fn unreadable(
        &mut self,
        round: &mut Round<'_>,
        accepted: &[usize],
        denial: Denial,
    ) -> Result<(), Fault> {
        round.set(accepted, &Answer::Denied(denial));
        Err(Fault::Source(denial.to_string()))
    }

    async fn reset(&mut self) -> Result<(), Fault> {
        let reply = self.link.ask("RSET", self.terms.limits.rset_timeout).await?;
        if reply.is_success() { Ok(()) } else { Err(Fault::OutOfStep(reply)) }
    }
}

/// What is known of each recipient so far.
struct Round<'a> {
    parcel: &'a Parcel,
    answers: Vec<Answer>,
}

impl Round<'_> {
    fn answer(&self, place: usize) -> Answer {
        self.answers.get(place).cloned().unwrap_or(Answer::Open)
    }

    fn set(&mut self, who: &[usize], answer: &Answer) {
        for place in who {
            if let Some(known) = self.answers.get_mut(*place) {
                known.clone_from(answer);
            }
        }
    }

    fn refuse(&mut self, who: &[usize], step: Step, reply: &Reply) {
        self.set(who, &Answer::Refused { step, reply: reply.clone() });
    }

    /// Whether the host said "too many recipients" (RFC 5321 §4.5.3.1.10): `4.5.3`, `5.5.3`, or 452 and
    /// 552 without such a word.
    fn had_no_room(&self, place: usize) -> bool {
        let Some(Answer::Refused { step: Step::Rcpt, reply }) = self.answers.get(place) else {
            return false;
        };
        match reply.status() {
            Some(status) => (status.subject, status.detail) == (5, 3),
            None => matches!(reply.code(), 452 | 552),
        }
    }
}

/// Whether the host agrees. 3xx is an answer to something else.
fn accepts(reply: &Reply) -> Result<bool, Fault> {
    match reply.code() {
        200..=299 => Ok(true),
        400.. => Ok(false),
        _ => Err(Fault::OutOfStep(reply.clone())),
    }
}

/// Nothing follows a 421, and it says nothing about the message: another host may be asked.
fn farewell(reply: &Reply) -> Result<(), Fault> {
    if reply.is_farewell() { Err(Fault::Farewell(reply.clone())) } else { Ok(()) }
}

/// What a host does that loses or mixes up what was sent ahead.
const fn is_of_pipelining(fault: &Fault) -> bool {
    matches!(fault, Fault::Closed | Fault::Timeout | Fault::OutOfStep(_) | Fault::Reply(_))
}
