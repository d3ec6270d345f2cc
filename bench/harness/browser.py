"""As much of a browser as a measurement needs: one kept connection, cookies, forms, gzip counted but not paid for.

Finds its way by the page's own forms and links, so that it knows no URL by heart.
"""

import gzip
import html.parser
import http.client
import time
import urllib.parse


class Page:
    """An answer: how long it took, what it weighed on the wire, and its forms and links."""

    def __init__(self, path, answer, body, seconds):
        self.path, self.status, self.seconds, self.octets = path, answer.status, seconds, len(body)
        self.encoding = answer.headers.get("Content-Encoding", "identity")
        self.text = (gzip.decompress(body) if self.encoding == "gzip" else body).decode("utf-8", "replace")

        self._parser = None

    def form_with(self, kind):
        """The first form that has such a field."""
        return next((form for form in self._parsed().forms if kind in [field[0] for field in form.fields]), None)

    def next_page(self):
        return next((href for href, relation in self._parsed().links if relation == "next"), None)

    def rows(self):
        """What an ordered list's links lead to: the conversations."""
        return self._parsed().rows

    def _parsed(self):
        if not self._parser:
            self._parser = _Parser()
            self._parser.feed(self.text)
        return self._parser


class Browser:
    """One person at one server, in plain HTTP on loopback."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.origin = f"http://127.0.0.1:{port}"
        self.cookies = {}

    def get(self, path):
        return self._ask("GET", path, None)

    def log_in(self, account, password):
        """Fills the form that has a password field; what else it holds (tokens) goes back as it came."""
        page = self.follow(self.get("/"))
        form = page.form_with("password")
        given = {"hidden": None, "password": password, "text": account, "email": account}
        values = {name: given[kind] or value for kind, name, value in form.fields if kind in given}
        page = self.follow(self._ask("POST", form.action, urllib.parse.urlencode(values)))
        if page.status != 200 or page.form_with("password"):
            raise RuntimeError(f"logging in ended at {page.path} with {page.status}")
        return page

    def follow(self, page):
        while page.status in (301, 302, 303):
            page = self.get(self.location)
        return page

    def _ask(self, method, path, form):
        headers = {"Accept-Encoding": "gzip", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin,
                        "Sec-Fetch-Site": "same-origin"}
        begun = time.perf_counter()
        self.connection.request(method, path, form, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begun
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.location = answer.headers.get("Location")
        return Page(path, answer, body, seconds)


class _Form:
    """Where a form goes, and its fields as (type, name, value)."""

    def __init__(self, action):
        self.action, self.fields = action, []


class _Parser(html.parser.HTMLParser):
    """Forms, links with their relation, and the links inside ordered lists."""

    def __init__(self):
        super().__init__()
        self.forms, self.links, self.rows, self.lists = [], [], [], 0

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append(_Form(attributes.get("action")))
        elif tag == "input" and self.forms and "name" in attributes:
            field = attributes.get("type", "text"), attributes["name"], attributes.get("value", "")
            self.forms[-1].fields.append(field)
        elif tag == "ol":
            self.lists += 1
        elif tag == "a" and "href" in attributes:
            self.links.append((attributes["href"], attributes.get("rel")))
            if self.lists:
                self.rows.append(attributes["href"])

    def handle_endtag(self, tag):
        if tag == "ol":
            self.lists -= 1
