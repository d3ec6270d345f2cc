use proptest::prelude::*;

use super::*;

fn read(message: &str) -> (String, Option<String>, String) {
    let limits = Limits::default();
    let octets = message.as_bytes();
    let tree = PartTree::of(octets, &limits);
    (plain(octets, &tree, &limits), html(octets, &tree, &limits), preview(octets, &tree, &limits))
}

const ALTERNATIVE: &str = "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\
    Content-Type: text/plain\r\n\r\nplain\r\n--a\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--a--\r\n";

#[test]
fn of_an_alternative_each_view_takes_its_own() {
    let (plain, html, preview) = read(ALTERNATIVE);
    assert_eq!(plain, "plain");
    assert_eq!(html.as_deref(), Some("<p>html</p>"));
    assert_eq!(preview, "plain");
}

#[test]
fn an_alternative_with_html_only_serves_both_views() {
    let message = ALTERNATIVE.replace("Content-Type: text/plain\r\n\r\nplain\r\n--a\r\n", "");
    let (plain, html, preview) = read(&message);
    assert_eq!(plain.trim(), "html");
    assert_eq!(html.as_deref(), Some("<p>html</p>"));
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
    assert_eq!((plain.as_str(), html.as_deref()), ("plain", Some("<p>html</p>")));
}

#[test]
fn a_footer_behind_the_alternative_belongs_to_both_views() {
    let message = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{ALTERNATIVE}--m\r\n\r\n\
         a <list> footer\r\n--m\r\nContent-Type: application/pdf\r\n\r\nx\r\n--m--\r\n"
    );
    let (plain, html, _) = read(&message);
    assert_eq!(plain, "plain\na <list> footer");
    assert_eq!(html.as_deref(), Some("<p>html</p><pre>a &lt;list&gt; footer</pre>"));
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
    assert_eq!(read("A: b\r\n\r\nonly plain").1, None);
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
    assert!(html(&octets, &tree, &limits).is_some_and(|html| html.ends_with("Пр")));
    assert_eq!(html_charset(b"<p>charset=x"), None);
}

#[test]
fn a_preview_is_the_first_own_words() {
    let message = "A: b\r\n\r\n> quoted\r\n---------\r\nHello\r\n  Bob,\r\n\r\nnews\r\n-- \r\nAnn";
    assert_eq!(read(message).2, "Hello Bob, news");
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
fn display_text_ends_at_its_limit() {
    let message = format!("A: b\r\n\r\n{}", "é".repeat(100));
    for (limit, octets) in [(199, 198), (200, 200), (201, 200)] {
        let limits = Limits { text_octets_max: limit, ..Limits::default() };
        let tree = PartTree::of(message.as_bytes(), &limits);
        assert_eq!(plain(message.as_bytes(), &tree, &limits).len(), octets);
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
        drop(tame_html(&html, &Limits::default()));
    }
}
