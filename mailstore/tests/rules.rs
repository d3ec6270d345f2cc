//! Rules are kept in order, and only such that can be followed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use house::{House, address};
use mailstore::*;

fn rule(name: &str, actions: Vec<Action>) -> Rule {
    let subject =
        Condition::Text { field: TextField::Subject, how: Comparison::Is, text: name.to_owned() };
    Rule { name: name.to_owned(), matching: Matching::AnyOf, conditions: vec![subject], actions }
}

async fn names(house: &House, account: AccountId) -> Vec<String> {
    house.store.rules(account).await.unwrap().into_iter().map(|one| one.rule.name).collect()
}

#[tokio::test]
async fn rules_come_back_as_they_were_in_the_order_they_are_asked() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let archive = house.store.mailbox_for(bob, SpecialUse::Archive).await.unwrap().id;
    let everything = Rule {
        name: "everything “at once”".to_owned(),
        matching: Matching::AllOf,
        conditions: vec![
            Condition::Text {
                field: TextField::Header("X-Tag".to_owned()),
                how: Comparison::Ends,
                text: "é".to_owned(),
            },
            Condition::LargerThan(u64::MAX),
            Condition::SmallerThan(1),
            Condition::HasAttachment,
        ],
        actions: vec![
            Action::File(archive),
            Action::Discard,
            Action::Label(Keyword::parse("$Work").unwrap()),
            Action::MarkRead,
            Action::Star,
            Action::Forward(address("\"a b\"@crepes.fr")),
            Action::Stop,
        ],
    };
    let first = house.store.add_rule(bob, everything.clone()).await.unwrap();
    for name in ["a", "b", "c"] {
        house.store.add_rule(bob, rule(name, vec![Action::Star])).await.unwrap();
    }
    let kept = house.store.rules(bob).await.unwrap();
    assert_eq!(kept[0], KeptRule { id: first, enabled: true, rule: everything });
    for (before_it, order) in [(2, "abXc"), (0, "Xabc"), (99, "abcX"), (1, "aXbc")] {
        house.store.move_rule(bob, first, before_it).await.unwrap();
        let order: Vec<String> = order
            .chars()
            .map(|c| if c == 'X' { kept[0].rule.name.clone() } else { c.to_string() })
            .collect();
        assert_eq!(names(&house, bob).await, order);
    }
    house.store.remove_rule(bob, kept[1].id).await.unwrap();
    house.store.replace_rule(bob, first, rule("x", vec![Action::Stop])).await.unwrap();
    assert_eq!(names(&house, bob).await, ["x", "b", "c"]);
    house.store.set_rule_enabled(bob, kept[2].id, false).await.unwrap();
    let asked = house.store.rules_in_force(bob).await.unwrap();
    assert_eq!(asked.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["x", "c"]);
    house.verify().await;
    house.store.remove_account(bob).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM rule"), 0);
}

#[tokio::test]
async fn a_mailbox_that_is_gone_is_not_filed_into() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let bills = house.store.create_mailbox(bob, "Bills", None).await.unwrap();
    let actions = vec![Action::File(bills), Action::Star];
    house.store.add_rule(bob, rule("bills", actions.clone())).await.unwrap();
    assert_eq!(house.store.rules_in_force(bob).await.unwrap()[0].actions, actions);
    house.store.delete_mailbox(bob, bills).await.unwrap();
    assert_eq!(house.store.rules_in_force(bob).await.unwrap()[0].actions, [Action::Star]);
    let refused = house.store.add_rule(bob, rule("again", actions)).await;
    assert!(matches!(refused, Err(Error::NoSuchMailbox)));
}

#[tokio::test]
async fn what_cannot_be_a_rule_or_is_another_accounts_is_refused() {
    let mut options = house::options();
    options.limits.rules_max = 2;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let store = &house.store;
    let star = |name: &str| rule(name, vec![Action::Star]);
    let bobs = store.add_rule(bob, star("one")).await.unwrap();
    store.add_rule(bob, star("two")).await.unwrap();
    let refused = store.add_rule(bob, star("three")).await;
    assert!(matches!(refused, Err(Error::TooMany { what: "rules", limit: 2 })));
    let annes = house.inbox(ann).await.id;
    let refused = store.replace_rule(bob, bobs, rule("x", vec![Action::File(annes)])).await;
    assert!(matches!(refused, Err(Error::NoSuchMailbox)));
    let refused = store.add_rule(ann, rule("x", vec![])).await;
    assert!(matches!(refused, Err(Error::RuleInvalid(RuleFault::Actions { .. }))));
    let refused = store.add_rule(ann, star(&"x".repeat(256))).await;
    assert!(matches!(refused, Err(Error::TooLong { .. })));
    let refused = store.add_rule(AccountId::new(99), star("x")).await;
    assert!(matches!(refused, Err(Error::NoSuchAccount)));
    for refused in [
        store.replace_rule(ann, bobs, star("hers")).await,
        store.move_rule(ann, bobs, 0).await,
        store.set_rule_enabled(ann, bobs, false).await,
        store.remove_rule(ann, bobs).await,
    ] {
        assert!(matches!(refused, Err(Error::NotFound("rule"))), "{refused:?}");
    }
    assert_eq!(names(&house, bob).await, ["one", "two"]);
}
