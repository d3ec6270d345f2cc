//! What the tests of the store share: a store in a folder that goes with the test, a clock that
//! stands still, letters.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mailstore::*;
use message::{Address, Envelope, ForwardPath, ReversePath, Timestamp};
use tempfile::TempDir;

/// A clock that goes when it is told to.
#[derive(Debug)]
pub struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::new(self.0.load(Ordering::SeqCst))
    }
}

impl Watch {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// A store, its folder and its clock.
pub struct House {
    pub store: Store,
    pub watch: Arc<Watch>,
    pub options: Options,
    pub folder: Folder,
}

/// A folder that goes with the test, or one that the test was given.
pub enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

impl Folder {
    pub fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }
}

pub fn options() -> Options {
    let mut options = Options::default();
    options.limits.reserve_octets = 64 << 10;
    // The least that RFC 7677 §4 allows: tests make many accounts.
    options.login.scram_iterations = 4_096;
    options.limits.idle_interval = std::time::Duration::from_millis(20);
    options
}

impl House {
    pub fn new() -> Self {
        Self::with(options())
    }

    pub fn with(options: Options) -> Self {
        Self::in_folder(Folder::Own(tempfile::tempdir().unwrap()), options)
    }

    pub fn at(folder: &Path, options: Options) -> Self {
        Self::in_folder(Folder::Given(folder.to_owned()), options)
    }

    fn in_folder(folder: Folder, options: Options) -> Self {
        let watch = Arc::new(Watch(AtomicI64::new(1_790_000_000)));
        let store = open(folder.path(), &options, &watch);
        Self { store, watch, options, folder }
    }

    /// Closes the store and opens it again, as after a restart.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        self.store = open(self.folder.path(), &self.options, &self.watch);
    }

    pub async fn account(&self, address: &str) -> AccountId {
        self.account_with(address, None).await
    }

    pub async fn account_with(&self, address: &str, quota_octets: Option<u64>) -> AccountId {
        let account = NewAccount {
            address: self::address(address),
            display_name: String::new(),
            password: "hungry".into(),
            quota_octets,
        };
        self.store.create_account(account).await.unwrap()
    }

    pub async fn inbox(&self, account: AccountId) -> Mailbox {
        self.store.mailbox_by_name(account, "INBOX").await.unwrap()
    }

    pub async fn deliver(&self, to: &[&str], letter: &[u8]) -> Result<Delivered, Error> {
        deliver(&self.store, to, letter).await
    }

    pub async fn append(&self, mailbox: MailboxId, letter: &[u8]) -> Uid {
        let staged = self.store.stage(letter).await.unwrap();
        self.store.append(mailbox, staged, FlagList::default(), None).await.unwrap().uid
    }

    pub async fn read(&self, content: ContentId) -> Vec<u8> {
        let content = self.store.content(content).await.unwrap();
        content.read(0..u64::MAX).await.unwrap().to_vec()
    }

    pub async fn verify(&self) {
        assert_eq!(self.store.verify().await.unwrap(), []);
    }
}

pub fn open(folder: &Path, options: &Options, watch: &Arc<Watch>) -> Store {
    let outside = Outside { clock: watch.clone(), entropy: Arc::new(SystemEntropy) };
    Store::open(folder, options.clone(), outside).unwrap()
}

/// Delivers as the SMTP side does: resolve each recipient, then one delivery.
pub async fn deliver(store: &Store, to: &[&str], letter: &[u8]) -> Result<Delivered, Error> {
    let mut local = Vec::new();
    for to in to {
        match store.resolve(&ForwardPath::Address(address(to))).await? {
            Resolution::Local(targets) => {
                local.extend(targets.here.into_iter().map(|LocalTarget { account, address }| {
                    let (flags, reason) = (Flags::NONE, None);
                    LocalRecipient { account, address, mailbox: None, flags, reason }
                }))
            }
            other => panic!("{to}: {other:?}"),
        }
    }
    let delivery = Delivery {
        trace: store.new_trace_id(),
        envelope: Envelope {
            reverse_path: ReversePath::Address(address("alice@crepes.fr")),
            recipients: to.iter().map(|to| ForwardPath::Address(address(to))).collect(),
        },
        staged: store.stage(letter).await?,
        local,
        outgoing: Vec::new(),
        peer: peer(),
        findings: None,
    };
    store.deliver(delivery).await
}

pub fn peer() -> PeerFacts {
    PeerFacts {
        address: IpAddr::from([192, 0, 2, 1]),
        helo: Some("crepes.fr".to_owned()),
        tls: None,
        protocol: "ESMTP".to_owned(),
    }
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A letter with a subject, a Message-ID made of it, and a body of about so many octets.
pub fn letter(subject: &str, octets: usize) -> Vec<u8> {
    let mut letter = format!(
        "From: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\nSubject: {subject}\r\n\
         Message-ID: <{}@crepes.fr>\r\nDate: Mon, 23 Nov 2026 11:40:18 +0000\r\n\r\n",
        subject.replace(' ', ".")
    );
    for line in 0.. {
        if letter.len() >= octets {
            break;
        }
        letter.push_str(&format!("{line}: Do you like ketchup? How about pickles?\r\n"));
    }
    letter.into_bytes()
}

/// The same, but bytes that no compressor shrinks.
pub fn noise(subject: &str, octets: usize) -> Vec<u8> {
    let mut letter = letter(subject, 0);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while letter.len() < octets {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        letter.extend_from_slice(&state.to_le_bytes().map(|octet| octet.max(b'!')));
    }
    letter
}

impl House {
    /// Waits until all that happens in the background has happened: until nothing is left to be
    /// tidied away.
    pub async fn settled(&self) {
        const LEFT: &str = "SELECT (SELECT count(*) FROM reclaim) + (SELECT count(*) FROM mailbox WHERE removed = 1)
                                 + (SELECT count(*) FROM account WHERE removed = 1)";
        for _ in 0..2_000 {
            if self.count(LEFT) == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("the background did not come to its end");
    }

    /// A number from the database, beside the store.
    pub fn count(&self, query: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.folder.path().join("mail.db")).unwrap();
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

/// Files in a folder and those below it.
pub fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// The first file in a folder or below it.
pub fn first_file(folder: &Path) -> PathBuf {
    let path = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    if path.is_dir() { first_file(&path) } else { path }
}
