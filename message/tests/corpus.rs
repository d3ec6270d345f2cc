//! Every message of the corpus of real and broken mail, as it is and mutated. The corpus is not in
//! the repository: without it this says so and passes.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::path::{Path, PathBuf};

use message::attachment::attachments;
use message::header::{Fields, begins_with_field, header_octets};
use message::mime::{Part, PartKind, PartTree};
use message::text::{Bodies, plain, search_text};
use message::{Address, Limits, Summary};

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("POSTHOUSE_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let found = named.unwrap_or(beside);
    if found.is_dir() {
        return Some(found);
    }
    println!("skipped: no corpus at {} (POSTHOUSE_CORPUS names it)", found.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn messages() -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths = Vec::new();
    if let Some(corpus) = corpus() {
        files(&corpus, &mut paths);
    }
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

/// What holds for every message.
fn check(path: &Path, message: &[u8]) {
    let limits = Limits::default();
    let tree = PartTree::of(message, &limits);
    check_tree(path, message, &tree, &limits);
    let summary = Summary::with_tree(message, &tree, &limits);
    assert_eq!(summary.header_octets, header_octets(message), "{path:?}");
    assert_eq!(PartTree::decode(&summary.parts).as_ref(), Some(&tree), "{path:?}");
    for sent in [&summary.envelope_imap, &summary.structure_imap] {
        assert!(is_one_list(sent), "{path:?}: {}", sent.escape_ascii());
        assert!(std::str::from_utf8(sent).is_ok() && !sent.contains(&0), "{path:?}");
    }
    for line in [&summary.subject, &summary.preview] {
        assert!(!line.contains(char::is_control), "{path:?}: {line:?}");
    }
    for field in Fields::of(message, &limits) {
        assert!(message.get(field.range()).unwrap().starts_with(field.name().as_bytes()));
    }
    for found in attachments(&tree) {
        assert!(tree.part(&found.path).is_some(), "{path:?}");
        assert!(!found.name.contains(['/', '\\', '\r', '\n', '\0']), "{path:?}");
    }
}

fn check_tree(path: &Path, message: &[u8], tree: &PartTree, limits: &Limits) {
    assert_eq!(tree.root().header().start..tree.root().body().end, 0..message.len(), "{path:?}");
    assert!(tree.parts().len() <= limits.mime_parts_max);
    for part in tree.parts() {
        let mut end = part.body().start;
        for child in tree.children(part) {
            assert!(child.header().start >= end && child.body().end <= part.body().end, "{path:?}");
            end = child.body().end;
            if part.kind == PartKind::Multipart {
                let before = message.get(..child.header().start).unwrap().trim_ascii_end();
                let line = before.rsplit(|octet| *octet == b'\n').next().unwrap();
                let delimiter = format!("--{}", part.media.get("boundary").unwrap());
                assert_eq!(line, delimiter.as_bytes(), "{path:?}");
            }
        }
        if part.kind == PartKind::Leaf {
            assert_eq!(tree.part(&tree.path(part)), Some(part), "{path:?}");
        }
    }
}

/// Whether these octets are one parenthesised list by the grammar of IMAP.
fn is_one_list(octets: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(octet) = octets.get(at) {
        at += 1;
        match octet {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'"' => loop {
                match octets.get(at) {
                    Some(b'\\') => at += 2,
                    Some(b'"') => break at += 1,
                    Some(b' '..=b'~') => at += 1,
                    _ => return false,
                }
            },
            b'{' => {
                let end = octets.iter().skip(at).position(|octet| *octet == b'}').unwrap();
                let count = std::str::from_utf8(octets.get(at..at + end).unwrap()).unwrap();
                at += end + 3 + count.parse::<usize>().unwrap();
            }
            b' ' | b'N' | b'I' | b'L' | b'0'..=b'9' => {}
            _ => return false,
        }
        if depth == 0 {
            return at == octets.len();
        }
    }
    false
}

#[test]
fn every_message_of_the_corpus_keeps_the_invariants() {
    let messages = messages();
    for (path, message) in &messages {
        check(path, message);
    }
    println!("{} messages read", messages.len());
}

#[test]
fn the_text_of_every_eighth_message_of_the_corpus_can_be_shown_and_searched() {
    let limits = Limits::default();
    for (path, message) in messages().iter().step_by(8) {
        let tree = PartTree::of(message, &limits);
        let bodies = Bodies::of(&tree);
        let body = |part: &Part| message.get(part.body()).unwrap();
        let parts: Vec<_> = bodies.text.iter().map(|part| (*part, body(part))).collect();
        assert!(plain(&parts, &limits).text.len() <= limits.text_octets_max, "{path:?}");
        let found = search_text(message, &tree, &limits);
        assert_eq!(
            message::text::normalise(&found.body.replace('\n', " ")).len(),
            found.body.trim_end().len(),
            "{path:?}"
        );
    }
}

#[test]
fn mutated_mail_keeps_the_invariants() {
    // A small generator of our own: the same mutations in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    let pieces: [&[u8]; 12] =
        [b"\r\n", b"\n\n", b"--", b"=?", b"?=", b"\"", b"(", b"<", b"\0", b"\xff", b";", b"\r"];
    for (path, message) in messages().iter().step_by(5).filter(|(_, m)| m.len() < 50_000) {
        let mut mutated = message.clone();
        for _ in 0..8 {
            let at = next(mutated.len());
            let piece = pieces.get(next(pieces.len())).unwrap();
            match next(3) {
                0 => drop(mutated.splice(at..at, piece.iter().copied())),
                1 => drop(
                    mutated
                        .drain(at..(at + next(20)).min(message.len()).max(at).min(mutated.len())),
                ),
                _ => {
                    let end = (at + next(200)).min(mutated.len());
                    let copied = mutated.get(at..end).unwrap().to_vec();
                    let to = next(mutated.len());
                    drop(mutated.splice(to..to, copied));
                }
            }
        }
        check(path, &mutated);
    }
}

#[test]
fn flankers_addresses_are_judged_as_flanker_does_where_smtp_agrees() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("mime-torture/flanker");
    let lines = |name: &str| -> Vec<String> {
        let text = std::fs::read(folder.join(name)).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let kept = |line: &&str| !line.starts_with('#') && !line.trim().is_empty();
        text.lines().filter(kept).map(str::to_owned).collect()
    };
    // Names in front of angle brackets and comments are header syntax; an underscore is in no mail
    // domain, and an IP address stands in brackets.
    let ours = |line: &String| {
        let last = line.rsplit(['@', '.']).next().unwrap();
        let numeric = last.bytes().all(|octet| octet.is_ascii_digit());
        !numeric && !["<", "comment", "@under_scope"].iter().any(|other| line.contains(other))
    };
    let mut valid = lines("mailbox_valid.txt");
    valid.retain(ours);
    assert!(valid.len() > 100);
    let refused: Vec<_> = valid.iter().filter(|line| Address::parse(line).is_err()).collect();
    assert_eq!(refused, Vec::<&String>::new());
    let taken: Vec<_> = lines("mailbox_invalid.txt")
        .into_iter()
        .filter(|line| Address::parse(line).is_ok())
        .collect();
    assert_eq!(taken, Vec::<String>::new());
    assert!(begins_with_field(b"A: b"));
}
