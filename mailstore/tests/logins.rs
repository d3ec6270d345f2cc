//! Logging in: who gets in, what failures cost, what is remembered. Time is paused, so that delays
//! take none.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod house;

use std::net::IpAddr;
use std::time::Duration;

use house::House;
use mailstore::*;
use tokio::time::Instant;

fn attempt(name: &str, password: &str, peer: &str) -> LoginAttempt {
    LoginAttempt {
        name: name.to_owned(),
        password: password.into(),
        service: Service::Pop,
        peer: peer.parse().unwrap(),
    }
}

const HERE: &str = "192.0.2.7";

/// Hashing takes 60 ms each: failures with a name that nobody has are as good, and as slow; so few
/// as the test needs.
async fn fail(house: &House, name: &str, peer: &str, times: u32) {
    for _ in 0..times {
        let refused = house.store.login(attempt(name, "wrong", peer)).await;
        assert!(matches!(refused, Err(LoginError::Wrong)), "{refused:?}");
    }
}

fn limits() -> Options {
    house::options()
}

#[tokio::test]
async fn bob_gets_in_by_every_name_he_has_and_only_with_his_password() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    for name in ["bob@hamburger.edu", "BOB@hamburger.edu", "bob", " bob "] {
        let login = house.store.login(attempt(name, "hungry", HERE)).await.unwrap();
        assert_eq!((login.account, login.address.to_string().as_str()), (bob, "bob@hamburger.edu"));
    }
    for (name, password) in
        [("bob", "Hungry"), ("bob", ""), ("eve", "hungry"), ("", ""), ("bob@crepes.fr", "hungry")]
    {
        let refused = house.store.login(attempt(name, password, "192.0.2.8")).await;
        assert!(matches!(refused, Err(LoginError::Wrong)), "{name}");
    }
}

#[tokio::test]
async fn a_changed_password_counts_at_once_although_the_old_one_was_just_verified() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    house.store.set_password(bob, "full".into()).await.unwrap();
    assert!(matches!(
        house.store.login(attempt("bob", "hungry", HERE)).await,
        Err(LoginError::Wrong)
    ));
    house.store.login(attempt("bob", "full", HERE)).await.unwrap();
    assert!(matches!(house.store.set_password(bob, "".into()).await, Err(Error::PasswordInvalid)));
    let nobody = house.store.set_password(AccountId::new(99), "x".into()).await;
    assert!(matches!(nobody, Err(Error::NoSuchAccount)));
}

