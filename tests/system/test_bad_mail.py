"""Messages that are hard to read, and what the webmail makes of them for a reader without JavaScript."""

import re
import urllib.parse

import pytest

import hostile
from conftest import ALICE, BOB
from protocol import Pop3, Smtp, trace_of
from web import Tree, Web

# Far more than any of these should need, far less than a server that takes them as they want to be taken.
MEMORY_KIB_MAX = 400_000


def deliver(house, message):
    with Smtp(house.ports["smtp"]) as smtp:
        return smtp.send(ALICE, BOB, message)


def mailbox(house):
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        return list(pop.messages().values())


def visitor(house):
    """Bob in the webmail, and his first page."""
    web = Web(house.ports["https"], house.tls())
    page = web.log_in(BOB, "hungry")
    assert page.status == 200, page.html[:500]
    return web, page


def opened(web, page, subject):
    """The page of the conversation with this in its subject."""
    links = page.links(subject)
    assert links, f"{subject!r} is not in the list:\n{page.tree.text[:1000]}"
    opened = web.get(urllib.parse.urljoin(page.url, links[0].get("href")))
    assert opened.status == 200, opened.html[:500]
    return opened


def nested(depth):
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    closing = b"".join(b"--b%d--\r\n" % level for level in reversed(range(depth)))
    return opening + b"Content-Type: text/plain\r\n\r\nthe bottom\r\n" + closing


def nested_messages(depth):
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: inner\r\n\r\nthe bottom\r\n"


MONSTERS = {
    "nested multiparts": nested(10_000),
    "nested messages": nested_messages(10_000),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
                  b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=x\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n",
    "many html parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
                       b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n" * 20_000 + b"--b--\r\n",
    "many fields": b"".join(b"X-Field-%d: x\r\n" % number for number in range(40_000)) + b"\r\ntext\r\n",
    "many references": b"References:" + b"".join(b" <%d@x.example>\r\n" % number for number in range(40_000)) + b"\r\ntext\r\n",
    "many recipients": b"To: " + b",\r\n ".join(b"a%d@x.example" % number for number in range(40_000)) + b"\r\n\r\ntext\r\n",
    "deep html": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 60_000 + b"the bottom\r\n",
    "deep html lists": b"Content-Type: text/html\r\n\r\n" + b"<ul><li>" * 60_000 + b"the bottom\r\n",
    "deep html tables": b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 30_000 + b"the bottom\r\n",
    "large html": b"Content-Type: text/html\r\n\r\n" + b"<p style='color:red' class=x>word <b>word</b></p>\r\n" * 100_000,
    "a tag without end": b"Content-Type: text/html\r\n\r\n<p " + b"a=1 " * 300_000 + b"\r\n",
    "deep comments in an address": b"To: " + b"(" * 100_000 + b"\r\n\r\ntext\r\n",
    "long encoded words": b"X-Y: =?utf-8?Q?" + b"=41" * 200_000 + b"?=\r\n\r\ntext\r\n",
    "base64 that is none": b"Content-Type: text/plain; charset=utf-7\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"!@#$%^&*()=\r\n" * 100_000,
    "a quoted-printable line": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 1_000_000 + b"\r\n",
    "a boundary of nothing": b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n" + b"--\r\n\r\nx\r\n" * 50_000,
    "quotes of quotes": b"\r\n" + b">" * 500_000 + b"\r\n" + b"> " * 300_000 + b"text\r\n",
    "no text at all": b"\r\n",
    "a long log": b"\r\n" + b"A line of a log.\r\n" * 300_000,
    "words behind a photo": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/jpeg; name=photo.jpg\r\n"
                            b"Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"A" * 76 + b"\r\n" +
                            (b"A" * 76 + b"\r\n") * 70_000 + b"--b\r\nContent-Type: text/plain\r\n\r\nWords behind it.\r\n--b--\r\n",
    "a bracket without end": b"\r\nhttp://a" + b")" * 262_144 + b"\r\n",
    "a picture again and again": b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n" +
                                 b"<img src=cid:a>\r\n" * 29_000 + b"--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\n"
                                 b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoA" + b"\r\n" +
                                 (b"A" * 76 + b"\r\n") * 33_000 + b"--b--\r\n",
    "tags begun anew": b"Content-Type: text/html\r\n\r\n" + b"<b>" * 62 + b"<i src='" + b"x" * 900_000 + b"'>" + b"</b>" * 62 + b"\r\n",
    "octets of every value": b"Content-Type: text/plain; charset=nonsense\r\n\r\n" + bytes(set(range(256)) - {10, 13}) * 1000 + b"\r\n",
}


