//! Lists, conversations, letters.

use crate::guest::{Guest, House, Page, answer, letter};
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailstore::Flags;
use webmail::Limits;

async fn open_first(house: &House, guest: &mut Guest) -> Page {
    let list = guest.get(&format!("/mailbox/{}", house.inbox)).await;
    guest.get(&list.links("/conversation/")[0]).await
}

#[tokio::test]
async fn a_list_pages_forth_and_back_over_the_same_conversations() {
    let house = House::with(Limits { conversations_per_page: 2, ..Limits::default() }).await;
    for number in 0..5 {
        house.letter(&format!("Letter {number}"), 100 - number).await;
    }
    let mut ann = house.ann().await;
    let first = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    assert_eq!(first.subjects(), ["Letter 4", "Letter 3"]);
    assert!(!first.has("rel=\"prev\""), "the first page has nothing newer");
    let next = |page: &Page, rel: &str| {
        let before = page.body.split(&format!("\" rel=\"{rel}\"")).next().unwrap();
        before.rsplit("href=\"").next().unwrap().to_owned()
    };
    let second = ann.get(&next(&first, "next")).await;
    assert_eq!(second.subjects(), ["Letter 2", "Letter 1"]);
    let third = ann.get(&next(&second, "next")).await;
    assert_eq!(third.subjects(), ["Letter 0"]);
    assert!(!third.has("rel=\"next\""));
    let back = ann.get(&next(&third, "prev")).await;
    assert_eq!(back.subjects(), second.subjects());
    let top = ann.get(&next(&back, "prev")).await;
    assert_eq!(top.subjects(), first.subjects());
    for broken in ["x", "o1.2", "", "o99999999999999999999.1.1"] {
        let page = ann.get(&format!("/mailbox/{}?page={broken}", house.inbox)).await;
        assert_eq!(page.subjects(), first.subjects(), "{broken}");
    }
}

#[tokio::test]
async fn a_line_tells_who_what_and_when() {
    let house = House::new().await;
    house.letter("Tea & <cake>", 3600).await;
    house.put(house.inbox, &answer("Tea & <cake>", "With milk.", 1), 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    assert_eq!(list.subjects(), ["Tea & <cake>"]);
    for part in [
        "Carl, Dora",
        "<span class=\"many\">2<span class=\"hide\"> messages</span></span>",
        "With milk.",
        ">11:39</time>",
        "is-unread",
        "2 messages, 2 unread",
    ] {
        assert!(list.has(part), "{part}: {}", list.body);
    }
    assert!(!list.has("<cake>"));
    assert!(list.has("<title>Inbox (2) · posthouse</title>"), "{}", list.body);
}

#[tokio::test]
async fn looking_marks_read_but_asking_for_the_head_or_guessing_ahead_does_not() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    let path = list.links("/conversation/").remove(0);
    ann.ask(Method::HEAD, &path, &[], None).await;
    ann.ask(Method::GET, &path, &[("sec-purpose", "prefetch;prerender")], None).await;
    assert_eq!(house.counts("INBOX").await, (1, 1));
    ann.get(&path).await;
    assert_eq!(house.counts("INBOX").await, (1, 0));
}

#[tokio::test]
async fn a_message_alone_is_marked_read_as_well() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    let path = list.links("/conversation/").remove(0);
    let page = ann.ask(Method::GET, &path, &[("sec-purpose", "prefetch")], None).await;
    let message = page.links("/message/").remove(0);
    ann.ask(Method::HEAD, &message, &[], None).await;
    ann.ask(Method::GET, &message, &[("sec-purpose", "prefetch")], None).await;
    assert_eq!(house.counts("INBOX").await, (1, 1));
    let page = ann.get(&message).await;
    assert_eq!(house.counts("INBOX").await, (1, 0));
    assert!(page.has("<title>Tea · posthouse</title>") && !page.has("nav-count"), "{}", page.body);
}

