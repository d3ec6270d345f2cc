"""Bad input to the webmail's HTTP: from strangers, from other sites, and from readers with a loose hand on the address bar."""

import re
import urllib.parse

import pytest

from conftest import ALICE, BOB
from protocol import Lines, Pop3, Smtp
from test_bad_mail import visitor
from web import Web


def is_well(house):
    page = Web(house.ports["https"], house.tls()).get("/")
    assert page.status == 200 and "password" in page.html


def delivered(house, count=3):
    with Smtp(house.ports["smtp"]) as smtp:
        for number in range(count):
            assert smtp.send(ALICE, BOB, b"Subject: letter %d\r\n\r\ntext\r\n" % number).code == 250
    return house


REQUESTS = [
    b"GET /" + b"x" * 2**20 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 2**20 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"session=x;" * 5000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: \r\nHost: other\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"HELO crepes.fr\r\nMAIL FROM:<a@b>\r\n", b"\r\n" * 10_000, b"GET\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 1000, b"\xff" * 100_000,
    b"CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
]


def test_requests_that_are_none_are_answered_or_ended(serving):
    house = serving()
    for request in REQUESTS:
        with Lines(house.ports["http"], timeout=20) as client:
            try:
                client.write(request + b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                said = client.rest()
            except TimeoutError:
                pytest.fail(f"neither answered nor ended: {request[:80]}")
            except ConnectionError:
                said = b""
        assert b"HTTP/1.1 5" not in said and b"HTTP/1.1 101" not in said, f"{request[:80]}: {said[:300]}"
        assert b"session=x" not in said and b"panicked" not in said
    is_well(house)


def test_a_form_of_two_hundred_megabytes_is_refused_and_not_kept(serving):
    house = serving()
    before = house.memory_kib()
    with Lines(house.ports["http"], timeout=20) as client:
        try:
            client.write(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                         b"Content-Length: %d\r\n\r\nname=" % (200 * 2**20))
            for _ in range(200):
                client.write(b"x" * 2**20)
            said = client.rest()
        except ConnectionError:
            said = bytes(client.buffered)
    assert not said or re.match(rb"HTTP/1\.1 4\d\d ", said), said[:200]
    assert house.memory_kib() - before < 60_000
    is_well(house)


PATHS = ["/..", "/../../etc/passwd", "/assets/../../mail.db", "/%2e%2e/%2e%2e/etc/passwd", "/assets/%2e%2e%2fmail.db", "/assets/..%5c..%5cmail.db", "//evil.example/",
         "/\\evil.example", "/%00", "/mailbox/", "/mailbox/0", "/mailbox/-1", "/mailbox/99999999999999999999999", "/mailbox/x", "/mailbox/1?before=x",
         "/mailbox/1?older=%FF", "/mailbox/1?page=-1", "/mailbox/1?done=x", "/mailbox/1?tick=all&tick=all", "/conversation/0", "/conversation/-5", "/conversation/999999",
         "/conversation/1?back=https://evil.example/", "/conversation/1?back=//evil.example", "/conversation/1?back=/%5Cevil.example",
         "/conversation/1?back=javascript:alert(1)", "/message/0", "/message/999", "/message/1/part/0", "/message/1/part/9.9.9.9",
         "/message/1/part/" + "1." * 2000 + "1", "/message/1/part/x", "/message/1/html", "/message/1/original?save=%0d%0aSet-Cookie:a=b", "/search", "/search?q=%FF%FE",
         "/search?q=" + "x" * 6000, "/search?q=a&q=b", "/undo", "/do", "/logout", "/%F0%28%8C%28", "/?" + "&" * 5000, "/login?next=//evil.example/"]


def test_addresses_of_every_kind_are_answered_and_lead_nowhere_else(serving):
    house = delivered(serving())
    web, _ = visitor(house)
    for path in PATHS:
        page = web.ask("GET", path) if not path.startswith("//") else web.ask("GET", web.origin + path)
        assert page.status < 500, f"{path}: {page.status}"
        assert page.headers["Content-Security-Policy"], path
        location = page.headers["Location"]
        assert location is None or re.match(r"/(?![/\\])", location), f"{path} leads to {location}"
        assert page.headers["Set-Cookie"] is None or "a=b" not in page.headers["Set-Cookie"]
        assert "root:" not in page.html and "SQLite format" not in page.html
        for link in page.links() if page.status == 200 and "html" in page.headers["Content-Type"] else []:
            assert not re.match(r"(?i)\s*javascript:|//|https?://evil|/\\", link.get("href", "")), f"{path}: {link.get('href')}"


@pytest.mark.parametrize("away", ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example",
                                  "/%09/evil.example", "http:evil.example", "///evil.example", "/..//evil.example", " //evil.example"])
