//! A protocol that exists only to try the wire with.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::Notify;
use wire::{Chunk, Ending, Input, Intake, Next, Output, Session};

pub const LINE_MAX: usize = 100;
pub const BODY_MAX: u64 = 300_000;
pub const BODY_LINE_MAX: usize = 1_000;

/// Says after us what we say.
#[derive(Default)]
pub struct Parrot {
    pub change: Arc<Notify>,
}

#[derive(Default)]
pub struct Basket {
    pub octets: Vec<u8>,
    pub writes: usize,
    pub fails: bool,
}

impl Intake for Basket {
    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets.extend_from_slice(octets);
        self.writes += 1;
        if self.fails { Err(io::Error::other("full")) } else { Ok(()) }
    }
}

impl Session for Parrot {
    type Intake = Basket;

    async fn greeting(&mut self) -> Output<Basket> {
        Output::new("hello\r\n", LINE)
    }

    async fn handle(&mut self, input: Input<Basket>) -> Output<Basket> {
        match input {
            Input::Line(line) => self.command(&String::from_utf8_lossy(&line)).await,
            Input::BareLine(line) => say(format!("bare {}\r\n", String::from_utf8_lossy(&line))),
            Input::LongLine => say("long".into()),
            Input::Body(basket, ending) | Input::Literal(basket, ending) => match ending {
                Ok(octets) if octets == basket.octets.len() as u64 => {
                    let end: Vec<u8> = basket.octets.iter().rev().take(8).rev().copied().collect();
                    say(format!("took {octets} in {}: {:?}", basket.writes, Bytes::from(end)))
                }
                Ok(octets) => say(format!("took {octets} but saw {}", basket.octets.len())),
                Err(fault) => say(format!("fault {fault:?} after {}", basket.octets.len())),
            },
            Input::Changed => {
                Output::new("changed\r\n", Next::LineOrChange { octets_max: LINE_MAX })
            }
            Input::TlsStarted(facts) => say(format!("secure {}", facts.version)),
        }
    }

    async fn changed(&mut self) {
        self.change.notified().await;
    }

    fn last_words(ending: Ending) -> &'static str {
        match ending {
            Ending::IdleTooLong => "bye: idle\r\n",
            Ending::Draining => "bye: closing\r\n",
            Ending::TooManyConnections => "bye: full\r\n",
            Ending::TooManyFromAddress => "bye: too many of you\r\n",
            Ending::Banned => "bye: banned\r\n",
            Ending::Crashed => "bye: crashed\r\n",
        }
    }
}

const LINE: Next<Basket> = Next::Line { octets_max: LINE_MAX };

fn say(mut text: String) -> Output<Basket> {
    text.push_str("\r\n");
    Output::new(text, LINE)
}

impl Parrot {
    async fn command(&mut self, line: &str) -> Output<Basket> {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let number = argument.parse().unwrap_or_default();
        let intake = Basket { fails: argument.contains("full"), ..Basket::default() };
        let go = |next| Output::new("go\r\n", next);
        let body = Next::Body { octets_max: BODY_MAX, line_octets_max: BODY_LINE_MAX, intake };
        match verb {
            "BODY" => go(body),
            "LITERAL" => go(Next::Literal { octets: number, intake: Basket::default() }),
            "DOTTED" => Output {
                chunks: vec!["dots\r\n".into(), Chunk::Dotted(pieces(argument))],
                next: LINE,
            },
            "BIG" => Output::new(vec![b'x'; usize::try_from(number).unwrap()], LINE),
            "CUT" => {
                let cut = stream::iter([Ok("half".into()), Err(io::Error::other("disk"))]).boxed();
                Output::new(Chunk::Stream(cut), LINE)
            }
            "SLOW" => {
                tokio::time::sleep(Duration::from_millis(number)).await;
                say("slow".into())
            }
            "TLS" => go(Next::StartTls),
            "WAIT" => go(Next::LineOrChange { octets_max: LINE_MAX }),
            "PANIC" => panic!("as asked"),
            "QUIT" => Output::new("bye\r\n", Next::Close),
            _ => say(line.to_owned()),
        }
    }
}

/// `a,b` as two pieces; `_` stands for CRLF.
fn pieces(argument: &str) -> stream::BoxStream<'static, io::Result<Bytes>> {
    let pieces: Vec<_> =
        argument.split(',').map(|piece| Ok(piece.replace('_', "\r\n").into())).collect();
    stream::iter(pieces).boxed()
}
