"""The webmail as people meet it: in Chromium, with JavaScript and without, on a phone and on a desk."""

import os
import pathlib
import re
from typing import NamedTuple

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

import browser as browsers
import hostile
from conftest import BOB
from house import House, wait_until
from protocol import Smtp

pytestmark = pytest.mark.skipif(bool(browsers.missing()), reason=f"not installed: {browsers.missing()}")


class Visit(NamedTuple):
    """How somebody comes."""
    javascript: bool
    width: int
    scheme: str

    def __str__(self):
        return f"{'with' if self.javascript else 'without'}-javascript-{self.width}px-{self.scheme}"


VISITS = [Visit(True, 1280, "http"), Visit(True, 360, "https"), Visit(False, 1280, "https"), Visit(False, 360, "http")]


class Reader:
    """Bob at his browser: finds things by what they say, and looks at every page that he comes to."""

    def __init__(self, browser, origin, pictures):
        self.browser, self.driver, self.origin = browser, browser.driver, origin
        self.pictures, self.taken = pictures, 0

    def find(self, css, text=None):
        """The first visible element; with `text` in it, or in what a screen reader says."""
        def visible(_):
            for element in self.driver.find_elements(By.CSS_SELECTOR, css):
                label = f"{element.text} {element.get_attribute('aria-label') or ''}"
                if element.is_displayed() and (text is None or text in label):
                    return element
            return None
        return WebDriverWait(self.driver, 20, ignored_exceptions=browsers.STALE).until(visible, f"no {css} with {text!r} at {self.driver.current_url}")

    def has(self, css, text=None):
        return any(text is None or text in element.text for element in self.driver.find_elements(By.CSS_SELECTOR, css))

    def click(self, css, text=None):
        """Clicks, and waits for the page that comes of it."""
        before = self.driver.find_element(By.TAG_NAME, "html")
        self.find(css, text).click()
        WebDriverWait(self.driver, 20).until(lambda _: browsers.is_gone(before), f"{css} {text!r} led to no page")
        self.look()

    def open(self, path):
        self.driver.get(self.origin + path)
        self.look()

    def look(self):
        """No page is wider than the window, empty or titleless; a picture of each is kept when asked for."""
        WebDriverWait(self.driver, 20).until(lambda driver: driver.execute_script("return document.readyState") == "complete")
        assert self.browser.overflow() <= 0, f"wider than the window: {self.driver.current_url}"
        assert self.driver.title
        self.picture()

    def picture(self, name=""):
        if self.pictures:
            self.taken += 1
            self.pictures.mkdir(parents=True, exist_ok=True)
            path = re.sub(r"\W+", "-", self.driver.current_url.split("/", 3)[-1])[:40]
            self.driver.save_screenshot(str(self.pictures / f"{self.taken:02}-{name or path}.png"))

    def log_in(self, name=BOB, password="hungry"):
        self.open("/")
        self.find("input[type=text], input[type=email]").send_keys(name)
        self.find("input[type=password]").send_keys(password)
        self.click("form button", "Sign in")

    def subjects(self):
        # "Unread:" is for those who listen to the page.
        return [link.text.removeprefix("Unread:").strip() for link in self.driver.find_elements(By.CSS_SELECTOR, ".rows .what a")]

    def row(self, subject):
        def found(_):
            return next((row for row in self.driver.find_elements(By.CSS_SELECTOR, ".rows .row") if subject in row.text), None)
        return WebDriverWait(self.driver, 20, ignored_exceptions=browsers.STALE).until(found, f"no {subject!r} at {self.driver.current_url}")

    def read(self, subject):
        self.open("/")
        self.click(".rows .what a", subject)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """Makes watched browsers, and ends them."""
    made = []

    def make(house, visit):
        browser = browsers.Browser(tmp_path_factory.mktemp("browser"), [house.ports["http"], house.ports["https"]],
                                   visit.javascript, visit.width)
        made.append(browser)
        pictures = os.environ.get("POSTHOUSE_PICTURES")
        origin = f"{visit.scheme}://localhost:{house.ports[visit.scheme]}"
        reader = Reader(browser, origin, pictures and pathlib.Path(pictures) / str(visit))
        reader.visit = visit
        return reader
    yield make
    for browser in made:
        browser.quit()


@pytest.fixture(scope="module", params=VISITS, ids=str)
def visitor(request, tmp_path_factory, watched):
    """A demo and a browser for each way of coming; the tests leave the mail as they found it."""
    house = House(tmp_path_factory.mktemp(str(request.param))).demo()
    yield watched(house, request.param)
    house.close()


@pytest.fixture
def reader(visitor):
    """Bob, logged in, at his inbox."""
    visitor.open("/")
    if visitor.has("input[type=password]"):
        visitor.log_in()
    visitor.browser.complaints()
    return visitor


