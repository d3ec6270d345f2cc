//! Logging in at a smarthost (RFC 4954): PLAIN and LOGIN, under TLS only.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Client, Denial, Step, Trouble};

/// Who we are at a smarthost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The login name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// A password: it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides it.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Logs in.
    pub async fn log_in(&mut self, credentials: &Credentials) -> Result<(), Trouble> {
        let (user, password) = (&credentials.user, &credentials.password.0);
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        let words = if self.tls.is_none() {
            return Err(Trouble::Denied(Denial::NoLogin));
        } else if self.offer.auth_plain {
            vec![format!("AUTH PLAIN {plain}")]
        } else if self.offer.auth_login {
            vec!["AUTH LOGIN".to_owned(), STANDARD.encode(user), STANDARD.encode(password)]
        } else {
            return Err(Trouble::Denied(Denial::NoLogin));
        };
        let mut left = words.len();
        for word in words {
            left -= 1;
            let reply = self.link.ask(&word, self.terms.limits.hello_timeout).await?;
            let expected = if left == 0 { reply.is_success() } else { reply.code() == 334 };
            if !expected {
                return Err(Trouble::Refused { step: Step::Auth, reply });
            }
        }
        Ok(())
    }
}
