//! "On Monday Ann <ann@example.org> wrote:", which introduces what is quoted under it.

/// How those begin that take more than a line.
const OPENINGS: &[&str] = &["On ", "Am ", "Le ", "El ", "Il ", "Op ", "Em ", "At "];

const VERBS: &[&str] =
    &["wrote:", "writes:", "said:", "schrieb:", "écrit :", "escribió:", "scritto:", "schreef:"];

/// Lines that an attribution may take.
const LINES_MAX: usize = 3;

/// Where in the lines above a quote its attribution begins, if it has one.
#[must_use]
pub fn attribution(above: &[&str]) -> Option<usize> {
    let last = above.iter().rposition(|line| !line.trim().is_empty())?;
    let line_at = |at: usize| above.get(at).map_or("", |line| line.trim());
    if !line_at(last).ends_with(':') {
        return None;
    }
    let opens = |at: &usize| OPENINGS.iter().any(|word| line_at(*at).starts_with(word));
    let begin = (last.saturating_sub(LINES_MAX - 1)..=last).rev().find(opens);
    let names = line_at(last).contains('@');
    let says = VERBS.iter().any(|verb| line_at(last).ends_with(verb));
    begin.or_else(|| (names || says).then_some(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribution_is_told_from_words() {
        for (above, begin) in [
            (&["Yes.", "", "On Mon, 23 Nov 2026, Ann wrote:"][..], Some(2)),
            (
                &["Yes.", "On Mon, 23 Nov 2026 at 10:00, Ann Lee", "<ann@example.org> wrote:", ""],
                Some(1),
            ),
            (&["Am 23.11. um 10 Uhr", "schrieb", "Ann:"], Some(0)),
            (&["Ann wrote:"], Some(0)),
            (&["Ann <ann@example.org>:"], Some(0)),
            (&["This is what I asked:"], None),
            (&["On Monday."], None),
            (&["", ""], None),
            (&[], None),
        ] {
            assert_eq!(attribution(above), begin, "{above:?}");
        }
    }
}
