"""A disk that fills in the middle of a delivery, on a small filesystem of its own."""

import os
import subprocess

import pytest

from conftest import ALICE, BOB
from house import wait_until
from protocol import Pop3, Smtp, trace_of

DISK_MIB = 96
LINE = b"The quick brown fox jumps over the lazy dog, again and again and again.\r\n"


@pytest.fixture
def small_disk(tmp_path):
    """A filesystem of its own, or a skip in words."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "posthouse-test", folder],
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small filesystem cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    # What still runs there was started by this test, and is ended by then, or the fixture `_houses` ends it.
    subprocess.run(["umount", "--lazy", folder], check=True)


def letter(number, octets):
    return b"Subject: %d\r\n\r\n" % number + LINE * (octets // len(LINE))


class Filler:
    """A file that takes all the space there is."""

    def __init__(self, folder):
        self.path = folder / "filler"

    def fill(self, leave_octets=0):
        free = os.statvfs(self.path.parent)
        wanted = free.f_bavail * free.f_frsize - leave_octets
        with open(self.path, "ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), max(wanted, 1))

    def give_back(self):
        self.path.unlink()


@pytest.mark.parametrize("octets", [30_000, 3_000_000], ids=["in-the-database", "in-a-file"])
def test_a_disk_that_fills_in_the_middle_refuses_for_now_and_recovers_by_itself(serving, small_disk, octets, say):
    house = serving(data=small_disk / "data")
    accepted, filler = [], Filler(small_disk)
    with Smtp(house.ports["smtp"]) as smtp:
        for number in range(3):
            accepted.append(letter(number, octets))
            assert smtp.send(ALICE, BOB, accepted[-1]).code == 250
        filler.fill(leave_octets=octets // 2 + 300_000)
        replies = []
        for number in range(100, 140):
            message = letter(number, octets)
            replies.append(smtp.send(ALICE, [BOB, ALICE], message))
            if replies[-1].code == 250:
                accepted.append(message)
        codes = [(reply.code, reply.enhanced) for reply in replies]
        say(f"full disk: {codes.count((452, '4.3.1'))} of {len(codes)} refused for now")
        assert set(codes) <= {(250, "2.0.0"), (452, "4.3.1")}, replies
        assert codes[-1] == (452, "4.3.1"), "the disk never became full"
        stored_are(house, accepted)
        filler.give_back()
        last = letter(999, octets)
        wait_until(lambda: smtp.send(ALICE, BOB, last).code == 250, "posthouse to take mail again")
        accepted.append(last)
    stored_are(house, accepted)
    house.kill()
    house.serve()
    stored_are(house, accepted)
    assert list((house.data / "staging").iterdir()) == [], "what was refused leaves no files behind"


def stored_are(house, accepted):
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        stored = list(pop.messages().values())
    assert len(stored) == len(accepted)
    for octets, sent in zip(stored, accepted):
        trace_of(octets, sent)


def test_mail_can_be_deleted_while_the_disk_is_full(serving, small_disk):
    house = serving(data=small_disk / "data")
    filler = Filler(small_disk)
    with Smtp(house.ports["smtp"]) as smtp:
        for number in range(5):
            assert smtp.send(ALICE, BOB, letter(number, 30_000)).code == 250
        filler.fill()
        for _ in range(30):
            last = smtp.send(ALICE, BOB, letter(6, 30_000))
        assert last.code == 452, last
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        for number in pop.sizes():
            pop.ok(f"DELE {number}")
        pop.ok("QUIT")
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert pop.sizes() == {}


def test_a_start_on_a_full_disk_says_so_or_serves_what_is_there(serving, small_disk):
    house = serving(data=small_disk / "data")
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, letter(1, 3000)).code == 250
    house.kill()
    filler = Filler(small_disk)
    filler.fill()
    try:
        house.serve()
        stored_are(house, [letter(1, 3000)])
    except RuntimeError as ended:
        house.process = None
        assert "full" in str(ended) or "space" in str(ended), ended
    if house.is_running():
        house.kill()
    filler.give_back()
    house.serve()
    stored_are(house, [letter(1, 3000)])


def test_a_log_on_the_full_disk_stops_nothing(serving, small_disk):
    house = serving(data=small_disk / "data", log=small_disk / "log")
    filler = Filler(small_disk)
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, letter(1, 3000)).code == 250
        filler.fill()
        codes = [smtp.send(ALICE, BOB, letter(2, 30_000)).code for _ in range(30)]
        assert codes[-1] == 452, codes
        filler.give_back()
        wait_until(lambda: smtp.send(ALICE, BOB, letter(3, 3000)).code == 250, "posthouse to take mail again")
