//! A house with two accounts, and a browser that knows cookies and forms.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use mailstore::{
    AccountId, Clock, FlagList, Flags, LoginLimits, MailboxId, NewAccount, Options, Outside,
    Password, Store, SystemEntropy, Uid, UidSet,
};
use message::{Address, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt as _;
use webmail::{Config, Connection, Limits, Webmail};

/// Monday 23 November 2026, 11:40:18 UTC.
pub const NOW: i64 = 1_795_434_018;

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(NOW)
    }
}

/// A house for one test.
pub struct House {
    pub store: Store,
    pub router: Router,
    pub ann: AccountId,
    pub inbox: MailboxId,
    _folder: TempDir,
}

impl House {
    pub async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::on(Options::default(), limits).await
    }

    /// On a store with these options.
    pub async fn on(options: Options, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let outside = Outside { clock: Arc::new(StoppedClock), entropy: Arc::new(SystemEntropy) };
        let login = LoginLimits {
            short_delay: Duration::ZERO,
            long_delay: Duration::ZERO,
            pair_failures_max: 3,
            ..LoginLimits::default()
        };
        let store = Store::open(folder.path(), Options { login, ..options }, outside).unwrap();
        let ann = account(&store, "ann@example.org", "Ann Lee").await;
        account(&store, "bob@example.org", "Bob Marsh").await;
        let inbox = store.mailbox_by_name(ann, "INBOX").await.unwrap().id;
        let config = Config {
            house: "mail.example.org".into(),
            zone: "UTC".into(),
            limits,
            ..Config::default()
        };
        let router = Webmail { store: store.clone(), config }.router();
        Self { store, router, ann, inbox, _folder: folder }
    }

    /// Puts a message into a mailbox, so many seconds ago.
    pub async fn put(&self, mailbox: MailboxId, message: &str, seconds_ago: i64) -> Uid {
        self.put_flagged(mailbox, message, seconds_ago, Flags::NONE).await
    }

    pub async fn put_flagged(
        &self,
        mailbox: MailboxId,
        message: &str,
        seconds_ago: i64,
        flags: Flags,
    ) -> Uid {
        let staged = self.store.stage(message.replace('\n', "\r\n").as_bytes()).await.unwrap();
        let arrived = Some(Timestamp::new(NOW - seconds_ago));
        self.store.append(mailbox, staged, FlagList::from(flags), arrived).await.unwrap().uid
    }

    /// Puts a short letter of this subject into the inbox.
    pub async fn letter(&self, subject: &str, seconds_ago: i64) -> Uid {
        self.put(self.inbox, &letter(subject, "Hello."), seconds_ago).await
    }

    pub async fn mailbox(&self, name: &str) -> MailboxId {
        self.store.mailbox_by_name(self.ann, name).await.unwrap().id
    }

    /// How many messages lie in a mailbox, and how many of them are unread.
    pub async fn counts(&self, name: &str) -> (u32, u32) {
        let mailbox = self.store.mailbox_by_name(self.ann, name).await.unwrap();
        (mailbox.messages, mailbox.unseen)
    }

    pub async fn flags(&self, mailbox: MailboxId, uid: Uid) -> Flags {
        self.store.messages(mailbox, &UidSet::from(uid)).await.unwrap()[0].flags
    }

    /// A browser at the door, over TLS.
    pub fn guest(&self) -> Guest {
        Guest {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            connection: Connection::default(),
        }
    }

    /// A browser that is signed in.
    pub async fn signed_in(&self, name: &str) -> Guest {
        let mut guest = self.guest();
        let page = guest.sign_in(name, "hungry").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        guest
    }

    pub async fn ann(&self) -> Guest {
        self.signed_in("ann@example.org").await
    }
}

async fn account(store: &Store, address: &str, name: &str) -> AccountId {
    let new = NewAccount {
        address: Address::parse(address).unwrap(),
        display_name: name.into(),
        password: Password::new("hungry"),
        quota_octets: None,
    };
    store.create_account(new).await.unwrap()
}

/// A plain letter. The subject makes its Message-ID.
pub fn letter(subject: &str, text: &str) -> String {
    let id: String = subject.chars().filter(char::is_ascii_alphanumeric).collect();
    format!(
        "From: Carl Ives <carl@ives.example>\nTo: ann@example.org\nSubject: {subject}\n\
         Message-ID: <{id}@ives.example>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\n{text}\n"
    )
}

/// An answer to another letter.
pub fn answer(to: &str, text: &str, number: usize) -> String {
    let id: String = to.chars().filter(char::is_ascii_alphanumeric).collect();
    format!(
        "From: Dora Quill <dora@quill.example>\nTo: ann@example.org\nSubject: Re: {to}\n\
         Message-ID: <{id}-{number}@quill.example>\nIn-Reply-To: <{id}@ives.example>\n\n{text}\n"
    )
}

/// A browser.
pub struct Guest {
    pub router: Router,
    pub cookies: BTreeMap<String, String>,
    pub connection: Connection,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub octets: Vec<u8>,
    pub body: String,
}

impl Guest {
    pub async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, &[], None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encoded: String =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let type_and_site = [
            (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.ask(Method::POST, path, &type_and_site, Some(encoded)).await
    }

    pub async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "mail.example.org");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        request.extensions_mut().insert(self.connection);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) =
                cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let octets = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let body = String::from_utf8_lossy(&octets).into_owned();
        Page { status: parts.status, headers: parts.headers, octets, body }
    }

    /// Fills the form at the door.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Page {
        let door = self.get("/login").await;
        self.post(
            "/login",
            &[("csrf", &door.field("csrf")), ("name", name), ("password", password)],
        )
        .await
    }

    /// Sends a form with the token of the page that it stands on.
    pub async fn press(&mut self, on: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let token = on.field("csrf");
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    /// Goes where the answer sends.
    pub async fn follow(&mut self, page: Page) -> Page {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        self.get(&page.location()).await
    }

    /// Undoes what the bar on this page offers to undo.
    pub async fn undo(&mut self, on: &Page) -> Page {
        let fields = [("undo", on.field("undo")), ("back", on.field("back"))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = self.press(on, "/undo", &fields).await;
        self.follow(answer).await
    }
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> String {
        self.header("location").to_owned()
    }

    /// The value of the first field of this name.
    pub fn field(&self, name: &str) -> String {
        self.fields(name).into_iter().next().unwrap_or_else(|| panic_without(name, &self.body))
    }

    pub fn fields(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\" value=\"");
        let values = self.body.split(mark.as_str()).skip(1);
        values.map(|rest| unescaped(rest.split('"').next().unwrap())).collect()
    }

    /// Where links with this beginning lead.
    pub fn links(&self, beginning: &str) -> Vec<String> {
        let links = self
            .body
            .split("href=\"")
            .skip(1)
            .map(|rest| unescaped(rest.split('"').next().unwrap()));
        links.filter(|link| link.starts_with(beginning)).collect()
    }

    /// The subjects of a list, in their order.
    pub fn subjects(&self) -> Vec<String> {
        let rows = self.body.split("<span class=\"what\">").skip(1);
        rows.map(|row| {
            let link = row.split("</a>").next().unwrap();
            let text = link.rsplit("</span>").next().unwrap();
            unescaped(text.rsplit('>').next().unwrap())
        })
        .collect()
    }

    pub fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}

#[expect(clippy::panic, reason = "a test that finds no field has failed")]
fn panic_without(name: &str, body: &str) -> String {
    panic!("no field {name} in {body}")
}

fn unescaped(text: &str) -> String {
    [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, character)| text.replace(escaped, character))
}
