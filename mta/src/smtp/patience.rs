//! How long a client is put up with.
//!
//! Knows how many errors and idle words there have been; it does *not* know what an error is.

use std::time::Duration;

use super::limits::SmtpLimits;

/// The count of one connection.
#[derive(Debug, Default)]
pub struct Patience {
    errors: usize,
    idle_commands: usize,
}

/// What an error leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It is answered, after a while.
    AnswerAfter(Duration),
    /// The connection ends.
    End,
}

impl Patience {
    /// The client has made an error.
    pub fn error(&mut self, limits: &SmtpLimits) -> Reaction {
        self.errors += 1;
        if self.errors > limits.errors_max {
            return Reaction::End;
        }
        Reaction::AnswerAfter(if self.errors > 1 { limits.error_delay } else { Duration::ZERO })
    }

    /// The client has given a command that brings no mail nearer. Beyond the limit it counts as an
    /// error: who says NOOP for ever holds a seat that others wait for.
    pub fn idle_command(&mut self, limits: &SmtpLimits) -> Reaction {
        self.idle_commands += 1;
        if self.idle_commands > limits.idle_commands_max {
            return self.error(limits);
        }
        Reaction::AnswerAfter(Duration::ZERO)
    }

    /// A message was accepted: what came before it was not idle.
    pub const fn message_accepted(&mut self) {
        self.idle_commands = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Reaction = Reaction::AnswerAfter(Duration::ZERO);
    const LATER: Reaction = Reaction::AnswerAfter(Duration::from_secs(1));

    #[test]
    fn errors_are_answered_ever_later_and_then_no_more() {
        let limits = SmtpLimits { errors_max: 3, ..SmtpLimits::default() };
        let mut patience = Patience::default();
        let reactions = [(); 4].map(|()| patience.error(&limits));
        assert_eq!(reactions, [NOW, LATER, LATER, Reaction::End]);
    }

    #[test]
    fn idle_commands_are_errors_from_their_limit_on() {
        let limits = SmtpLimits { errors_max: 1, idle_commands_max: 2, ..SmtpLimits::default() };
        let mut patience = Patience::default();
        let reactions = [(); 4].map(|()| patience.idle_command(&limits));
        assert_eq!(reactions, [NOW, NOW, NOW, Reaction::End]);
    }

    #[test]
    fn a_client_that_brings_mail_may_be_idle_again() {
        let limits = SmtpLimits { errors_max: 0, idle_commands_max: 2, ..SmtpLimits::default() };
        let mut patience = Patience::default();
        for _ in 0..10 {
            assert_eq!([(); 2].map(|()| patience.idle_command(&limits)), [NOW, NOW]);
            patience.message_accepted();
        }
    }
}
