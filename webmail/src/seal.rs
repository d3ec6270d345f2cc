//! Seals made with a session's own secret: the token in every form, and the words that come back in a URL.
//!
//! Nothing is kept for them: whoever has the session can check what the session sealed, and nobody else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// What can be sealed by a holder of the secret.
#[derive(Clone)]
pub struct Seal {
    secret: Vec<u8>,
}

const TAG_OCTETS: usize = 16;

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// With a session's token, or the login form's cookie.
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.as_bytes().to_vec() }
    }

    /// The token for forms. It looks different each time: pages are compressed, and an equal secret in each of them
    /// could be guessed from their lengths (BREACH).
    pub fn form_token(&self, mask: [u8; TAG_OCTETS]) -> String {
        let mut token = mask.to_vec();
        token.extend(self.tag("form", "").iter().zip(mask).map(|(octet, mask)| octet ^ mask));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Whether a form's token is ours.
    pub fn is_form_token(&self, token: &str) -> bool {
        let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((mask, masked)) = token.split_at_checked(TAG_OCTETS) else { return false };
        let tag: Vec<u8> = masked.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
        tag.len() == masked.len() && bool::from(tag.ct_eq(&self.tag("form", "")))
    }

    /// `words` with a seal at the end.
    pub fn seal(&self, purpose: &str, words: &str) -> String {
        format!("{words}.{}", URL_SAFE_NO_PAD.encode(self.tag(purpose, words)))
    }

    /// The words, if the seal is ours and for this purpose.
    pub fn open<'w>(&self, purpose: &str, sealed: &'w str) -> Option<&'w str> {
        let (words, tag) = sealed.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        bool::from(tag.ct_eq(&self.tag(purpose, words))).then_some(words)
    }

    fn tag(&self, purpose: &str, words: &str) -> [u8; TAG_OCTETS] {
        let mut tag = [0; TAG_OCTETS];
        // A key of any length is one for HMAC (RFC 2104 §3), so there is always a tag.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) {
            mac.update(purpose.as_bytes());
            mac.update(&[0]);
            mac.update(words.as_bytes());
            let whole = mac.finalize().into_bytes();
            tag.iter_mut().zip(whole).for_each(|(octet, made)| *octet = made);
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_looks_different_each_time_and_is_known_each_time() {
        let seal = Seal::new("secret");
        let (one, two) = (seal.form_token([1; 16]), seal.form_token([2; 16]));
        assert_ne!(one, two);
        assert!(seal.is_form_token(&one) && seal.is_form_token(&two));
    }

    #[test]
    fn other_tokens_are_refused() {
        let seal = Seal::new("secret");
        let good = seal.form_token([7; 16]);
        let short = good.get(..20).unwrap_or_default();
        let long = format!("{good}AAAA");
        for bad in [
            "",
            "x",
            "!!!",
            short,
            &long,
            &URL_SAFE_NO_PAD.encode([0; 32]),
            &Seal::new("other").form_token([7; 16]),
        ] {
            assert!(!seal.is_form_token(bad), "{bad}");
        }
    }

    #[test]
    fn sealed_words_open_for_their_maker_and_purpose_only() {
        let seal = Seal::new("secret");
        let sealed = seal.seal("undo", "a.b");
        assert_eq!(seal.open("undo", &sealed), Some("a.b"));
        assert_eq!(seal.open("other", &sealed), None);
        assert_eq!(Seal::new("x").open("undo", &sealed), None);
        for forged in ["a.b", "a.c.AAAA", "", ".", &sealed.replace('a', "b")] {
            assert_eq!(seal.open("undo", forged), None, "{forged}");
        }
    }
}
