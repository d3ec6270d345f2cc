//! A plain letter in its parts: what was written, what was quoted, the signature.
//!
//! Knows the habits of mail: `>` marks, "… wrote:", "-- ", Outlook's "-----Original Message-----". A quote at the end
//! is folded because the reader has it above already; a short one between answers stays, because the answer needs it.

use super::links::with_links;
use message::text::attribution;

/// A letter ready to stand on a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// Safe HTML.
    pub html: String,
    /// It has columns, a patch or a drawing in it: show it in letters of one width.
    pub is_fixed_width: bool,
}

/// Quotes of more lines than this are folded wherever they stand.
const LINES_SHOWN_OF_A_QUOTE: usize = 14;

/// Deeper quotes are drawn as this deep.
const QUOTE_DEPTH_MAX: usize = 5;

/// Renders plain text.
pub fn render(text: &str) -> Letter {
    let pieces = pieces(text);
    let is_only_quotes = !pieces.iter().any(|piece| piece.kind == Kind::Text && !piece.is_blank());
    let last_text = pieces.iter().rposition(|piece| piece.kind == Kind::Text && !piece.is_blank());
    let mut html = String::with_capacity(text.len() + 256);
    for (index, piece) in pieces.iter().enumerate() {
        match piece.kind {
            Kind::Text => push_block(&mut html, "", &piece.lines),
            Kind::Signature => push_block(&mut html, "signature", &piece.lines),
            Kind::Quote | Kind::Original => {
                let at_the_end = last_text.is_none_or(|last| index > last);
                let long = piece.lines.len() > LINES_SHOWN_OF_A_QUOTE;
                let fold = !is_only_quotes && (at_the_end && piece.lines.len() > 2 || long);
                push_quote(&mut html, piece, fold);
            }
        }
    }
    Letter { html, is_fixed_width: has_columns(text) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Quote,
    /// Everything under "-----Original Message-----".
    Original,
    Signature,
}

#[derive(Debug)]
struct Piece<'a> {
    kind: Kind,
    lines: Vec<&'a str>,
}

impl Piece<'_> {
    fn is_blank(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let current = pieces.last().map(|piece| piece.kind);
        let kind = match current {
            Some(Kind::Original) => Kind::Original,
            _ if quote_depth(line).0 > 0 => Kind::Quote,
            _ if is_original_mark(line, lines.peek().copied()) => Kind::Original,
            Some(Kind::Signature) => Kind::Signature,
            _ if is_signature_mark(line) => Kind::Signature,
            // An empty line between two quotes does not part them.
            Some(Kind::Quote)
                if line.trim().is_empty()
                    && lines.peek().is_some_and(|next| quote_depth(next).0 > 0) =>
            {
                Kind::Quote
            }
            _ => Kind::Text,
        };
        if current != Some(kind) {
            let attribution =
                if kind == Kind::Quote { take_attribution(&mut pieces) } else { Vec::new() };
            pieces.push(Piece { kind, lines: attribution });
        }
        if let Some(piece) = pieces.last_mut() {
            piece.lines.push(line);
        }
    }
    pieces
}

/// "On Monday Ann <ann@example.org> wrote:" belongs to the quote under it.
fn take_attribution<'a>(pieces: &mut [Piece<'a>]) -> Vec<&'a str> {
    pieces
        .last_mut()
        .filter(|piece| matches!(piece.kind, Kind::Text | Kind::Signature))
        .and_then(|above| Some(above.lines.split_off(attribution(&above.lines)?)))
        .unwrap_or_default()
}

fn is_signature_mark(line: &str) -> bool {
    line == "-- " || line == "--"
}

fn is_original_mark(line: &str, next: Option<&str>) -> bool {
    let line = line.trim();
    let dashed = line.starts_with("-----")
        && line.ends_with("-----")
        && line.to_ascii_lowercase().contains("original message");
    let ruled = line.len() >= 20
        && line.bytes().all(|o| o == b'_')
        && next.is_some_and(|next| next.trim_start().starts_with("From:"));
    dashed || ruled
}

/// How deep a line is quoted, and what it says: `> > x`, `>>x` and `>x` all occur.
fn quote_depth(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(inner) =
        rest.strip_prefix('>').or_else(|| if depth > 0 { rest.strip_prefix(" >") } else { None })
    {
        depth += 1;
        rest = inner;
    }
    (depth, if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { line })
}

fn push_block(html: &mut String, class: &str, lines: &[&str]) {
    let text = lines.join("\n");
    // Empty lines at a block's edges are its margin's business.
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() {
        return;
    }
    html.push_str("<div class=\"block ");
    html.push_str(class);
    html.push_str("\">");
    html.push_str(&with_links(text));
    html.push_str("</div>");
}

fn push_quote(html: &mut String, piece: &Piece<'_>, fold: bool) {
    if fold {
        let count = piece.lines.len();
        html.push_str(&format!(
            "<details class=\"quoted\"><summary>Quoted text, {count} lines</summary>"
        ));
    }
    if piece.kind == Kind::Original {
        html.push_str("<blockquote>");
        push_block(html, "", &piece.lines);
        html.push_str("</blockquote>");
    } else {
        push_quoted_lines(html, &piece.lines);
    }
    if fold {
        html.push_str("</details>");
    }
}

