//! Cuts a search into its words: by white space, with quotes, minus signs and operators recognised.

/// One word as it was typed.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// It began with a minus.
    pub not: bool,
    /// `from` of `from:ann`, in lower case, when it is a word we know as an operator.
    pub operator: Option<String>,
    /// The rest, without its quotes.
    pub text: String,
}

/// Other words before a colon are text: `Re: tea`, `12:30`, `http://…`.
const OPERATORS: &[&str] =
    &["from", "to", "cc", "subject", "in", "has", "is", "before", "after", "larger", "smaller"];

/// The words of a search, none of them empty but after an operator.
pub fn words(typed: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (not, after_minus) = match rest.strip_prefix('-') {
            Some(after) if after.starts_with(|c: char| !c.is_whitespace()) => (true, after),
            _ => (false, rest),
        };
        let (operator, after_operator) = operator(after_minus);
        let (text, after) = text(after_operator);
        if operator.is_some() || !text.trim().is_empty() {
            words.push(Word { not, operator, text });
        }
        rest = after.trim_start();
    }
    words
}

fn operator(typed: &str) -> (Option<String>, &str) {
    let known = typed.split_once(':').and_then(|(name, after)| {
        let name = name.to_lowercase();
        OPERATORS.contains(&name.as_str()).then_some((name, after))
    });
    known.map_or((None, typed), |(name, after)| (Some(name), after))
}

/// A quoted phrase, or everything up to the next white space.
fn text(typed: &str) -> (String, &str) {
    let closing: &[char] = match typed.chars().next() {
        Some('"') => &['"'],
        Some('“' | '„') => &['”', '“'],
        _ => {
            let end = typed.find(char::is_whitespace).unwrap_or(typed.len());
            let (word, after) = typed.split_at(end);
            return (word.to_owned(), after);
        }
    };
    let mut inside = typed.chars();
    inside.next();
    let inside = inside.as_str();
    // Without its closing quote a phrase goes on to the end: the person is still typing.
    let end = inside.find(closing).unwrap_or(inside.len());
    let (phrase, after) = inside.split_at(end);
    (phrase.to_owned(), after.strip_prefix(closing).unwrap_or(after))
}
