"""The promise: what was answered with 250 is on disk, whole and once, whenever the process is killed."""

import collections
import contextlib
import itertools
import os
import random
import re
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ALICE, BOB
from house import wait_until
from load import together
from protocol import Pop3, Smtp, dotted, trace_of

CONNECTIONS = 20
CAROL = "carol@hamburger.edu"
PASSWORDS = {BOB: "hungry", ALICE: "crepes suzette", CAROL: "reader"}


class Ledger:
    """What each message is, and what its sender was told."""

    def __init__(self, letters):
        self.letters = letters
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.recipients = {}
        self.acknowledged = set()
        # Attempts whose end was sent but whose reply never came: the message may be there for each.
        self.unanswered = collections.Counter()

    def message(self, number):
        letter = self.letters[number % len(self.letters)].octets
        return b"X-Storm: %d\r\n" % number + (letter if letter.endswith(b"\r\n") else letter + b"\r\n")

    def copies_of(self, number):
        """How often it may be in a mailbox: at least, at most."""
        answered = number in self.acknowledged
        return int(answered), int(answered) + self.unanswered[number]


class Storm:
    """Senders that never give up, a reader that fetches and deletes, and a house that is killed under them."""

    def __init__(self, house, ledger, seed):
        self.house, self.ledger, self.random = house, ledger, random.Random(seed)
        self.over = threading.Event()
        self.fetched = {}        # unique id -> message, of the account whose mail is fetched and deleted
        self.deleted = set()     # unique ids whose deletion was acknowledged

    def rage(self, kills):
        with ThreadPoolExecutor(1) as pool:
            workers = pool.submit(together, CONNECTIONS + 1, self.work)
            try:
                for _ in range(kills):
                    time.sleep(self.random.uniform(0.05, 1.2))
                    self.house.kill()
                    self.house.serve()
                time.sleep(0.3)
            finally:
                self.over.set()
            workers.result()

    def work(self, number):
        if number == CONNECTIONS:
            self.until_over(self.read_and_delete)
        else:
            source = random.Random(self.random.random())
            self.until_over(lambda: self.send_many(source))

    def until_over(self, work):
        while not self.over.is_set():
            try:
                work()
            except (ConnectionError, TimeoutError):
                time.sleep(0.01)  # the house is down for the moment

    def send_many(self, source):
        with Smtp(self.house.ports["smtp"]) as smtp:
            while not self.over.is_set():
                recipients = source.choice([[BOB], [BOB, ALICE], [CAROL], [BOB, ALICE, CAROL]])
                with self.ledger.lock:
                    number = next(self.ledger.numbers)
                    self.ledger.recipients[number] = recipients
                # A message that was not answered is sent again, as a real sender's queue would.
                self.send(smtp, number, recipients)

    def send(self, smtp, number, recipients):
        try:
            smtp.begin("storm@sender.example", *recipients)
            octets = dotted(self.ledger.message(number))
            smtp.write(octets[:-3])
            self.ledger.unanswered[number] += 1
            smtp.write(octets[-3:])
            reply = smtp.reply()
        except (ConnectionError, TimeoutError):
            self.resend(number, recipients)
            raise
        assert reply.code == 250, reply
        self.ledger.unanswered[number] -= 1
        self.ledger.acknowledged.add(number)

    def resend(self, number, recipients):
        if self.over.is_set() or self.ledger.unanswered[number] > 3:
            return
        again = wait_until(self.try_to_connect, "the house to be back")
        with again:
            self.send(again, number, recipients)

    def try_to_connect(self):
        try:
            return Smtp(self.house.ports["smtp"])
        except (ConnectionError, TimeoutError):
            return None

    def read_and_delete(self):
        with Pop3(self.house.ports["pop3"], CAROL, PASSWORDS[CAROL]) as pop:
            unique = pop.uidl()
            assert not self.deleted & set(unique.values()), "what was deleted for good has come back"
            for number in list(unique)[:20]:
                self.fetched[unique[number]] = pop.retr(number)
                pop.ok(f"DELE {number}")
            pop.ok("QUIT")
            self.deleted |= set(list(unique.values())[:20])
        time.sleep(0.02)

    def mailbox(self, account):
        with Pop3(self.house.ports["pop3"], account, PASSWORDS[account]) as pop:
            unique, messages = pop.uidl(), pop.messages()
        assert len(set(unique.values())) == len(unique), "unique ids are unique"
        found = {unique[number]: octets for number, octets in messages.items()}
        if account == CAROL:
            assert not self.deleted & set(found), "what was deleted for good has come back"
            found |= self.fetched
        return list(found.values())

    def settle(self):
        """Every account's copies against what the senders were told."""
        for account in PASSWORDS:
            copies = collections.Counter()
            for octets in self.mailbox(account):
                number = int(re.search(rb"\r\nX-Storm: (\d+)\r\n", octets)[1])
                trace_of(octets, self.ledger.message(number))
                copies[number] += 1
            for number, recipients in self.ledger.recipients.items():
                least, most = self.ledger.copies_of(number) if account in recipients else (0, 0)
                assert least <= copies[number] <= most, (
                    f"message {number} for {recipients} is {copies[number]} times in {account}, not {least} to {most}")