#[tokio::test]
async fn the_star_and_the_weight_of_a_line_are_those_of_what_its_buttons_change() {
    let house = House::new().await;
    house.put_flagged(house.inbox, &letter("Tea", "x"), 600, Flags::SEEN).await;
    let sent = house.mailbox("Sent").await;
    house.put_flagged(sent, &answer("Tea", "My answer.", 1), 60, Flags::FLAGGED).await;
    let mut ann = house.ann().await;
    let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
    assert!(!list.has("is-starred") && !list.has("is-unread"), "{}", list.body);
    let page = ann.get(&list.links("/conversation/")[0]).await;
    assert!(page.has("aria-pressed=\"false\""), "{}", page.body);
    let own = ann.get(&format!("/mailbox/{sent}")).await;
    assert!(own.has("is-starred"), "{}", own.body);
}

#[tokio::test]
async fn enter_in_a_list_presses_no_button() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let list = house.ann().await.get(&format!("/mailbox/{}", house.inbox)).await;
    let form = list.body.split("<form class=\"list\"").nth(1).unwrap();
    let first = form.split("<button").nth(1).unwrap().split('>').next().unwrap();
    // HTML §4.10.21.2: a form whose default button is disabled is not sent by Enter.
    assert_eq!(first, " hidden disabled");
}

#[tokio::test]
async fn the_newest_and_the_unread_are_open_and_the_others_folded() {
    let house = House::new().await;
    house.letter("Tea", 900).await;
    house.put(house.inbox, &answer("Tea", "First answer.", 1), 800).await;
    let mut ann = house.ann().await;
    open_first(&house, &mut ann).await;
    house.put(house.inbox, &answer("Tea", "Second answer.", 2), 700).await;
    house.put(house.inbox, &answer("Tea", "Third answer.", 3), 600).await;
    let page = open_first(&house, &mut ann).await;
    let open: Vec<bool> = page
        .body
        .split("<details class=\"message")
        .skip(1)
        .map(|m| m.split('>').next().unwrap().ends_with(" open"))
        .collect();
    assert_eq!(open, [false, false, true, true]);
    assert!(page.has("First answer."), "what is folded can be unfolded without asking again");
    assert!(page.has("4 messages, 2 of them new"));
}

#[tokio::test]
async fn a_long_conversation_comes_in_pages_and_keeps_letters_a_click_away() {
    let limits = Limits { messages_per_page: 4, letters_per_page: 2, ..Limits::default() };
    let house = House::with(limits).await;
    house.letter("Tea", 900).await;
    for number in 1..7 {
        let text = format!("Answer number {number}.");
        house
            .put_flagged(
                house.inbox,
                &answer("Tea", &text, number),
                800 - i64::try_from(number).unwrap(),
                Flags::SEEN,
            )
            .await;
    }
    let mut ann = house.ann().await;
    let page = open_first(&house, &mut ann).await;
    assert_eq!(page.body.matches("<details class=\"message").count(), 4);
    assert_eq!(page.body.matches("class=\"letter\"").count(), 2);
    assert_eq!(page.body.matches("Read this message").count(), 2);
    assert!(page.has("3 earlier messages"));
    let earlier =
        page.links("/conversation/").into_iter().find(|link| link.contains("earlier=3")).unwrap();
    let before = ann.get(&earlier).await;
    assert_eq!(before.body.matches("<details class=\"message").count(), 3);
    assert!(before.has("Answer number 2.") && !before.has("Answer number 3."), "{}", before.body);
}

const BOTH: &str = "From: Carl <carl@ives.example>\nTo: ann@example.org\nSubject: Both\nMIME-Version: 1.0\n\
    Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: multipart/alternative; boundary=a\n\n\
    --a\nContent-Type: text/plain; charset=utf-8\n\nPlain wörds.\n\
    --a\nContent-Type: text/html; charset=utf-8\n\n\
    <table><tr><td>Laid out.<img src=cid:logo@x alt=Logo><img src=https://track.example/1.gif>\
    <script>alert(1)</script><a href=javascript:alert(2)>x</a></td></tr></table>\n--a--\n\
    --r\nContent-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgpyZXN0\n--r--\n";

