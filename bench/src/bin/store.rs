//! posthouse's store alone: the same letters, the same number side by side, no socket and no SMTP between.
//! What SMTP costs is the difference to the server's figure.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bench::{Figures, Letters, Stopwatch};
use clap::Parser;
use mailstore::{
    Delivery, Flags, LocalRecipient, NewAccount, Options, Outside, Password, PeerFacts, Store,
};
use message::{Address, Envelope, ForwardPath, ReversePath};

#[derive(Parser)]
struct Arguments {
    /// A new folder for the store.
    folder: PathBuf,
    /// Text to make letters of, see `Letters`.
    #[arg(long)]
    pool: PathBuf,
    /// Deliveries under way at once.
    #[arg(long, default_value_t = 20)]
    connections: u32,
    /// No delivery is begun after this.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The size of a letter.
    #[arg(long, default_value_t = 10_000)]
    octets: usize,
    /// Makes this run's Message-IDs unlike other runs'.
    #[arg(long)]
    run: String,
    /// Accounts, which take turns; each stream of deliveries keeps to one.
    #[arg(long, default_value_t = 4)]
    accounts: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let pool = std::fs::read(&arguments.pool).context("reading the pool")?;
    let letters = Arc::new(Letters::new(pool, arguments.octets, &arguments.run)?);
    let store = Store::open(&arguments.folder, Options::default(), Outside::system())?;
    let recipients = recipients(&store, arguments.accounts).await?;
    let watch = Stopwatch::start(Duration::from_secs_f64(arguments.seconds));
    let mut streams = tokio::task::JoinSet::new();
    for (stream, recipient) in (0..arguments.connections).zip(recipients.iter().cycle()) {
        let numbers = (u64::from(stream)..).step_by(usize::try_from(arguments.connections)?);
        streams.spawn(deliver(
            store.clone(),
            recipient.clone(),
            Arc::clone(&letters),
            numbers,
            watch,
        ));
    }
    let mut durations = Vec::new();
    while let Some(delivered) = streams.join_next().await {
        durations.append(&mut delivered??);
    }
    let total = watch.elapsed();
    let found = stored(&store, &recipients).await?;
    ensure!(
        found == durations.len() as u64,
        "{} deliveries were acknowledged, {found} are there",
        durations.len()
    );
    store.close().await;
    Figures::of(durations, total).print()?;
    Ok(())
}

async fn recipients(store: &Store, count: u32) -> anyhow::Result<Vec<LocalRecipient>> {
    let mut recipients = Vec::new();
    for number in 0..count {
        let address = Address::parse(&format!("account{number}@bench.example"))?;
        let account = NewAccount {
            address: address.clone(),
            display_name: String::new(),
            password: Password::new("correct horse battery staple"),
            quota_octets: None,
        };
        recipients.push(LocalRecipient {
            account: store.create_account(account).await?,
            address,
            mailbox: None,
            flags: Flags::NONE,
            reason: None,
        });
    }
    Ok(recipients)
}

/// One delivery after the other, as one SMTP connection would bring them.
async fn deliver(
    store: Store,
    recipient: LocalRecipient,
    letters: Arc<Letters>,
    numbers: impl Iterator<Item = u64>,
    watch: Stopwatch,
) -> anyhow::Result<Vec<Duration>> {
    let to = recipient.address.to_string();
    let envelope = Envelope {
        reverse_path: ReversePath::Address(Address::parse("writer@elsewhere.example")?),
        recipients: vec![ForwardPath::Address(recipient.address.clone())],
    };
    let mut durations = Vec::new();
    for number in numbers.take_while(|_| !watch.is_over()) {
        let letter = letters.letter(number, &to);
        let begun = Instant::now();
        let staged = store.stage(&letter).await?;
        let delivery = Delivery {
            trace: store.new_trace_id(),
            envelope: envelope.clone(),
            staged,
            local: vec![recipient.clone()],
            outgoing: Vec::new(),
            peer: peer(),
            findings: None,
        };
        store.deliver(delivery).await?;
        durations.push(begun.elapsed());
    }
    Ok(durations)
}

fn peer() -> PeerFacts {
    PeerFacts {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        helo: Some("sender.elsewhere.example".to_owned()),
        tls: None,
        protocol: "ESMTP".to_owned(),
    }
}

/// Messages that the store counts in all mailboxes of the recipients.
async fn stored(store: &Store, recipients: &[LocalRecipient]) -> anyhow::Result<u64> {
    let mut messages = 0;
    for recipient in recipients {
        let mailboxes = store.mailboxes(recipient.account).await?;
        messages += mailboxes.iter().map(|mailbox| u64::from(mailbox.messages)).sum::<u64>();
    }
    Ok(messages)
}
