//! What another server said, fit to be kept: nothing in it moves a terminal's cursor, ends a log's
//! line, or goes on for ever.

/// A reply: lines stay lines; other control characters go, and what is beyond the limit.
pub(super) fn reply(text: &str, octets_max: usize) -> String {
    clean(text, octets_max, |c| c == '\n')
}

/// A name: one line.
pub(super) fn word(text: &str, octets_max: usize) -> String {
    clean(text, octets_max, |_| false)
}

fn clean(text: &str, octets_max: usize, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len().min(octets_max));
    for c in text.chars().filter(|c| !c.is_control() || stays(*c)) {
        if out.len() + c.len_utf8() > octets_max {
            break;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_lines_stay() {
        assert_eq!(reply("550-no\r\n550 \x1b[2Jno\0", 99), "550-no\n550 [2Jno");
        assert_eq!(word("mx\n.example\u{9b}", 99), "mx.example");
    }

    #[test]
    fn a_text_of_the_limit_is_kept_whole_and_a_longer_one_is_cut_between_characters() {
        assert_eq!(reply("250 ok", 6), "250 ok");
        assert_eq!(reply("250 okay", 6), "250 ok");
        assert_eq!(reply("550 né", 6), "550 n");
        assert_eq!(reply("550 né", 7), "550 né");
    }
}
