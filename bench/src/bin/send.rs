//! Sends letters by SMTP over many connections for a while and counts the 250s.
//!
//! It talks as postfix's smtp-source does (one command at a time, no PIPELINING), but every letter is
//! different. Knows SMTP only as far as a polite client must: any reply but the expected one ends the run.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bench::{Figures, Letters, Stopwatch};
use clap::Parser;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

#[derive(Parser)]
struct Arguments {
    /// Where the server listens, on IPv4 loopback.
    #[arg(long)]
    server: SocketAddrV4,
    /// Recipients, which take turns; each connection keeps to one.
    #[arg(long, required = true)]
    to: Vec<String>,
    /// Text to make letters of, see `Letters`.
    #[arg(long)]
    pool: PathBuf,
    #[arg(long, default_value_t = 20)]
    connections: u32,
    /// No letter is begun after this.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The size of a letter.
    #[arg(long, default_value_t = 10_000)]
    octets: usize,
    /// Letters before a connection is closed and opened again; without it connections are kept.
    #[arg(long)]
    per_connection: Option<usize>,
    /// Makes this run's Message-IDs unlike other runs'.
    #[arg(long)]
    run: String,
}

// The servers under test need the cores more: all connections share one thread.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let pool = std::fs::read(&arguments.pool).context("reading the pool")?;
    let letters = Arc::new(Letters::new(pool, arguments.octets, &arguments.run)?);
    let watch = Stopwatch::start(Duration::from_secs_f64(arguments.seconds));
    let mut senders = tokio::task::JoinSet::new();
    for (connection, to) in (0..arguments.connections).zip(arguments.to.iter().cycle()) {
        let sender = Sender {
            server: arguments.server,
            from: source(connection),
            to: to.clone(),
            letters: Arc::clone(&letters),
            numbers: (u64::from(connection)..).step_by(usize::try_from(arguments.connections)?),
            per_connection: arguments.per_connection.unwrap_or(usize::MAX),
            watch,
        };
        senders.spawn(sender.run());
    }
    let mut durations = Vec::new();
    while let Some(sent) = senders.join_next().await {
        durations.append(&mut sent??);
    }
    Figures::of(durations, watch.elapsed()).print()?;
    Ok(())
}

/// Servers limit connections per address, as they should: thirty-two connections share a loopback address.
fn source(connection: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 2).to_bits() + connection / 32)
}

struct Sender {
    server: SocketAddrV4,
    from: Ipv4Addr,
    to: String,
    letters: Arc<Letters>,
    numbers: std::iter::StepBy<std::ops::RangeFrom<u64>>,
    per_connection: usize,
    watch: Stopwatch,
}

impl Sender {
    async fn run(mut self) -> anyhow::Result<Vec<Duration>> {
        let mut durations = Vec::new();
        while !self.watch.is_over() {
            let mut connection = Connection::open(self.server, self.from).await?;
            for _ in 0..self.per_connection {
                if self.watch.is_over() {
                    break;
                }
                let letter =
                    self.letters.letter(self.numbers.next().context("numbers ran out")?, &self.to);
                let begun = Instant::now();
                connection.send(&self.to, letter).await?;
                durations.push(begun.elapsed());
            }
            connection.command("QUIT\r\n", "221").await?;
        }
        Ok(durations)
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
}

impl Connection {
    async fn open(server: SocketAddrV4, from: Ipv4Addr) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(server.into()).await.context("connecting")?;
        stream.set_nodelay(true)?;
        let mut connection = Self { stream: BufReader::new(stream), line: String::new() };
        connection.expect("220").await?;
        connection.command("EHLO sender.elsewhere.example\r\n", "250").await?;
        Ok(connection)
    }

    async fn send(&mut self, to: &str, mut letter: Vec<u8>) -> anyhow::Result<()> {
        self.command("MAIL FROM:<writer@elsewhere.example>\r\n", "250").await?;
        self.command(&format!("RCPT TO:<{to}>\r\n"), "250").await?;
        self.command("DATA\r\n", "354").await?;
        letter.extend_from_slice(b".\r\n");
        self.stream.write_all(&letter).await?;
        self.expect("250").await
    }

    async fn command(&mut self, command: &str, code: &str) -> anyhow::Result<()> {
        self.stream.write_all(command.as_bytes()).await?;
        self.expect(code).await
    }

    /// Reads a whole reply, of however many lines (RFC 5321 §4.2.1).
    async fn expect(&mut self, code: &str) -> anyhow::Result<()> {
        loop {
            self.line.clear();
            if self.stream.read_line(&mut self.line).await? == 0 {
                bail!("the server closed the connection where {code} was expected");
            }
            if !self.line.starts_with(code) {
                bail!("expected {code}, the server said: {}", self.line.trim_end());
            }
            if self.line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }
}
