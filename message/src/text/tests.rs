use proptest::prelude::*;

use super::*;
use crate::mime::PartTree;

/// The letter as plain text, the text of its HTML parts, and its first words.
fn read(message: &str) -> (String, Vec<String>, String) {
    let limits = Limits::default();
    let octets = message.as_bytes();
    let tree = PartTree::of(octets, &limits);
    let html = Bodies::of(&tree).html.into_iter();
    (
        plain_of(message, &limits).text,
        html.map(|part| text_within(octets, part, 1_000)).collect(),
        preview(octets, &tree, &limits),
    )
}

fn plain_of(message: &str, limits: &Limits) -> Text {
    let tree = PartTree::of(message.as_bytes(), limits);
    let bodies = Bodies::of(&tree);
    let body = |part: &Part| message.as_bytes().get(part.body()).unwrap_or_default();
    let parts: Vec<_> = bodies.text.iter().map(|part| (*part, body(part))).collect();
    plain(&parts, limits)
}

const ALTERNATIVE: &str = "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\
    Content-Type: text/plain\r\n\r\nplain\r\n--a\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--a--\r\n";

#[test]
fn of_an_alternative_each_view_takes_its_own() {
    let (plain, html, preview) = read(ALTERNATIVE);
    assert_eq!(plain, "plain");
    assert_eq!(html, ["<p>html</p>"]);
    assert_eq!(preview, "plain");
}

#[test]
fn an_alternative_with_html_only_serves_both_views() {
    let message = ALTERNATIVE.replace("Content-Type: text/plain\r\n\r\nplain\r\n--a\r\n", "");
    let (plain, html, preview) = read(&message);
    assert_eq!(plain.trim(), "html");
    assert_eq!(html, ["<p>html</p>"]);
    assert_eq!(preview, "html");
}

#[test]
fn an_alternative_in_an_alternative_is_one() {
    let inner = ALTERNATIVE.replace("=a\r", "=i\r").replace("--a", "--i");
    let message = format!(
        "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n{inner}--a\r\n\
         Content-Type: text/calendar\r\n\r\nBEGIN\r\n--a--\r\n"
    );
    let (plain, html, _) = read(&message);
    assert_eq!((plain.as_str(), html), ("plain", vec!["<p>html</p>".to_owned()]));
}

#[test]
fn a_footer_behind_the_alternative_belongs_to_both_views() {
    let message = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{ALTERNATIVE}--m\r\n\r\n\
         a <list> footer\r\n--m\r\nContent-Type: application/pdf\r\n\r\nx\r\n--m--\r\n"
    );
    let (plain, html, _) = read(&message);
    assert_eq!(plain, "plain\na <list> footer");
    assert_eq!(html, ["<p>html</p>", "a <list> footer"]);
}

#[test]
fn pictures_of_the_html_are_enclosures_and_text_stays_without_html() {
    let message = "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\nplain\r\n--a\r\n\
        Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n\
        <img src=cid:x>\r\n--r\r\nContent-Type: image/png\r\n\r\nP\r\n--r--\r\n--a--\r\n";
    let limits = Limits::default();
    let tree = PartTree::of(message.as_bytes(), &limits);
    let bodies = Bodies::of(&tree);
    assert_eq!((bodies.text.len(), bodies.html.len(), bodies.enclosures.len()), (1, 1, 1));
    assert_eq!(read("A: b\r\n\r\nonly\r\nplain\rx\0").0, "only\nplain\nx");
    assert_eq!(read("Content-Type: image/png\r\n\r\nx").0, "");
}

#[test]
fn html_is_stripped_to_its_words() {
    for (html, text) in [
        ("<p>One</p><p>Two<br>Three", "One\nTwo\nThree"),
        ("a<b>b</b>c <td>d</td><td>e</td>", "abc d e"),
        ("&eacute;&#233;&#xe9; &amp;&lt; &nosuch; & &amp", "ééé &< &nosuch; & &amp"),
        ("<style>p { x }</style>a<SCRIPT>b<\n</ScRiPt >c<title>d</title>", "ac"),
        ("a<!-- <b>x</b> -->b<!DOCTYPE x>c<?xml?>d", "abcd"),
        ("1 < 2 <3", "1 < 2 <3"),
        ("<a title='>' href=\"x>y\">z</a>", "z"),
        ("<a \"x>y", "y"),
        ("<a href=\"x>y", ""),
        ("a<script>b", "a"),
        ("a<!-- b", "a"),
        ("a&nbsp;&nbsp;b\u{a0}c", "a  b c"),
        ("&#0;&#27;x", "x"),
    ] {
        assert_eq!(strip_html(html, 1_000), text, "{html}");
    }
    assert!(strip_html(&"word ".repeat(1_000), 10).len() >= 10);
}

#[test]
fn hostile_html_is_stripped_in_linear_time() {
    for piece in ["<", "<a \"", "<a ='", "<!--", "&", "<script>", "</", "<style></", "&a", "<a='\""]
    {
        drop(strip_html(&piece.repeat((1 << 19) / piece.len()), 1 << 20));
        drop(lay_out_html(&piece.repeat((1 << 17) / piece.len()), &Limits::default()));
    }
}

