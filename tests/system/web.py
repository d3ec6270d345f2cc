"""The webmail for a program: pages, links and forms as they stand in the HTML, as a browser without JavaScript sees them."""

import http.client
import urllib.parse
from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """An element with its attributes and everything in it."""

    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, attributes, parent
        self.children = []

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    def all(self, *names):
        """Every element inside with one of the names, in order."""
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)

    @property
    def text(self):
        return " ".join("".join(piece if isinstance(piece, str) else f" {piece.text} " for piece in self.children).split())


class Tree(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.root = self.open = Element("", {}, None)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        element = Element(tag, {name: value if value is not None else "" for name, value in attributes}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open = self.open.parent

    def handle_endtag(self, tag):
        element = self.open
        while element.parent and element.name != tag:
            element = element.parent
        if element.parent:
            self.open = element.parent

    def handle_data(self, data):
        self.open.children.append(data)


class Page(NamedTuple):
    """An answer of the webmail."""
    url: str
    status: int
    headers: http.client.HTTPMessage
    octets: bytes

    @property
    def html(self):
        return self.octets.decode("utf-8", "replace")

    @property
    def tree(self):
        return Tree(self.html).root

    def links(self, *words):
        """Links whose text or address has one of the words, or all links."""
        return [link for link in self.tree.all("a") if not words or any(word in link.text or word in link.get("href", "") for word in words)]

    def form(self, *words):
        """The first form whose button says one of the words, or whose action has one; with its fields."""
        for form in self.tree.all("form"):
            buttons = [element for element in form.all("button", "input") if element.get("type", "submit") in ("submit", "image")]
            labels = [f"{button.text} {button.get('value', '')} {button.get('title', '')} {button.get('aria-label', '')}".lower()
                      for button in buttons]
            if any(word.lower() in label for word in words for label in labels) or any(word in form.get("action", "") for word in words):
                return form
        raise LookupError(f"{self.url} has no form for {words}")


class Web:
    """A visitor with cookies, over HTTPS when a TLS context is given."""

    def __init__(self, port, tls=None):
        self.port, self.tls = port, tls
        self.cookies = {}

    @property
    def origin(self):
        return f"http{'s' if self.tls else ''}://localhost:{self.port}"

    def ask(self, method, url, body=None, **headers):
        """One request, no redirects followed."""
        url = urllib.parse.urljoin(self.origin + "/", url)
        parts = urllib.parse.urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.origin, f"a link leads away: {url}"
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection = (http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=60) if self.tls
                      else http.client.HTTPConnection("localhost", self.port, timeout=60))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, target, body, sent)
            answer = connection.getresponse()
            page = Page(url, answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            gone = "max-age=0" in cookie.lower() or not value
            self.cookies.pop(name, None) if gone else self.cookies.update({name: value})
        return page

    def get(self, url):
        return self.follow(self.ask("GET", url))

    def follow(self, page):
        for _ in range(10):
            if page.status not in (301, 302, 303, 307, 308):
                return page
            page = self.ask("GET", urllib.parse.urljoin(page.url, page.headers["Location"]))
        raise RecursionError(f"redirects without end, now at {page.url}")

    def submit(self, page, form, **values):
        """Sends a form as a browser does: its hidden and filled-in fields, then what the person changed."""
        fields = {}
        for element in form.all("input", "textarea", "select", "button"):
            name, kind = element.get("name"), element.get("type", "")
            if not name or kind in ("submit", "image", "button") or element.name == "button":
                continue
            if kind in ("checkbox", "radio") and "checked" not in element.attributes:
                continue
            fields[name] = element.text if element.name == "textarea" else element.get("value", "")
        fields |= values
        url = urllib.parse.urljoin(page.url, form.get("action") or page.url)
        encoded = urllib.parse.urlencode(fields)
        if form.get("method", "get").lower() == "get":
            return self.get(url.split("?")[0] + "?" + encoded)
        return self.follow(self.ask("POST", url, encoded, Content_Type="application/x-www-form-urlencoded", Origin=self.origin,
                                    Sec_Fetch_Site="same-origin"))

    def log_in(self, name, password):
        page = self.get("/")
        form = next(form for form in page.tree.all("form") if any(field.get("type") == "password" for field in form.all("input")))
        fields = {field.get("type"): field.get("name") for field in form.all("input")}
        named = fields.get("text") or fields.get("email")
        return self.submit(page, form, **{named: name, fields["password"]: password})
