//! People of To and Cc as one column: a JSON array of `[name or null, address]`.

use message::Person;

/// As stored.
pub(super) fn encode(people: &[Person]) -> String {
    let pairs: Vec<(Option<&str>, &str)> =
        people.iter().map(|one| (one.name.as_deref(), one.address.as_str())).collect();
    serde_json::to_string(&pairs).unwrap_or_else(|_| "[]".to_owned())
}

/// From what is stored.
pub(crate) fn decode(stored: &str) -> Vec<Person> {
    let pairs: Vec<(Option<String>, String)> = serde_json::from_str(stored).unwrap_or_default();
    pairs.into_iter().map(|(name, address)| Person { name, address }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_back_as_they_were() {
        let people = vec![
            Person {
                name: Some("Zoë \"Z\" [x], y".to_owned()),
                address: "zoe@example.org".to_owned(),
            },
            Person { name: None, address: String::new() },
        ];
        assert_eq!(decode(&encode(&people)), people);
        assert_eq!(decode("broken"), []);
    }
}
