//! Accounts: made, found, changed, removed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use house::{House, address, letter};
use mailstore::*;
use message::{Domain, ForwardPath};

#[tokio::test]
async fn a_new_account_has_its_six_mailboxes_subscribed_and_its_domain() {
    let house = House::new();
    let bob = house.account("Bob@Hamburger.edu").await;
    let mailboxes = house.store.mailboxes(bob).await.unwrap();
    let found: Vec<_> =
        mailboxes.iter().map(|one| (one.name.as_str(), one.special_use, one.subscribed)).collect();
    assert_eq!(
        found,
        [
            ("INBOX", None, true),
            ("Archive", Some(SpecialUse::Archive), true),
            ("Drafts", Some(SpecialUse::Drafts), true),
            ("Junk", Some(SpecialUse::Junk), true),
            ("Sent", Some(SpecialUse::Sent), true),
            ("Trash", Some(SpecialUse::Trash), true),
        ]
    );
    let trash = house.store.mailbox_for(bob, SpecialUse::Trash).await.unwrap();
    assert_eq!(trash.name.as_str(), "Trash");
    assert_eq!(house.store.domains().await.unwrap(), [Domain::parse("hamburger.edu").unwrap()]);
    let account = house.store.account(bob).await.unwrap();
    assert_eq!(account.address.to_string(), "Bob@hamburger.edu");
    assert!(account.owner);
    house.verify().await;
}

#[tokio::test]
async fn an_account_is_found_by_its_address_in_any_case_and_by_its_name_when_that_is_one_accounts()
{
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let other_bob = house.account("bob@crepes.fr").await;
    for (name, account) in [
        ("bob@hamburger.edu", bob),
        ("BOB@Hamburger.EDU", bob),
        ("bob@crepes.fr", other_bob),
        ("Ann", ann),
    ] {
        assert_eq!(house.store.account_by_login(name).await.unwrap().id, account, "{name}");
    }
    for name in
        ["bob", "", "@", "eve", "eve@hamburger.edu", "bob@", "*@hamburger.edu", "bob@[127.0.0.1]"]
    {
        let found = house.store.account_by_login(name).await;
        assert!(matches!(found, Err(Error::NoSuchAccount)), "{name}: {found:?}");
    }
}

#[tokio::test]
async fn an_address_is_one_accounts_only_and_must_be_at_a_domain() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let account = |text: &str| NewAccount {
        address: address(text),
        display_name: String::new(),
        password: "x".into(),
        quota_octets: None,
    };
    let taken = house.store.create_account(account("BOB@hamburger.edu")).await;
    assert!(matches!(taken, Err(Error::AddressTaken(_))));
    let literal = house.store.create_account(account("bob@[192.0.2.1]")).await;
    assert!(matches!(literal, Err(Error::AddressInvalid(_))));
    for password in ["", &"x".repeat(1_025)] {
        let refused = NewAccount { password: password.into(), ..account("ann@hamburger.edu") };
        assert!(matches!(house.store.create_account(refused).await, Err(Error::PasswordInvalid)));
    }
    assert_eq!(house.store.accounts().await.unwrap().len(), 1);
    house.verify().await;
}

#[tokio::test]
async fn a_removed_account_is_nobody_at_once_and_leaves_nothing_in_the_end() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    for number in 0..700 {
        let to: &[&str] = if number % 2 == 0 {
            &["bob@hamburger.edu"]
        } else {
            &["bob@hamburger.edu", "ann@hamburger.edu"]
        };
        house.deliver(to, &letter(&format!("letter {number}"), 300)).await.unwrap();
    }
    house.store.set_setting(Some(bob), "theme", Some("dark")).await.unwrap();
    let scopes = Scopes::MAIL;
    house.store.create_app_password(bob, "phone", scopes).await.unwrap();

    house.store.remove_account(bob).await.unwrap();
    assert!(matches!(house.store.account(bob).await, Err(Error::NoSuchAccount)));
    assert!(matches!(house.store.mailboxes(bob).await, Err(Error::NoSuchAccount)));
    assert!(matches!(house.store.quota(bob).await, Err(Error::NoSuchAccount)));
    assert!(matches!(house.store.remove_account(bob).await, Err(Error::NoSuchAccount)));
    let path = ForwardPath::Address(address("bob@hamburger.edu"));
    assert_eq!(house.store.resolve(&path).await.unwrap(), Resolution::Unknown);
    assert!(house.store.account(ann).await.unwrap().owner, "the oldest one left is the owner");
    house.verify().await;

    house.settled().await;
    house.verify().await;
    assert_eq!(house.count("SELECT count(*) FROM account"), 1);
    assert_eq!(house.count("SELECT count(*) FROM message"), 350);
    assert_eq!(house.count("SELECT count(*) FROM content"), 350);
    assert_eq!(house.count("SELECT count(*) FROM app_password"), 0);
    assert_eq!(house.count("SELECT count(*) FROM message_reference"), 350);
    let again = house.account("bob@hamburger.edu").await;
    assert_ne!(again, bob);
    assert_eq!(house.inbox(again).await.messages, 0);
}