#[test]
fn html_names_its_own_charset_if_its_header_does_not() {
    let message = "Content-Type: text/html\r\n\r\n\
        <META http-equiv=x content='text/html; charset=koi8-r'>\u{1}";
    let mut octets = message.as_bytes().to_vec();
    octets.extend_from_slice(b"\xf0\xd2");
    let limits = Limits::default();
    let tree = PartTree::of(&octets, &limits);
    assert!(text_within(&octets, tree.root(), 1_000).ends_with("Пр"));
    assert_eq!(html_charset(b"<p>charset=x"), None);
}

#[test]
fn a_preview_is_the_first_own_words() {
    let message = "A: b\r\n\r\n> quoted\r\n---------\r\nHello\r\n  Bob,\r\n\r\nnews\r\n-- \r\nAnn";
    assert_eq!(read(message).2, "Hello Bob, news");
    let message = "A: b\r\n\r\nOn Monday, Ann Lee\r\n<ann@x.org> wrote:\r\n\r\n> quoted\r\n>\r\n> more\r\n\r\nMy answer";
    assert_eq!(read(message).2, "My answer");
    // A preview that ends in the middle of a long letter still knows what is quoted there.
    let message = format!("A: b\r\n\r\nAnn wrote:\r\n{}Yes.", "> quoted\r\n".repeat(1_000));
    assert_eq!(read(&message).2, "Yes.");
    let message = format!("A: b\r\n\r\n{}", "é ".repeat(300));
    assert_eq!(read(&message).2, "é ".repeat(100).trim_end());
    let message =
        format!("Content-Type: text/html\r\n\r\n<style>{}</style>Words", "x{y}\r\n".repeat(5_000));
    assert_eq!(read(&message).2, "Words");
    let message = message.replace("5000", "").replace("x{y}", "xxxxx{y}");
    assert_eq!(read(&message).2, "Words");
}

#[test]
fn search_text_has_header_letter_and_what_is_inside() {
    let message = "Subject: =?utf-8?Q?Gr=C3=BCn?=\r\nFrom: \"B\\\"x\" <Ann@X.org>\r\nX-Empty:\r\n\
        Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nHello  W\u{f6}rld\r\n--m\r\n\
        Content-Type: text/html; name=Page.html\r\n\r\n<b>Bo</b>ld<p>x\r\n--m\r\n\
        Content-Type: message/rfc822\r\n\r\nSubject: Inner\r\n\r\nDeep\r\n--m--\r\n";
    let limits = Limits::default();
    let tree = PartTree::of(message.as_bytes(), &limits);
    let found = search_text(message.as_bytes(), &tree, &limits);
    assert_eq!(found.fields("subject").collect::<Vec<_>>(), ["grün"]);
    assert_eq!(found.fields("from").collect::<Vec<_>>(), ["\"b\\\"x\" <ann@x.org> b\"x"]);
    assert_eq!(found.fields("x-empty").count(), 0);
    assert_eq!(found.body, "hello wörld\npage.html\nbold x\nsubject: inner\ndeep\n");
    let limits = Limits { search_octets_max: 13, ..limits };
    assert_eq!(search_text(message.as_bytes(), &tree, &limits).body, "hello wörld\n");
}

#[test]
fn display_text_ends_at_its_limit_and_says_so() {
    let message = format!("A: b\r\n\r\n{}", "é".repeat(100));
    for (limit, octets, cut) in [(199, 198, true), (200, 200, false), (201, 200, false)] {
        let text = plain_of(&message, &Limits { text_octets_max: limit, ..Limits::default() });
        assert_eq!((text.text.len(), text.cut), (octets, cut));
    }
    let encoded =
        format!("Content-Transfer-Encoding: quoted-printable\r\n\r\n{}", "=41".repeat(9_000));
    for (limit, cut) in [(9_000, false), (8_999, true), (4_096, true)] {
        let text = plain_of(&encoded, &Limits { text_octets_max: limit, ..Limits::default() });
        assert_eq!((text.text.len(), text.cut), (limit, cut));
    }
}

proptest! {
    #[test]
    fn no_html_panics(pieces in proptest::collection::vec(prop::sample::select(vec![
        "<", ">", "p", "<p>", "</p>", "<table>", "<tr>", "<td colspan=9999>", "&", "&#", "x27;", "\"", "='",
        "<!--", "-->", "<style>", "</style>", "é", " ", "<ul><li>", "<pre>", "\n", "<a href=x>", "<img alt=y>",
        "<td rowspan=0>", "<ol start=-1>", "<svg>", "<math>", "<select>", "<h1>", "<blockquote>",
    ]), 0..60)) {
        let html = pieces.concat();
        drop(strip_html(&html, 1_000));
        drop(lay_out_html(&html, &Limits::default()));
    }
}