def test_no_form_leads_away(serving, away):
    house = delivered(serving())
    web = Web(house.ports["https"], house.tls())
    page = web.get("/login?next=" + urllib.parse.quote(away))
    form = next(form for form in page.tree.all("form"))
    fields = {field.get("name"): field.get("value", "") for field in form.all("input") if field.get("name")}
    fields |= {"name": BOB, "password": "hungry", "next": away}
    answer = post(web, "/login", fields)
    assert answer.status == 303 and stays(answer), answer.headers["Location"]
    page = web.get("/")
    deed = {"csrf": csrf(page), "back": away, "here": away, "pick": pick(page), "do": "archive"}
    answer = post(web, "/do", deed)
    assert stays(answer), answer.headers["Location"]
    shown = web.follow(answer) if answer.status == 303 else answer
    assert "evil.example" not in [urllib.parse.urlsplit(link.get("href", "")).netloc for link in shown.links()]


def post(web, path, fields, **headers):
    return web.ask("POST", path, urllib.parse.urlencode(fields), Content_Type="application/x-www-form-urlencoded", Origin=web.origin,
                   **{"Sec_Fetch_Site": "same-origin", **headers})


def stays(answer):
    location = answer.headers["Location"]
    return location is None or urllib.parse.urlsplit(urllib.parse.urljoin("https://localhost/x", location.replace("\\", "/").strip())).netloc == "localhost"


def csrf(page):
    return next(field.get("value") for field in page.tree.all("input") if field.get("name") == "csrf")


def pick(page):
    return next(field.get("value") for field in page.tree.all("input") if field.get("name") == "pick")


def test_deeds_that_make_no_sense_do_nothing(serving):
    house = delivered(serving())
    web, page = visitor(house)
    good = {"csrf": csrf(page), "back": "/", "pick": pick(page), "do": "delete"}
    for change in [{"csrf": ""}, {"csrf": "x" * 5000}, {"csrf": good["csrf"][:-2] + "AA"}, {"do": "destroy"}, {"do": ""}, {"pick": ""}, {"pick": "x"},
                   {"pick": "1"}, {"pick": "-1"}, {"pick": "1." * 5000}, {"pick": "m.1.1"}, {"pick": "999999999999999999999"}]:
        answer = post(web, "/do", good | change)
        assert answer.status < 500, f"{change}: {answer.status}"
    for undo in ["", "x", "m.1.2.3", "m.1.2.3.AAAA", "d_1_1_1.AAAAAAAAAAAAAAAAAAAAAA"]:
        assert post(web, "/undo", {"csrf": good["csrf"], "undo": undo, "back": "/"}).status < 500, undo
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert len(pop.sizes()) == 3
    many = "&".join(f"pick={number}" for number in range(50_000))
    assert web.ask("POST", "/do", many, Content_Type="application/x-www-form-urlencoded", Origin=web.origin).status < 500
    is_well(house)


def test_nobody_does_deeds_in_another_ones_mail(serving):
    house = delivered(serving())
    bob, page = visitor(house)
    alice = Web(house.ports["https"], house.tls())
    hers = alice.log_in(ALICE, "crepes suzette")
    for deed in ["delete", "archive", "star", "unread", "delete-for-good"]:
        answer = post(alice, "/do", {"csrf": csrf(hers), "back": "/", "pick": pick(page), "do": deed})
        assert answer.status < 500
        assert post(alice, "/do", {"csrf": csrf(page), "back": "/", "pick": pick(page), "do": deed}).status in (400, 403)
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert len(pop.sizes()) == 3
    assert len(bob.get("/").links("letter")) == 3


def test_guessing_at_the_webmail_is_stopped_while_others_sign_in(serving):
    house = serving(login={"failures_per_account": 3, "ban_seconds": 3600})
    for _ in range(3):
        page = Web(house.ports["https"], house.tls()).log_in(BOB, "guess")
        assert page.status == 403
    page = Web(house.ports["https"], house.tls()).log_in(BOB, "hungry")
    assert page.status == 429, page.tree.text
    assert Web(house.ports["https"], house.tls()).log_in(ALICE, "crepes suzette").status == 200
    with Pop3(house.ports["pop3"]) as pop:
        pop.ok(f"USER {BOB}")
        assert pop.say("PASS hungry").startswith(b"-ERR"), "the other doors know of it"


def test_a_session_ends_with_its_password_and_with_signing_out(serving):
    house = serving()
    web, page = visitor(house)
    token = dict(web.cookies)
    form = page.form("/logout")
    web.submit(page, form)
    web.cookies = token
    assert "password" in web.get("/").html, "a token is worth nothing after signing out"
    web, _ = visitor(house)
    house.run("account", "passwd", BOB, "--data", house.data, stdin="changed\n")
    assert web.get("/").form("Sign in"), "and nothing after the password was changed"
    assert "HttpOnly" in (cookie := Web(house.ports["https"], house.tls()).ask("GET", "/login").headers["Set-Cookie"]) and "SameSite" in cookie