#[tokio::test]
async fn a_quota_is_what_an_account_may_hold_and_is_given_back() {
    let house = House::new();
    let sent = letter("one", 1_000);
    let octets = sent.len() as u64;
    let bob = house.account_with("bob@hamburger.edu", Some(octets * 2)).await;
    let inbox = house.inbox(bob).await.id;
    house.append(inbox, &sent).await;
    house.deliver(&["bob@hamburger.edu"], &sent).await.unwrap();
    assert_eq!(
        house.store.quota(bob).await.unwrap(),
        Quota { used_octets: octets * 2, limit_octets: Some(octets * 2) }
    );
    let staged = house.store.stage(&sent).await.unwrap();
    let refused = house.store.append(inbox, staged, FlagList::default(), None).await;
    assert!(matches!(refused, Err(Error::OverQuota { .. })));
    let trash = house.store.mailbox_for(bob, SpecialUse::Trash).await.unwrap().id;
    let refused = house.store.copy(inbox, &UidSet::all(), trash).await;
    assert!(matches!(refused, Err(Error::OverQuota { .. })));
    house.store.move_messages(inbox, &UidSet::all(), trash).await.unwrap();
    house.store.expunge(trash, Expunge::Uids(UidSet::from(Uid::FIRST))).await.unwrap();
    assert_eq!(house.store.quota(bob).await.unwrap().used_octets, octets);
    house.store.set_quota(bob, Some(1)).await.unwrap();
    assert!(matches!(
        house.deliver(&["bob@hamburger.edu"], &sent).await,
        Err(Error::OverQuota { .. })
    ));
    house.store.set_quota(bob, None).await.unwrap();
    house.deliver(&["bob@hamburger.edu"], &sent).await.unwrap();
    house.verify().await;
}

#[tokio::test]
async fn settings_are_an_accounts_or_the_houses_and_can_be_taken_away() {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.set_setting(None, "theme", Some("light")).await.unwrap();
    house.store.set_setting(Some(bob), "theme", Some("dark")).await.unwrap();
    house.store.set_setting(Some(bob), "theme", Some("darker")).await.unwrap();
    house.reopen().await;
    assert_eq!(house.store.setting(None, "theme").await.unwrap().as_deref(), Some("light"));
    assert_eq!(house.store.setting(Some(bob), "theme").await.unwrap().as_deref(), Some("darker"));
    house.store.set_setting(Some(bob), "theme", None).await.unwrap();
    assert_eq!(house.store.setting(Some(bob), "theme").await.unwrap(), None);
    assert_eq!(house.store.setting(None, "theme").await.unwrap().as_deref(), Some("light"));
    let limit = house.options.limits.setting_octets_max;
    house.store.set_setting(None, "long", Some(&"x".repeat(limit))).await.unwrap();
    let refused = house.store.set_setting(None, "long", Some(&"x".repeat(limit + 1))).await;
    assert!(matches!(refused, Err(Error::TooLong { .. })));
    assert!(matches!(
        house.store.set_setting(Some(AccountId::new(99)), "a", Some("b")).await,
        Err(Error::NoSuchAccount)
    ));
}

#[tokio::test]
async fn a_web_session_is_known_by_its_token_until_it_is_closed_or_old_or_the_password_changes() {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let peer = house::peer().address;
    let token = house.store.open_web_session(bob, peer, "Mozilla/5.0").await.unwrap();
    house.reopen().await;
    let session = house.store.web_session(&token).await.unwrap().unwrap();
    assert_eq!(
        (session.account, session.peer, session.user_agent.as_str()),
        (bob, peer, "Mozilla/5.0")
    );
    assert!(house.store.web_session("nonsense").await.unwrap().is_none());
    let talker = house.store.open_web_session(bob, peer, &"é".repeat(300)).await.unwrap();
    let cut = house.store.web_session(&talker).await.unwrap().unwrap().user_agent;
    assert_eq!(cut.len(), house.options.limits.name_octets_max - 1);

    house.watch.forward(29 * 86_400);
    assert!(house.store.web_session(&token).await.unwrap().is_some(), "used, so it lives on");
    house.watch.forward(29 * 86_400);
    assert!(house.store.web_session(&token).await.unwrap().is_some());
    house.watch.forward(31 * 86_400);
    assert!(house.store.web_session(&token).await.unwrap().is_none());

    let first = house.store.open_web_session(bob, peer, "a").await.unwrap();
    let second = house.store.open_web_session(bob, peer, "b").await.unwrap();
    let id = house.store.web_session(&first).await.unwrap().unwrap().id;
    house.store.close_web_session(bob, id).await.unwrap();
    assert!(house.store.web_session(&first).await.unwrap().is_none());
    assert!(matches!(house.store.close_web_session(bob, id).await, Err(Error::NotFound(_))));
    house.store.set_password(bob, "new".into()).await.unwrap();
    assert!(house.store.web_session(&second).await.unwrap().is_none());
}

#[tokio::test]
async fn an_account_has_so_many_web_sessions_and_the_oldest_makes_room() {
    let mut options = house::options();
    options.limits.web_sessions_max = 3;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(house.store.open_web_session(bob, house::peer().address, "x").await.unwrap());
        house.watch.forward(1);
    }
    assert_eq!(house.store.web_sessions(bob).await.unwrap().len(), 3);
    assert!(house.store.web_session(&tokens[0]).await.unwrap().is_none());
    assert!(house.store.web_session(&tokens[3]).await.unwrap().is_some());
}
