"""Real clients, as people have them: Python's libraries, curl, swaks."""

import poplib
import smtplib
import subprocess

import pytest

from conftest import ALICE, BOB
from house import has
from protocol import Pop3, Smtp

PLAIN = "From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: {}\r\n\r\nDo you like ketchup?\r\n.\r\n..two dots\r\n"


def newest(house, name="bob", password="hungry"):
    with Pop3(house.ports["pop3"], name, password) as pop:
        return list(pop.messages().values())[-1]


def pop_sessions(house):
    """A logged-in poplib client over each kind of connection."""
    plain = poplib.POP3("localhost", house.ports["pop3"], timeout=30)
    yield "plain", plain
    upgraded = poplib.POP3("localhost", house.ports["pop3"], timeout=30)
    upgraded.stls(context=house.tls())
    yield "STLS", upgraded
    yield "POP3S", poplib.POP3_SSL("localhost", house.ports["pop3s"], timeout=30, context=house.tls())


def test_smtplib_sends_in_plain_and_over_starttls(demo):
    for secure in [False, True]:
        with smtplib.SMTP("localhost", demo.ports["smtp"], timeout=30) as smtp:
            if secure:
                smtp.starttls(context=demo.tls())
                smtp.ehlo()
                assert not smtp.has_extn("starttls"), "STARTTLS is not offered twice (RFC 3207 §4.2)"
            assert smtp.sendmail(ALICE, [BOB], PLAIN.format(f"secure {secure}")) == {}
        stored = newest(demo)
        assert stored.endswith(PLAIN.format(f"secure {secure}").encode())
        protocol = b"ESMTPS" if secure else b"ESMTP"
        assert b"with %s" % protocol in stored.split(b"\r\n\r\n")[0], "RFC 3848 names the protocol in Received"


def test_what_ehlo_announces_is_there(demo):
    with smtplib.SMTP("localhost", demo.ports["smtp"], timeout=30) as smtp:
        smtp.ehlo()
        for extension in ["pipelining", "size", "8bitmime", "smtputf8", "enhancedstatuscodes", "starttls"]:
            assert smtp.has_extn(extension), extension
        assert int(smtp.esmtp_features["size"]) == 52428800
        assert smtp.noop()[0] == 250
        assert smtp.rset()[0] == 250
        assert smtp.docmd("HELP")[0] in (211, 214)
        assert smtp.verify(BOB)[0] in (250, 252)


def test_smtputf8_addresses_and_headers_arrive(demo):
    letter = "From: émile@crêpes.example\r\nTo: bob@hamburger.edu\r\nSubject: À table !\r\n\r\nUne crêpe ?\r\n"
    with smtplib.SMTP("localhost", demo.ports["smtp"], timeout=30) as smtp:
        smtp.ehlo()
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        assert smtp.sendmail("émile@crêpes.example", ["bob+crêpes@hamburger.edu"], letter.encode(), options) == {}
    with Pop3(demo.ports["pop3"]) as pop:
        pop.ok("UTF8")
        pop.log_in("bob", "hungry")
        stored = list(pop.messages().values())[-1]
    assert stored.endswith(letter.encode())
    assert b"UTF8SMTP" in stored.split(b"\r\n\r\n")[0], "RFC 6531 §3.7.3: with UTF8SMTP"
    with Pop3(demo.ports["pop3"], "bob", "hungry") as pop:
        *others, last = pop.sizes()
        refused = pop.say(f"RETR {last}")
        assert refused.startswith(b"-ERR [UTF8] "), "RFC 6856 §5: said to a client that did not ask for UTF8"
        pop.retr(others[-1])


def test_a_message_just_under_the_announced_size_is_taken_and_one_over_it_is_not(demo):
    with smtplib.SMTP("localhost", demo.ports["smtp"], timeout=120) as smtp:
        smtp.ehlo()
        size = int(smtp.esmtp_features["size"])
        line = b"The quick brown fox jumps over the lazy dog, again and again and again.\r\n"
        letter = b"Subject: big\r\n\r\n" + line * ((size - 2000) // len(line))
        # smtplib says SIZE= by itself.
        assert smtp.sendmail(ALICE, [BOB], letter) == {}
        code, words = smtp.mail(ALICE, [f"SIZE={size + 1}"])
        assert code == 552, words
    pop = poplib.POP3("localhost", demo.ports["pop3"], timeout=120)
    pop.user("bob")
    pop.pass_("hungry")
    stored = b"\r\n".join(pop.retr(len(pop.list()[1]))[1]) + b"\r\n"
    pop.quit()
    assert stored.endswith(letter)


def test_the_size_limit_is_met_to_the_octet(serving):
    house = serving(limits={"message_octets": 100_000})
    letter = b"Subject: exact\r\n\r\n" + b"x" * 70 + b"\r\n"
    letter += b"y" * 71 + b"\r\n" + (b"z" * 68 + b"\r\n") * 2000
    exact = letter[:99_998].rstrip(b"\r\n").ljust(99_998, b"w") + b"\r\n"
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, exact).code == 250
        over = smtp.send(ALICE, BOB, b"X" + exact)
        assert (over.code, over.enhanced) == (552, "5.3.4"), over
        assert smtp.send(ALICE, BOB, b"after\r\n").code == 250, "the connection goes on"
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        stored = list(pop.messages().values())
    assert len(stored) == 2
    assert stored[0].endswith(exact)


