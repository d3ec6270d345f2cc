//! The parsers that take outside bytes, each as a function of bytes that panics when a promise is broken.

use message::mime::PartTree;
use message::{
    Address, ForwardPath, Limits, ReversePath, Summary, Timestamp, header, text, thread,
};
use mta::delivery::client::reply::{Reply, ReplyFault, ReplyReader};
use mta::delivery::client::{Offer, ReplyLimits};
use mta::delivery::tls::sts::Policy;
use sasl::{Binding, Exchange, Ground, Mechanism, Step};
use webmail::dates::Zone;
use webmail::html::{Images, PictureLimits};
use webmail::query::What;
use wire::framing::{BodyReader, LineEvent, LineReader, Piece};

use crate::judge;

/// A parser and what to check of it.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
}

/// All of them; each has its seeds in `seeds/NAME`.
pub const TARGETS: &[Target] = &[
    Target { name: "framing-line", run: framing_line },
    Target { name: "framing-body", run: framing_body },
    Target { name: "smtp-command", run: smtp_command },
    Target { name: "smtp-reply", run: smtp_reply },
    Target { name: "sts-policy", run: sts_policy },
    Target { name: "pop3-command", run: pop3_command },
    Target { name: "sasl", run: sasl_messages },
    Target { name: "address", run: address },
    Target { name: "header", run: header_block },
    Target { name: "mime", run: mime },
    Target { name: "html", run: html },
    Target { name: "letter", run: letter },
    Target { name: "query", run: query },
];

const LINE_OCTETS_MAX: usize = 512;

/// Lines are the same however the bytes are cut into reads.
fn framing_line(input: &[u8]) {
    let step = usize::from(input.first().copied().unwrap_or(1)).max(1);
    assert_eq!(lines(input, input.len().max(1)), lines(input, step), "cut every {step} octets");
}

fn lines(input: &[u8], step: usize) -> Vec<Option<Vec<u8>>> {
    let (mut reader, mut waiting, mut found) = (LineReader::default(), Vec::new(), Vec::new());
    for read in input.chunks(step) {
        waiting.extend_from_slice(read);
        loop {
            let (done, event) = reader.next(&waiting, LINE_OCTETS_MAX);
            let more = event.is_some();
            found.extend(event.map(|event| match event {
                LineEvent::Line(line) | LineEvent::BareLine(line) => Some(line.to_vec()),
                LineEvent::TooLong => None,
            }));
            waiting.drain(..done);
            if !more {
                break;
            }
        }
        assert!(waiting.len() < LINE_OCTETS_MAX, "more is kept than a line may have");
    }
    found
}

/// A body ends at the same octet, with the same content, however the bytes are cut into reads.
fn framing_body(input: &[u8]) {
    let step = usize::from(input.first().copied().unwrap_or(1)).max(1);
    assert_eq!(body(input, input.len().max(1)), body(input, step), "cut every {step} octets");
}

/// Content, whether it was whole, and how many octets were read.
fn body(input: &[u8], step: usize) -> (Vec<u8>, Option<bool>, usize) {
    let (mut reader, mut content, mut before) = (BodyReader::new(4_096, 998), Vec::new(), 0);
    for read in input.chunks(step) {
        let mut rest = read;
        while let Some(piece) = reader.next(&mut rest) {
            match piece {
                Piece::Content(octets) => content.extend_from_slice(octets),
                Piece::End(Ok(_)) => {
                    return (content, Some(true), before + read.len() - rest.len());
                }
                // What had come of a faulty body depends on the reads: it is thrown away.
                Piece::End(Err(_)) => {
                    return (Vec::new(), Some(false), before + read.len() - rest.len());
                }
            }
        }
        before += read.len();
    }
    (Vec::new(), None, before)
}

fn smtp_command(input: &[u8]) {
    drop(mta::smtp::command::parse(input));
}

/// Replies are the same however the bytes are cut into reads, short, and without control characters.
fn smtp_reply(input: &[u8]) {
    let step = usize::from(input.first().copied().unwrap_or(1)).max(1);
    let whole = replies(input, input.len().max(1));
    assert_eq!(whole, replies(input, step), "cut every {step} octets");
    for reply in whole.unwrap_or_default() {
        assert!((200..600).contains(&reply.code()));
        assert!(!reply.to_string().contains(char::is_control), "{reply:?}");
        drop(Offer::of(&reply));
    }
}

fn replies(input: &[u8], step: usize) -> Result<Vec<Reply>, ReplyFault> {
    let limits = ReplyLimits { line_octets_max: 100, lines_max: 10, octets_max: 500 };
    let (mut reader, mut waiting, mut found) = (ReplyReader::default(), Vec::new(), Vec::new());
    for read in input.chunks(step) {
        waiting.extend_from_slice(read);
        loop {
            let (done, reply) = reader.next(&waiting, &limits)?;
            waiting.drain(..done);
            match reply {
                Some(reply) => found.push(reply),
                None => break,
            }
        }
        assert!(waiting.len() < limits.line_octets_max, "more is kept than a line may have");
    }
    Ok(found)
}

/// What is a policy, is one when it is written and read again.
fn sts_policy(input: &[u8]) {
    if let Ok(policy) = Policy::parse(input) {
        assert_eq!(Policy::parse(policy.to_text().as_bytes()).as_ref(), Ok(&policy));
    }
}

fn pop3_command(input: &[u8]) {
    drop(access::pop3::command::parse(input));
}

