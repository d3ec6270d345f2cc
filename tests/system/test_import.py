"""`posthouse import`: mail that somebody brings along, whole, once, and in the middle of everything."""

import collections
import random
import re
import subprocess
import threading

import pytest

import corpus
from conftest import ALICE, BOB
from house import binary, plain_environment, wait_until
from protocol import Pop3, Smtp
from web import Web


def mailbox(house, account=BOB, password="hungry"):
    with Pop3(house.ports["pop3"], account, password) as pop:
        return list(pop.messages().values())


def told(done):
    """The counts in an import's last line: stored, already there."""
    found = re.search(r"(\d+) imported, (\d+) already there", done.stderr)
    assert found, f"progress is told on stderr: {done.stderr!r}"
    return int(found[1]), int(found[2])


def letters_made(count, size=2000):
    """Messages with ids of their own, as they travel."""
    return [b"From: a%d@sender.example\r\nSubject: %d\r\nMessage-ID: <%d@sender.example>\r\nDate: Mon, 23 Nov 2026 11:40:18 +0000\r\n\r\n"
            b"From the start of a line\r\n>From a quote\r\n%s" % (number, number, number, b"some text, some more text\r\n" * (size // 27))
            for number in range(count)]


def as_mbox(letters):
    """Unix text behind separators, quoted in the mboxrd way (RFC 4155 and what came after it)."""
    def quoted(letter):
        return re.sub(rb"(?m)^(>*From )", rb">\1", letter.replace(b"\r\n", b"\n"))
    return b"".join(b"From a@sender.example Mon Nov 23 11:40:18 2026\n" + quoted(letter) + b"\n" for letter in letters)


def test_an_mbox_comes_in_whole_and_a_second_time_is_skipped(serving, tmp_path):
    house = serving()
    letters = letters_made(300)
    file = tmp_path / "old.mbox"
    file.write_bytes(as_mbox(letters))
    for expected in [(300, 0), (0, 300)]:
        done = house.run("import", "mbox", file, "--account", BOB, "--data", house.data)
        assert told(done) == expected
        assert done.stdout == "", "progress is for stderr"
    assert sorted(mailbox(house)) == sorted(letters)


def test_the_order_of_an_mbox_is_the_order_of_the_mailbox(serving, tmp_path):
    house = serving()
    letters = letters_made(300)
    file = tmp_path / "old.mbox"
    file.write_bytes(as_mbox(letters))
    house.run("import", "mbox", file, "--account", BOB, "--data", house.data)
    order = [int(re.search(rb"Subject: (\d+)", octets)[1]) for octets in mailbox(house)]
    assert order == list(range(300))


def test_an_import_with_crlf_line_ends_is_kept_octet_for_octet(serving, tmp_path):
    house = serving()
    letters = letters_made(20)
    folder = corpus.folder_of([corpus.Letter("x", letter) for letter in letters], tmp_path / "files")
    assert told(house.run("import", "eml", folder, "--account", BOB, "--data", house.data)) == (20, 0)
    one = folder / "00003.eml"
    assert told(house.run("import", "eml", one, "--account", BOB, "--data", house.data)) == (0, 1)
    assert sorted(mailbox(house)) == sorted(letters)


def test_real_mailing_lists_come_in_by_mbox(serving, letters, tmp_path, say):
    """Real mbox files; each message that has an id of its own is there once, its octets as in the file."""
    house = serving()
    real = [letter for letter in letters if letter.name.startswith("pipermail/")]
    if not real:
        pytest.skip("the corpus has no mbox files")
    file = tmp_path / "list.mbox"
    file.write_bytes(as_mbox([letter.octets for letter in real]))
    stored, skipped = told(house.run("import", "mbox", file, "--account", BOB, "--data", house.data))
    assert stored + skipped == len(real)
    ids = {corpus_id(letter.octets) for letter in real}
    say(f"{len(real)} messages from mbox: {stored} imported, {skipped} skipped as twins; {len(ids)} ids")
    assert stored == len(ids)
    found = mailbox(house)
    assert {corpus_id(octets) for octets in found} == ids
    whole = {letter.octets for letter in real}
    strangers = [octets[:300] for octets in found if octets not in whole]
    assert not strangers


def corpus_id(octets):
    header = octets.split(b"\r\n\r\n")[0]
    found = re.search(rb"(?im)^message-id:\s*(<[^>]*>)", header)
    return found[1] if found else octets


def test_a_killed_import_goes_on_where_it_was_nothing_lost_nothing_doubled(serving, tmp_path, say):
    house = serving()
    letters = letters_made(12_000, size=3000)
    file = tmp_path / "big.mbox"
    file.write_bytes(as_mbox(letters))
    command = [binary(), "import", "mbox", str(file), "--account", BOB, "--data", str(house.data)]
    dice, kills, told_lines = random.Random(5), 0, []
    while count(house) < 10_000:
        # stderr is a file: a pipe would have to be read while we look.
        errors = tmp_path / "errors"
        with open(errors, "wb") as told_to:
            running = subprocess.Popen(command, stderr=told_to, env=plain_environment())
        target = count(house) + dice.randrange(200, 2500)
        wait_until(lambda: running.poll() is not None or count(house) >= target, "the import to come further")
        kills += running.poll() is None
        running.kill()
        running.wait()
        told_lines += errors.read_text().splitlines()
    done = house.run("import", "mbox", file, "--account", BOB, "--data", house.data)
    say(f"{kills} kills of an import; then {done.stderr.strip().splitlines()}")
    assert kills > 0, "it was never in the middle"
    assert any(line.startswith("Going on") for line in told_lines + done.stderr.splitlines()), "it began anew each time"
    stored = collections.Counter(mailbox(house))
    assert set(stored.values()) == {1}, "nothing doubled"
    assert set(stored) == set(letters), "nothing lost"
    again = house.run("import", "mbox", file, "--account", BOB, "--data", house.data)
    assert told(again) == (0, 12_000)


def count(house):
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        return int(pop.ok("STAT").split()[1])


def test_an_import_works_while_the_server_delivers(serving, tmp_path):
    house = serving()
    letters = letters_made(2000)
    file = tmp_path / "old.mbox"
    file.write_bytes(as_mbox(letters))
    over, delivered = threading.Event(), []

    def deliver():
        with Smtp(house.ports["smtp"]) as smtp:
            while not over.is_set():
                reply = smtp.send(ALICE, BOB, b"Subject: at the same time\r\nMessage-ID: <d%d@x.example>\r\n\r\nx\r\n" % len(delivered))
                delivered.append(reply.code)

    thread = threading.Thread(target=deliver, daemon=True)
    thread.start()
    try:
        done = house.run("import", "mbox", file, "--account", BOB, "--data", house.data)
    finally:
        over.set()
        thread.join()
    assert told(done) == (2000, 0)
    assert set(delivered) == {250}
    stored = mailbox(house)
    assert len(stored) == 2000 + len(delivered)
    assert set(letters) <= set(stored)


def test_a_maildir_brings_its_folders_and_flags(serving, tmp_path):
    house = serving()
    letters = letters_made(9)
    root = tmp_path / "Maildir"
    places = ["cur/1:2,S", "cur/2:2,FRS", "new/3", "new/4", "cur/5:2,", ".Lists.Crêpes/cur/6:2,S", ".Lists/cur/7:2,S",
              ".Lists.cr&APo-pes/new/8", "tmp/9"]
    for place, letter in zip(places, letters):
        path = root / place
        for part in ["cur", "new", "tmp"]:
            (path.parent.parent / part).mkdir(parents=True, exist_ok=True)
        path.write_bytes(letter.replace(b"\r\n", b"\n"))
    for expected in [(8, 0), (0, 8)]:
        assert told(house.run("import", "maildir", root, "--account", BOB, "--data", house.data)) == expected
    assert sorted(mailbox(house)) == sorted(letters[:5]), "what is in folders is not in INBOX, what is in tmp is not mail"
    web = Web(house.ports["https"], house.tls())
    page = web.log_in(BOB, "hungry")
    folders = [link.text for link in page.tree.all("a") if "/mailbox/" in link.get("href", "")]
    assert any(text.startswith("Inbox") and "3" in text for text in folders), f"three of the inbox are unread: {folders}"
    for name, unread in [("Lists", False), ("Crêpes", False), ("crúpes", True)]:
        assert any(name in text and ("1" in text) == unread for text in folders), f"{name}: {folders}"
    starred = web.get("/search?q=is:starred+in:anywhere").links("conversation")
    assert [link.text.removeprefix("Unread:").strip() for link in starred] == ["1"], "its subject"


def test_what_cannot_be_imported_is_said_in_words(serving, tmp_path):
    house = serving()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "no.mbox").write_bytes(b"this is no mbox\n")
    for arguments in [["mbox", tmp_path / "nowhere.mbox", "--account", BOB], ["maildir", tmp_path / "empty", "--account", BOB],
                      ["eml", tmp_path / "empty", "--account", "nobody@hamburger.edu"]]:
        done = house.run("import", *arguments, "--data", house.data, expect=1)
        assert done.stderr.startswith("posthouse: ") or "posthouse: " in done.stderr, done.stderr
        assert "panicked" not in done.stderr
    assert told(house.run("import", "mbox", tmp_path / "no.mbox", "--account", BOB, "--data", house.data)) == (0, 0)
    assert mailbox(house) == []