#[tokio::test]
async fn html_stands_in_a_document_of_its_own_in_a_sandboxed_frame() {
    let house = House::new().await;
    house.put(house.inbox, BOTH, 60).await;
    let mut ann = house.ann().await;
    let page = open_first(&house, &mut ann).await;
    assert!(page.has("<iframe class=\"sheet"), "{}", page.body);
    assert!(page.has("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(page.has("A picture from elsewhere is not loaded"));
    assert!(
        !page.has("Laid out.<") && !page.has("track.example"),
        "nothing of its HTML is in our page"
    );
    let source = page.body.split("src=\"/message/").nth(1).unwrap().split('"').next().unwrap();
    let document = ann.get(&format!("/message/{source}")).await;
    assert_eq!(document.status, StatusCode::OK);
    let policy = document.header("content-security-policy");
    for rule in [
        "sandbox allow-popups allow-popups-to-escape-sandbox;",
        "default-src 'none';",
        "img-src data:;",
        "form-action 'none';",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"));
    assert!(document.has("Laid out.") && document.has("data:image/png;base64,iVBORw0KGgpyZXN0"));
    for gone in ["script", "track.example", "javascript"] {
        assert!(!document.has(gone), "{gone}: {}", document.body);
    }
}

#[tokio::test]
async fn a_letter_with_both_forms_can_be_read_in_either() {
    let house = House::new().await;
    house.put(house.inbox, BOTH, 60).await;
    let mut ann = house.ann().await;
    let page = open_first(&house, &mut ann).await;
    let plain = ann
        .get(
            &page.links("/message/").into_iter().find(|link| link.ends_with("view=plain")).unwrap(),
        )
        .await;
    assert!(plain.has("Plain wörds.") && !plain.has("<iframe"), "{}", plain.body);
    let html = ann
        .get(
            &plain.links("/message/").into_iter().find(|link| link.ends_with("view=html")).unwrap(),
        )
        .await;
    assert!(html.has("<iframe"));
}

#[tokio::test]
async fn html_that_says_no_more_than_the_text_is_read_as_text() {
    let house = House::new().await;
    let simple = BOTH.replace("<table><tr><td>Laid out.<img src=cid:logo@x alt=Logo><img src=https://track.example/1.gif>", "<div>Plain");
    house.put(house.inbox, &simple, 60).await;
    let page = open_first(&house, &mut house.ann().await).await;
    assert!(page.has("Plain wörds.") && !page.has("<iframe"), "{}", page.body);
    assert!(page.has("See it as its sender laid it out"));
}

#[tokio::test]
async fn plain_text_is_text_with_links_and_folded_quotes() {
    let house = House::new().await;
    let text = "See https://example.org/a?b=1&c=2 <b>now</b>.\n\nOn Monday Bob wrote:\n> one\n> two\n> three";
    house.put(house.inbox, &letter("Tea", text), 60).await;
    let page = open_first(&house, &mut house.ann().await).await;
    assert!(page.has("<a href=\"https://example.org/a?b=1&amp;c=2\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">"));
    assert!(
        page.has("&lt;b&gt;now&lt;/b&gt;") && page.has("Quoted text, 4 lines"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_letter_is_cut_at_its_limit_and_says_so() {
    for (length, is_cut) in [(1000, false), (1001, true)] {
        let house = House::with(Limits { letter_octets_max: 1001, ..Limits::default() }).await;
        house.put(house.inbox, &letter("Tea", &"x".repeat(length)), 60).await;
        let page = open_first(&house, &mut house.ann().await).await;
        assert_eq!(page.has("The letter goes on."), is_cut, "{length}");
    }
}

#[tokio::test]
async fn messages_of_every_odd_shape_get_a_page() {
    let deep = (0..300).fold(String::new(), |head, n| {
        head + &format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")
    });
    let many = "--b\nContent-Type: application/pdf\n\nx\n".repeat(1_500);
    for message in [
        String::new(),
        "\n".to_owned(),
        "no header at all".to_owned(),
        "Subject: =?utf-8?q?broken".to_owned(),
        "Content-Type: text/html\n\n".to_owned(),
        "Content-Type: text/plain; charset=no-such\n\n\u{1}\u{2}".to_owned(),
        "Content-Type: multipart/mixed; boundary=x\n\nnothing".to_owned(),
        format!("Subject: deep\n{deep}\nx"),
        format!("Subject: many\nContent-Type: multipart/mixed; boundary=b\n\n{many}--b--\n"),
        format!(
            "From: {}\nTo: {}\n\nx",
            "a@b.example, ".repeat(5_000),
            "\"<script>\" <x@y.example>, ".repeat(200)
        ),
        format!("Subject: {}\n\n{}", "<script>alert(1)</script>".repeat(50), "> ".repeat(20_000)),
    ] {
        let house = House::new().await;
        house.put(house.inbox, &message, 60).await;
        let mut ann = house.ann().await;
        let list = ann.get(&format!("/mailbox/{}", house.inbox)).await;
        assert_eq!(list.status, StatusCode::OK);
        let page = ann.get(&list.links("/conversation/")[0]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", &message[..message.len().min(80)]);
        assert!(!page.has("<script>alert"));
    }
}

#[tokio::test]
async fn times_go_by_the_readers_own_clock() {
    let house = House::new().await;
    house.letter("Tea", 60).await;
    let mut ann = house.ann().await;
    ann.cookies.insert("zone".into(), "Asia%2FTokyo".into());
    let path = format!("/mailbox/{}", house.inbox);
    assert!(ann.get(&path).await.has(">20:39</time>"));
    for broken in ["Nowhere", "..%2F..%2Fetc%2Fpasswd", "%FF", ""] {
        ann.cookies.insert("zone".into(), broken.into());
        assert!(ann.get(&path).await.has(">11:39</time>"), "{broken}");
    }
}

#[tokio::test]
async fn a_picture_is_shown_as_what_it_is_and_not_as_what_it_says() {
    let house = House::new().await;
    let svg = STANDARD.encode("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>");
    house.put(house.inbox, &BOTH.replace("iVBORw0KGgpyZXN0", &svg), 60).await;
    let mut ann = house.ann().await;
    let page = open_first(&house, &mut ann).await;
    let source = page.body.split("src=\"/message/").nth(1).unwrap().split('"').next().unwrap();
    assert!(!ann.get(&format!("/message/{source}")).await.has("data:"));
}

/// A message of these parts, each a header with a body.
fn mixed(parts: &[(&str, &str)]) -> String {
    let parts: String =
        parts.iter().map(|(header, body)| format!("--b\n{header}\n\n{body}\n")).collect();
    format!(
        "From: Carl <carl@ives.example>\nTo: ann@example.org\nSubject: Mixed\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n"
    )
}

async fn opened(message: &str) -> (House, Guest, Page) {
    let house = House::new().await;
    house.put(house.inbox, message, 60).await;
    let mut ann = house.ann().await;
    let page = open_first(&house, &mut ann).await;
    (house, ann, page)
}

/// The names of the files listed under a letter.
fn files(page: &Page) -> Vec<String> {
    let names = page.body.split("attachment-name\">").skip(1);
    names.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

async fn sheet(guest: &mut Guest, page: &Page) -> Page {
    let source = page.body.split("src=\"/message/").nth(1).unwrap().split('"').next().unwrap();
    guest.get(&format!("/message/{source}")).await
}

const PHOTO: &str =
    "Content-Type: image/jpeg; name=IMG.jpeg\nContent-Disposition: inline; filename=IMG.jpeg";

#[tokio::test]
async fn pictures_between_paragraphs_are_listed_as_a_phone_sends_them() {
    let (_house, _, page) = opened(&mixed(&[
        ("Content-Type: text/plain", "Look:"),
        (PHOTO, "\u{1}"),
        ("Content-Type: text/plain", "Nice, is it not?"),
    ]))
    .await;
    assert!(page.has("Look:") && page.has("Nice, is it not?"), "{}", page.body);
    assert_eq!(files(&page), ["IMG.jpeg"]);
    let alone = "From: Carl <carl@ives.example>\nSubject: Photo\nContent-Type: image/jpeg; name=x.jpg\n\nx\n";
    let (_house, mut ann, page) = opened(alone).await;
    assert_eq!(files(&page), ["x.jpg"]);
    let link = page.links("/message/").into_iter().find(|link| link.contains("/part/")).unwrap();
    assert_eq!(ann.get(&link).await.body, "x\r\n");
}

#[tokio::test]
async fn pictures_that_the_html_shows_are_not_listed_and_all_others_are() {
    let png = "iVBORw0KGgpyZXN0";
    let picture = |id: &str, media_type: &str, body: &str| {
        format!(
            "--r\nContent-Type: {media_type}; name={id}\nContent-ID: <{id}>\n\
             Content-Transfer-Encoding: base64\n\n{body}\n"
        )
    };
    let message = format!(
        "From: Carl <carl@ives.example>\nSubject: Pictures\nMIME-Version: 1.0\n\
         Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n\
         <p><img src=cid:shown><img src=\"CID:sh%6Fwn2\"><img src=cid:heic><img src=cid:large></p>\n{}{}{}{}{}--r--\n",
        picture("shown", "image/png", png),
        picture("shown2", "application/octet-stream", png),
        picture("heic", "image/heic", "AAAAGGZ0eXBoZWlj"),
        picture("large", "image/png", &format!("{png}{}", "AAAA".repeat(750_000))),
        picture("unnamed", "image/png", png),
    );
    let (_house, mut ann, page) = opened(&message).await;
    assert_eq!(files(&page), ["heic", "large", "unnamed"]);
    let shown = sheet(&mut ann, &page).await;
    assert_eq!(shown.body.matches("src=\"data:image/png").count(), 2, "{}", shown.body);
    let plain = page.links("/message/").into_iter().find(|link| link.ends_with("view=plain"));
    let plain = ann.get(&plain.unwrap()).await;
    assert_eq!(files(&plain), ["shown", "shown2", "heic", "large", "unnamed"]);
}

#[tokio::test]
async fn a_letter_is_read_wherever_it_stands_in_the_message() {
    let photo = "AAAA".repeat(1_400_000);
    for parts in [
        [("Content-Type: text/plain", "Short words."), (PHOTO, photo.as_str())],
        [(PHOTO, photo.as_str()), ("Content-Type: text/plain", "Short words.")],
        [(PHOTO, photo.as_str()), ("Content-Type: text/html", "<p>Short words.")],
    ] {
        let (_house, mut ann, page) = opened(&mixed(&parts)).await;
        assert!(!page.has("The letter goes on.") && !page.has("There is no text"), "{}", page.body);
        let text = if page.has("<iframe") { sheet(&mut ann, &page).await } else { page };
        assert!(text.has("Short words.") && !text.has("goes on"), "{}", text.body);
    }
}

#[tokio::test]
async fn a_letter_longer_than_is_read_shows_its_beginning_and_says_so() {
    let log = "A line of a log file.\n".repeat(250_000);
    let (_house, _, page) = opened(&letter("Log", &log)).await;
    assert!(page.has("A line of a log file.") && page.has("The letter goes on."));
    let blank = " \n".repeat(2_500_000);
    let (_house, _, page) = opened(&letter("Blank", &blank)).await;
    assert!(page.has("The letter goes on."), "who knows what comes after so much paper");
}

#[tokio::test]
async fn a_sheet_ends_at_its_limit_and_says_so() {
    let limits = |octets_max| {
        let html = webmail::html::Limits { octets_max, ..webmail::html::Limits::default() };
        Limits { html, ..Limits::default() }
    };
    let html = format!("<h1>Long</h1>{}", "<p>word</p>\n".repeat(100));
    let message = letter("Sheet", &html).replacen("\n\n", "\nContent-Type: text/html\n\n", 1);
    let octets = html.len() + html.matches('\n').count() + "\r\n".len();
    for (octets_max, is_cut) in [(octets, false), (octets - 1, true)] {
        let house = House::with(limits(octets_max)).await;
        house.put(house.inbox, &message, 60).await;
        let mut ann = house.ann().await;
        let page = open_first(&house, &mut ann).await;
        let sheet = sheet(&mut ann, &page).await;
        assert!(sheet.has("Long"));
        assert_eq!(sheet.has("The message goes on"), is_cut, "{octets_max}");
    }
    let (_house, mut ann, page) =
        opened(&message.replace("<p>word", &format!("<p>{}", "word ".repeat(10_000)))).await;
    let long = sheet(&mut ann, &page).await;
    assert!(long.has("Long") && long.has("The message goes on"));
}