/// Each line is a message of one exchange. Whatever is said, an exchange ends, and nobody is let in who has
/// not been asked for.
fn sasl_messages(input: &[u8]) {
    for mechanism in Mechanism::ALL {
        let binding = Binding { kind: "tls-exporter", octets: vec![9; 32] };
        let ground = Ground { nonce: [7; 24], bindings: vec![binding] };
        let mut lines = input.split(|octet| *octet == b'\n');
        let (mut step, mut proved) = (Exchange::begin(mechanism, ground, lines.next()), false);
        loop {
            step = match step {
                Ok(Step::Challenge(challenge, exchange)) => {
                    assert_eq!(sasl::decode(sasl::encode(&challenge).as_bytes()), Ok(challenge));
                    let Some(line) = lines.next() else { break };
                    exchange.answered(line)
                }
                Ok(Step::NeedsScram(wanted)) => Ok(wanted.given(b"salt", 4_096)),
                Ok(Step::NeedsProof(given)) => {
                    proved = given.auth_message().starts_with("n=");
                    Ok(given.given(&[1; 32]))
                }
                Ok(Step::Done) => break assert!(proved, "done without a proof"),
                Ok(Step::NeedsPassword(_)) | Err(_) => break,
            }
        }
    }
}

/// What parses, prints as something that parses to the same.
fn address(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(address) = Address::parse(&text) {
        assert_eq!(Address::parse(&address.to_string()).as_ref(), Ok(&address));
    }
    if let Ok(path) = ReversePath::parse(&text) {
        assert_eq!(ReversePath::parse(&path.to_string()).as_ref(), Ok(&path));
    }
    if let Ok(path) = ForwardPath::parse(&text) {
        assert_eq!(ForwardPath::parse(&path.to_string()).as_ref(), Ok(&path));
    }
}

/// Every field lies in the header, and can be decoded.
fn header_block(input: &[u8]) {
    let end = header::header_octets(input);
    assert!(end <= input.len());
    let limits = Limits::default();
    for field in header::Fields::of(input, &limits) {
        assert!(field.range().end <= end);
        let value = field.text();
        drop((
            thread::message_ids(&value, &limits),
            thread::base_subject(&value),
            Timestamp::parse_rfc5322(&value),
        ));
    }
}

/// Parts lie within their parents, the stored form is faithful, and the summary never fails.
fn mime(input: &[u8]) {
    let limits = Limits::default();
    let tree = PartTree::of(input, &limits);
    for part in tree.parts() {
        assert!(part.header().end <= part.body().start && part.body().end <= input.len());
        if let Some(parent) = tree.parent(part) {
            assert!(
                parent.body().start <= part.header().start && part.body().end <= parent.body().end
            );
        }
        drop(tree.decode_text(input, part, 4_096));
    }
    assert_eq!(PartTree::decode(&tree.encode()).map(|again| again.encode()), Some(tree.encode()));
    drop(Summary::with_tree(input, &tree, &limits));
    drop(text::search_text(input, &tree, &limits));
}

/// Cleaned HTML has no way out left in it, none opens when it is cleaned again, and it does not grow without end.
fn html(input: &[u8]) {
    let limits = webmail::html::Limits { octets_max: 16 * 1024, ..Default::default() };
    let pictures = PictureLimits { written_octets_max: 1_024, ..Default::default() };
    let picture = b"\x89PNG\r\n\x1a\n".to_vec();
    let images = Images::of([("a".to_owned(), picture)], &pictures);
    let clean = |html: &str| webmail::html::clean(html, &images, &limits).html;
    let once = clean(&String::from_utf8_lossy(input));
    for html in [&once, &clean(&once)] {
        assert_eq!(judge::harm_in(html), None, "{html}");
        // An octet may become an entity, and a start tag may be begun anew up to twice what is read.
        assert!(html.len() < 128 * limits.octets_max, "{} octets", html.len());
    }
}

/// A plain letter becomes harmless, balanced HTML, and no more of it than its lines ask for.
fn letter(input: &[u8]) {
    let html = webmail::text::render(&String::from_utf8_lossy(input)).html;
    assert_eq!(judge::harm_in(&html), None, "{html}");
    for name in ["blockquote", "details", "div", "a"] {
        let (begun, ended) = (format!("<{name}"), format!("</{name}>"));
        let begins = |rest: &&str| rest.starts_with([' ', '>']);
        let begun = html.split(begun.as_str()).skip(1).filter(begins).count();
        assert_eq!(begun, html.matches(ended.as_str()).count(), "{name} in {html}");
    }
    assert!(html.len() <= 128 * input.len(), "{} octets of {}", html.len(), input.len());
}

/// A search holds what was typed, as far as it is read.
fn query(input: &[u8]) {
    let typed = String::from_utf8_lossy(input);
    let zone = Zone::named("Europe/Paris").unwrap_or_else(Zone::of_this_machine);
    let search = webmail::query::parse(&typed, Timestamp::new(1_795_434_018), &zone);
    assert!(search.terms.len() <= webmail::query::TERMS_MAX);
    assert!(search.notes.len() <= webmail::query::CHARACTERS_MAX);
    for term in &search.terms {
        if let What::Text(text) | What::From(text) | What::To(text) | What::Subject(text) =
            &term.what
        {
            assert!(text.chars().count() <= webmail::query::CHARACTERS_MAX, "{text}");
        }
    }
}
