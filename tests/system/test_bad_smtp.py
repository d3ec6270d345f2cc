"""Bad input to SMTP: each gets a clear reply, loses nothing, and brings nothing in."""

import itertools
import pathlib
import socket
import threading

import pytest

from conftest import ALICE, BOB
from house import wait_until
from load import together
from protocol import Hangup, Pop3, Smtp, dotted, trace_of

SMUGGLED = "MAIL FROM:<admin@hamburger.edu>\r\nRCPT TO:<bob@hamburger.edu>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"


def mailbox(house, account=BOB, password="hungry"):
    with Pop3(house.ports["pop3"], account, password) as pop:
        return list(pop.messages().values())


def is_well(house, smtp=None):
    """Mail still comes in, on this connection or a new one."""
    before = len(mailbox(house))
    with smtp or Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"all is well\r\n").code == 250
    assert len(mailbox(house)) == before + 1


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\0\r\n.\n"])
def test_nothing_but_crlf_dot_crlf_ends_a_message_and_nothing_is_smuggled_behind_it(serving, end):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        smtp.begin("mallory@sender.example", BOB)
        smtp.write(b"Subject: first\r\n\r\ntext" + end + SMUGGLED.encode())
        # The whole, up to the one true end, is one message with bare line ends; one reply, and a refusal.
        reply = smtp.reply()
        assert reply.code // 100 == 5, reply
        noop = smtp.say("NOOP")
        assert noop.code == 250, f"a second reply means that text was read as commands: {noop}"
        assert mailbox(house) == []
        is_well(house, smtp)


