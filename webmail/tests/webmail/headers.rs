//! What every kind of answer tells the browser.

use crate::guest::{Guest, House, Page, letter};
use axum::http::{Method, StatusCode};

async fn every_kind(house: &House, ann: &mut Guest) -> Vec<(String, Page)> {
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    let conversation = list.links("/conversation/").remove(0);
    let opened = ann.get(&conversation).await;
    let original =
        opened.links("/message/").into_iter().find(|link| link.ends_with("/original")).unwrap();
    let message = original.trim_end_matches("/original").to_owned();
    let mut pages = Vec::new();
    for path in [
        "/".to_owned(),
        "/login".to_owned(),
        "/help".to_owned(),
        "/search?q=x".to_owned(),
        "/nothing".to_owned(),
        "/do".to_owned(),
        format!("/mailbox/{}", house.inbox),
        conversation,
        message.clone(),
        format!("{message}/html"),
        original,
        format!("{message}/part/1"),
        "/healthz".to_owned(),
    ] {
        pages.push((path.clone(), ann.get(&path).await));
    }
    let mut stranger = house.guest();
    pages.push(("signed out".into(), stranger.get("/help").await));
    pages.push(("posted".into(), ann.press(&list, "/do", &[("do", "read")]).await));
    pages.push(("refused".into(), ann.post("/do", &[]).await));
    pages
}

#[tokio::test]
async fn every_answer_is_told_what_it_may_not_do() {
    let house = House::new().await;
    let html = letter("Tea", "x")
        .replace("\n\nx", "\nContent-Type: text/html\n\n<table><tr><td>x</table>");
    house.put(house.inbox, &html, 60).await;
    let mut ann = house.ann().await;
    for (path, page) in every_kind(&house, &mut ann).await {
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(page.header("x-dns-prefetch-control"), "off", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(page.header("strict-transport-security").starts_with("max-age="), "{path}");
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"),
            "{path}: {policy}"
        );
        let (frames, ancestors) =
            if path.ends_with("/html") { ("SAMEORIGIN", "'self'") } else { ("DENY", "'none'") };
        assert_eq!(page.header("x-frame-options"), frames, "{path}");
        assert!(policy.contains(&format!("frame-ancestors {ancestors}")), "{path}: {policy}");
        if path.ends_with("/html") || path.contains("/original") || path.contains("/part/") {
            assert!(policy.starts_with("sandbox"), "{path}: {policy}");
        } else {
            assert!(policy.contains("script-src 'self'; style-src 'self'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
        }
    }
}

#[tokio::test]
async fn our_pages_ask_nothing_of_anybody_else_and_run_nothing_inline() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    for (path, page) in every_kind(&house, &mut ann).await {
        if !page.header("content-type").starts_with("text/html") {
            continue;
        }
        for attribute in [" src=\"", " href=\"", " action=\"", " srcset=\"", " poster=\""] {
            for value in
                page.body.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap())
            {
                assert!(
                    value.starts_with('/') && !value.starts_with("//") || value.starts_with('#'),
                    "{path}: {attribute}{value}"
                );
            }
        }
        for inline in [
            "<script>",
            "<style>",
            " style=\"",
            " onclick=",
            " onload=",
            " onsubmit=",
            "javascript:",
        ] {
            assert!(!page.has(inline) || path.ends_with("/html"), "{path}: {inline}");
        }
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_the_name_of_their_content() {
    let house = House::new().await;
    let mut guest = house.guest();
    let door = guest.get("/login").await;
    let script = door.body.split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut assets = door.links("/assets/");
    assets.push(script);
    assert_eq!(assets.len(), 3, "{assets:?}");
    for path in assets {
        let asset = guest.get(&path).await;
        assert_eq!(asset.status, StatusCode::OK, "{path}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
        let old = guest.get(&path.replacen('-', "-old", 1)).await;
        assert_eq!((old.status, old.header("cache-control")), (StatusCode::NOT_FOUND, "no-store"));
    }
}

#[tokio::test]
async fn pages_shrink_on_the_way_and_weigh_little() {
    let house = House::new().await;
    for number in 0..60 {
        house
            .put(
                house.inbox,
                &letter(
                    &format!("Letter number {number}"),
                    &"Words that fill a line of the list. ".repeat(8),
                ),
                number,
            )
            .await;
    }
    let mut ann = house.ann().await;
    let path = format!("/mailbox/{}", house.inbox);
    for encoding in ["gzip", "br"] {
        let page = ann.ask(Method::GET, &path, &[("accept-encoding", encoding)], None).await;
        assert_eq!(page.header("content-encoding"), encoding);
        assert!(page.octets.len() < 30 * 1024, "{encoding}: {} octets", page.octets.len());
    }
    let plain = ann.get(&path).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.octets.len() > 30 * 1024);
}

#[tokio::test]
async fn the_token_in_a_page_never_looks_the_same_twice() {
    let house = House::new().await;
    let mut ann = house.ann().await;
    let [one, two] = [ann.get("/help").await.field("csrf"), ann.get("/help").await.field("csrf")];
    assert_ne!(one, two);
}

#[tokio::test]
async fn health_is_a_word() {
    let house = House::new().await;
    let page = house.guest().get("/healthz").await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, "ok\n"));
}
