"""Real mail goes in by SMTP and comes out by POP3, octet for octet."""

import collections
import re

import corpus
from conftest import BOB
from load import deliver_all
from protocol import Pop3, field_names, trace_of

TRACE_FIELDS = [b"return-path", b"received"]


def test_real_mail_comes_back_as_it_was_sent_or_is_refused_for_a_reason(serving, letters, tmp_path, say):
    house = serving()
    replies = deliver_all(house.ports["smtp"], letters, BOB)
    accepted = [number for number, reply in replies.items() if reply.code == 250]
    refused = [number for number, reply in replies.items() if reply.code != 250]
    say(f"{len(letters)} messages over 20 connections: {len(accepted)} accepted, {len(refused)} refused")
    reasons = collections.Counter(replies[number].text.split("\n")[0] for number in refused)
    for reason, count in reasons.items():
        say(f"  {count} x {reason}")
    all_came_back(house, letters, accepted)
    for number in refused:
        assert 500 <= replies[number].code <= 599, f"{letters[number].name}: {replies[number]}"
        assert letters[number].bare_ends, f"refused without need: {letters[number].name}: {replies[number]}"
    for number in accepted:
        assert not letters[number].bare_ends, f"may not travel by SMTP: {letters[number].name}"
    imported = import_refused(house, [letters[number] for number in refused], tmp_path)
    say(f"  {imported} of the refused came in by import, octet for octet")


def all_came_back(house, letters, accepted):
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        sizes, stored = pop.sizes(), pop.messages()
    assert len(stored) == len(accepted)
    seen = set()
    for position, octets in stored.items():
        assert sizes[position] == len(octets), "LIST and RETR agree on the size"
        number = int(re.match(rb"Return-Path: <n(\d+)@corpus\.example>\r\n", octets)[1])
        sent = letters[number].octets
        if not sent.endswith(b"\r\n"):
            sent += b"\r\n"
        trace = trace_of(octets, sent)
        assert field_names(trace) == TRACE_FIELDS, f"{letters[number].name}: {trace!r}"
        seen.add(number)
    assert seen == set(accepted)


def import_refused(house, refused, tmp_path):
    """`import eml` into fresh accounts, so that messages with the same id do not stand in for each other."""
    for turn, batch in enumerate(without_twins(refused)):
        account = f"importer{turn}@hamburger.edu"
        house.add_account(account, "imported")
        folder = corpus.folder_of(batch, tmp_path / f"refused-{turn}")
        house.run("import", "eml", folder, "--account", account, "--data", house.data)
        with Pop3(house.ports["pop3"], account, "imported") as pop:
            stored = pop.messages().values()
        expected = [as_imported(letter.octets) for letter in batch]
        missing = [letter.name for letter, octets in zip(batch, expected) if octets not in stored]
        assert not missing and len(stored) == len(batch), missing
    return len(refused)


def without_twins(letters):
    """Batches in which no Message-ID comes twice."""
    batches = []
    for letter in letters:
        identity = message_id(letter.octets)
        for batch in batches:
            if identity not in [message_id(other.octets) for other in batch]:
                batch.append(letter)
                break
        else:
            batches.append([letter])
    return batches


def message_id(octets):
    header = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]
    found = re.search(rb"(?im)^message-id:\s*(\S+)", header)
    return found[1] if found else octets


def as_imported(octets):
    """A file whose first line ends in LF alone is Unix text, and its LFs become CRLF; others stay as they are."""
    first = octets[:octets.find(b"\n") + 1]
    if not first.endswith(b"\r\n"):
        octets = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    # A multi-line answer of POP3 ends with a line end, whatever the message does.
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"