def test_poplib_reads_in_plain_over_stls_and_over_tls(demo):
    with Smtp(demo.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, PLAIN.format("three ways").encode()).code == 250
    answers = []
    for kind, pop in pop_sessions(demo):
        pop.user(BOB)
        pop.pass_("hungry")
        count, octets = pop.stat()
        sizes = [int(line.split()[1]) for line in pop.list()[1]]
        assert (count, octets) == (len(sizes), sum(sizes)), kind
        retrieved = pop.retr(count)[1]
        assert b"..two dots" in retrieved and b"." in retrieved
        top = pop.top(count, 1)[1]
        assert top[-1] == b"Do you like ketchup?", top
        assert {"TOP", "UIDL", "USER", "PIPELINING"} <= pop.capa().keys()
        answers.append((retrieved, pop.uidl()[1]))
        pop.quit()
    assert answers[0] == answers[1] == answers[2]


def test_deleting_happens_at_quit_and_only_there(demo):
    def session():
        pop = poplib.POP3("localhost", demo.ports["pop3"], timeout=30)
        pop.user("alice")
        pop.pass_(demo.accounts[ALICE])
        return pop
    with Smtp(demo.ports["smtp"]) as smtp:
        for subject in ["first", "second"]:
            assert smtp.send(BOB, ALICE, PLAIN.format(subject).encode()).code == 250
    pop = session()
    before = pop.uidl()[1]
    pop.dele(len(before))
    pop.close()
    pop = session()
    assert pop.uidl()[1] == before, "a connection that breaks deletes nothing (RFC 1939 §6)"
    pop.dele(len(before))
    pop.rset()
    pop.dele(len(before) - 1)
    pop.quit()
    pop = session()
    assert pop.uidl()[1] == [*before[:-2], b"%d %s" % (len(before) - 1, before[-1].split()[1])]
    pop.quit()


def curl(*arguments, stdin=b""):
    return subprocess.run(["curl", "--silent", "--show-error", "--max-time", "60", *map(str, arguments)],
                          input=stdin, capture_output=True)


@pytest.mark.skipif(not has("curl"), reason="curl is not installed")
def test_curl_sends_and_fetches(demo):
    letter = PLAIN.format("by curl").encode()
    for tls in [[], ["--ssl-reqd", "--cacert", demo.certificate]]:
        sent = curl(f"smtp://localhost:{demo.ports['smtp']}/crepes.fr", *tls, "--mail-from", ALICE, "--mail-rcpt", BOB,
                    "--upload-file", "-", stdin=letter)
        assert sent.returncode == 0, sent.stderr
    for url, tls in [(f"pop3://localhost:{demo.ports['pop3']}", []),
                     (f"pop3://localhost:{demo.ports['pop3']}", ["--ssl-reqd", "--cacert", demo.certificate]),
                     (f"pop3s://localhost:{demo.ports['pop3s']}", ["--cacert", demo.certificate])]:
        listed = curl(url, *tls, "--user", "bob:hungry")
        assert listed.returncode == 0, listed.stderr
        number = listed.stdout.split()[-2].decode()
        fetched = curl(f"{url}/{number}", *tls, "--user", "bob:hungry")
        assert fetched.returncode == 0, fetched.stderr
        assert fetched.stdout.endswith(letter)
        assert curl(url, *tls, "--user", "bob:wrong").returncode == 67, "curl's code for a refused login"


@pytest.mark.skipif(not has("swaks"), reason="swaks is not installed")
@pytest.mark.parametrize("options", [[], ["--tls"], ["--pipeline"], ["--helo", "crepes.fr", "--protocol", "SMTP"]])
def test_swaks_sends(demo, options):
    done = subprocess.run(["swaks", "--server", f"127.0.0.1:{demo.ports['smtp']}", "--from", ALICE, "--to", BOB,
                           "--header", "Subject: by swaks", "--body", ".\n..dots\nthe end", "--timeout", "30", *options],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    stored = newest(demo)
    assert b"Subject: by swaks\r\n" in stored
    assert b"\r\n.\r\n..dots\r\nthe end\r\n" in stored
