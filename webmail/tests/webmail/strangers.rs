//! Forms without their token, ids of another account, forms with anything in them.

use crate::guest::{House, letter};
use axum::http::{Method, StatusCode};

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    let pick = list.field("pick");
    let other = house.ann().await.get("/help").await.field("csrf");
    for token in ["", "made-up", other.as_str()] {
        let page = ann.post("/do", &[("csrf", token), ("do", "delete"), ("pick", &pick)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{token}");
        assert!(page.has("did not come from one of our pages"));
    }
    for path in ["/do", "/undo", "/logout"] {
        assert_eq!(ann.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(ann.get(path).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    let cross =
        [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let body = format!("csrf={}&do=delete&pick={pick}", list.field("csrf"));
    assert_eq!(
        ann.ask(Method::POST, "/do", &cross, Some(body)).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(house.counts("INBOX").await, (1, 1));
}

#[tokio::test]
async fn what_belongs_to_another_account_is_not_there() {
    let house = House::new().await;
    house.letter("Secret tea", 60).await;
    let mut ann = house.ann().await;
    let mut bob = house.signed_in("bob@example.org").await;
    let inbox = format!("/mailbox/{}", house.inbox);
    let list = ann.get(&inbox).await;
    let conversation = list.links("/conversation/").remove(0);
    let opened = ann.get(&conversation).await;
    let original =
        opened.links("/message/").into_iter().find(|link| link.ends_with("/original")).unwrap();
    let message = original.trim_end_matches("/original").to_owned();
    let paths = [
        inbox,
        conversation,
        message.clone(),
        format!("{message}/html"),
        original,
        format!("{message}/part/1"),
    ];
    for path in &paths {
        assert_ne!(ann.get(path).await.status, StatusCode::SEE_OTHER);
        let (page, nowhere) = (bob.get(path).await, bob.get("/mailbox/999999").await);
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(page.body, nowhere.body, "{path} reads like what never was");
    }
    let help = bob.get("/help").await;
    for verb in ["archive", "delete", "delete-for-good", "inbox", "read", "star"] {
        let page = bob.press(&help, "/do", &[("do", verb), ("pick", &list.field("pick"))]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{verb}");
    }
    assert!(!bob.get("/search?q=tea+in:anywhere").await.has("Secret"));
    assert_eq!(house.counts("INBOX").await, (1, 0));
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_told_kindly() {
    let house = House::new().await;
    let mut ann = house.ann().await;
    for path in [
        "/nothing",
        "/mailbox/",
        "/mailbox/x",
        "/mailbox/-1",
        "/mailbox/99999999999999999999",
        "/conversation/0",
        "/message/1",
        "/message/x/html",
        "/message/1/part/1.2.3",
        "/assets/style.css",
        "/assets/../Cargo.toml",
        "/%00",
    ] {
        let page = ann.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.has("There is nothing here"), "{path}");
    }
}

#[tokio::test]
async fn forms_with_anything_in_them_get_a_clear_page_and_never_an_error_of_ours() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    let pick = list.field("pick");
    let huge = format!("{}:1:4294967295", house.inbox);
    for (fields, status) in [
        (vec![], StatusCode::BAD_REQUEST),
        (vec![("do", "")], StatusCode::BAD_REQUEST),
        (vec![("do", "dance"), ("pick", pick.as_str())], StatusCode::BAD_REQUEST),
        (vec![("do", "archive"), ("pick", "'; DROP TABLE message")], StatusCode::BAD_REQUEST),
        (vec![("do", "archive"), ("pick", "")], StatusCode::BAD_REQUEST),
        (vec![("do", "archive"), ("pick", "999999:1")], StatusCode::NOT_FOUND),
        (vec![("do", "archive")], StatusCode::SEE_OTHER),
        (vec![("do", "read"), ("pick", huge.as_str())], StatusCode::SEE_OTHER),
        (vec![("star", "x")], StatusCode::BAD_REQUEST),
    ] {
        let page = ann.press(&list, "/do", &fields).await;
        assert_eq!(page.status, status, "{fields:?}");
    }
    for undo in ["", "archived~1~1~m_1_1_2.forged", "x"] {
        assert_eq!(
            ann.press(&list, "/undo", &[("undo", undo)]).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    let json = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
    let page = ann.ask(Method::POST, "/do", &json, Some("{}".into())).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let long = "x".repeat(300_000);
    assert_eq!(
        ann.press(&list, "/do", &[("do", &long)]).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn a_form_goes_back_to_our_own_pages_only() {
    let house = House::new().await;
    house.put(house.inbox, &letter("Tea", "x"), 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    let pick = list.field("pick");
    for back in ["https://evil.example/", "//evil.example/", "javascript:alert(1)"] {
        let page =
            ann.press(&list, "/do", &[("do", "read"), ("pick", &pick), ("back", back)]).await;
        assert!(page.location().starts_with("/?done="), "{}", page.location());
    }
}
