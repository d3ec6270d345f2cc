//! Names of people as pages show them. Knows who the reader is, so that it can say "me".

use mailstore::Participant;
use message::{Address, Person};

/// The whole name, or the address when there is none.
pub fn full_name(person: &Person) -> &str {
    person.name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&person.address)
}

/// `Ann Lee <ann@example.org>`
pub fn with_address(person: &Person) -> String {
    let name = full_name(person);
    if name == person.address { name.to_owned() } else { format!("{name} <{}>", person.address) }
}

/// All of them, for those who want to know.
pub fn all(people: &[Person]) -> String {
    people.iter().map(with_address).collect::<Vec<_>>().join(", ")
}

/// `me, Bob, Eve and 3 more`
pub fn short_list(people: &[Person], me: &Address) -> String {
    const SHOWN: usize = 3;
    if people.is_empty() {
        return "nobody named".to_owned();
    }
    let alone = people.len() == 1;
    let names: Vec<String> =
        people.iter().take(SHOWN).map(|person| short_name(person, me, alone)).collect();
    let left = people.len() - names.len();
    if left > 0 { format!("{} and {left} more", names.join(", ")) } else { names.join(", ") }
}

/// Who wrote in a conversation, for one line: the first, then the latest.
pub fn writers(participants: &[Participant], me: &Address) -> String {
    let name = |participant: &Participant, alone| short_name(&participant.person, me, alone);
    match participants {
        [] => "(nobody)".to_owned(),
        [only] => name(only, true),
        [first, middle @ .., last] if middle.len() > 1 => {
            format!("{}, … {}", name(first, false), name(last, false))
        }
        several => several.iter().map(|one| name(one, false)).collect::<Vec<_>>().join(", "),
    }
}

/// The whole name of somebody alone, the first of several; "me" is always me.
fn short_name(person: &Person, me: &Address, alone: bool) -> String {
    if is_me(person, me) {
        return "me".to_owned();
    }
    let name = full_name(person);
    if alone {
        return name.to_owned();
    }
    if name == person.address {
        return name.split('@').next().unwrap_or(name).to_owned();
    }
    // "Lee, Ann" is Ann; "Dr. Lee" would be nobody as "Dr.".
    let given = name.split_once(", ").map_or(name, |(_, given)| given);
    let first = given.split_whitespace().next().unwrap_or(name);
    if first.ends_with('.') || first.chars().count() < 2 {
        name.to_owned()
    } else {
        first.to_owned()
    }
}

/// Whether it is the reader's own address, with or without a tag.
pub fn is_me(person: &Person, me: &Address) -> bool {
    let untagged = person.address.rsplit_once('@').and_then(|(local, domain)| {
        local.split_once('+').map(|(name, _)| format!("{name}@{domain}"))
    });
    let me = me.to_string();
    let is = |address: &str| address.eq_ignore_ascii_case(&me);
    is(&person.address) || untagged.is_some_and(|address| is(&address))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn person(name: &str, address: &str) -> Person {
        Person { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_owned() }
    }

    #[test]
    fn several_go_by_first_names_and_one_alone_by_all_of_it() {
        let me = Address::parse("ann@example.org").unwrap();
        let line = |people: &[(&str, &str)]| {
            let people: Vec<_> =
                people.iter().map(|(name, address)| person(name, address)).collect();
            short_list(&people, &me)
        };
        assert_eq!(line(&[("Bob Lee", "bob@x.org")]), "Bob Lee");
        assert_eq!(line(&[("Bob Lee", "bob@x.org"), ("", "ANN@example.org")]), "Bob, me");
        assert_eq!(line(&[("", "ann+shop@Example.org")]), "me");
        assert_eq!(line(&[("", "ann+shop@example.com")]), "ann+shop@example.com");
        assert_eq!(line(&[("", "annie@example.org")]), "annie@example.org");
        assert_eq!(line(&[("Lee, Bob", "bob@x.org"), ("Dr. Eve", "eve@x.org")]), "Bob, Dr. Eve");
        assert_eq!(line(&[("", "carl@x.org"), ("", "dora@x.org")]), "carl, dora");
        assert_eq!(
            line(&[("A B", "1"), ("Cc D", "2"), ("Ee F", "3"), ("Gg H", "4")]),
            "A B, Cc, Ee and 1 more"
        );
        assert_eq!(line(&[]), "nobody named");
    }
}
