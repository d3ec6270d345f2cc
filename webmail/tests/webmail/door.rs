//! Coming in and going out.

use crate::guest::House;
use axum::http::{Method, StatusCode};
use webmail::Connection;

const SESSION: &str = "__Host-session";

#[tokio::test]
async fn whoever_signs_in_reads_and_whoever_signs_out_does_not() {
    let house = House::new().await;
    let mut guest = house.guest();
    let page = guest.get("/search?q=tea").await;
    assert_eq!(
        (page.status, page.location().as_str()),
        (StatusCode::SEE_OTHER, "/login?next=%2Fsearch%3Fq%3Dtea")
    );
    let signed_in = guest.sign_in("ann@example.org", "hungry").await;
    assert_eq!((signed_in.status, signed_in.location().as_str()), (StatusCode::SEE_OTHER, "/"));
    let home = guest.get("/").await;
    let inbox = guest.follow(home).await;
    assert!(inbox.has("<h1 id=\"heading\">Inbox</h1>"), "{}", inbox.body);

    let kept = guest.cookies.clone();
    let left = guest.press(&inbox, "/logout", &[]).await;
    assert_eq!(left.location(), "/login?out=1");
    let door = guest.get("/login?out=1").await;
    assert!(door.has("<p class=\"note\" role=\"status\">You are signed out.</p>"), "{}", door.body);
    assert!(!door.has("role=\"alert\""), "nothing is wrong");
    assert!(!guest.cookies.contains_key(SESSION));
    guest.cookies = kept;
    assert_eq!(
        guest.get("/").await.status,
        StatusCode::SEE_OTHER,
        "the session has ended in the store too"
    );
}

#[tokio::test]
async fn a_login_goes_on_to_the_page_that_was_asked_for_and_nowhere_else() {
    let house = House::new().await;
    for (next, goes_to) in [
        ("/search?q=tea", "/search?q=tea"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ] {
        let mut guest = house.guest();
        let door = guest.get(&format!("/login?next={}", next.replace('?', "%3F"))).await;
        let fields = [
            ("csrf", door.field("csrf")),
            ("next", next.to_owned()),
            ("name", "ann@example.org".to_owned()),
            ("password", "hungry".to_owned()),
        ];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(guest.post("/login", &fields).await.location(), goes_to, "{next}");
    }
}

#[tokio::test]
async fn over_tls_the_session_cookie_is_bound_and_hidden() {
    let house = House::new().await;
    let mut guest = house.guest();
    let page = guest.sign_in("ann@example.org", "hungry").await;
    let cookie = page
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .find(|c| c.starts_with(SESSION))
        .unwrap();
    for mark in ["__Host-session=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        assert!(cookie.contains(mark), "{cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Max-Age"), "{cookie}");
}

#[tokio::test]
async fn the_demo_on_loopback_has_a_plain_cookie() {
    let house = House::new().await;
    let mut guest = house.guest();
    let loopback = "127.0.0.1:8080".parse().unwrap();
    guest.connection = Connection { peer: loopback, local: loopback, tls: false };
    guest.sign_in("ann@example.org", "hungry").await;
    assert!(guest.cookies.contains_key("posthouse-loopback-session"), "{:?}", guest.cookies);
    assert_eq!(guest.get("/help").await.status, StatusCode::OK);
    guest.connection = Connection::default();
    assert_eq!(
        guest.get("/help").await.status,
        StatusCode::SEE_OTHER,
        "it does not open the door over TLS"
    );
}

#[tokio::test]
async fn nobody_signs_in_over_an_open_line() {
    let house = House::new().await;
    let mut guest = house.guest();
    let (peer, local) = ("192.0.2.1:999".parse().unwrap(), "192.0.2.2:80".parse().unwrap());
    guest.connection = Connection { peer, local, tls: false };
    for page in [guest.get("/login").await, guest.post("/login", &[]).await] {
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.has("This connection is not encrypted"));
    }
}

#[tokio::test]
async fn each_login_makes_a_new_session_and_ends_the_one_before() {
    let house = House::new().await;
    let mut guest = house.ann().await;
    let first = guest.cookies[SESSION].clone();
    guest.sign_in("ann@example.org", "hungry").await;
    assert_ne!(first, guest.cookies[SESSION]);
    assert_eq!(house.store.web_sessions(house.ann).await.unwrap().len(), 1);

    // A session that somebody else put into this browser is not taken over.
    let mut fixed = house.guest();
    fixed.cookies.insert(SESSION.to_owned(), "chosen-by-an-attacker".to_owned());
    fixed.sign_in("ann@example.org", "hungry").await;
    assert_ne!(fixed.cookies[SESSION], "chosen-by-an-attacker");
}

#[tokio::test]
async fn keeping_signed_in_is_asked_for() {
    let house = House::new().await;
    let mut guest = house.guest();
    let door = guest.get("/login").await;
    let fields = [
        ("csrf", door.field("csrf")),
        ("name", "ann@example.org".into()),
        ("password", "hungry".into()),
        ("keep", "yes".into()),
    ];
    let fields = fields.each_ref().map(|(name, value): &(&str, String)| (*name, value.as_str()));
    let page = guest.post("/login", &fields).await;
    let kept = page
        .headers
        .get_all("set-cookie")
        .iter()
        .any(|c| c.to_str().unwrap().contains("Max-Age=7776000"));
    assert!(kept, "{:?}", page.headers);
}

#[tokio::test]
async fn a_wrong_password_is_told_in_words_and_the_name_is_kept() {
    let house = House::new().await;
    let mut guest = house.guest();
    for (name, password) in [("ann@example.org", "wrong"), ("nobody@example.org", "hungry")] {
        let page = guest.sign_in(name, password).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.has("do not belong together"), "{}", page.body);
        assert!(page.has(&format!("value=\"{name}\"")));
        assert!(!page.has(password), "the password is not written into a page");
    }
    let empty = guest.sign_in("", "").await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert!(empty.has("It takes both"));
}

#[tokio::test]
async fn after_too_many_tries_the_door_says_until_when_it_is_shut() {
    let house = House::new().await;
    let mut guest = house.guest();
    for _ in 0..3 {
        guest.sign_in("ann@example.org", "wrong").await;
    }
    let page = guest.sign_in("ann@example.org", "hungry").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.body);
    assert!(page.has("too many wrong tries") && page.has("until today, 1"), "{}", page.body);
}

#[tokio::test]
async fn the_form_at_the_door_is_ours_or_it_is_shown_again() {
    let house = House::new().await;
    let mut guest = house.guest();
    let fields = [("name", "ann@example.org"), ("password", "hungry"), ("csrf", "made-up")];
    let page = guest.post("/login", &fields).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.has("too old") && page.has("value=\"ann@example.org\""), "{}", page.body);
    assert!(!guest.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn another_site_can_neither_sign_in_nor_out() {
    let house = House::new().await;
    let mut guest = house.ann().await;
    let page = guest.get("/help").await;
    let body = |extra: &str| Some(format!("csrf={}{extra}", page.field("csrf")));
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (path, extra) in [("/login", "&name=bob@example.org&password=hungry"), ("/logout", "")] {
        for site in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
        ] {
            let answer = guest.ask(Method::POST, path, &[form, site], body(extra)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {site:?}");
        }
    }
    assert_eq!(guest.get("/help").await.status, StatusCode::OK);
}
