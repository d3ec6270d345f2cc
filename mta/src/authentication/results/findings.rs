//! What was found out, for the store: "why is this here?" reads it.

use serde_json::{Value, json};

use super::super::dkim::Dkim;
use super::super::spf::Spf;
use super::super::verdict::{Action, Verdict};

/// Characters of a sentence that are kept; strangers' records may be quoted in it.
const REASON_CHARS_MAX: usize = 300;

impl Verdict {
    /// Every result with its reason.
    #[must_use]
    pub fn findings(&self) -> Value {
        json!({
            "action": match self.action {
                Action::Take => "take",
                Action::Junk => "junk",
                Action::Refuse => "refuse",
            },
            "why": kept(&self.why),
            "spf": self.spf.as_ref().map(spf),
            "helo": spf(&self.spf_helo),
            "dkim": self.dkim.iter().map(dkim).collect::<Vec<_>>(),
            "dkim_left_out": self.dkim_left_out,
            "dmarc": {
                "result": self.dmarc.result.as_str(),
                "domain": kept(&self.dmarc.domain),
                "policy": self.dmarc.policy.as_str(),
                "why": kept(&self.dmarc.why),
            },
            "arc": { "result": self.chain.result.as_str(), "why": kept(&self.chain.why) },
        })
    }
}

fn spf(spf: &Spf) -> Value {
    json!({ "result": spf.result.as_str(), "domain": kept(&spf.domain), "why": kept(&spf.why) })
}

fn dkim(dkim: &Dkim) -> Value {
    let claim = dkim.claim.as_ref();
    json!({
        "result": dkim.result.as_str(),
        "domain": claim.map(|claim| kept(&claim.domain)),
        "selector": claim.map(|claim| kept(&claim.selector)),
        "why": kept(&dkim.why),
    })
}

/// Cut, and without control characters.
fn kept(text: &str) -> String {
    let shown = |one: char| if one.is_control() { '?' } else { one };
    text.chars().take(REASON_CHARS_MAX).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_write_is_cut_and_has_no_control_characters() {
        assert_eq!(kept("a\r\nb\u{7f}\u{9b}é"), "a??b??é");
        assert_eq!(kept(&"é".repeat(REASON_CHARS_MAX)).chars().count(), REASON_CHARS_MAX);
        assert_eq!(kept(&"é".repeat(REASON_CHARS_MAX + 1)).chars().count(), REASON_CHARS_MAX);
    }
}
