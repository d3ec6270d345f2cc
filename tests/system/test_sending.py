"""Mail that leaves: handed in by accounts, through the queue, to hosts of a world on loopback."""

import email
import json
import poplib
import smtplib

import pytest

from conftest import BOB
from house import wait_until
from world import NameServer, Sink


@pytest.fixture
def world():
    """Makes a name server and hosts, and ends them."""
    made = []

    def make(kind, *arguments, **options):
        made.append(kind(*arguments, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()


def sending(serving, names, port, **sections):
    delivery = {"port": port, "name_servers": [names.address], "dnssec": False}
    return serving(delivery=delivery | sections.pop("delivery", {}), **sections)


def hand_in(house, to, text="Subject: hello\r\n\r\nDo you like ketchup?\r\n", sender=BOB, **options):
    with smtplib.SMTP("127.0.0.1", house.ports["submission"], timeout=30) as smtp:
        smtp.login(BOB, house.accounts[BOB])
        return smtp.sendmail(sender, to, f"From: {sender}\r\n{text}", **options)


def queue(house):
    lines = house.run("queue", "--json", "list", "--data", house.data).stdout.splitlines()
    return [json.loads(line) for line in lines]


def inbox(house, address=BOB):
    pop = poplib.POP3("127.0.0.1", house.ports["pop3"], timeout=30)
    pop.user(address)
    pop.pass_(house.accounts[address])
    count = pop.stat()[0]
    letters = [email.message_from_bytes(b"\r\n".join(pop.retr(number + 1)[1])) for number in range(count)]
    pop.quit()
    return letters


def tried(house):
    """What waits after a try."""
    return [one for one in queue(house) if one["recipients"][0]["last_reply"]]


def one_mx(address="127.0.0.1"):
    return {("crepes.example", "MX"): ["10 mx.crepes.example"], ("mx.crepes.example", "A"): [address]}


def test_a_letter_goes_to_the_host_that_dns_names(serving, world):
    sink = world(Sink)
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    hand_in(house, ["carol@crepes.example", "dan@crepes.example"])
    sender, recipients, octets = wait_until(lambda: sink.messages, "the letter to arrive")[0]
    assert sender.startswith(f"MAIL FROM:<{BOB}>")
    assert recipients == ["carol@crepes.example", "dan@crepes.example"]
    assert octets.endswith(b"\r\n\r\nDo you like ketchup?\r\n")
    assert b"127.0.0.1" not in octets, "the sender's address is nobody's business"
    wait_until(lambda: not queue(house), "the queue to be empty")
    trace = email.message_from_bytes(octets)["Received"].split(" id ")[1].split(";")[0].split()[0]
    told = house.run("trace", trace, "--data", house.data).stdout
    assert told.count("delivered") >= 2 and "2.0.0 Taken" in told, told


def test_the_second_host_is_tried_when_the_first_is_not_there(serving, world):
    sink = world(Sink, "127.0.0.3")
    table = {("crepes.example", "MX"): ["10 a.crepes.example", "20 b.crepes.example"],
             ("a.crepes.example", "A"): ["127.0.0.2"], ("b.crepes.example", "A"): ["127.0.0.3"]}
    house = sending(serving, world(NameServer, table), sink.port)
    hand_in(house, ["carol@crepes.example"])
    wait_until(lambda: sink.messages, "the letter to arrive")


def test_tls_is_used_where_it_is_offered(serving, world, tmp_path):
    certificate = self_signed(tmp_path)
    sink = world(Sink, certificate=certificate)
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    hand_in(house, ["carol@crepes.example"])
    wait_until(lambda: sink.messages, "the letter to arrive")
    number = wait_until(lambda: house.run("queue", "--json", "show", "1", "--data", house.data).stdout, "the tries")
    assert "TLSv1.3" in number


def self_signed(folder):
    """The house makes one for itself; here it is the host's."""
    import subprocess
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=mx.crepes.example"],
                   check=True, capture_output=True)
    return certificate, key


def test_a_recipient_who_is_refused_for_good_bounces_and_the_others_get_it(serving, world):
    sink = world(Sink, rules={"RCPT": [None, "550 5.1.1 No such user: carole"]})
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    hand_in(house, ["carol@crepes.example", "carole@crepes.example"])
    bounce = wait_until(lambda: inbox(house), "the bounce")[0]
    assert bounce.get_content_type() == "multipart/report" and bounce["Auto-Submitted"] == "auto-replied"
    people, programs, returned = bounce.get_payload()
    assert "carole@crepes.example could not be delivered" in people.get_payload(decode=True).decode()
    fields = programs.get_payload()[1]
    assert (fields["Final-Recipient"], fields["Action"], fields["Status"]) == (
        "rfc822; carole@crepes.example", "failed", "5.1.1")
    assert "No such user: carole" in fields["Diagnostic-Code"]
    assert "Subject: hello" in returned.get_payload() and "ketchup" not in returned.get_payload()
    assert [recipients for _, recipients, _ in sink.messages] == [["carol@crepes.example"]]
    wait_until(lambda: not queue(house), "the queue to be empty")


def test_what_is_refused_for_now_waits_and_the_owner_may_have_it_tried(serving, world):
    sink = world(Sink, rules={"RCPT": ["451 4.7.1 Greylisted: come back later"]})
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    hand_in(house, ["carol@crepes.example"])
    waiting = wait_until(lambda: tried(house), "the first try")
    assert "Greylisted" in waiting[0]["recipients"][0]["last_reply"]
    assert not sink.messages and not inbox(house)
    house.run("queue", "retry", "crepes.example", "--data", house.data)
    wait_until(lambda: sink.messages, "the second try")


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("answer", ["421 4.3.2 Closing", "554 5.7.1 Go away", "hang up"])
def test_whatever_goes_wrong_the_letter_is_delivered_or_bounces_or_waits(serving, world, verb, answer):
    rules = {verb: [answer]} | ({"HELO": [answer]} if verb == "EHLO" else {})
    sink = world(Sink, rules=rules)
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    hand_in(house, ["carol@crepes.example"])
    wait_until(lambda: tried(house) or not queue(house), "something to become of the letter")
    house.run("queue", "retry", "all", "--data", house.data)
    wait_until(lambda: sink.messages or inbox(house), "the letter or a bounce")
    wait_until(lambda: not queue(house), "the queue to be empty")
    assert bool(sink.messages) != bool(inbox(house)), "either it arrives or it bounces"
    assert bool(inbox(house)) == answer.startswith("5")


def test_a_host_that_is_not_there_is_tried_again_and_a_domain_that_is_not_there_bounces(serving, world):
    house = sending(serving, world(NameServer, one_mx("127.0.0.9")), 1)
    hand_in(house, ["carol@crepes.example", "dan@nowhere.example"])
    bounce = wait_until(lambda: inbox(house), "the bounce")[0]
    assert bounce.get_payload()[1].get_payload()[1]["Status"] == "5.1.2"
    waiting = wait_until(lambda: tried(house), "the first try")
    assert [one["address"] for one in waiting[0]["recipients"] if one["state"] == "waiting"] == ["carol@crepes.example"]


def test_one_connection_carries_many_letters(serving, world):
    sink = world(Sink)
    house = sending(serving, world(NameServer, one_mx()), sink.port, delivery={"connections_per_destination": 1})
    sink.rules["CONNECT"] = ["421 4.3.2 Later"] * 1_000
    with smtplib.SMTP("127.0.0.1", house.ports["submission"], timeout=30) as smtp:
        smtp.login(BOB, house.accounts[BOB])
        for number in range(20):
            smtp.sendmail(BOB, [f"{number}@crepes.example"], f"From: {BOB}\r\nSubject: {number}\r\n\r\nx\r\n")
    wait_until(lambda: len(tried(house)) == 20, "each to be tried")
    sink.rules["CONNECT"], sink.connections = [], 0
    house.run("queue", "retry", "all", "--data", house.data)
    wait_until(lambda: len(sink.messages) == 20, "all letters")
    assert sink.connections <= 2
    wait_until(lambda: not queue(house), "the queue to be empty")


def test_what_is_held_stays_and_what_is_dropped_goes_without_a_word(serving, world):
    sink = world(Sink, rules={"CONNECT": ["421 4.3.2 Later"] * 2})
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    for name in ["carol", "dan"]:
        hand_in(house, [f"{name}@crepes.example"])
    second, first = wait_until(lambda: len(tried(house)) == 2 and tried(house), "both tries")
    house.run("queue", "hold", str(first["number"]), "--data", house.data)
    house.run("queue", "drop", str(second["number"]), "--data", house.data)
    sink.rules["CONNECT"] = []
    house.run("queue", "retry", "all", "--data", house.data)
    assert [one["number"] for one in queue(house)] == [first["number"]]
    house.run("queue", "release", "crepes.example", "--data", house.data)
    wait_until(lambda: sink.messages, "what was held")
    assert [recipients for _, recipients, _ in sink.messages] == [["carol@crepes.example"]]
    assert not inbox(house)


def test_the_queue_outlives_a_kill_and_nothing_is_sent_twice(serving, world):
    sink = world(Sink, rules={"CONNECT": ["421 4.3.2 Later"] * 1_000})
    house = sending(serving, world(NameServer, one_mx()), sink.port)
    for number in range(10):
        hand_in(house, [f"{number}@crepes.example"])
    wait_until(lambda: len(tried(house)) == 10, "each to be tried")
    house.kill()
    sink.rules["CONNECT"] = []
    house.serve()
    house.run("queue", "retry", "all", "--data", house.data)
    wait_until(lambda: len(sink.messages) == 10, "all letters")
    wait_until(lambda: not queue(house), "the queue to be empty")
    assert sorted(recipients for _, recipients, _ in sink.messages) == [[f"{n}@crepes.example"] for n in range(10)]


def test_the_demo_sends_nothing(demo):
    with smtplib.SMTP("127.0.0.1", demo.ports["submission"], timeout=30) as smtp:
        smtp.login(BOB, demo.accounts[BOB])
        smtp.sendmail(BOB, ["carol@example.org"], f"From: {BOB}\r\nSubject: x\r\n\r\nx\r\n")
    waiting = wait_until(lambda: tried(demo), "a try")
    assert waiting[0]["recipients"][0]["state"] == "waiting"
