"""What happens to a house whose disk, neighbours or visitors do what they should not."""

import ssl

import pytest

from conftest import ALICE, BOB
from house import wait_until
from load import together
from protocol import Lines, Pop3, Smtp, trace_of

LARGE = b"Subject: large\r\n\r\n" + b"The quick brown fox jumps over the lazy dog.\r\n" * 20_000


def content_file(house):
    files = [path for path in (house.data / "content").rglob("*") if path.is_file()]
    assert len(files) == 1, files
    return files[0]


def with_large_message(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, LARGE).code == 250
        assert smtp.send(ALICE, BOB, b"Subject: small\r\n\r\nx\r\n").code == 250
    return house


@pytest.mark.parametrize("place", [10, len(LARGE) // 2, -5], ids=["begin", "middle", "end"])
def test_a_message_that_the_disk_has_damaged_is_never_sent_as_if_it_were_whole(serving, place):
    house = with_large_message(serving)
    house.stop()
    file = content_file(house)
    file.chmod(0o600)
    octets = bytearray(file.read_bytes())
    octets[place] ^= 0x20
    file.write_bytes(octets)
    house.serve()
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        try:
            answer = pop.say("RETR 1")
            if answer.startswith(b"+OK"):
                pop.until_dot()
                pytest.fail("damaged octets were sent with an end, as if they were the message")
            assert answer.startswith(b"-ERR")
        except ConnectionError:
            pass  # the end never came: the reader knows that it has not all
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert pop.retr(2).endswith(b"Subject: small\r\n\r\nx\r\n")


def test_a_message_whose_file_is_gone_is_told_apart_and_the_others_are_read(serving):
    house = with_large_message(serving)
    house.stop()
    content_file(house).unlink()
    house.serve()
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert len(pop.sizes()) == 2
        assert pop.say("RETR 1").startswith(b"-ERR")
        assert pop.retr(2).endswith(b"x\r\n")


def test_two_houses_never_serve_the_same_data(serving, new_house):
    first = serving()
    second = new_house("second", data=first.data)
    second.ports = {}
    second.write_config()
    try:
        second.serve()
    except RuntimeError as ended:
        second.process = None
        assert "posthouse" in str(ended) and "panicked" not in str(ended)
        return
    # If it does serve, it must be the same mail, at once.
    with Smtp(first.ports["smtp"]) as one, Smtp(second.ports["smtp"]) as other:
        for turn in range(20):
            assert one.send(ALICE, BOB, b"Subject: first %d\r\n\r\nx\r\n" % turn).code == 250
            assert other.send(ALICE, BOB, b"Subject: second %d\r\n\r\nx\r\n" % turn).code == 250
    for house in [first, second]:
        with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
            assert len(set(pop.uidl().values())) == 40


def test_large_messages_that_never_end_fill_neither_memory_nor_disk(serving):
    house = serving()
    before = house.memory_kib("VmRSS")
    open_ones = []

    def begin(_):
        smtp = Smtp(house.ports["smtp"])
        smtp.begin(ALICE, BOB)
        smtp.write(b"x" * 70 * 100_000)
        open_ones.append(smtp)

    together(40, begin)
    wait_until(lambda: staged(house) > 40 * 6_000_000, "the octets to arrive")
    assert house.memory_kib() - before < 100_000, "280 MB are on their way, and must not be in memory"
    for smtp in open_ones:
        smtp.close()
    wait_until(lambda: staged(house) == 0, "what never ended to be thrown away")
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert pop.sizes() == {}


def staged(house):
    """Octets in the staging area; a file may go while we look."""
    total = 0
    for path in (house.data / "staging").iterdir():
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            pass
    return total


def test_a_start_clears_away_what_a_killed_process_left_half_done(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        smtp.begin(ALICE, BOB)
        smtp.write(b"x" * 70 * 100_000)
        wait_until(lambda: staged(house) > 0, "the octets to arrive")
        house.kill()
    house.serve()
    assert staged(house) == 0


def test_two_sessions_may_delete_the_same_message(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"Subject: twice\r\n\r\nx\r\n").code == 250
    with Pop3(house.ports["pop3"], BOB, "hungry") as one, Pop3(house.ports["pop3"], BOB, "hungry") as other:
        one.ok("DELE 1")
        other.ok("DELE 1")
        one.ok("QUIT")
        assert other.say("QUIT").startswith((b"+OK", b"-ERR"))
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        assert pop.sizes() == {}


def test_a_message_deleted_by_one_session_is_told_apart_by_another(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        for _ in range(2):
            assert smtp.send(ALICE, BOB, b"Subject: x\r\n\r\nx\r\n").code == 250
    with Pop3(house.ports["pop3"], BOB, "hungry") as slow:
        with Pop3(house.ports["pop3"], BOB, "hungry") as quick:
            quick.ok("DELE 1")
            quick.ok("QUIT")
        answer = slow.say("RETR 1")
        if answer.startswith(b"+OK"):
            assert slow.until_dot()
        assert slow.retr(2)


def test_plain_words_on_a_tls_port_and_tls_on_a_plain_port_disturb_nobody(serving):
    house = serving()
    with Lines(house.ports["pop3s"]) as plain:
        plain.write(b"USER bob\r\nPASS hungry\r\n")
        assert b"+OK" not in plain.rest()
    for port in [house.ports["smtp"], house.ports["pop3"]]:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            Lines(port, tls=house.tls())
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"x\r\n").code == 250


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused_and_new_is_spoken(serving):
    house = serving()
    for version, welcome in [(ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                             (ssl.TLSVersion.TLSv1_3, True)]:
        context = house.tls()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        if welcome:
            with Pop3(house.ports["pop3s"], BOB, "hungry", tls=context) as pop:
                assert pop.socket.version() == version.name.replace("_", ".")
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                Pop3(house.ports["pop3s"], tls=context)


def test_a_thousand_idle_readers_disturb_nobody(serving):
    house = serving(limits={"connections": 1100, "connections_per_address": 1100})
    readers = [Pop3(house.ports["pop3"]) for _ in range(1000)]
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"x\r\n").code == 250
    readers[500].log_in(BOB, "hungry")
    trace_of(readers[500].retr(1), b"x\r\n")
    for reader in readers:
        reader.close()


def test_an_account_that_is_removed_while_somebody_reads_it_disturbs_nobody(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        for _ in range(3):
            assert smtp.send(ALICE, [BOB, ALICE], LARGE).code == 250
        with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
            smtp.begin(ALICE, BOB)
            house.run("account", "remove", BOB, "--yes", "--data", house.data)
            answer = pop.say("RETR 1")
            assert answer.startswith((b"-ERR", b"+OK")), answer
        smtp.write(b"x\r\n.\r\n")
        assert smtp.reply().code // 100 in (4, 5), "nobody is left to get it"
    with Pop3(house.ports["pop3"], ALICE, "crepes suzette") as pop:
        assert all(octets.endswith(LARGE) for octets in pop.messages().values())
        assert len(pop.sizes()) == 3
