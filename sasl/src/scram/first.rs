//! The client's first message, and our answer to it: whose salt is wanted, and what it is.

use super::last::LastMessage;
use super::words;
use crate::{Fault, Ground, Mechanism, Step, encode};

/// Waits for `gs2-header n=name,r=nonce`.
#[derive(Debug, PartialEq, Eq)]
pub struct FirstMessage {
    mechanism: Mechanism,
    ground: Ground,
}

/// Somebody must say which salt and how many iterations belong to a name.
///
/// For a name that nobody has, too, and then always the same: or the answer tells who lives here.
#[derive(Debug, PartialEq, Eq)]
pub struct SaltWanted {
    name: String,
    /// The client's message without its gs2 header.
    bare: String,
    /// What the last message must say of the channel.
    channel: Vec<u8>,
    nonce: String,
}

impl FirstMessage {
    pub fn new(mechanism: Mechanism, ground: Ground) -> Self {
        Self { mechanism, ground }
    }

    pub fn read(self, message: &[u8]) -> Result<SaltWanted, Fault> {
        let ours = encode(&self.ground.nonce);
        self.read_with(message, &ours)
    }

    /// With our part of the nonce as text, which the example of RFC 7677 gives.
    pub(super) fn read_with(self, message: &[u8], ours: &str) -> Result<SaltWanted, Fault> {
        let message = std::str::from_utf8(message).map_err(|_| Fault::Malformed)?;
        let (flag, rest) = message.split_once(',').ok_or(Fault::Malformed)?;
        let (acts_for, bare) = rest.split_once(',').ok_or(Fault::Malformed)?;
        let binding = self.binding(flag)?;
        let mut words = bare.split(',');
        let name = words::name(words::attribute(words.next(), 'n')?)?;
        let theirs = words::nonce(words::attribute(words.next(), 'r')?)?;
        words::ignore_extensions(words)?;
        // Nobody here acts for somebody else.
        if !acts_for.is_empty() && words::name(words::attribute(Some(acts_for), 'a')?)? != name {
            return Err(Fault::Malformed);
        }
        let header = format!("{flag},{acts_for},");
        Ok(SaltWanted {
            channel: [header.as_bytes(), binding].concat(),
            nonce: format!("{theirs}{ours}"),
            bare: bare.to_owned(),
            name,
        })
    }

    /// RFC 5802 §6. `y` is a client that could bind and thinks that we cannot: when we can, somebody
    /// has taken the -PLUS out of our list. `n` is one that cannot.
    fn binding(&self, flag: &str) -> Result<&[u8], Fault> {
        let (plus, can) = (self.mechanism.needs_binding(), !self.ground.bindings.is_empty());
        match (flag, flag.strip_prefix("p=")) {
            (_, Some(kind)) if plus => self.ground.binding(kind).ok_or(Fault::OtherChannel),
            ("n" | "y", _) if plus => Err(Fault::Malformed),
            ("y", _) if can => Err(Fault::Downgraded),
            ("n" | "y", _) => Ok(&[]),
            _ => Err(Fault::Malformed),
        }
    }
}

impl SaltWanted {
    /// Whose.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Goes on with what was found.
    #[must_use]
    pub fn given(self, salt: &[u8], iterations: u32) -> Step {
        let Self { name, bare, channel, nonce } = self;
        let challenge = format!("r={nonce},s={},i={iterations}", encode(salt));
        let said = format!("{bare},{challenge}");
        Step::ask_for_last_message(challenge, LastMessage { name, said, channel, nonce })
    }
}
