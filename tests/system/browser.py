"""A headless Chromium that is watched: every request of the whole browser goes through a proxy of ours that writes it down.

Requests to the house pass; all others end at the proxy. Knows nothing of the pages.
"""

import contextlib
import json
import pathlib
import socket
import socketserver
import threading

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service

CHROMIUM, CHROMEDRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
         "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
         "--proxy-bypass-list=<-loopback>"]
# Chromium's own start page, updates and the like; what no page of ours has a reason to name.
BROWSERS_OWN = (".google.com", ".googleapis.com", ".gvt1.com", "start.duckduckgo.com")


STALE = (StaleElementReferenceException,)


def missing():
    return [path for path in [CHROMIUM, CHROMEDRIVER] if not pathlib.Path(path).exists()]


def is_gone(element):
    """Whether the page that this was on has been left."""
    try:
        element.is_enabled()
        return False
    except WebDriverException:
        return True


class Witness(socketserver.ThreadingTCPServer):
    """A proxy that notes where every request wants to go, and lets through what is allowed."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, allowed_ports):
        super().__init__(("127.0.0.1", 0), Passage)
        self.allowed = {(host, port) for host in ["127.0.0.1", "localhost"] for port in allowed_ports}
        self.seen = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def strangers(self):
        """Where requests wanted to go that were neither to the house nor the browser's own."""
        return [place for place in self.seen if place not in self.allowed and not place[0].endswith(BROWSERS_OWN)]


class Passage(socketserver.StreamRequestHandler):
    """One connection of the browser to the proxy: requests in plain HTTP, or a tunnel for TLS."""

    def handle(self):
        with contextlib.suppress(OSError):  # the browser left
            self.requests()

    def requests(self):
        while True:
            request = self.rfile.readline().split()
            if len(request) != 3:
                return
            header = []
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                header.append(line)
            method, target = request[0].decode(), request[1].decode()
            if not self.one(method, target, request[2], header):
                return

    def one(self, method, target, version, header):
        if method == "CONNECT":
            host, port = target.rsplit(":", 1)
            path = None
        else:
            authority, _, path = target.removeprefix("http://").partition("/")
            host, _, port = authority.partition(":")
        place = (host, int(port or 80))
        self.server.seen.append(place)
        if place not in self.server.allowed:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return True
        with socket.create_connection(place) as house:
            if path is None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                header = [line for line in header if not line.lower().startswith((b"proxy-connection", b"connection:"))]
                house.sendall(b"%s /%s %s\r\n%sConnection: close\r\n\r\n" %
                              (method.encode(), path.encode(), version, b"".join(header)))
            self.pump(house)
        return False

    def pump(self, house):
        back = threading.Thread(target=copy, args=[house, self.connection], daemon=True)
        back.start()
        while octets := self.rfile.read1(65536):
            try:
                house.sendall(octets)
            except OSError:
                break
        back.join(5)


def copy(source, target):
    try:
        while octets := source.recv(65536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Browser:
    """One Chromium with a profile of its own."""

    def __init__(self, folder, ports, javascript=True, width=1280, height=900):
        self.witness = Witness(ports)
        self.downloads = pathlib.Path(folder) / "downloads"
        self.downloads.mkdir(parents=True)
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        profile = pathlib.Path(folder) / "profile"
        for flag in [*FLAGS, f"--user-data-dir={profile}", f"--proxy-server=http://127.0.0.1:{self.witness.port}",
                     f"--window-size={width},{height}"]:
            options.add_argument(flag)
        settings = {"download.default_directory": str(self.downloads), "download.prompt_for_download": False,
                    "safebrowsing.enabled": False, "credentials_enable_service": False}
        if not javascript:
            settings["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", settings)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        options.set_capability("acceptInsecureCerts", True)
        self.driver = webdriver.Chrome(service=Service(CHROMEDRIVER), options=options)
        self.driver.set_window_size(width, height)
        self.driver.implicitly_wait(0)
        self.driver.set_page_load_timeout(60)
        self.requests()  # forget what the browser's own first page asked for

    def requests(self):
        """URLs asked for since the last call, by any frame."""
        urls = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return [url for url in urls if not url.startswith(("chrome:", "data:", "devtools:"))]

    def complaints(self):
        """Errors in the console since the last call."""
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def quit(self):
        self.driver.quit()
        self.witness.shutdown()
        self.witness.server_close()
