//! The search box.

use crate::guest::{House, Page, letter};
use axum::http::StatusCode;
use mailstore::{Flags, Options};
use std::time::Duration;
use webmail::Limits;

fn url(typed: &str) -> String {
    let query: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    format!("/search?q={query}")
}

async fn stocked() -> House {
    let house = House::new().await;
    const DAY: i64 = 86_400;
    house.put(house.inbox, &letter("Green tea", "A pot of sencha."), 60).await;
    house
        .put_flagged(
            house.inbox,
            &letter("Coffee", "Black as the night, 100% of it."),
            3 * DAY,
            Flags::SEEN | Flags::FLAGGED,
        )
        .await;
    let archive = house.mailbox("Archive").await;
    house
        .put_flagged(archive, &letter("Old tea", &"leaf ".repeat(3_000)), 400 * DAY, Flags::SEEN)
        .await;
    house.put(house.mailbox("Trash").await, &letter("Spilt tea", "Gone."), 90).await;
    house
}

#[tokio::test]
async fn each_operator_finds_what_it_says() {
    let house = stocked().await;
    let mut ann = house.ann().await;
    for (typed, found) in [
        ("tea", vec!["Green tea", "Old tea"]),
        ("sencha", vec!["Green tea"]),
        ("SENCHA pot", vec!["Green tea"]),
        ("\"pot of sencha\"", vec!["Green tea"]),
        ("\"sencha pot\"", vec![]),
        ("tea in:anywhere", vec!["Green tea", "Spilt tea", "Old tea"]),
        ("tea in:trash", vec!["Spilt tea"]),
        ("in:archive", vec!["Old tea"]),
        ("from:carl", vec!["Green tea", "Coffee", "Old tea"]),
        ("from:ann", vec![]),
        ("to:ann@example.org subject:coffee", vec!["Coffee"]),
        ("is:unread", vec!["Green tea"]),
        ("is:read", vec!["Coffee", "Old tea"]),
        ("is:starred", vec!["Coffee"]),
        ("before:2026-01-01", vec!["Old tea"]),
        ("after:2026-11-23", vec!["Green tea"]),
        ("after:1w before:1d", vec!["Coffee"]),
        ("larger:10K", vec!["Old tea"]),
        ("tea -in:archive", vec!["Green tea"]),
        ("-tea", vec!["Coffee"]),
        ("has:attachment", vec![]),
    ] {
        let page = ann.get(&url(typed)).await;
        assert_eq!(page.subjects(), found, "{typed}");
        assert!(!page.has("class=\"note\""), "{typed}: {}", page.body);
    }
}

#[tokio::test]
async fn syntax_of_any_engine_is_just_text() {
    let house = stocked().await;
    let mut ann = house.ann().await;
    for typed in [
        "'; DROP TABLE message; --",
        "\" OR 1=1 --",
        "NEAR(tea coffee)",
        "tea AND NOT coffee*",
        "^tea",
        "{header body} : tea",
        "header:tea",
        "rowid:1",
        "tea\0cup",
        "%",
        "_",
        "100%",
        "\\",
        "((((",
        "*",
        "\"",
        "\"\"",
        "-",
        "--",
        "a:b:c",
        "🫖",
        "é̂",
        "<script>alert(1)</script>",
        "in:",
        "is:",
        "from:",
        "before:9999-99-99",
        "larger:-1",
        "larger:99999999999999999999G",
        "in:nowhere",
        &"x".repeat(5_000),
        &"a ".repeat(500),
        &"-in:trash ".repeat(100),
    ] {
        let page = ann.get(&url(typed)).await;
        assert_eq!(page.status, StatusCode::OK, "{typed}");
        assert!(!page.has("<script>alert"), "{typed}");
    }
    assert_eq!(ann.get(&url("100%")).await.subjects(), ["Coffee"]);
    assert_eq!(ann.get("/search?q=%FF%FE&q=x&page=%00").await.status, StatusCode::OK);
    assert_eq!(ann.get("/search").await.subjects().len(), 3);
}

#[tokio::test]
async fn what_was_not_understood_is_said_and_the_rest_is_searched() {
    let house = stocked().await;
    let mut ann = house.ann().await;
    let page = ann.get(&url("coffee before:never in:cellar")).await;
    assert_eq!(page.subjects(), ["Coffee"]);
    assert!(page.has("“before:never” is not a day that I can read."));
    assert!(page.has("There is no mailbox called “cellar”."));
}

#[tokio::test]
async fn a_search_keeps_its_words_and_its_way_back() {
    let house = stocked().await;
    let mut ann = house.ann().await;
    let typed = "tea \"pot & <b>\"";
    let page = ann.get(&url(typed)).await;
    assert!(page.has("value=\"tea &#34;pot &#38; &#60;b&#62;&#34;\""), "{}", page.body);
    let found = ann.get(&url("sencha")).await;
    let opened = ann.get(&found.links("/conversation/")[0]).await;
    assert!(opened.links("/search?q=sencha").len() == 1, "{:?}", opened.links("/"));
}

#[tokio::test]
async fn deeds_work_on_what_was_found_and_come_back_to_it() {
    let house = stocked().await;
    let mut ann = house.ann().await;
    let found = ann.get(&url("tea")).await;
    let picks = found.fields("pick");
    let fields = [
        ("do", "delete"),
        ("pick", &picks[0]),
        ("pick", &picks[1]),
        ("back", &found.field("back")),
    ];
    let answer = ann.press(&found, "/do", &fields).await;
    let after = ann.follow(answer).await;
    assert!(
        after.has("Nothing found") && after.has("2 conversations moved to Trash."),
        "{}",
        after.body
    );
    let undone = ann.undo(&after).await;
    assert_eq!(undone.subjects(), ["Green tea", "Old tea"]);
    assert_eq!((house.counts("INBOX").await.0, house.counts("Archive").await.0), (2, 1));
}

#[tokio::test]
async fn a_search_that_takes_long_says_how_far_it_has_come_and_goes_on() {
    let mut options = Options::default();
    options.search.slice = Duration::ZERO;
    options.search.page_patience = Duration::ZERO;
    options.search.index_delay = Duration::from_secs(3_600);
    let house = House::on(options, Limits::default()).await;
    for number in 0..50 {
        let text = if number == 40 { "A rare word." } else { "Common words." };
        house.put(house.inbox, &letter(&format!("Letter {number}"), text), 60 * number).await;
    }
    let mut ann = house.ann().await;
    let mut page = ann.get(&url("rare")).await;
    assert!(page.has("Not found yet") && page.has(">Search on</a>"), "{}", page.body);
    let mut found = Vec::new();
    let mut pages = 0;
    let older = |page: &Page| {
        let links = page.links("/search?q=rare&page=o");
        links.into_iter().rfind(|link| !link.contains("tick"))
    };
    while let Some(older) = older(&page) {
        assert!(!page.has("Nothing found") && !page.has("Nothing more"), "{}", page.body);
        page = ann.get(&older).await;
        found.extend(page.subjects());
        pages += 1;
        assert!(pages < 60);
    }
    assert_eq!(found, ["Letter 40"]);
    assert!(page.has("Nothing more found") && page.has("rel=\"prev\""), "{}", page.body);
}