fn push_quoted_lines(html: &mut String, lines: &[&str]) {
    let mut depth = 0;
    let mut run: Vec<&str> = Vec::new();
    for line in lines {
        let (line_depth, content) = quote_depth(line);
        // The attribution above and empty lines within keep the depth they stand at.
        let line_depth =
            if line.trim().is_empty() { depth } else { line_depth.min(QUOTE_DEPTH_MAX) };
        if line_depth != depth {
            push_block(html, "", &std::mem::take(&mut run));
            change_depth(html, depth, line_depth);
            depth = line_depth;
        }
        run.push(content);
    }
    push_block(html, "", &run);
    change_depth(html, depth, 0);
}

fn change_depth(html: &mut String, from: usize, to: usize) {
    for _ in from..to {
        html.push_str("<blockquote>");
    }
    for _ in to..from {
        html.push_str("</blockquote>");
    }
}

/// Whether the text was set out in columns: tables made with spaces, patches, drawings.
fn has_columns(text: &str) -> bool {
    const ENOUGH: usize = 4;
    let aligned = |line: &&str| {
        let inner = line.trim();
        inner.contains("    ")
            || inner.contains('\t')
            || inner.starts_with("+---")
            || inner.starts_with("@@ ")
            || inner.starts_with("|") && inner.ends_with('|')
    };
    let (counted, all) = text
        .lines()
        .take(2_000)
        .filter(|line| !line.trim().is_empty())
        .fold((0, 0), |(counted, all), line| (counted + usize::from(aligned(&line)), all + 1));
    counted >= ENOUGH && counted * 8 >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        render(text).html.replace("<div class=\"block \">", "<p>").replace("</div>", "</p>")
    }

    #[test]
    fn a_quote_at_the_end_is_folded_with_the_line_that_introduces_it() {
        let shown = html("Yes.\n\nOn Mon, 23 Nov 2026, Ann wrote:\n> one\n> two\n> three\n");
        assert_eq!(
            shown,
            "<p>Yes.</p><details class=\"quoted\"><summary>Quoted text, 4 lines</summary>\
             <p>On Mon, 23 Nov 2026, Ann wrote:</p><blockquote><p>one\ntwo\nthree</p></blockquote></details>"
        );
    }

    #[test]
    fn short_quotes_between_answers_stay_open() {
        let shown = html("> Tea?\n\nYes.\n\n> Milk?\n\nNo.\n");
        assert_eq!(
            shown,
            "<blockquote><p>Tea?</p></blockquote><p>Yes.</p><blockquote><p>Milk?</p></blockquote><p>No.</p>"
        );
        let long = format!("{}\nAnswer.\n", "> x\n".repeat(LINES_SHOWN_OF_A_QUOTE + 1));
        assert!(html(&long).starts_with("<details"), "{}", html(&long));
        let short = format!("{}\nAnswer.\n", "> x\n".repeat(LINES_SHOWN_OF_A_QUOTE));
        assert!(html(&short).starts_with("<blockquote>"), "{}", html(&short));
    }

    #[test]
    fn a_letter_of_quotes_alone_is_shown() {
        assert!(!html("> a\n> b\n> c\n> d\n").contains("details"));
    }

    #[test]
    fn depth_is_drawn_and_bounded() {
        assert_eq!(
            html(">> a\n> b\nc"),
            "<blockquote><blockquote><p>a</p></blockquote><p>b</p></blockquote><p>c</p>"
        );
        assert_eq!(html("> > a\nc").matches("<blockquote>").count(), 2);
        assert_eq!(
            html(&format!("{} a\nc", ">".repeat(1000))).matches("<blockquote>").count(),
            QUOTE_DEPTH_MAX
        );
    }

    #[test]
    fn signatures_and_outlooks_originals_are_seen() {
        assert!(
            render("Hi\n-- \nAnn\nTel 1")
                .html
                .contains("<div class=\"block signature\">-- \nAnn\nTel 1</div>")
        );
        let outlook = html("Fine.\n-----Original Message-----\nFrom: Bob\nSent: today\n\nText");
        assert!(
            outlook.contains(
                "<details class=\"quoted\"><summary>Quoted text, 5 lines</summary><blockquote>"
            ),
            "{outlook}"
        );
    }

    #[test]
    fn columns_are_told_from_prose() {
        assert!(render(&"name      size\n".repeat(4)).is_fixed_width);
        assert!(!render(&"A sentence.  Another one.\n".repeat(40)).is_fixed_width);
    }

    #[test]
    fn markup_in_a_letter_is_text() {
        assert_eq!(
            html("<b>x</b>\n> <i>"),
            "<p>&lt;b&gt;x&lt;/b&gt;</p><blockquote><p>&lt;i&gt;</p></blockquote>"
        );
    }

    #[test]
    fn a_mebibyte_of_marks_takes_a_moment() {
        for text in [
            ">".repeat(1_000_000),
            "> \n".repeat(300_000),
            "http://".repeat(140_000),
            "@".repeat(1_000_000),
            "x:\n>\n".repeat(150_000),
            format!("http://a{}", ")".repeat(1_000_000)),
            format!("http://a{}", "([{}])".repeat(150_000)),
        ] {
            let began = std::time::Instant::now();
            render(&text);
            assert!(began.elapsed().as_secs() < 10);
        }
    }
}
