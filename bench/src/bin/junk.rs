//! How well junk is told from other mail: learns one half of a corpus in a store of its own, and judges the
//! other half. Prints the confusion table, what other cut-offs would have given, and what a message costs.
#![expect(clippy::print_stdout, reason = "the lines are the program's result")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use mailstore::{AccountId, JunkClass, Lesson, NewAccount, Options, Outside, Password, Store};
use message::Address;
use mta::filter::junk::{self, Judgement, JunkLimits, Opinion, Words};

#[derive(Parser)]
struct Arguments {
    /// A new folder for the store.
    folder: PathBuf,
    /// Folders of junk, a message a file.
    #[arg(long, required = true)]
    spam: Vec<PathBuf>,
    /// Folders of other mail.
    #[arg(long, required = true)]
    ham: Vec<PathBuf>,
    /// Learn the odd ones and judge the even ones, instead of the other way round.
    #[arg(long)]
    odd: bool,
    /// Show what was judged wrongly.
    #[arg(long)]
    wrong: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let store = Store::open(&arguments.folder, Options::default(), Outside::system())?;
    let account = account(&store).await?;
    let (spam, ham) =
        (Half::read(&arguments.spam, arguments.odd)?, Half::read(&arguments.ham, arguments.odd)?);
    let limits = JunkLimits::default();
    let mut watch = Watch::default();
    for (messages, class) in [(&spam.learned, JunkClass::Spam), (&ham.learned, JunkClass::Ham)] {
        for (_, message) in messages {
            let words = Words::of(message, &limits);
            watch
                .learned(store.junk_learn(account, &words.tokens(account), class, Lesson::Learn))
                .await?;
        }
    }
    println!("learned {} spam, {} ham", spam.learned.len(), ham.learned.len());
    for (name, messages, wrong) in
        [("spam", &spam.judged, Opinion::Good), ("ham", &ham.judged, Opinion::Junk)]
    {
        let mut row = Row::default();
        for (file, message) in messages {
            let judgement = watch.judged(&store, account, message, &limits).await?;
            row.count(&judgement);
            if arguments.wrong && judgement.opinion == wrong {
                println!("{} {}", file.display(), judgement.reason());
            }
        }
        row.print(name);
    }
    watch.print();
    store.close().await;
    Ok(())
}

async fn account(store: &Store) -> anyhow::Result<AccountId> {
    let account = NewAccount {
        address: Address::parse("ann@example.org")?,
        display_name: String::new(),
        password: Password::from("ann"),
        quota_octets: None,
    };
    Ok(store.create_account(account).await?)
}

/// A message and its file.
type Letter = (PathBuf, Vec<u8>);

/// A corpus in two halves, every other message of each folder.
struct Half {
    learned: Vec<Letter>,
    judged: Vec<Letter>,
}

impl Half {
    fn read(folders: &[PathBuf], odd: bool) -> anyhow::Result<Self> {
        let mut both = Self { learned: Vec::new(), judged: Vec::new() };
        for folder in folders {
            for (number, file) in files(folder)?.into_iter().enumerate() {
                let message = std::fs::read(&file)?;
                let half =
                    if (number % 2 == 1) == odd { &mut both.learned } else { &mut both.judged };
                half.push((file, message));
            }
        }
        Ok(both)
    }
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.file_name().is_some_and(|name| name != "cmds"));
    files.sort();
    Ok(files)
}

/// What was thought of messages of one kind.
#[derive(Default)]
struct Row {
    junk: u32,
    unsure: u32,
    good: u32,
    scores: Vec<f64>,
}

impl Row {
    fn count(&mut self, judgement: &Judgement) {
        self.scores.push(judgement.score);
        match judgement.opinion {
            Opinion::Junk => self.junk += 1,
            Opinion::Good => self.good += 1,
            Opinion::Unsure | Opinion::Untaught => self.unsure += 1,
        }
    }

    fn print(&self, name: &str) {
        let all = self.junk + self.unsure + self.good;
        let share = |part: u32| f64::from(part) * 100.0 / f64::from(all.max(1));
        println!(
            "{name:<5} {all:>5}: junk {:>5} ({:.2} %), unsure {:>4} ({:.2} %), good {:>5} ({:.2} %)",
            self.junk,
            share(self.junk),
            self.unsure,
            share(self.unsure),
            self.good,
            share(self.good)
        );
        let cut_offs = [0.3, 0.4, 0.49, 0.51, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99].map(|cut_off| {
            let beyond = self.scores.iter().filter(|score| **score >= cut_off).count();
            format!("{cut_off}: {beyond}")
        });
        println!("      junk from {}", cut_offs.join(", "));
    }
}

/// What it costs.
#[derive(Default)]
struct Watch {
    learning: Duration,
    reading: Duration,
    judging: Vec<Duration>,
    lessons: u32,
}

impl Watch {
    async fn learned(
        &mut self,
        lesson: impl Future<Output = Result<(), mailstore::Error>>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        lesson.await?;
        self.learning += start.elapsed();
        self.lessons += 1;
        Ok(())
    }

    async fn judged(
        &mut self,
        store: &Store,
        account: AccountId,
        message: &[u8],
        limits: &JunkLimits,
    ) -> anyhow::Result<Judgement> {
        let start = Instant::now();
        let words = Words::of(message, limits);
        self.reading += start.elapsed();
        let judgement = junk::judge(store, account, &words, limits).await?;
        self.judging.push(start.elapsed());
        Ok(judgement)
    }

    fn print(mut self) {
        self.judging.sort_unstable();
        let count = u32::try_from(self.judging.len()).unwrap_or(u32::MAX).max(1);
        let mean = self.judging.iter().sum::<Duration>() / count;
        let at = |hundredth: usize| self.judging.get(self.judging.len() * hundredth / 100).copied();
        println!(
            "judging: mean {mean:?}, of it reading the message {:?}; median {:?}, p99 {:?}",
            self.reading / count,
            at(50).unwrap_or_default(),
            at(99).unwrap_or_default()
        );
        println!("learning: mean {:?}, with its commit", self.learning / self.lessons.max(1));
    }
}