# What of them a reader must see all the same.
SHOWN = {
    "deep html": ["the bottom"],
    "deep html lists": ["The message goes on"],
    "large html": ["word word", "The message goes on"],
    "a long log": ["A line of a log.", "The letter goes on."],
    "words behind a photo": ["Words behind it.", "photo.jpg"],
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_message_that_is_hard_to_read_is_kept_whole_and_listed_and_opens(serving, name):
    house = serving()
    message = b"From: mallory@evil.example\r\nSubject: monster\r\nMIME-Version: 1.0\r\n" + MONSTERS[name]
    reply = deliver(house, message)
    if len(message.split(b"\r\n\r\n")[0]) > 2**20:
        assert (reply.code, reply.enhanced) == (552, "5.3.4"), reply
        assert mailbox(house) == []
        return
    assert reply.code == 250, reply
    trace_of(mailbox(house)[0], message)
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        pop.many("TOP 1 3")
    web, page = visitor(house)
    shown = opened(web, page, "monster")
    sheets = [web.get(urllib.parse.urljoin(shown.url, frame.get("src"))) for frame in shown.tree.all("iframe")]
    assert all(sheet.status == 200 for sheet in sheets)
    for words in SHOWN.get(name, []):
        assert any(words in page.tree.text for page in [shown, *sheets]), f"{words!r} is not shown"
    assert len(shown.octets) < 20 * 2**20
    assert house.memory_kib() < MEMORY_KIB_MAX
    assert deliver(house, b"Subject: well\r\n\r\nall is well\r\n").code == 250


def test_a_header_of_fifty_megabytes_is_refused_without_being_kept(serving):
    house = serving(limits={"message_octets": 60 * 2**20})
    for header in [b"X: " + b"x" * (49 * 2**20) + b"\r\n", b"X: y\r\n" * (50 * 2**20 // 6), b"X: y\r\n" + b" z\r\n" * (50 * 2**20 // 4)]:
        reply = deliver(house, header + b"\r\ntext\r\n")
        assert (reply.code, reply.enhanced) == (552, "5.3.4"), reply
    assert mailbox(house) == []
    assert house.memory_kib() < MEMORY_KIB_MAX


NAMES = ["../../x", "..\\..\\x", "/etc/passwd", "C:\\windows\\x.exe", "a\r\nSet-Cookie: evil=1", "a\rb", "a\nb", "a\0b", 'quo"te', "semi;colon",
         "a%2F..%2Fb", ".htaccess", "..", ".", "", " ", "x" * 5000, "crêpe.txt", "\u202egnp.exe", "日本語.txt", "a/b/c", "~", "|x", "-rf",
         "<img src=x onerror=alert(1)>.txt", "nul", "a\tb", "x.html", "x.svg"]


def with_attachments(names):
    def part(number, name):
        encoded = "".join(f"%{octet:02X}" for octet in name.encode())
        return (f"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n filename*=utf-8''{encoded}\r\n\r\n"
                f"content {number}\r\n").encode()
    return (b"From: mallory@evil.example\r\nSubject: names\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n" + b"".join(part(*pair) for pair in enumerate(names)) + b"--b--\r\n")


def test_attachments_come_down_whole_with_names_that_are_safe(serving):
    house = serving()
    assert deliver(house, with_attachments(NAMES)).code == 250
    web, page = visitor(house)
    shown = opened(web, page, "names")
    found = {}
    for link in shown.tree.all("a"):
        url = urllib.parse.urljoin(shown.url, link.get("href", ""))
        if not url.startswith(web.origin):
            continue
        answer = web.ask("GET", url)
        if re.fullmatch(rb"content \d+", answer.octets.strip()):
            found[answer.octets.strip()] = answer
    assert len(found) == len(NAMES), f"{len(found)} of {len(NAMES)} attachments can be downloaded"
    for number in range(len(NAMES)):
        answer = found[b"content %d" % number]
        disposition = answer.headers["Content-Disposition"]
        assert answer.status == 200
        assert disposition.startswith("attachment"), disposition
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers.get_all("Set-Cookie") is None, disposition
        for name in names_in(disposition):
            assert not re.search(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", name), disposition
            assert name not in ("", ".", "..") and len(name.encode()) <= 255, disposition


def names_in(disposition):
    plain = re.search(r'filename="((?:[^"\\]|\\.)*)"|filename=([^;"\s]+)', disposition)
    extended = re.search(r"filename\*=utf-8''([^;\s]+)", disposition, re.I)
    names = [plain and (plain[1] if plain[1] is not None else plain[2]), extended and urllib.parse.unquote(extended[1])]
    assert any(name is not None for name in names), f"no name at all: {disposition!r}"
    return [name for name in names if name is not None]


QUERIES = ['"', "'", "*", "**", "a*", "NEAR(", "NEAR(a b, 5)", "a OR", "OR", "AND", "NOT", "a AND (b", "((((((", "))", "{a b}: c", "subject_text:x",
           "'; DROP TABLE message; --", "' OR '1'='1", "1) UNION SELECT password FROM account--", "%", "_", "%%%", "\\", "\0", "a\0b", "^a", "-a", "--", "+",
           "a" * 20_000, "é" * 3000, "\U0001f95e", "\u202e", "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 50, "from:", "from:\"", "to:'", "has:", "is:", "is:nothing",
           "before:", "before:yesterday", "before:99999-99-99", "larger:", "larger:-1", "larger:99999999999999999999999", "in:", "in:../..", "in:\"", "subject:*",
           "rowid:1", "MATCH 'x'", "x NOT x", "\"unclosed", "a\"b\"c", " ", "", "\t\n", "from:from:from:", ":", "a:b:c", "(" * 5000, "-" * 5000, '"' * 5001]


def search_form(page):
    return next(form for form in page.tree.all("form") if any(field.get("type") == "search" for field in form.all("input")))


def search(web, page, words):
    form = search_form(page)
    name = next(field.get("name") for field in form.all("input") if field.get("type") == "search")
    return web.submit(page, form, **{name: words})


def test_a_search_full_of_fts_and_sql_finds_what_is_there_and_breaks_nothing(serving):
    house = serving()
    odd = "50% off_now \"NEAR(x)\" OR 'y'; DROP TABLE message;-- *"
    assert deliver(house, f"Subject: {odd}\r\n\r\nketchup and pickles\r\n".encode()).code == 250
    assert deliver(house, b"Subject: another\r\n\r\nmustard\r\n").code == 250
    web, page = visitor(house)
    for query in QUERIES:
        answer = search(web, page, query)
        assert answer.status in (200, 400, 414), f"{query[:80]!r}: {answer.status}\n{answer.html[:300]}"
        assert not re.search(r"(?i)fts5|sqlite|syntax error|panicked|no such (table|column)", answer.tree.text), query[:80]
    for query, there in [("ketchup", True), ("KETCHUP", True), ("etchu", True), ("50%", True), ("off_now", True), ("DROP TABLE", True),
                         ("mustard", False), ("ketchup mustard", False), ("ketchup pickles", True), ("subject:off_now", True),
                         ("subject:ketchup", False)]:
        assert bool(search(web, page, query).links("off_now")) == there, query
    assert len(mailbox(house)) == 2


@pytest.fixture
def attacked(serving):
    """A house whose bob has been sent every hostile letter."""
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        for message in [*hostile.letters().values(), hostile.everywhere()]:
            reply = smtp.send("mallory@evil.example", BOB, message)
            assert reply.code == 250, reply
    return house


def every_message_page(web, page):
    """The page of every message in the list, over all pages of the list."""
    seen, pages = set(), [page]
    while pages:
        page = pages.pop()
        for link in page.links("attack:"):
            url = urllib.parse.urljoin(page.url, link.get("href"))
            if url not in seen:
                seen.add(url)
                yield web.get(url)
        pages += [web.get(urllib.parse.urljoin(page.url, link.get("href"))) for link in page.links("Older", "Next", "Earlier")[:1]]


def test_html_is_served_cleaned_in_a_document_of_its_own_behind_a_policy(attacked):
    web, page = visitor(attacked)
    documents = 0
    for shown in every_message_page(web, page):
        assert is_app_policy(shown.headers["Content-Security-Policy"]), shown.headers["Content-Security-Policy"]
        only_own(shown.tree, shown.url)
        for frame in shown.tree.all("iframe"):
            assert "sandbox" in frame.attributes
            assert not {"allow-scripts", "allow-same-origin", "allow-forms", "allow-top-navigation"} & set(frame.get("sandbox").split())
            document = web.ask("GET", urllib.parse.urljoin(shown.url, frame.get("src")))
            assert document.status == 200
            is_harmless(document)
            documents += 1
    assert documents >= len(hostile.HTML)


def is_app_policy(policy):
    return policy and "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy


def only_own(tree, url):
    """An app page: no inline script, no handler, no address but our own."""
    for element in tree.all():
        assert element.name != "script" or (element.get("src", "").startswith("/") and not element.text), url
        for name, value in element.attributes.items():
            assert not name.startswith("on"), f"{url}: {name}={value}"
            if name in ("src", "action", "formaction", "poster", "background", "data", "style"):
                assert value.startswith("/") and not value.startswith("//"), f"{url}: {element.name} {name}={value}"
            if name == "href":
                assert re.match(r"/(?!/)|\?|#|[\w.-]+(?!:)|https?://|mailto:", value) and "javascript:" not in value.lower(), f"{url}: {value}"


def is_harmless(document):
    policy = document.headers["Content-Security-Policy"]
    assert policy and "sandbox" in policy and "default-src 'none'" in policy and "unsafe-eval" not in policy, policy
    assert "allow-scripts" not in policy and "script-src" not in policy, policy
    assert document.headers["X-Content-Type-Options"] == "nosniff"
    assert document.headers["Referrer-Policy"] == "no-referrer"
    for element in Tree(document.html).root.all():
        assert element.name not in {"script", "iframe", "frame", "object", "embed", "svg", "math", "form", "base", "input", "template", "portal",
                                    "video", "audio"}, f"{document.url}: <{element.name}>"
        if element.name in ("meta", "link"):
            assert not re.search(r"(?i)refresh|evil|prefetch|preconnect", str(element.attributes)), element.attributes
        for name, value in element.attributes.items():
            assert not name.startswith("on") and name not in ("srcdoc", "formaction", "ping", "background", "poster"), f"{name}={value}"
            if name in ("src", "srcset"):
                assert value.startswith(("/", "data:image/")) and not value.startswith("//"), f"{document.url}: {name}={value}"
            if name == "href":
                assert re.match(r"(?i)https?:|mailto:|tel:|#", value), f"{document.url}: {value}"
            if name == "style":
                assert not re.search(r"(?i)url\(|expression|image-set|@import|position\s*:\s*fixed|\\", value), f"{document.url}: {value}"
        if element.name == "style":
            assert not re.search(r"(?i)evil|url\(|@import|expression", element.text), element.text


def test_nothing_of_the_webmail_is_shown_to_who_is_not_logged_in(attacked):
    web, page = visitor(attacked)
    shown = next(every_message_page(web, page))
    inside = {page.url, shown.url, *(urllib.parse.urljoin(shown.url, element.get("src")) for element in shown.tree.all("iframe")),
              *(urllib.parse.urljoin(shown.url, link.get("href")) for link in shown.links("original", "download"))}
    stranger = Web(attacked.ports["https"], attacked.tls())
    for url in inside:
        answer = stranger.ask("GET", url)
        assert answer.status in (302, 303, 307, 401, 403, 404) or "attack" not in answer.html, url
        assert "attack" not in answer.html
    alice = Web(attacked.ports["https"], attacked.tls())
    alice.log_in(ALICE, "crepes suzette")
    for url in inside - {page.url}:
        answer = alice.get(url)
        assert "attack" not in answer.html, f"another account's mail: {url}"


def test_a_form_from_elsewhere_changes_nothing(attacked):
    """Another site's page may make the browser send our forms with our cookies; it must not work."""
    web, page = visitor(attacked)
    shown = next(every_message_page(web, page))
    forms = [form for form in shown.tree.all("form") if form.get("method", "").lower() == "post"]
    assert forms
    before = len(mailbox(attacked))
    for form in forms:
        url = urllib.parse.urljoin(shown.url, form.get("action"))
        fields = {field.get("name"): field.get("value", "") for field in form.all("input", "button") if field.get("name")}
        body = urllib.parse.urlencode(fields)
        answer = web.ask("POST", url, body, Content_Type="application/x-www-form-urlencoded", Origin="https://evil.example",
                         Sec_Fetch_Site="cross-site")
        assert answer.status in (400, 403), f"{url}: {answer.status}"
    assert len(mailbox(attacked)) == before
    assert web.get(shown.url).status == 200, "and nobody is logged out by it"
