"""Who sent it: what leaves is signed, what comes is judged; from house to house, and by a verifier that is not ours."""

import re
import smtplib

import dkim
import pytest

from conftest import BOB
from house import wait_until
from test_sending import hand_in, inbox, queue, sending, world  # noqa: F401
from world import NameServer, Sink

CAROL = "carol@crepes.example"
CREPES = {("crepes.example", "MX"): ["10 mx.crepes.example"], ("mx.crepes.example", "A"): ["127.0.0.1"]}


def published(house, domain):
    """The records that the owner is told to publish."""
    told = house.run("domain", "keys", domain, "--data", house.data).stdout
    records = re.findall(r"^(\S+)\. IN TXT (.+)$", told, re.MULTILINE)
    return {(name, "TXT"): ["".join(re.findall(r'"([^"]*)"', strings))] for name, strings in records}


def receiving(new_house, names, **settings):
    """A house somewhere else, which asks the name server who may send what."""
    house = new_house("crepes")
    house.serve(delivery={"to": "nowhere", "name_servers": [names.address]},
                receiving={"check_senders": True} | settings)
    house.add_account(CAROL, "pickles")
    return house


def bring(house, sender, text):
    with smtplib.SMTP("127.0.0.1", house.ports["smtp"], timeout=60) as smtp:
        return smtp.sendmail(sender, [CAROL], text)


def test_what_leaves_is_signed_so_that_others_believe_it(serving, world):  # noqa: F811
    names, sink = world(NameServer, dict(CREPES)), world(Sink)
    house = sending(serving, names, sink.port)
    hand_in(house, [CAROL], "Subject: one\r\n\r\nDo  you like \r\nketchup?\r\n\r\n\r\n")
    hand_in(house, [CAROL], "Subject: large\r\n\r\n" + "A line of many, to fill a file.\r\n" * 20_000)
    wait_until(lambda: len(sink.messages) == 2, "the letters")
    table = published(house, "hamburger.edu")
    assert len(table) == 2

    def txt(name, timeout=5):  # noqa: ARG001
        name = name.decode() if isinstance(name, bytes) else name
        return table[(name.rstrip("."), "TXT")][0].encode()
    for _, _, octets in sink.messages:
        signatures = dkim.DKIM(octets)
        assert octets.startswith(b"DKIM-Signature:") and octets.count(b"DKIM-Signature:") == 2
        assert signatures.verify(0, dnsfunc=txt) and signatures.verify(1, dnsfunc=txt)
        with pytest.raises(dkim.ValidationError):
            dkim.DKIM(octets + b"more\r\n").verify(0, dnsfunc=txt)


def test_from_house_to_house_all_is_vouched_for(serving, new_house, world):  # noqa: F811
    names = world(NameServer, dict(CREPES))
    crepes = receiving(new_house, names)
    house = sending(serving, names, crepes.ports["smtp"])
    names.table |= published(house, "hamburger.edu") | {
        ("hamburger.edu", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
        ("_dmarc.hamburger.edu", "TXT"): ["v=DMARC1; p=reject"],
    }
    hand_in(house, [CAROL])
    letter = wait_until(lambda: inbox(crepes, CAROL), "the letter")[0]
    results = letter["Authentication-Results"]
    assert results.startswith("localhost;")
    for found in ["spf=pass", "dmarc=pass", "header.from=hamburger.edu", "header.a=ed25519-sha256",
                  "header.a=rsa-sha256"]:
        assert found in results, results
    assert results.count("dkim=pass") == 2 and "fail" not in results
    wait_until(lambda: not queue(house), "the queue to be empty")


def test_after_a_rotation_the_new_keys_sign(serving, world):  # noqa: F811
    names, sink = world(NameServer, dict(CREPES)), world(Sink)
    house = sending(serving, names, sink.port)
    old = set(published(house, "hamburger.edu"))
    told = house.run("domain", "rotate", "hamburger.edu", "--data", house.data).stdout
    assert told.count("IN TXT") == 2 and "signs later" in told
    house.run("domain", "rotate", "hamburger.edu", "--data", house.data)
    new = set(published(house, "hamburger.edu")) - old
    hand_in(house, [CAROL])
    octets = wait_until(lambda: sink.messages, "the letter")[0][2]
    selectors = set(re.findall(rb"[ ;]s=([^;]+);", octets))
    assert {(f"{selector.decode()}._domainkey.hamburger.edu", "TXT") for selector in selectors} == new


@pytest.mark.parametrize("wish", ["refuse", "junk"])
def test_a_forged_author_is_refused_or_goes_to_junk_as_the_owner_wants(new_house, world, wish):  # noqa: F811
    table = {("bank.example", "TXT"): ["v=spf1 -all"], ("_dmarc.bank.example", "TXT"): ["v=DMARC1; p=reject"]}
    house = receiving(new_house, world(NameServer, table), dmarc_reject=wish)
    forged = "From: Bank <boss@bank.example>\r\nSubject: money\r\n\r\nSend it.\r\n"
    if wish == "junk":
        bring(house, "x@evil.example", forged)
    else:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            bring(house, "x@evil.example", forged)
        assert refused.value.smtp_code == 550 and b"5.7.26" in refused.value.smtp_error
        assert b"bank.example" in refused.value.smtp_error
    assert not inbox(house, CAROL)


def test_mail_arrives_though_no_name_server_answers(new_house, world):  # noqa: F811
    names = world(NameServer, {})
    names.silent = True
    house = receiving(new_house, names)
    bring(house, "x@evil.example", "From: Bank <boss@bank.example>\r\n\r\nHello.\r\n")
    letter = inbox(house, CAROL)[0]
    assert "spf=temperror" in letter["Authentication-Results"] and "dmarc=temperror" in letter["Authentication-Results"]


def test_results_of_a_large_letter_stand_on_top_too(new_house, world):  # noqa: F811
    house = receiving(new_house, world(NameServer, {("evil.example", "TXT"): ["v=spf1 +all"]}))
    text = "A line of many, to fill a file.\r\n" * 100_000
    bring(house, "x@evil.example", f"From: {BOB}\r\nAuthentication-Results: localhost; dmarc=pass\r\n\r\n{text}")
    letter = inbox(house, CAROL)[0]
    assert letter["Authentication-Results"].count("spf=") == 2 and "spf=pass" in letter["Authentication-Results"]
    assert len(letter.get_all("Authentication-Results")) == 1
    assert letter["Former-Authentication-Results"] == "localhost; dmarc=pass"
    assert letter.get_payload().split() == text.split()


def test_judging_a_letter_of_fifty_megabytes_takes_no_memory_of_its_own(new_house, world):  # noqa: F811
    house = receiving(new_house, world(NameServer, {("evil.example", "TXT"): ["v=spf1 +all"]}))
    signature = ("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=evil.example; s=s; h=from;\r\n"
                 " bh=AAAA; b=AAAA\r\n")
    bring(house, "x@evil.example", f"From: {BOB}\r\n\r\nsmall\r\n")
    before = house.memory_kib()
    text = "A line of many, to fill a file.\r\n" * 1_400_000
    bring(house, "x@evil.example", f"{signature}From: {BOB}\r\n\r\n{text}")
    # The store takes one message at a time apart in memory; there is no second copy of it.
    assert house.memory_kib() - before < (len(text) >> 10) + (8 << 10)
    assert "the body was changed on the way" in inbox(house, CAROL)[1]["Authentication-Results"]
