"""Bad input to POP3, and passwords that somebody guesses."""

import itertools
import re

import pytest

from conftest import ALICE, BOB
from protocol import Pop3, Smtp


def deliver(house, *texts):
    with Smtp(house.ports["smtp"]) as smtp:
        for text in texts:
            assert smtp.send(ALICE, BOB, text).code == 250


def test_commands_before_login_and_numbers_that_do_not_exist_are_refused_in_words(serving):
    house = serving()
    deliver(house, b"one\r\n")
    with Pop3(house.ports["pop3"]) as pop:
        for command in ["STAT", "LIST", "RETR 1", "DELE 1", "UIDL", "TOP 1 1", "RSET", "PASS hungry"]:
            assert pop.say(command).startswith(b"-ERR "), command
    for command in ["RETR 0", "RETR 2", "RETR -1", "RETR 99999999999999999999", "RETR", "RETR one", "DELE 2", "TOP 1",
                    "TOP 1 -1", "TOP 2 0", "LIST 2", "UIDL x", "USER bob", "KETCHUP", ""]:
        with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
            answer = pop.say(command)
            assert re.fullmatch(rb"-ERR .+\r\n", answer), f"{command}: {answer!r}"
            assert pop.ok("STAT").startswith(b"+OK 1 ")


def test_a_deleted_message_is_not_there_until_rset(serving):
    house = serving()
    deliver(house, b"one\r\n", b"two\r\n")
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        pop.ok("DELE 1")
        for command in ["RETR 1", "DELE 1", "LIST 1", "UIDL 1", "TOP 1 0"]:
            assert pop.say(command).startswith(b"-ERR"), command
        assert list(pop.sizes()) == [2]
        pop.ok("RSET")
        assert list(pop.sizes()) == [1, 2]


def test_a_session_sees_the_maildrop_as_it_was_at_login(serving):
    house = serving()
    deliver(house, b"one\r\n")
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        deliver(house, b"two\r\n")
        assert pop.ok("STAT").startswith(b"+OK 1 ")
        with Pop3(house.ports["pop3"], BOB, "hungry") as other:
            assert other.ok("STAT").startswith(b"+OK 2 ")


@pytest.mark.parametrize("line", [b"x" * 2**20, b"USER " + b"b" * 2**20, b"US\0ER bob", b"\xff\xfe", b"USER \xe9", b" USER bob", b"\t"])
def test_lines_that_are_no_commands_are_answered_and_the_session_goes_on(serving, line):
    house = serving()
    with Pop3(house.ports["pop3"]) as pop:
        answer = pop.say(line)
        assert answer.startswith((b"-ERR ", b"+OK ")), answer
        pop.ok("USER bob")
        pop.ok("PASS hungry")


def test_a_login_that_fails_says_the_same_for_a_wrong_password_and_an_unknown_name(serving):
    house = serving()
    answers = set()
    for name in [BOB, "nobody@hamburger.edu", "stranger@elsewhere.example"]:
        with Pop3(house.ports["pop3"]) as pop:
            first = pop.say(f"USER {name}")
            second = pop.say("PASS wrong")
            answers.add((first.replace(name.encode(), b"*"), second.replace(name.encode(), b"*")))
    assert len(answers) == 1, answers
    (_, refused), = answers
    assert refused.startswith(b"-ERR [AUTH] "), "RFC 3206"


def test_passwords_do_not_travel_in_the_clear_unless_allowed(serving):
    house = serving(login={"cleartext": "never"})
    with Pop3(house.ports["pop3"]) as pop:
        assert b"USER" not in pop.many("CAPA").split(b"\r\n")
        first = pop.say("USER bob")
        assert first.startswith(b"-ERR") or pop.say("PASS hungry").startswith(b"-ERR")
        pop.ok("STLS")
        pop.start_tls(house.tls())
        pop.ok("USER bob")
        pop.ok("PASS hungry")
    with Pop3(house.ports["pop3s"], "bob", "hungry", tls=house.tls()) as pop:
        pop.ok("STAT")


def test_guessing_passwords_is_stopped_for_that_account_while_others_still_log_in(serving, say):
    house = serving(login={"failures_per_account": 3, "ban_seconds": 3600})

    def tries(name, password):
        with Pop3(house.ports["pop3"]) as pop:
            pop.say(f"USER {name}")
            return pop.say(f"PASS {password}")
    refused = [tries(BOB, f"guess {number}") for number in range(3)]
    assert all(answer.startswith(b"-ERR [AUTH]") for answer in refused), refused
    locked = tries(BOB, "hungry")
    assert locked.startswith(b"-ERR"), "even the right password is refused for a while"
    say(f"after 3 guesses: {locked.decode().strip()}")
    assert tries("bob", "hungry").startswith(b"-ERR"), "the account's other name is the same account"
    assert tries(ALICE, "crepes suzette").startswith(b"+OK"), "others are not touched"
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"mail still comes\r\n").code == 250
    shown = house.run("account", "logins", BOB, "--data", house.data).stdout
    assert "127.0.0.1" in shown and "WRONG" in shown and "refused until" in shown, f"the owner sees it: {shown}"
    assert "guess" not in shown
    assert "guess 1" not in house.log_text() and "hungry" not in house.log_text(), "passwords are not logged"


def test_many_guesses_on_one_connection_end_it(serving):
    house = serving()
    with Pop3(house.ports["pop3"]) as pop:
        heard = []
        try:
            for number in itertools.islice(itertools.count(), 15):
                heard.append(pop.say("USER bob"))
                heard.append(pop.say(f"PASS guess {number}"))
        except ConnectionError:
            pass
    assert len(heard) < 30, "the connection went on for 15 guesses"
    assert heard[-1].startswith((b"-ERR", b"+OK"))


def test_a_message_without_a_line_end_or_with_dots_comes_back_with_them(serving, tmp_path):
    house = serving()
    files = tmp_path / "files"
    files.mkdir()
    texts = [b"Subject: 1\r\n\r\n.\r\n..\r\n...x\r\n", b"Subject: 2\r\n\r\nno end", b"Subject: 3\r\n\r\nbare\n.\nLF and\r.\rCR\r\n",
             b"Subject: 4\r\n\r\n", b"Subject: 5\r\n"]
    for number, text in enumerate(texts):
        (files / f"{number}.eml").write_bytes(text)
    house.run("import", "eml", files, "--account", BOB, "--data", house.data)
    with Pop3(house.ports["pop3"], BOB, "hungry") as pop:
        stored = pop.messages()
        assert sorted(stored.values()) == sorted(text if text.endswith(b"\r\n") else text + b"\r\n" for text in texts)
        for number, text in stored.items():
            header = text.split(b"\r\n\r\n")[0].rstrip(b"\r\n")
            assert pop.many(f"TOP {number} 0").rstrip(b"\r\n") == header