def kept_to_itself(reader):
    """Nothing was asked of anybody else, and nothing was wrong in the console."""
    asked = reader.browser.requests()
    assert all(url.startswith(reader.origin + "/") for url in asked), [url for url in asked if not url.startswith(reader.origin)]
    assert reader.browser.witness.strangers() == []
    assert reader.browser.complaints() == []


def test_somebody_logs_in_reads_and_logs_out(reader):
    assert len(reader.subjects()) >= 5
    reader.click(".rows .what a")
    assert reader.has("article h1") and reader.find(".message-body").text
    reader.driver.back()
    reader.look()
    assert reader.subjects()
    kept_to_itself(reader)
    reader.find("details.top-account > summary, .top-account summary").click()
    reader.click(".top-account button", "Sign out")
    assert reader.has("input[type=password]")
    reader.driver.back()
    reader.look()
    if reader.visit.javascript:
        # Chromium keeps pages that were left in memory, in spite of no-store, and shows them again as they were.
        # Only a script can notice that and load the page anew.
        WebDriverWait(reader.driver, 5).until(lambda _: not reader.subjects(), "what was read is still shown after signing out")
    reader.open("/")
    assert reader.has("input[type=password]")
    kept_to_itself(reader)


def test_a_wrong_password_is_said_in_words_and_the_name_is_kept(demo, watched):
    for visit in VISITS[:2]:
        reader = watched(demo, visit)
        reader.log_in(password="thirsty")
        assert reader.find("[role=alert]").text
        assert reader.find("input[type=text], input[type=email]").get_attribute("value") == BOB
        complaints = reader.browser.complaints()
        assert len(complaints) == 1 and "/login" in complaints[0]["message"] and "403" in complaints[0]["message"], complaints
        kept_to_itself(reader)
        reader.find("input[type=password]").send_keys("hungry")
        reader.click("form button", "Sign in")
        assert reader.subjects()


def test_every_message_of_the_demo_opens_and_asks_nobody_else(reader):
    subjects = reader.subjects()
    for subject in subjects:
        reader.read(subject)
        for details in reader.driver.find_elements(By.CSS_SELECTOR, "details.message:not([open]) > summary"):
            details.click()
        reader.look()
        frames = reader.driver.find_elements(By.CSS_SELECTOR, "iframe")
        for frame in frames:
            reader.driver.execute_script("arguments[0].scrollIntoView()", frame)
            reader.driver.switch_to.frame(frame)
            WebDriverWait(reader.driver, 20).until(lambda driver: driver.find_element(By.TAG_NAME, "body").text.strip())
            reader.driver.switch_to.default_content()
        if frames:
            reader.picture("html")
    kept_to_itself(reader)


def test_a_search_finds_and_says_when_it_finds_nothing(reader):
    field = reader.find("input[type=search]")
    field.send_keys("sourdough")
    before = reader.driver.find_element(By.TAG_NAME, "html")
    field.submit()
    WebDriverWait(reader.driver, 20).until(lambda _: browsers.is_gone(before))
    reader.look()
    assert any("sourdough" in subject.lower() for subject in reader.subjects())
    assert reader.find("input[type=search]").get_attribute("value") == "sourdough"
    reader.open("/search?q=nothinglikethis")
    assert reader.subjects() == [] and reader.find(".empty").text
    kept_to_itself(reader)


def test_star_and_unread_are_set_and_taken_back(reader):
    subject = reader.subjects()[-1]

    def star():
        return reader.row(subject).find_element(By.CSS_SELECTOR, "button.star")

    was = star().get_attribute("aria-pressed")
    for expected in [was == "false", was == "true"]:
        star().click()
        WebDriverWait(reader.driver, 20, ignored_exceptions=browsers.STALE).until(
            lambda _: star().get_attribute("aria-pressed") == str(expected).lower())
        reader.open("/")
        assert star().get_attribute("aria-pressed") == str(expected).lower()
    reader.click(".rows .what a", subject)
    reader.click(".tools button", "Unread")
    reader.open("/")
    assert "is-unread" in reader.row(subject).get_attribute("class")
    reader.click(".rows .what a", subject)
    reader.open("/")
    assert "is-unread" not in reader.row(subject).get_attribute("class"), "to open is to read"
    kept_to_itself(reader)


@pytest.mark.parametrize("deed", ["Archive", "Delete"])
def test_archive_and_delete_are_done_and_undone(reader, deed):
    before = reader.subjects()
    subject = before[1]
    # From the conversation, then from the list.
    reader.read(subject)
    reader.click(".tools button", deed)
    assert subject not in reader.subjects() or reader.subjects().count(subject) < before.count(subject)
    reader.click("button", "Undo")
    reader.open("/")
    assert reader.subjects() == before
    reader.row(subject).find_element(By.CSS_SELECTOR, "input[name=pick]").click()
    reader.click(".tools button", deed)
    assert reader.subjects() == [other for other in before if other != subject]
    reader.click("button", "Undo")
    reader.open("/")
    assert reader.subjects() == before
    kept_to_itself(reader)


