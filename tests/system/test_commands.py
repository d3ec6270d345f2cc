"""The owner's commands, while the house serves."""

import stat

import pytest

from conftest import ALICE, BOB
from house import binary
from protocol import Pop3, Smtp


def mailbox(house, account, password):
    with Pop3(house.ports["pop3"], account, password) as pop:
        return list(pop.messages().values())


def rcpt(house, recipient):
    with Smtp(house.ports["smtp"]) as smtp:
        smtp.say("MAIL FROM:<x@sender.example>")
        return smtp.say(f"RCPT TO:<{recipient}>").code


def test_accounts_are_made_listed_changed_and_removed(serving):
    house = serving()
    listed = house.run("account", "list", "--data", house.data).stdout
    assert BOB in listed and ALICE in listed
    house.run("account", "passwd", BOB, "--data", house.data, stdin="still hungry\n")
    assert mailbox(house, BOB, "still hungry") == []
    with Pop3(house.ports["pop3"]) as pop:
        pop.say("USER bob")
        assert pop.say("PASS hungry").startswith(b"-ERR")
    twice = house.run("account", "add", BOB, "--data", house.data, stdin="x\n", expect=1)
    assert BOB in twice.stderr
    house.run("account", "remove", BOB, "--data", house.data, expect=1)
    assert rcpt(house, BOB) == 250, "not without --yes"
    house.run("account", "remove", BOB, "--yes", "--data", house.data)
    assert rcpt(house, BOB) == 550
    assert BOB not in house.run("account", "list", "--data", house.data).stdout


def test_aliases_lists_plus_addresses_and_the_catch_all_lead_to_accounts(serving):
    house = serving()
    alias = ["alias", "add"]
    house.run(*alias, "info@hamburger.edu", BOB, "--data", house.data)
    house.run(*alias, "everybody@hamburger.edu", BOB, ALICE, "--data", house.data)
    for recipient in ["info@hamburger.edu", "everybody@hamburger.edu", "bob+bread@hamburger.edu", "BOB@Hamburger.EDU",
                      "info+x@hamburger.edu", '"bob"@hamburger.edu']:
        assert rcpt(house, recipient) == 250, recipient
    assert rcpt(house, "nobody@hamburger.edu") == 550
    house.run(*alias, "@hamburger.edu", ALICE, "--data", house.data)
    assert rcpt(house, "nobody@hamburger.edu") == 250
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send("x@sender.example", ["everybody@hamburger.edu", BOB], b"Subject: once\r\n\r\nx\r\n").code == 250
        assert smtp.send("x@sender.example", "nobody@hamburger.edu", b"Subject: any\r\n\r\nx\r\n").code == 250
    assert len(mailbox(house, BOB, "hungry")) == 1, "one copy, however many of the addresses are one's own"
    assert len(mailbox(house, ALICE, "crepes suzette")) == 2
    house.run("alias", "remove", "@hamburger.edu", "--data", house.data)
    assert rcpt(house, "nobody@hamburger.edu") == 550


@pytest.mark.parametrize("relay", ["stranger@elsewhere.example", "stranger%elsewhere.example@hamburger.edu",
                                   '"stranger@elsewhere.example"@hamburger.edu', "elsewhere.example!stranger@hamburger.edu",
                                   "@hamburger.edu:stranger@elsewhere.example", "stranger@[127.0.0.1]", "stranger@localhost.elsewhere.example"])
def test_it_is_no_open_relay(serving, relay):
    house = serving()
    assert rcpt(house, relay) // 100 == 5


def test_a_quota_holds(serving):
    house = serving()
    house.run("account", "add", "small@hamburger.edu", "--quota", "1", "--data", house.data, stdin="small\n")
    letter = b"Subject: large\r\n\r\n" + b"x" * 70 * 9000 + b"\r\n"
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, "small@hamburger.edu", letter).code == 250
        # The last one may be larger than the room that is left: nobody else's copy is to wait for that.
        smtp.begin(ALICE, "small@hamburger.edu", BOB)
        smtp.write(letter + b".\r\n")
        assert smtp.reply().code == 250
        assert smtp.say(f"MAIL FROM:<{ALICE}>").code == 250
        full = smtp.say("RCPT TO:<small@hamburger.edu>")
        assert (full.code, full.enhanced) == (452, "4.2.2"), full
        assert smtp.say("RSET").code == 250
        assert smtp.say(f"MAIL FROM:<{ALICE}> SIZE=2000000").code == 250
        never = smtp.say("RCPT TO:<small@hamburger.edu>")
        assert never.code == 552, never
    assert len(mailbox(house, "small@hamburger.edu", "small")) == 2
    assert len(mailbox(house, BOB, "hungry")) == 1


def test_mail_and_keys_are_nobody_elses_to_read_even_in_a_folder_that_was_there_before(serving, tmp_path):
    open_folder = tmp_path / "lib" / "posthouse"
    open_folder.mkdir(parents=True)
    open_folder.chmod(0o755)
    house = serving(data=open_folder)
    with Smtp(house.ports["smtp"]) as smtp:
        assert smtp.send(ALICE, BOB, b"Subject: private\r\n\r\n" + b"x" * 70 * 9000 + b"\r\n").code == 250
    if stat.S_IMODE(open_folder.stat().st_mode) & 0o007 == 0:
        return  # a folder that is closed closes all that is in it
    readable = [path.name for path in open_folder.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o007]
    assert set(readable) <= {"certificate.pem"}, f"everybody on this machine can read {readable}"


def test_a_log_that_is_no_terminal_has_no_colours(serving):
    house = serving()
    assert house.log_text()
    assert "\x1b" not in house.log_text()


def test_help_and_config_teach(new_house):
    house = new_house()
    for words in [["--help"], ["demo", "--help"], ["serve", "--help"], ["account", "--help"], ["alias", "--help"], ["import", "--help"]]:
        assert "posthouse" in house.run(*words).stdout
    printed = house.run("config").stdout
    file = house.folder / "printed.toml"
    file.write_text(printed)
    for key in ["hostname", "[listen]", "[limits]", "message_octets"]:
        assert key in printed
    assert house.run("--version").stdout.startswith("posthouse ")
    mistaken = house.folder / "mistaken.toml"
    mistaken.write_text(f'data = "{house.data}"\n[limits]\nrecipient = 5\n')
    done = house.run("serve", "--config", mistaken, expect=1)
    assert "limits.recipient" in done.stderr, done.stderr
    assert binary().exists()
