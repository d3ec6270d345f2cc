//! Attachments and originals.

use crate::guest::{Guest, House, Page};
use axum::http::StatusCode;

/// A message with one file of this name (as its header has it) and type.
fn with_file(disposition: &str, media_type: &str, encoding: &str, body: &str) -> String {
    format!(
        "From: Carl <carl@ives.example>\nSubject: Files\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere.\n\
         --b\nContent-Type: {media_type}\nContent-Disposition: {disposition}\n\
         Content-Transfer-Encoding: {encoding}\n\n{body}\n--b--\n"
    )
}

async fn conversation(house: &House, guest: &mut Guest) -> Page {
    let list = guest.get(&format!("/mailbox/{}", house.inbox)).await;
    guest.get(&list.links("/conversation/")[0]).await
}

async fn file(message: &str) -> Page {
    let house = House::new().await;
    house.put(house.inbox, message, 60).await;
    let mut ann = house.ann().await;
    let page = conversation(&house, &mut ann).await;
    let link = page.links("/message/").into_iter().find(|link| link.contains("/part/")).unwrap();
    ann.get(&link).await
}

#[tokio::test]
async fn a_file_is_saved_with_its_own_octets_and_never_shown() {
    let octets = file(&with_file(
        "attachment; filename=\"a.pdf\"",
        "application/pdf",
        "base64",
        "AAEC\n/w==",
    ))
    .await;
    assert_eq!(octets.octets, [0, 1, 2, 255]);
    assert_eq!(octets.header("content-disposition"), "attachment; filename=\"a.pdf\"");
    assert_eq!(octets.header("content-type"), "application/pdf");
    assert_eq!(octets.header("x-content-type-options"), "nosniff");
    assert!(octets.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    let quoted = file(&with_file(
        "attachment; filename=\"a.txt\"",
        "text/plain",
        "quoted-printable",
        "caf=C3=A9=\n!",
    ))
    .await;
    assert_eq!(quoted.body, "café!");
}

#[tokio::test]
async fn names_with_anything_in_them_become_harmless() {
    for (disposition, expected) in [
        ("attachment; filename=\"../../x\"", "attachment; filename=\"x\""),
        ("attachment; filename=\"a\\\"b.txt\"", "attachment; filename=\"a_b.txt\""),
        (
            "attachment; filename*=UTF-8''%0D%0ASet-Cookie:%20x",
            "attachment; filename=\"Set-Cookie_ x\"",
        ),
        (
            "attachment; filename*=UTF-8''%C3%BCber%E2%80%AEgpj.exe",
            "attachment; filename=\"_bergpj.exe\"; filename*=UTF-8''%C3%BCbergpj.exe",
        ),
        ("attachment", "attachment; filename=\"attachment.bin\""),
        ("attachment; filename=\"C:\\\\boot.ini\"", "attachment; filename=\"boot.ini\""),
    ] {
        let page = file(&with_file(disposition, "application/x-thing", "7bit", "x")).await;
        assert_eq!(page.header("content-disposition"), expected, "{disposition}");
        assert_eq!(page.headers.get_all("set-cookie").iter().count(), 0);
    }
}

#[tokio::test]
async fn what_could_run_in_a_browser_is_sent_as_octets() {
    for media_type in [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "application/javascript",
    ] {
        let page = file(&with_file(
            "attachment; filename=\"x\"",
            media_type,
            "7bit",
            "<script>alert(1)</script>",
        ))
        .await;
        assert_eq!(page.header("content-type"), "application/octet-stream", "{media_type}");
        assert!(page.header("content-disposition").starts_with("attachment"));
    }
}

#[tokio::test]
async fn the_original_is_the_message_octet_for_octet() {
    let house = House::new().await;
    let message =
        with_file("inline; filename=\"x.html\"", "text/html", "8bit", "<script>ü</script>");
    house.put(house.inbox, &message, 60).await;
    let mut ann = house.ann().await;
    let page = conversation(&house, &mut ann).await;
    let links = page.links("/message/");
    let shown = ann.get(links.iter().find(|link| link.ends_with("/original")).unwrap()).await;
    assert_eq!(shown.octets, message.replace('\n', "\r\n").as_bytes());
    assert_eq!(shown.header("content-type"), "text/plain; charset=utf-8");
    assert!(shown.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    let saved = ann.get(links.iter().find(|link| link.ends_with("save=1")).unwrap()).await;
    assert_eq!(saved.header("content-disposition"), "attachment; filename=\"Files.eml\"");
    assert_eq!(saved.octets, shown.octets);
}

#[tokio::test]
async fn a_large_file_streams_whole() {
    use base64::Engine as _;
    let octets: Vec<u8> = (0..1_500_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&octets);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let page = file(&with_file(
        "attachment; filename=\"big.bin\"",
        "application/x-big",
        "base64",
        &lines.join("\n"),
    ))
    .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.octets == octets, "{} octets", page.octets.len());
}

#[tokio::test]
async fn parts_that_are_not_there_are_not_there() {
    let house = House::new().await;
    house.put(house.inbox, &with_file("attachment", "a/b", "7bit", "x"), 60).await;
    let mut ann = house.ann().await;
    let page = conversation(&house, &mut ann).await;
    let part = page.links("/message/").into_iter().find(|link| link.contains("/part/")).unwrap();
    let base = part.rsplit_once('/').unwrap().0;
    for path in ["3", "1.1", "0", "x", "", "2.2.2.2", "99999999999", &"1.".repeat(500)] {
        assert_eq!(
            ann.get(&format!("{base}/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
