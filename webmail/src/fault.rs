//! What can go wrong between a request and its page, whose fault it is, and what the person reads about it.
//!
//! A handler returns a [`Fault`]; it travels in the response's extensions to the one place ([`show`]) that makes a page
//! of it. No page holds an error's own words: those are for the log.

use crate::house::House;
use crate::pages::TroublePage;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mailstore::Error;

/// Why there is no page as asked for.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing of this account is there; also what belongs to another account.
    NotFound,
    /// No session, or one that ended. Holds the page to come back to.
    SignedOut {
        /// Path with query; nothing for what was posted.
        next: Option<String>,
    },
    /// The form was not one of ours, or is older than the session.
    ForeignForm,
    /// Plain HTTP where a secret would travel in the open.
    Unencrypted,
    /// The form cannot be understood; says what is wrong with it.
    BadForm(&'static str),
    /// Larger than any form of ours.
    TooLarge,
    /// The address exists, but not for this.
    WrongMethod,
    /// It took longer than it may.
    TooSlow,
    /// A bug of ours.
    Crashed,
    /// The store said no, and it is neither the person's fault nor for ever.
    Store(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchMailbox
            | Error::NoSuchMessage
            | Error::NoSuchAccount
            | Error::NotFound(_) => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.words().status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Makes a page of a fault that a handler left in its response.
pub async fn show(State(house): State<House>, request: Request, next: Next) -> Response {
    let asked_for_page = request.method() == axum::http::Method::GET;
    let mut response = next.run(request).await;
    let Some(fault) = response.extensions_mut().remove::<Fault>() else { return response };
    fault.log();
    if let Fault::SignedOut { next: Some(next) } = &fault
        && asked_for_page
    {
        let next = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
        return (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/login?next={next}"))])
            .into_response();
    }
    let words = fault.words();
    let page = TroublePage {
        assets: house.assets(),
        title: words.title,
        words: words.words,
        href: words.href,
        link: words.link,
    };
    (words.status, crate::pages::render(&page)).into_response()
}

/// The answer after a panic.
pub fn crashed(_: Box<dyn std::any::Any + Send>) -> Response {
    Fault::Crashed.into_response()
}

struct Words {
    status: StatusCode,
    title: &'static str,
    words: &'static str,
    href: &'static str,
    link: &'static str,
}

const INBOX: (&str, &str) = ("/", "To the inbox");
const DOOR: (&str, &str) = ("/login", "Sign in");

impl Fault {
    fn words(&self) -> Words {
        let (status, title, words, (href, link)) = match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "It may have been deleted or moved since, or the address has a slip in it.",
                INBOX,
            ),
            Self::SignedOut { .. } => (
                StatusCode::FORBIDDEN,
                "You are signed out",
                "Your session has ended, so what you asked for was not done. Sign in and do it again.",
                DOOR,
            ),
            Self::ForeignForm => (
                StatusCode::FORBIDDEN,
                "That did not come from one of our pages",
                "So nothing was done. If you pressed a button here, the page was older than your session: load it again and press once more.",
                INBOX,
            ),
            Self::Unencrypted => (
                StatusCode::FORBIDDEN,
                "This connection is not encrypted",
                "Your password and your mail would travel in the open. Use the address that begins with https.",
                ("/", "Try again"),
            ),
            Self::BadForm(words) => {
                (StatusCode::BAD_REQUEST, "Something in that form is not right", *words, INBOX)
            }
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "That is too much at once",
                "The form was larger than any of ours can be. Nothing was done.",
                INBOX,
            ),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "This address is for a button",
                "It does something when a button is pressed; there is no page to see here.",
                INBOX,
            ),
            Self::TooSlow => (
                StatusCode::SERVICE_UNAVAILABLE,
                "That took too long",
                "The house is busy. Please try again in a moment.",
                INBOX,
            ),
            Self::Crashed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "We made a mistake",
                "Something went wrong on our side, and it is in the log. Your mail is safe. Please try again.",
                INBOX,
            ),
            Self::Store(Error::OverQuota { .. }) => (
                StatusCode::INSUFFICIENT_STORAGE,
                "Your mailbox is full",
                "There is no room for this. Delete some large letters for good and try again.",
                INBOX,
            ),
            Self::Store(Error::Full) => (
                StatusCode::INSUFFICIENT_STORAGE,
                "The disk of this house is full",
                "Reading still works; nothing can be changed until its owner has made room.",
                INBOX,
            ),
            Self::Store(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The mail store does not answer",
                "Nothing was lost. Please try again in a moment.",
                INBOX,
            ),
        };
        Words { status, title, words, href, link }
    }

    /// Ours are errors in the log; the person's are not worth a line.
    fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "a page could not be made"),
            Self::Crashed => tracing::error!("a request panicked"),
            Self::TooSlow => tracing::warn!("a request took too long"),
            _ => {}
        }
    }
}