def is_sound(house):
    """The databases are whole by SQLite's own measure, and nothing half received lies about."""
    for database in house.data.glob("*.db"):
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], database
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], database
    assert list((house.data / "staging").iterdir()) == []


def storm(serving, letters, say, kills):
    seed = int(os.environ.get("STORM_SEED", random.randrange(10**6)))
    house = serving()
    house.add_account(CAROL, PASSWORDS[CAROL])
    say(f"storm with STORM_SEED={seed}: {kills} kills")
    travelling = [letter for letter in letters if not letter.bare_ends]
    # A few that are too large for a row of the database, too.
    large = [letter._replace(octets=letter.octets + letter.octets[-60:] * 9000) for letter in travelling[5:500:60]]
    letters = travelling[::7] + large
    random.Random(seed).shuffle(letters)
    raging = Storm(house, Ledger(letters), seed)
    raging.rage(kills)
    ledger = raging.ledger
    say(f"  {len(ledger.recipients)} messages sent, {len(ledger.acknowledged)} acknowledged, "
        f"{sum(ledger.unanswered.values())} attempts cut off before the reply, {len(raging.deleted)} fetched and deleted")
    assert len(ledger.acknowledged) > 100
    raging.settle()
    house.stop()
    is_sound(house)
    house.serve()
    raging.settle()
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"after the storm\r\n").code == 250


def test_nothing_acknowledged_is_lost_when_the_process_is_killed_under_load(serving, letters, say):
    storm(serving, letters, say, kills=5)


@pytest.mark.long
def test_nothing_acknowledged_is_lost_in_fifty_kills(serving, letters, say):
    storm(serving, letters, say, kills=50)


def test_what_was_deleted_and_acknowledged_stays_deleted_when_the_process_is_killed_at_once(serving):
    house = serving()
    for turn in range(3):
        with Smtp(house.ports["smtp"]) as smtp:
            for _ in range(5):
                assert smtp.send(ALICE, BOB, b"Subject: turn %d\r\n\r\ntext\r\n" % turn).code == 250
        with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
            for number in pop.sizes():
                pop.ok(f"DELE {number}")
            pop.ok("QUIT")
        house.kill()
        house.serve()
        with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
            assert pop.sizes() == {}


def test_a_message_is_for_all_its_recipients_or_for_none(serving):
    house = serving()
    for _ in range(5):
        with Smtp(house.ports["smtp"]) as smtp:
            smtp.begin(ALICE, BOB, ALICE)
            smtp.write(dotted(b"Subject: both\r\n\r\n" + b"text\r\n" * 20000))
            house.kill()
        house.serve()
        with Pop3(house.ports["pop3"], BOB, "hungry") as bob, \
                Pop3(house.ports["pop3"], ALICE, "crepes suzette") as alice:
            assert len(bob.sizes()) == len(alice.sizes())
