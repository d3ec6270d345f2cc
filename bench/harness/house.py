"""posthouse itself, as its owner runs it: the release binary, a configuration file, its own commands.

Knows the command line and the ports. Does not know what is measured.
"""

import contextlib
import json
import os
import pathlib
import poplib
import sqlite3
import subprocess
import time

from . import machine

PASSWORD = "correct horse battery staple"
DOMAIN = "bench.example"


def binary():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", machine.ROOT / "target"))
    return target / "release" / "posthouse"


def tool(name):
    """One of the programs of this package: send, store, fsyncs."""
    return binary().with_name(name)


class House:
    """`posthouse serve` with a configuration of its own and the named accounts."""

    def __init__(self, folder, accounts):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.configuration = self.folder / "posthouse.toml"
        self.accounts = [f"{name}@{DOMAIN}" for name in accounts]
        self.port, self.pop3, self.http = (machine.free_port() for _ in range(3))
        self.process = None

    def prepare(self):
        """Writes the configuration and makes the accounts; the server need not run."""
        self.folder.mkdir(parents=True)
        self.configuration.write_text(_configuration(self))
        for account in self.accounts:
            self.command("account", "add", account, input=PASSWORD + "\n")

    def command(self, *words, **options):
        return subprocess.run([binary(), *words, "--config", self.configuration], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=120, **options)

    def start(self):
        with open(self.folder / "serve.log", "ab") as log:
            self.process = subprocess.Popen([binary(), "serve", "--config", self.configuration],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        machine.wait_for_port(self.port, 30)
        machine.wait_for_port(self.http, 30)

    def stop(self):
        if self.process:
            machine.stop(self.process, 30)
            self.process = None

    def settle(self, seconds_max=900):
        """Waits until the search index has caught up and nothing is left to do; returns how long that took."""
        start = time.monotonic()
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'mail.db'}?mode=ro", uri=True)) as database:
            while database.execute("SELECT EXISTS (SELECT 1 FROM index_todo)").fetchone()[0]:
                if time.monotonic() - start > seconds_max:
                    raise TimeoutError(f"the search index was not ready after {seconds_max} s")
                time.sleep(0.4)
        machine.wait_until_quiet(self.process.pid)
        return time.monotonic() - start

    def delivered(self):
        """Messages in all INBOXes, asked by POP3."""
        total = 0
        for account in self.accounts:
            maildrop = poplib.POP3("127.0.0.1", self.pop3, timeout=60)
            maildrop.user(account)
            maildrop.pass_(PASSWORD)
            total += maildrop.stat()[0]
            maildrop.quit()
        return total


class Demo:
    """`posthouse demo`, which prints where it listens as soon as it does."""

    def __init__(self, data):
        self.data = data
        self.process = None
        self.told = None

    def start(self):
        command = [binary(), "demo", "--json", "--port-base", "0", "--data", str(self.data)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"posthouse demo ended with {self.process.wait()} and said nothing")
        self.told = json.loads(line)

    def stop(self):
        if self.process:
            machine.stop(self.process, 30)
            self.process.stdout.close()
            self.process = None


def _configuration(house):
    """Defaults but for places, ports and the log, which both contestants write to a file."""
    return f"""\
hostname = "mx.{DOMAIN}"
data = "{house.data}"
[listen]
smtp = ["127.0.0.1:{house.port}"]
pop3 = ["127.0.0.1:{house.pop3}"]
pop3s = []
http = ["127.0.0.1:{house.http}"]
https = []
[login]
cleartext = "loopback"
[receiving]
check_senders = false
"""