#[tokio::test(start_paused = true)]
async fn a_dozen_wrong_passwords_cost_seconds_not_the_account() {
    let house = House::new();
    house.account("bob@hamburger.edu").await;
    let begin = Instant::now();
    fail(&house, "bob", HERE, 3).await;
    assert!(begin.elapsed() < Duration::from_millis(500));
    fail(&house, "bob", HERE, 8).await;
    let so_far = begin.elapsed();
    assert!(so_far >= Duration::from_secs(4) && so_far < Duration::from_secs(6), "{so_far:?}");
    fail(&house, "bob", HERE, 1).await;
    assert!(begin.elapsed() - so_far >= Duration::from_secs(2));
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_twentieth_failure_shuts_the_pair_out_even_with_the_right_password_for_a_quarter_of_an_hour()
 {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    // His name and his address are one account: the failures add up.
    fail(&house, "bob", HERE, 10).await;
    fail(&house, "bob@hamburger.edu", HERE, 10).await;
    let Err(LoginError::Banned { until }) = house.store.login(attempt("bob", "hungry", HERE)).await
    else {
        panic!("the twentieth failure was for nothing")
    };
    assert_eq!(until.seconds(), house.store.now().seconds() + 900);
    house.store.login(attempt("bob", "hungry", "192.0.2.8")).await.unwrap();
    assert!(!house.store.is_banned(HERE.parse().unwrap()), "others may log in from there");

    house.reopen().await;
    assert!(matches!(
        house.store.login(attempt("bob", "hungry", HERE)).await,
        Err(LoginError::Banned { .. })
    ));
    let bans = house.store.bans().await.unwrap();
    let pair =
        BanScope::Pair { name: "bob@hamburger.edu".to_owned(), network: HERE.parse().unwrap() };
    assert_eq!(bans.iter().map(|ban| &ban.scope).collect::<Vec<_>>(), [&pair]);
    let history = house.store.login_history(bob, 10).await.unwrap();
    assert!(history.iter().any(|event| event.outcome == LoginOutcome::Banned));

    house.watch.forward(900);
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    assert_eq!(house.store.bans().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_guesses_many_names_is_banned_as_a_whole_but_never_this_machine() {
    let mut options = limits();
    options.login.address_failures_max = 6;
    let house = House::with(options);
    house.account("bob@hamburger.edu").await;
    for number in 0..3 {
        fail(&house, &format!("name{number}"), "2001:db8::1", 1).await;
        fail(&house, &format!("name{number}"), "2001:db8::ffff", 1).await;
        fail(&house, &format!("name{number}"), "127.0.0.1", 3).await;
    }
    for peer in ["2001:db8::1", "2001:db8::abcd"] {
        assert!(house.store.is_banned(peer.parse().unwrap()));
        let refused = house.store.login(attempt("bob", "hungry", peer)).await;
        assert!(matches!(refused, Err(LoginError::Banned { .. })));
    }
    assert!(!house.store.is_banned("2001:db8:0:1::1".parse().unwrap()));
    assert!(!house.store.is_banned("127.0.0.1".parse().unwrap()));
    house.store.login(attempt("bob", "hungry", "127.0.0.1")).await.unwrap();

    let ban = house.store.bans().await.unwrap().remove(0);
    assert_eq!(ban.scope, BanScope::Network("2001:db8::".parse().unwrap()));
    house.store.lift_ban(ban.id).await.unwrap();
    house.store.login(attempt("bob", "hungry", "2001:db8::1")).await.unwrap();
    assert!(matches!(house.store.lift_ban(ban.id).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_ban_that_another_process_lifts_is_lifted_here() {
    let mut options = limits();
    options.login.pair_failures_max = 1;
    let house = House::with(options);
    house.account("bob@hamburger.edu").await;
    fail(&house, "bob", HERE, 1).await;
    assert!(matches!(
        house.store.login(attempt("bob", "hungry", HERE)).await,
        Err(LoginError::Banned { .. })
    ));
    let other = house::open(house.folder.path(), &house.options, &house.watch);
    let ban = other.bans().await.unwrap().remove(0);
    other.lift_ban(ban.id).await.unwrap();
    other.close().await;
    for _ in 0..1_000 {
        if house.store.login(attempt("bob", "hungry", HERE)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the ban still holds");
}

#[tokio::test]
async fn every_success_and_failure_is_in_the_history_with_service_and_address() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    house.watch.forward(60);
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    fail(&house, "bob", "192.0.2.8", 1).await;
    fail(&house, "eve", "192.0.2.8", 2).await;
    house.watch.forward(3_600);
    let web =
        LoginAttempt { service: Service::Web, ..attempt("bob@hamburger.edu", "hungry", HERE) };
    house.store.login(web).await.unwrap();

    let history = house.store.login_history(bob, 10).await.unwrap();
    let seen: Vec<_> = history
        .iter()
        .map(|one| {
            (
                one.service,
                one.outcome,
                one.times,
                one.peer.to_string(),
                one.last.seconds() - one.first.seconds(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Service::Web, LoginOutcome::Password, 1, HERE.to_owned(), 0),
            (Service::Pop, LoginOutcome::Wrong, 1, "192.0.2.8".to_owned(), 0),
            (Service::Pop, LoginOutcome::Password, 3, HERE.to_owned(), 60),
        ]
    );
    assert_eq!(house.store.login_history(bob, 1).await.unwrap().len(), 1);
    let strangers = house.store.stranger_history(10).await.unwrap();
    assert_eq!(
        strangers.iter().map(|one| (one.name.as_str(), one.times)).collect::<Vec<_>>(),
        [("eve", 2)]
    );
}

#[tokio::test]
async fn an_app_password_opens_what_it_is_for_and_nothing_else_until_it_is_taken_back() {
    let house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    let ann = house.account("ann@hamburger.edu").await;
    let scopes = Scopes { pop: true, imap: false, smtp: false };
    let secret = house.store.create_app_password(bob, "old phone", scopes).await.unwrap();
    let login = house
        .store
        .login(attempt("bob", &secret.to_uppercase().replace('-', " "), HERE))
        .await
        .unwrap();
    let listed = house.store.app_passwords(bob).await.unwrap();
    assert_eq!(login.app_password, Some(listed[0].id));
    assert_eq!((listed[0].name.as_str(), listed[0].scopes), ("old phone", scopes));
    assert_eq!(
        (listed[0].last_used, listed[0].last_peer),
        (Some(house.store.now()), HERE.parse::<IpAddr>().ok())
    );

    for service in [Service::Imap, Service::Smtp, Service::Web] {
        let other = LoginAttempt { service, ..attempt("bob", &secret, "192.0.2.8") };
        assert!(matches!(house.store.login(other).await, Err(LoginError::Wrong)));
    }
    assert!(house.store.login(attempt("ann", &secret, HERE)).await.is_err());
    assert!(matches!(
        house.store.revoke_app_password(ann, listed[0].id).await,
        Err(Error::NotFound(_))
    ));
    house.store.revoke_app_password(bob, listed[0].id).await.unwrap();
    assert!(house.store.login(attempt("bob", &secret, HERE)).await.is_err());
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
}

#[tokio::test]
async fn an_account_has_so_many_app_passwords_and_no_more() {
    let mut options = limits();
    options.limits.app_passwords_max = 2;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    let long = "x".repeat(house.options.limits.name_octets_max);
    house.store.create_app_password(bob, &long, Scopes::MAIL).await.unwrap();
    let refused = house.store.create_app_password(bob, &format!("{long}x"), Scopes::MAIL).await;
    assert!(matches!(refused, Err(Error::TooLong { .. })));
    house.store.create_app_password(bob, "two", Scopes::MAIL).await.unwrap();
    let refused = house.store.create_app_password(bob, "three", Scopes::MAIL).await;
    assert!(matches!(refused, Err(Error::TooManyAppPasswords { limit: 2 })));
}

#[tokio::test]
async fn an_old_history_is_forgotten() {
    let mut house = House::new();
    let bob = house.account("bob@hamburger.edu").await;
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    house.watch.forward(91 * 86_400);
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    house.reopen().await;
    for _ in 0..1_000 {
        if house.store.login_history(bob, 10).await.unwrap().len() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nothing was forgotten");
}

#[tokio::test]
async fn a_name_without_end_is_cut_before_it_is_remembered() {
    let house = House::new();
    fail(&house, &"é".repeat(100_000), HERE, 1).await;
    let strangers = house.store.stranger_history(1).await.unwrap();
    assert_eq!(strangers[0].name, "é".repeat(127));
}

#[tokio::test(start_paused = true)]
async fn names_without_number_from_one_address_are_a_few_rows_of_the_history() {
    let mut options = limits();
    options.login.history_names_max = 2;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    for name in ["one", "two", "three", "four", "one"] {
        fail(&house, name, HERE, 1).await;
    }
    for name in ["bob", "Bob", "bOb", "boB"] {
        fail(&house, name, HERE, 1).await;
    }
    fail(&house, "one", "192.0.2.8", 1).await;
    let rows = |history: Vec<LoginEvent>| {
        let mut rows: Vec<_> = history.into_iter().map(|one| (one.name, one.times)).collect();
        rows.sort();
        rows
    };
    let row = |name: &str, times| (name.to_owned(), times);
    let strangers = house.store.stranger_history(10).await.unwrap();
    assert_eq!(rows(strangers), [row("", 2), row("one", 1), row("one", 2), row("two", 1)]);
    let bobs = house.store.login_history(bob, 10).await.unwrap();
    assert_eq!(rows(bobs), [row("", 2), row("Bob", 1), row("bob", 1)]);
}

#[tokio::test(start_paused = true)]
async fn attempts_that_are_refused_unseen_are_noted_once_a_minute_with_their_number() {
    let mut options = limits();
    options.login.address_failures_max = 1;
    let house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    fail(&house, "bob", "2001:db8::1", 1).await;
    let refused = async |times| {
        for number in 0..times {
            let attempt = attempt("bob", "hungry", &format!("2001:db8::{number}"));
            let refused = house.store.login(attempt).await;
            assert!(matches!(refused, Err(LoginError::Banned { .. })));
        }
        let history = house.store.login_history(bob, 10).await.unwrap();
        let mut banned = history.into_iter().filter(|one| one.outcome == LoginOutcome::Banned);
        let row = banned.next().unwrap();
        assert_eq!((banned.next(), row.peer.to_string().as_str()), (None, "2001:db8::"));
        row.times
    };
    assert_eq!(refused(9).await, 1);
    house.watch.forward(60);
    assert_eq!(refused(1).await, 10);
}

#[tokio::test]
async fn of_many_failures_the_latest_are_remembered_and_every_success() {
    let mut options = limits();
    options.login.history_failures_max = 2;
    let mut house = House::with(options);
    let bob = house.account("bob@hamburger.edu").await;
    house.store.login(attempt("bob", "hungry", HERE)).await.unwrap();
    for name in ["one", "two", "three"] {
        house.watch.forward(60);
        fail(&house, name, HERE, 1).await;
    }
    house.reopen().await;
    for _ in 0..1_000 {
        let strangers = house.store.stranger_history(10).await.unwrap();
        if strangers.len() == 2 {
            assert_eq!([&*strangers[0].name, &*strangers[1].name], ["three", "two"]);
            assert_eq!(house.store.login_history(bob, 10).await.unwrap().len(), 1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nothing was forgotten");
}