def test_a_bare_cr_or_lf_in_a_message_is_refused_and_the_rest_is_not_read_as_commands(serving):
    house = serving()
    for bad in [b"Subject: a\r\n\r\nbare\rCR\r\n", b"Subject: a\r\n\r\nbare\nLF\r\n", b"Subject: a\n\r\nbare\r\n",
                b"\n", b"\r\r\n", b"Subject: at a boundary\r\n\r\n" + b"x" * 65535 + b"\n\r\n",
                b"Subject: late\r\n\r\n" + b"QUIT\r\n" * 20000 + b"bare\rCR\r\nQUIT\r\n"]:
        with Smtp(house.ports["smtp"]) as smtp:
            reply = smtp.send(ALICE, BOB, bad)
            assert (reply.code // 100, "2.3.8" in reply.text) == (5, True), reply
            assert smtp.say("NOOP").code == 250
    assert mailbox(house) == []
    is_well(house)


def test_a_line_of_a_megabyte_is_refused_as_a_command_and_whole_as_text(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        for line in [b"x" * 2**20, b"MAIL FROM:<" + b"a" * 2**20 + b"@sender.example>", b"RCPT TO:<bob@hamburger.edu>" + b" " * 2**20]:
            reply = smtp.say(line)
            assert reply.code == 500, reply
        letter = b"Subject: long\r\n\r\n" + b"x" * 2**20 + b"\r\nend\r\n"
        assert smtp.send(ALICE, BOB, letter).code == 250
    trace_of(mailbox(house)[0], letter)


def test_a_long_line_without_end_does_not_fill_the_memory(serving):
    house = serving(limits={"smtp_idle_seconds": 5})
    before = house.memory_kib()
    with Smtp(house.ports["smtp"]) as smtp:
        try:
            for _ in range(100):
                smtp.write(b"x" * 2**20)
        except ConnectionError:
            pass
        smtp.rest()
    assert house.memory_kib() - before < 20_000, "kilobytes, not the line"
    is_well(house)


def test_nul_octets_are_answered_and_never_cut_a_message_short(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.say(b"NO\0OP").code // 100 == 5
    with Smtp(house.ports["smtp"]) as smtp:
        reply = smtp.say(b"MAIL FROM:<a\0lice@crepes.fr>")
        assert reply.code // 100 == 5, reply
        letter = b"Subject: nul\0l\r\nX-After: yes\r\n\r\nbefore\0after\r\n\0\r\nend\r\n"
        reply = smtp.send(ALICE, BOB, letter)
    stored = mailbox(house)
    if reply.code == 250:
        trace_of(stored[0], letter)
    else:
        assert reply.code // 100 == 5 and stored == [], reply
    is_well(house)


def test_a_hundred_thousand_recipients_are_answered_one_by_one(serving):
    house = serving()
    count = 100_000
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.say("MAIL FROM:<alice@crepes.fr>").code == 250
        commands = b"".join(b"RCPT TO:<bob+%d@hamburger.edu>\r\n" % number for number in range(count))
        writer = threading.Thread(target=smtp.write, args=[commands], daemon=True)
        writer.start()
        replies = [smtp.reply() for _ in range(count)]
        writer.join()
        assert [reply.code for reply in replies[:100]] == [250] * 100
        assert {(reply.code, reply.enhanced) for reply in replies[100:]} == {(452, "4.5.3")}
        assert smtp.say("DATA").code == 354
        smtp.write(dotted(b"Subject: many\r\n\r\nof you\r\n"))
        assert smtp.reply().code == 250
    stored = mailbox(house)
    assert stored
    for octets in stored:
        trace_of(octets, b"Subject: many\r\n\r\nof you\r\n")
    is_well(house)


STEPS = {"EHLO": "EHLO sender.example", "MAIL": "MAIL FROM:<alice@crepes.fr>", "RCPT": "RCPT TO:<bob@hamburger.edu>",
         "DATA": "DATA", "RSET": "RSET"}
ORDER = {  # state -> command -> (code, next state); RFC 5321 §4.1.4
    "new": {"EHLO": (250, "greeted"), "MAIL": (503, "new"), "RCPT": (503, "new"), "DATA": (503, "new"), "RSET": (250, "new")},
    "greeted": {"EHLO": (250, "greeted"), "MAIL": (250, "mail"), "RCPT": (503, "greeted"), "DATA": (503, "greeted"),
                "RSET": (250, "greeted")},
    "mail": {"EHLO": (250, "greeted"), "MAIL": (503, "mail"), "RCPT": (250, "rcpt"), "DATA": (503, "mail"),
             "RSET": (250, "greeted")},
    "rcpt": {"EHLO": (250, "greeted"), "MAIL": (503, "rcpt"), "RCPT": (250, "rcpt"), "DATA": (354, "greeted"),
             "RSET": (250, "greeted")},
}


def test_commands_in_every_order_get_the_reply_that_their_moment_calls_for(serving):
    house = serving()
    orders = list(itertools.product(STEPS, repeat=3)) + [("EHLO", "MAIL", *rest) for rest in itertools.product(STEPS, repeat=2)]
    delivered = itertools.count()

    def walk(share):
        for order in orders[share::40]:
            with Smtp(house.ports["smtp"], helo=None) as smtp:
                state = "new"
                for step in order:
                    code, state = ORDER[state][step]
                    reply = smtp.say(STEPS[step])
                    assert reply.code == code, f"{order}: at {step}: {reply}"
                    assert code != 503 or "Say" in reply.text or "say" in reply.text or ":" in reply.text, "what to do instead"
                    if code == 354:
                        smtp.write(b"text\r\n.\r\n")
                        assert smtp.reply().code == 250
                        next(delivered)
                assert smtp.say("QUIT").code == 221

    together(40, walk)
    assert len(mailbox(house)) == next(delivered)


@pytest.mark.parametrize("cut", [b"", b"Subject: half", b"Subject: half\r\n\r\ntext", b"Subject: half\r\n\r\ntext\r\n",
                                 b"Subject: half\r\n\r\ntext\r\n.", b"Subject: half\r\n\r\ntext\r\n.\r",
                                 b"Subject: half\r\n\r\n" + b"text\r\n" * 200_000])
def test_data_without_end_brings_nothing(serving, cut):
    house = serving()
    for how in [socket.SHUT_WR, socket.SHUT_RDWR]:
        with Smtp(house.ports["smtp"]) as smtp:
            smtp.begin(ALICE, BOB)
            smtp.write(cut)
            smtp.socket.shutdown(how)
            assert not smtp.rest().startswith(b"250")
    assert mailbox(house) == []
    is_well(house)
    assert mailbox(house)[0].endswith(b"all is well\r\n")


def test_a_client_that_writes_an_octet_now_and_then_is_told_goodbye(serving):
    house = serving(limits={"smtp_idle_seconds": 1, "body_seconds": 2})
    with Smtp(house.ports["smtp"]) as slow:
        said = dribble(slow, b"MAIL FROM:<alice@crepes.fr>\r\n" * 50)
        assert said.startswith(b"421 4.4.2 "), said
    with Smtp(house.ports["smtp"]) as slow:
        slow.begin(ALICE, BOB)
        said = dribble(slow, b"Subject: slow\r\n\r\n" + b"text\r\n" * 100)
        assert said.startswith(b"421 4.4.2 "), said
    assert mailbox(house) == []
    is_well(house)


def dribble(client, octets):
    """Octet for octet until the server has had enough; what it said."""
    client.socket.settimeout(0.2)
    heard = b""
    for octet in octets:
        try:
            client.write(bytes([octet]))
            octets = client.socket.recv(4096)
            if not octets:
                break
            heard += octets
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return heard


def test_a_client_that_does_not_read_is_let_go_and_others_are_served(serving):
    house = serving(limits={"write_seconds": 1})
    letter = b"Subject: large\r\n\r\n" + b"x" * 70 * 400_000 + b"\r\n"
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, letter).code == 250
    with Pop3(house.ports["pop3"], BOB, "hungry") as lazy:
        lazy.write(b"RETR 1\r\n")
        here = lazy.socket.getsockname()[1]
        is_well_for_alice(house)
        wait_until(lambda: not established(house.ports["pop3"], here), "the lazy client to be let go")
        heard = lazy.rest()
    assert len(heard) < len(letter)
    trace_of(mailbox(house)[0], letter)


def is_well_for_alice(house):
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(BOB, ALICE, b"all is well\r\n").code == 250
    assert len(mailbox(house, ALICE, "crepes suzette")) == 1


def established(port, other):
    """Whether the server's end of this connection is still open."""
    ends = (f":{port:04X}", f":{other:04X}")
    rows = [row.split() for table in ["tcp", "tcp6"] for row in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]]
    return any(row[1].endswith(ends[0]) and row[2].endswith(ends[1]) and row[3] == "01" for row in rows)


def test_a_client_that_never_reads_its_replies_stops_nobody(serving):
    house = serving(limits={"write_seconds": 1})
    with Smtp(house.ports["smtp"]) as deaf:
        deaf.socket.settimeout(10)
        try:
            for _ in range(200):
                deaf.write(b"HELP\r\n" * 1000)
        except (TimeoutError, ConnectionError):
            pass
        is_well(house)


def test_eight_bit_octets_in_commands_are_refused_in_words(serving):
    house = serving()
    for line in [b"\xff\xfe\xfd", b"MAIL FROM:<\xe9mile@crepes.fr>", b"MAIL FROM:<\xc3\xa9mile@crepes.fr>",
                 b"MAIL FROM:<\xe9mile@crepes.fr> SMTPUTF8", b"EHLO \xe9", b"VRFY \xe9", b"NOOP \xff"]:
        with Smtp(house.ports["smtp"]) as smtp:
            reply = smtp.say(line)
            expected = (2, 5) if line.startswith((b"NOOP", b"EHLO", b"VRFY")) else (5,)
            assert reply.code // 100 in expected, f"{line}: {reply}"
            assert smtp.say("RSET").code == 250
    is_well(house)


def test_http_on_the_smtp_port_ends_the_connection_and_nothing_in_it_is_obeyed(serving):
    house = serving()
    form = SMUGGLED.encode()
    for request in [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\nHELO x\r\n" + form,
                    b"PUT /x HTTP/1.1\r\nHost: x\r\n\r\n" + form, b"OPTIONS * HTTP/1.1\r\n\r\n" + form]:
        for helo in [None, "EHLO x"]:
            with Smtp(house.ports["smtp"], helo=helo) as smtp:
                smtp.write(request)
                said = smtp.rest()
                assert b"\r\n250" not in said and not said.startswith(b"250"), said
                assert said.count(b"\r\n") <= 1, f"one reply, then the end: {said}"
    assert mailbox(house) == []
    is_well(house)


def test_what_is_pipelined_in_front_of_the_tls_handshake_is_thrown_away(serving):
    house = serving()
    with Smtp(house.ports["smtp"]) as smtp:
        smtp.write(b"STARTTLS\r\nMAIL FROM:<mallory@sender.example>\r\nRCPT TO:<bob@hamburger.edu>\r\n")
        assert smtp.reply().code == 220
        smtp.start_tls(house.tls())
        reply = smtp.say("EHLO sender.example")
        assert reply.code == 250 and "Hello" in reply.lines[0], reply
        assert smtp.say("DATA").code == 503
    with Pop3(house.ports["pop3"]) as pop:
        pop.write(b"STLS\r\nUSER bob\r\n")
        assert pop.line().startswith(b"+OK")
        pop.start_tls(house.tls())
        assert pop.say("PASS hungry").startswith(b"-ERR")


def test_a_pipelined_conversation_is_answered_in_order(serving):
    house = serving()
    with Smtp(house.ports["smtp"], helo=None) as smtp:
        smtp.write(b"EHLO x.example\r\nMAIL FROM:<alice@crepes.fr>\r\nRCPT TO:<nobody@hamburger.edu>\r\nRCPT TO:<bob@hamburger.edu>\r\n"
                   b"RCPT TO:<who@elsewhere.example>\r\nDATA\r\n")
        assert [smtp.reply().code for _ in range(6)] == [250, 250, 550, 250, 550, 354]
        smtp.write(dotted(b"Subject: one\r\n\r\n.\r\n") + b"NOOP\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nQUIT\r\n")
        codes = [smtp.reply().code for _ in range(5)]
        assert codes[:3] == [250, 250, 250] and codes[3] // 100 in (2, 5) and codes[4] == 221, codes
        assert smtp.rest() == b""
    trace_of(mailbox(house)[0], b"Subject: one\r\n\r\n.\r\n")


def test_wrong_commands_end_the_connection_after_a_while(serving):
    house = serving(limits={"errors_per_connection": 3})
    with Smtp(house.ports["smtp"]) as smtp:
        codes = [smtp.say("KETCHUP").code for _ in range(4)]
        assert codes[:3] == [500] * 3 and codes[3] == 421, codes
        with pytest.raises((Hangup, ConnectionError)):
            smtp.say("NOOP")
    is_well(house)


def test_a_letter_that_goes_in_circles_is_refused(serving):
    house = serving(limits={"received_fields": 20})
    received = b"Received: from a by b; Mon, 23 Nov 2026 11:40:18 +0000\r\n"
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, received * 20 + b"\r\nfine\r\n").code == 250
        reply = smtp.send(ALICE, BOB, received * 21 + b"\r\nnot fine\r\n")
        assert (reply.code, reply.enhanced) == (554, "5.4.6"), reply
    assert len(mailbox(house)) == 1


def test_connections_over_the_limit_are_told_so_and_places_come_free_again(serving):
    house = serving(limits={"connections_per_address": 5})
    open_ones = [Smtp(house.ports["smtp"]) for _ in range(5)]
    with Smtp(house.ports["smtp"], helo=None) as sixth:
        assert sixth.greeting.code == 421, sixth.greeting
    for smtp in open_ones:
        smtp.say("QUIT")
        smtp.close()

    def may_enter():
        with Smtp(house.ports["smtp"], helo=None) as smtp:
            return smtp.greeting.code == 220
    wait_until(may_enter, "a free place")
