"""Postfix and Dovecot LMTP, as Debian packages them, in a folder of their own.

Knows: how to write their configuration, start them on a loopback port, tell when the queue is empty,
count what was delivered, stop them. Never touches /etc/postfix, /etc/dovecot or the system's instances.
Does not know: what load is sent.

Both are left at their own defaults but for what the comments below say. Durability is on in both:
Postfix syncs a queue file before its 250, Dovecot (mail_fsync = optimized, its default) syncs each
Maildir file and its folder before LMTP's 250.
"""

import grp
import os
import pathlib
import pwd
import shutil
import subprocess
import time

from . import machine

POSTFIX_MASTER = "/usr/lib/postfix/sbin/master"
DOMAIN = "bench.example"
# Dovecot delivers as this user; Debian always has it, so none must be made.
MAIL_USER = "mail"


def missing():
    """What stands in the way of running the peers, in words; empty when nothing does."""
    reasons = []
    if os.geteuid() != 0:
        reasons.append("Postfix and Dovecot change users: run as root")
    for program, package in [(POSTFIX_MASTER, "postfix"), ("/usr/sbin/dovecot", "dovecot-core"),
                             ("/usr/lib/dovecot/lmtp", "dovecot-lmtpd")]:
        if not os.path.exists(program):
            reasons.append(f"{program} is missing: apt-get install {package}")
    return reasons


def versions():
    postfix = subprocess.run(["postconf", "-dh", "mail_version"], capture_output=True, text=True).stdout.strip()
    dovecot = subprocess.run(["dovecot", "--version"], capture_output=True, text=True).stdout.split()[0]
    return f"Postfix {postfix}, Dovecot {dovecot}"


class Peer:
    """The pair, running. `accounts` receive at `port`; each has a Maildir."""

    def __init__(self, folder, accounts):
        self.folder = pathlib.Path(folder)
        self.accounts = [f"{name}@{DOMAIN}" for name in accounts]
        self.port = machine.free_port()
        self.processes = []

    def start(self):
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self._start_dovecot()
        self._start_postfix()
        machine.wait_for_port(self.port, 20)

    def stop(self):
        for process in reversed(self.processes):
            machine.stop(process, 20)
        self.processes = []

    def queued(self):
        """Messages that Postfix has accepted and Dovecot has not: files in the queue."""
        queue = self.folder / "queue"
        return sum(_files_below(queue / name) for name in ("maildrop", "incoming", "active", "deferred"))

    def wait_until_delivered(self, seconds_max):
        """Returns when the queue is empty; the moment of it is the caller's to take."""
        deadline = time.monotonic() + seconds_max
        while self.queued():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.queued()} messages still in Postfix's queue after {seconds_max} s")
            time.sleep(0.02)

    def delivered(self):
        return sum(_files_below(home / "Maildir" / part) for home in self._homes() for part in ("new", "cur"))

    def empty(self):
        """A fresh Maildir for the next measurement, which favours the peer: large folders are slower."""
        for home in self._homes():
            shutil.rmtree(home)

    def _homes(self):
        mail = self.folder / "mail"
        return [home for home in mail.iterdir() if home.is_dir()]

    def _start_postfix(self):
        folder = self.folder
        configuration = folder / "postfix"
        for name in ("postfix", "queue", "data"):
            (folder / name).mkdir()
        os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        (configuration / "main.cf").write_text(_postfix_main(folder))
        (configuration / "master.cf").write_text(_postfix_services(self.port))
        # Makes the queue's folders with the owners and modes that Postfix wants.
        subprocess.run(["postfix", "-c", configuration, "check"], check=True, capture_output=True, timeout=60)
        self._spawn([POSTFIX_MASTER, "-c", configuration, "-d"], "postfix")

    def _start_dovecot(self):
        folder = self.folder
        for name in ("mail", "dovecot", "dovecot/run", "dovecot/state"):
            (folder / name).mkdir()
        shutil.chown(folder / "mail", MAIL_USER, MAIL_USER)
        configuration = folder / "dovecot" / "dovecot.conf"
        configuration.write_text(_dovecot(folder))
        self._spawn(["/usr/sbin/dovecot", "-F", "-c", configuration], "dovecot")
        machine.wait_until(lambda: (folder / "lmtp.socket").exists(), 20, "Dovecot's LMTP socket")

    def _spawn(self, command, name):
        # A session of its own: Postfix's master ends its process group when it is told to stop.
        with open(self.folder / f"{name}.out", "wb") as out:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=out, start_new_session=True)
        self.processes.append(process)


def _files_below(folder):
    """Counts files below a folder that may change or vanish meanwhile."""
    try:
        with os.scandir(folder) as entries:
            return sum(_files_below(entry.path) if entry.is_dir(follow_symlinks=False) else 1 for entry in entries)
    except FileNotFoundError:
        return 0


def _postfix_main(folder):
    return f"""\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.{DOMAIN}
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:unix:{folder}/lmtp.socket
# In the peer's favour: no reverse look-up for each connection, and room for 128 connections at once.
smtpd_peername_lookup = no
default_process_limit = 200
"""


def _postfix_services(port):
    """Debian's master.cf but for the port, the chroots (which need files copied) and unused transports."""
    return f"""\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


def _dovecot(folder):
    mail = pwd.getpwnam(MAIL_USER).pw_uid, grp.getgrnam(MAIL_USER).gr_gid
    return f"""\
base_dir = {folder}/dovecot/run
state_dir = {folder}/dovecot/state
log_path = {folder}/dovecot.log
protocols = lmtp
ssl = no
mail_location = maildir:~/Maildir
first_valid_uid = {mail[0]}
first_valid_gid = {mail[1]}
# Nobody logs in, but Dovecot's auth does not start without one.
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={mail[0]} gid={mail[1]} home={folder}/mail/%n allow_all_users=yes
}}
service lmtp {{
  # In the peer's favour, as for Postfix.
  process_limit = 200
  unix_listener {folder}/lmtp.socket {{
    mode = 0666
  }}
}}
"""
