//! Groups of three letters, as words that SQLite's index takes. Each text gives each of its groups once, which is half of them and
//! half of the time; FTS5's own trigram tokenizer gives all.

/// Between the ASCII letters that FTS5 would take for the space between words and the private letters that stand for them. A text
/// that has these letters itself is found once too often, and looked at.
const PRIVATE: u32 = 0xe000;

/// Bits of a letter.
const BITS: u32 = 21;

/// The groups of a text as words, each once. None reaches over the end of a line: nothing that is searched for does.
pub(super) fn words_of(text: &str) -> String {
    let mut groups = Vec::with_capacity(text.len());
    for line in text.split('\n') {
        let mut group = 0_u64;
        for (at, letter) in line.chars().enumerate() {
            group = (group << BITS | u64::from(u32::from(letter))) & ((1 << (3 * BITS)) - 1);
            if at >= 2 {
                groups.push(group);
            }
        }
    }
    groups.sort_unstable();
    groups.dedup();
    let mut words = String::with_capacity(groups.len() * 5);
    for group in groups {
        for place in [2, 1, 0] {
            let letter = u32::try_from(group >> (place * BITS) & ((1 << BITS) - 1));
            words.extend(letter.ok().and_then(char::from_u32).map(stand_in));
        }
        words.push(' ');
    }
    words
}

/// The groups of a needle as words; when they are too many, some from its whole length.
pub(crate) fn words_for(needle: &str, most: usize) -> Vec<String> {
    let letters: Vec<char> = needle.chars().map(stand_in).collect();
    let step = letters.len().saturating_sub(2).div_ceil(most.max(1)).max(1);
    let mut words: Vec<String> =
        letters.windows(3).step_by(step).map(|three| three.iter().collect()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn stand_in(letter: char) -> char {
    if letter.is_ascii() && !letter.is_ascii_alphanumeric() {
        return char::from_u32(PRIVATE + u32::from(letter)).unwrap_or(letter);
    }
    letter
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_text_gives_each_group_once_and_none_over_the_end_of_a_line() {
        assert_eq!(words_of("abcabc"), "abc bca cab ");
        assert_eq!(words_of("ab\ncd"), "");
        assert_eq!(words_of("a b"), "a\u{e020}b ");
        assert_eq!(words_of("日本語x"), "日本語 本語x ");
        assert_eq!(words_of(""), "");
    }

    #[test]
    fn a_needle_gives_some_groups_from_its_whole_length() {
        assert_eq!(words_for("abcde", 9), ["abc", "bcd", "cde"]);
        assert_eq!(words_for("abcdefgh", 2), ["abc", "def"]);
        assert!(words_for("ab", 9).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_index_finds_every_part_of_a_text(text in "[a-c \"'*\u{e020}\u{0}日本é\u{10ffff}\u{fffe}]{3,30}", from in 0..30_usize, length in 3..12_usize) {
            let index = Connection::open_in_memory().unwrap();
            index.execute_batch("CREATE VIRTUAL TABLE t USING fts5 (w, content = '', detail = none, tokenize = 'ascii')").unwrap();
            index.execute("INSERT INTO t (rowid, w) VALUES (1, ?1)", [words_of(&text)]).unwrap();
            let needle: String = text.chars().skip(from % text.chars().count()).take(length).collect();
            let words = words_for(&needle, 4);
            if !words.is_empty() {
                let expression: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                let found: u32 = index.query_row("SELECT count(*) FROM t WHERE t MATCH ?1", [expression.join(" AND ")], |row| row.get(0)).unwrap();
                prop_assert_eq!(found, 1);
            }
        }
    }
}
