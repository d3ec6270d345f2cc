"""What accounts want done with their mail, as the owner's commands say it."""

import json

import pytest

from conftest import ALICE, BOB
from protocol import Smtp

LETTER = "Subject: {words}\n\n{words}\n"


@pytest.fixture
def say(serving):
    """A command for the house's data, while it serves."""
    house = serving()

    def run(*words, **keywords):
        return house.run(*words, "--data", house.data, **keywords).stdout

    run.house = house
    return run


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def rcpt(house, recipient):
    with Smtp(house.ports["smtp"]) as smtp:
        smtp.say("MAIL FROM:<x@sender.example>")
        return smtp.say(f"RCPT TO:<{recipient}>").code


def test_rules_are_made_listed_moved_switched_and_removed(say):
    first = json.loads(say("rule", "add", BOB, "Shops", "--if", "from ends @shop.example", "--then", "discard", "--then", "stop", "--json"))["id"]
    second = json.loads(say("rule", "add", BOB, "Large", "--any", "--if", "larger 10K", "--if", "attachment", "--then", "star", "--json"))["id"]
    say("rule", "move", BOB, str(second), "1")
    say("rule", "disable", BOB, str(first))
    listed = lines(say("rule", "list", BOB, "--json"))
    assert [(rule["id"], rule["place"], rule["enabled"]) for rule in listed] == [(second, 1, True), (first, 2, False)]
    assert listed[0]["if"] == ["larger 10240", "attachment"] and listed[0]["any"]
    assert listed[1]["then"] == ["discard", "stop"]
    say("rule", "enable", BOB, str(first))
    assert "disabled" not in say("rule", "list", BOB)
    say("rule", "remove", BOB, str(second))
    assert "Large" not in say("rule", "list", BOB)
    assert say("rule", "list", ALICE) == "", "rules are their account's"


@pytest.mark.parametrize("condition, action, said", [
    ("body contains x", "star", "body contains x"),
    ("from contains x", "file Nowhere", "Nowhere"),
    ("from contains x", "explode", "explode"),
])
def test_a_rule_that_says_nothing_is_refused_with_what_can_be_said(say, condition, action, said):
    done = say.house.run("rule", "add", BOB, "x", "--if", condition, "--then", action, "--data", say.house.data, expect=1)
    assert said in done.stderr, done.stderr


def test_a_vacation_is_switched_on_shown_and_switched_off(say):
    assert "never" in say("vacation", "show", BOB)
    say("vacation", "on", BOB, "--until", "2030-01-01", "--days", "3", stdin="I am away.\n")
    shown = json.loads(say("vacation", "show", BOB, "--json"))
    assert (shown["enabled"], shown["days"], shown["text"]) == (True, 3, "I am away.\n")
    say("vacation", "off", BOB)
    assert json.loads(say("vacation", "show", BOB, "--json"))["enabled"] is False
    say.house.run("vacation", "on", BOB, "--text", "x", "--from", "tomorrow", "--data", say.house.data, expect=1)


def test_forwarding_needs_a_confirmation(say):
    say("forward", "add", BOB, "bob@elsewhere.example")
    assert "not confirmed" in say("forward", "list", BOB)
    say("forward", "confirm", BOB, "bob@elsewhere.example")
    say("forward", "keep", BOB, "no")
    assert lines(say("forward", "list", BOB, "--json")) == [{"address": "bob@elsewhere.example", "confirmed": True, "keep": False}]
    say("forward", "remove", BOB, "bob@elsewhere.example")
    assert say("forward", "list", BOB) == ""
    done = say.house.run("forward", "add", BOB, BOB, "--data", say.house.data, expect=1)
    assert BOB in done.stderr, "to oneself"


def test_a_mask_takes_mail_until_it_is_killed(say):
    mask = say("mask", "make", BOB, "shop", "--note", "shoes").strip()
    assert mask.startswith("shop.") and mask.endswith("@hamburger.edu")
    assert rcpt(say.house, mask) == 250
    say("mask", "kill", BOB, mask)
    assert rcpt(say.house, mask) == 550
    assert lines(say("mask", "list", BOB, "--json"))[0]["enabled"] is False
    say("mask", "revive", BOB, mask)
    assert rcpt(say.house, mask) == 250
    say("mask", "remove", BOB, mask)
    assert say("mask", "list", BOB) == ""


def test_junk_is_learned_from_folders(say):
    for kind in ["junk", "good"]:
        folder = say.house.folder / kind
        folder.mkdir()
        for number in range(30):
            (folder / f"{number}.eml").write_text(LETTER.format(words=f"{kind} {number}"))
        said = say("junk", "train", BOB, folder, "--as", kind)
        assert "30 messages" in said
    assert json.loads(say("junk", "stats", BOB, "--json")) == {"junk": 30, "good": 30, "judges": True}
    assert "judges none" in say("junk", "stats", ALICE)


def test_each_command_teaches(say):
    for command in ["rule", "vacation", "forward", "mask", "junk"]:
        assert "Examples:" in say.house.run(command, "--help").stdout
