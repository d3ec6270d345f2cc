//! Paragraphs that were broken into lines for the journey and say so (RFC 3676).

/// Puts the paragraphs of `format=flowed` text back on one line each. Quoting is written with one
/// `>` for each depth and a space; lines end with LF.
pub(super) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The depth of the paragraph that the last line left open.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        // §4.4: a space in front was put there to protect what follows.
        let stuffed = unquoted.strip_prefix(' ');
        let content = stuffed.unwrap_or(unquoted);
        // §4.3: the mark in front of a signature is a line of its own.
        let is_signature = content == "-- ";
        if open != Some(depth) || is_signature {
            if open.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            let is_protected = depth == 0 && content.starts_with('>');
            if depth > 0 || is_protected {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !is_signature;
        let kept = if flows && delete_space { content.strip_suffix(' ') } else { None };
        out.push_str(kept.unwrap_or(content));
        open = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_flow_and_quotes_keep_their_depth() {
        for (text, delete_space, flowed) in [
            ("One \ntwo \nthree\nfour\n", false, "One two three\nfour\n"),
            ("One \ntwo", true, "Onetwo\n"),
            ("> a \n> b\n>> c \n> d \nout\n", false, "> a b\n>> c \n> d \nout\n"),
            (" >not quoted\n  indented\n", false, " >not quoted\n indented\n"),
            ("text \n-- \nAnn\n", false, "text \n-- \nAnn\n"),
            ("", false, ""),
        ] {
            assert_eq!(unflow(text, delete_space), flowed, "{text:?}");
        }
    }
}