def test_an_attachment_is_downloaded(reader):
    with_clip = [row.find_element(By.CSS_SELECTOR, ".what a").text for row in reader.driver.find_elements(By.CSS_SELECTOR, ".rows .row")
                 if row.find_elements(By.CSS_SELECTOR, ".has-clip")]
    assert with_clip
    reader.read(with_clip[0])
    for details in reader.driver.find_elements(By.CSS_SELECTOR, "details.message:not([open]) > summary"):
        details.click()
    link = reader.find("a[download]")
    name = link.find_element(By.CSS_SELECTOR, ".attachment-name").text
    reader.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    link.click()
    folder = reader.browser.downloads
    # Until it is whole it has another name.
    wait_until(lambda: name in [path.name for path in folder.iterdir()], f"the download of {name}")
    assert (folder / name).stat().st_size > 0
    (folder / name).unlink()
    kept_to_itself(reader)


def test_everything_can_be_reached_by_keyboard(reader):
    """Tab walks through what can be done on the list, always visibly, and comes to every button, tick, star and row."""
    reader.open("/")
    body = reader.driver.find_element(By.TAG_NAME, "body")
    reached = set()
    for _ in range(400):
        reader.driver.switch_to.active_element.send_keys("\ue004")
        here = reader.driver.switch_to.active_element
        if here == body:
            break
        reached.add(here.id)
        assert here.is_displayed() and outlined(here), here.get_attribute("outerHTML")
    for css in [".rows .what a", ".rows .star", ".rows .tick input", ".tools button"]:
        wanted = reader.driver.find_elements(By.CSS_SELECTOR, css)
        assert wanted and {element.id for element in wanted} <= reached, css


def outlined(element):
    """Whether the element that has the focus, or the row that its link covers, has a line around it."""
    around = element
    if element.find_elements(By.XPATH, "self::a[ancestor::*[contains(@class, 'what')]]"):
        around = element.find_element(By.XPATH, "ancestor::li")
    return around.value_of_css_property("outline-style") != "none" and around.value_of_css_property("outline-width") != "0px"


@pytest.mark.parametrize("visit", [VISITS[0], pytest.param(VISITS[1], marks=pytest.mark.long)], ids=str)
def test_hostile_letters_run_nothing_and_fetch_nothing(serving, watched, visit):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        for message in [*hostile.letters().values(), hostile.everywhere()]:
            assert smtp.send("mallory@evil.example", BOB, message).code == 250
    reader = watched(house, visit)
    reader.log_in()
    clicked = 0
    addresses = addresses_of_all(reader)
    assert len(addresses) > len(hostile.HTML)
    for subject, address in addresses.items():
        reader.driver.get(address)
        nothing_ran(reader, subject)
        frames = reader.driver.find_elements(By.CSS_SELECTOR, "iframe")
        for frame in frames:
            source = frame.get_attribute("src")
            reader.driver.switch_to.frame(frame)
            clicked += bait(reader, subject)
            reader.driver.switch_to.default_content()
            nothing_ran(reader, subject)
            assert reader.driver.current_url == address, subject
            # Opened alone, it is a document of our own origin; its policy must hold by itself.
            reader.driver.get(source)
            clicked += bait(reader, subject)
            nothing_ran(reader, subject)
    assert clicked >= 5
    kept_to_itself_but_for_clicks(reader)


def addresses_of_all(reader):
    found = {}
    while True:
        for link in reader.driver.find_elements(By.CSS_SELECTOR, ".rows .what a"):
            found[f"{len(found)} {link.text}"] = link.get_attribute("href")
        older = reader.driver.find_elements(By.CSS_SELECTOR, "a[rel=next]")
        if not older:
            return found
        reader.driver.get(older[0].get_attribute("href"))


def bait(reader, subject):
    """Clicks every link that there is, and counts them; links that openly lead away are no attack."""
    if any(f"attack: {name}" in subject for name in hostile.GOES_AWAY_ON_CLICK):
        return 0
    links = [link for link in reader.driver.find_elements(By.CSS_SELECTOR, "a") if link.is_displayed()]
    for link in links:
        link.click()
        nothing_ran(reader, subject)
    return len(links)


def nothing_ran(reader, subject):
    try:
        dialog = reader.driver.switch_to.alert
    except NoAlertPresentException:
        dialog = None
    assert dialog is None, f"{subject}: a dialog says {dialog.text}"
    assert reader.driver.title != "ran", subject
    assert len(reader.driver.window_handles) == 1, f"{subject}: a window opened"


def kept_to_itself_but_for_clicks(reader):
    assert reader.browser.witness.strangers() == []
    asked = reader.browser.requests()
    assert all(url.startswith((reader.origin + "/", "about:")) for url in asked), [url for url in asked if not url.startswith(reader.origin)]
