//! Peers that follow a script, for tests: each line is what they say (`S:`), what they must hear (`C:`,
//! where `*` is any text), or something they do.
//!
//! ```text
//! S: 220 mx.example.org
//! C: EHLO *
//! message Subject: x      the lines up to the final dot are these, parted by |
//! together C 3            the next three lines have been sent without waiting
//! octets 5 hello          the next octets are these
//! silence                 nothing more is said, for ever
//! babble TEXT             the text without end
//! ```
//!
//! Where a script ends, the peer hangs up.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Plays a script on a stream, and says what went otherwise.
pub(crate) async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    script: &str,
) -> Result<(), String> {
    play_on(stream, script).await.map(drop)
}

/// The same, and gives the stream back.
pub(crate) async fn play_on<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    script: &str,
) -> Result<S, String> {
    let mut peer = Peer { stream, heard: VecDeque::new() };
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        peer.act(line).await.map_err(|error| format!("{line}: {error}"))?;
    }
    peer.stream.flush().await.map_err(|error| error.to_string())?;
    Ok(peer.stream)
}

struct Peer<S> {
    stream: S,
    heard: VecDeque<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    async fn act(&mut self, line: &str) -> Result<(), String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "S:" => self.say(format!("{rest}\r\n").as_bytes()).await,
            "raw" => self.say(rest.replace("\\r", "\r").replace("\\n", "\n").as_bytes()).await,
            "C:" => {
                let heard = self.line().await?;
                if fits(&heard, rest) { Ok(()) } else { Err(format!("heard {heard}")) }
            }
            "message" => self.message(rest).await,
            "together" => self.together(rest.trim_start_matches("C ").parse().unwrap()).await,
            "octets" => {
                let expected = rest.split_once(' ').unwrap().1;
                let mut heard = Vec::new();
                while heard.len() < expected.len() {
                    heard.push(self.octet().await?);
                }
                if heard == expected.as_bytes() { Ok(()) } else { Err(format!("heard {heard:?}")) }
            }
            "silence" => std::future::pending().await,
            "babble" => loop {
                self.say(rest.replace("\\r", "\r").replace("\\n", "\n").as_bytes()).await?;
            },
            other => panic!("no such act: {other}"),
        }
    }

    async fn message(&mut self, expected: &str) -> Result<(), String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            lines.push(line);
        }
        let heard = lines.join("|");
        if fits(&heard, expected) { Ok(()) } else { Err(format!("heard {heard}")) }
    }

    /// Waits until as much is there as one write of the client brings, and counts its lines.
    async fn together(&mut self, lines: usize) -> Result<(), String> {
        if self.heard.is_empty() {
            self.fill().await?;
        }
        let count = self.heard.iter().filter(|octet| **octet == b'\n').count();
        if count == lines { Ok(()) } else { Err(format!("heard {count} lines")) }
    }

    async fn line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        loop {
            match self.octet().await? {
                b'\n' => break,
                octet => line.push(octet),
            }
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        line.strip_suffix('\r').map(str::to_owned).ok_or_else(|| format!("bare LF: {line}"))
    }

    async fn octet(&mut self) -> Result<u8, String> {
        while self.heard.is_empty() {
            self.fill().await?;
        }
        Ok(self.heard.pop_front().unwrap())
    }

    async fn fill(&mut self) -> Result<(), String> {
        let mut octets = vec![0; 1 << 16];
        match self.stream.read(&mut octets).await {
            Ok(0) => Err("the client hung up".to_owned()),
            Ok(count) => {
                self.heard.extend(octets.get(..count).unwrap());
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    async fn say(&mut self, octets: &[u8]) -> Result<(), String> {
        self.stream.write_all(octets).await.map_err(|error| error.to_string())?;
        self.stream.flush().await.map_err(|error| error.to_string())
    }
}

fn fits(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
        None => text == pattern,
    }
}
