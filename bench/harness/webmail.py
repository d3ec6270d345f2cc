"""The webmail with a large mailbox: how long a list, a search and a conversation take, and what a page weighs.

Knows what a reader does. The times are taken here, from the request to the last octet of the answer over one kept
loopback connection: the server's own time and a little more.
"""

import random
import statistics
import urllib.parse

from . import browser, corpus, house, importing, machine, report

MEDIAN_AIM_MS = 50
WEIGHT_AIM_KIB = 30
# A word in a great part of the corpus, and a word in ten thousand.
COMMON_WORD = "linux"
# As far back as a reader pages.
LIST_PAGES = 20


def run(folder, options):
    filled = importing.Imported(folder / "webmail", options).house
    filled.start()
    try:
        filled.settle()
        visits = _visit(filled, options.requests)
    finally:
        filled.stop()
    return "webmail", report.section("Webmail", options, _text(options, visits))


def _visit(filled, requests):
    """Pages by what was asked for; the kinds take turns, so that a busy moment hits all of them."""
    reader = browser.Browser(filled.http)
    first = reader.log_in(filled.accounts[0], house.PASSWORD)
    lists = _lists(reader, first)
    paths = {
        "list": lists,
        "conversation": _conversations(reader, lists, requests),
        f"search, rare word ({corpus.RARE_WORD})": [_search(first, corpus.RARE_WORD)],
        f"search, common word ({COMMON_WORD})": [_search(first, COMMON_WORD)],
    }
    chance = random.Random(2026)
    visits = {kind: [] for kind in paths}
    for _ in range(requests):
        for kind, choices in paths.items():
            page = reader.get(chance.choice(choices))
            if page.status != 200:
                raise RuntimeError(f"{page.path} answered {page.status}")
            visits[kind].append(page)
    return visits


def _lists(reader, first):
    """The inbox and the older pages behind it."""
    paths, page = [first.path], first
    while len(paths) < LIST_PAGES and (older := page.next_page()):
        page = reader.get(older)
        paths.append(older)
    return paths


def _conversations(reader, lists, count):
    """Conversations from all those pages, no more than will be visited."""
    found = [path for page in lists for path in reader.get(page).rows()]
    if not found:
        raise RuntimeError("the inbox shows no conversations")
    return random.Random(2026).sample(found, min(count, len(found)))


def _search(first, words):
    form = first.form_with("search")
    field = next(name for kind, name, _ in form.fields if kind == "search")
    return f"{form.action}?{urllib.parse.urlencode({field: words})}"


def _text(options, visits):
    rows = [_row(kind, pages) for kind, pages in visits.items()]
    return f"""\
{report.whole(options.messages)} messages in one account, {options.requests} requests of each kind in turn, one signed-in reader on a
kept connection; times are from the request to the last octet. Aims: median under {MEDIAN_AIM_MS} ms, page under {WEIGHT_AIM_KIB} KB
compressed (gzip here).

{report.table(["page", "median", "p99", "weight, median", "weight, largest"], rows)}"""


def _row(kind, pages):
    milliseconds = [1000 * page.seconds for page in pages]
    weights = [page.octets / 1000 for page in pages]
    p99 = statistics.quantiles(milliseconds, n=100)[98] if len(pages) > 1 else milliseconds[0]
    return [kind, f"{statistics.median(milliseconds):.1f} ms", f"{p99:.1f} ms", f"{statistics.median(weights):.1f} KB",
            f"{max(weights):.1f} KB"]
