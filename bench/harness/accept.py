"""Durable messages a second: posthouse, Postfix with Dovecot, posthouse's store alone, and the disk alone.

In every round each contestant has its turn with the same load, so that a busy moment of the machine hits
all of them. The figure is the median of the rounds. Nothing else of ours runs during a turn: posthouse's
search index is given time to catch up first, and that time is reported.
"""

import json
import shutil
import subprocess
import time

from . import corpus, house, machine, peer, report

ACCOUNTS = ["ann", "bob", "cat", "dan"]
SIZES = [10_000, 45_000]
CONNECTIONS = [1, 20, 128]
DRAIN_SECONDS_MAX = 300


class Turn:
    """What one contestant did in one round."""

    def __init__(self, figures, until_delivered=None, until_quiet=0.0):
        self.figures = figures
        self.accepted = figures["count"] / figures["seconds"]
        self.delivered = figures["count"] / until_delivered if until_delivered else self.accepted
        self.until_quiet = until_quiet


class Contest:
    """All contestants, started; `turns[(name, load)]` collects what they do."""

    def __init__(self, folder, options):
        self.folder, self.options, self.turns, self.runs = folder, options, {}, 0
        self.pool = folder / "pool"
        self.house = house.House(folder / "posthouse", ACCOUNTS)
        self.peer = peer.Peer(folder / "peer", ACCOUNTS)

    def start(self):
        corpus.write_pool(self.pool)
        self.house.prepare()
        self.house.start()
        self.peer.start()

    def stop(self):
        self.peer.stop()
        self.house.stop()

    def play(self):
        self._warm_up()
        loads = [(octets, connections) for octets in SIZES for connections in CONNECTIONS]
        for number in range(self.options.rounds):
            self._note("disk", None, Turn(self._fsyncs()))
            for load in loads:
                self._round(number, load, lambda port, to, load=load: self._send(port, to, *load))
                self._note("store", load, Turn(self._store(*load)))
            self._cross_check(number)

    def _warm_up(self):
        """Postfix forks its processes and every cache fills; not counted."""
        for port, to in [(self.house.port, self.house.accounts), (self.peer.port, self.peer.accounts)]:
            self._send(port, to, SIZES[0], 20, seconds=1)
        self.peer.wait_until_delivered(DRAIN_SECONDS_MAX)
        self.house.settle()

    def _round(self, number, load, send):
        """The two servers, the first of them in turn."""
        order = [self._turn_of_posthouse, self._turn_of_peer]
        for turn in order if number % 2 == 0 else reversed(order):
            turn(load, send)

    def _turn_of_posthouse(self, load, send):
        before = self.house.delivered()
        figures = send(self.house.port, self.house.accounts)
        until_quiet = self.house.settle()
        _must_be_equal("posthouse", figures["count"], self.house.delivered() - before)
        machine.wait_until_quiet(self.house.process.pid)
        self._note("posthouse", load, Turn(figures, until_quiet=until_quiet))

    def _turn_of_peer(self, load, send):
        self.peer.empty()
        figures = send(self.peer.port, self.peer.accounts)
        sent = time.monotonic()
        self.peer.wait_until_delivered(DRAIN_SECONDS_MAX)
        until_delivered = figures["seconds"] + time.monotonic() - sent
        _must_be_equal("Postfix and Dovecot", figures["count"], self.peer.delivered())
        self._note("peer", load, Turn(figures, until_delivered))

    def _cross_check(self, number):
        """Another's sender, so that nobody need trust ours: smtp-source, kept connections and one per message."""
        for name, flags in [("smtp-source -d", ["-d"]), ("smtp-source", [])]:
            self._round(number, name, lambda port, to, flags=flags: _smtp_source(port, to, self._worth(port), flags))

    def _worth(self, port):
        """How many messages fill a turn of the contestant at this port: smtp-source counts, it does not time."""
        name = "posthouse" if port == self.house.port else "peer"
        return int(self.rate(name, (SIZES[0], 20)) * self.options.seconds)

    def _send(self, port, to, octets, connections, seconds=None):
        recipients = [word for address in to for word in ("--to", address)]
        return _measure([house.tool("send"), "--server", f"127.0.0.1:{port}", "--pool", self.pool, "--octets", octets,
                         "--connections", connections, "--seconds", seconds or self.options.seconds,
                         "--run", self._run(), *recipients])

    def _store(self, octets, connections):
        store = self.folder / "store"
        figures = _measure([house.tool("store"), store, "--pool", self.pool, "--octets", octets, "--connections",
                            connections, "--seconds", self.options.seconds, "--run", self._run()])
        shutil.rmtree(store)
        return figures

    def _fsyncs(self):
        file = self.folder / "fsyncs"
        figures = _measure([house.tool("fsyncs"), file, "--seconds", 2])
        file.unlink()
        return figures

    def _run(self):
        self.runs += 1
        return f"run{self.runs}"

    def _note(self, name, load, turn):
        self.turns.setdefault((name, load), []).append(turn)
        print(f"{name} {load or ''}: {turn.accepted:.0f}/s accepted, {turn.delivered:.0f}/s delivered, "
              f"{turn.figures['count']} in all", flush=True)

    def rate(self, name, load, what="accepted"):
        return report.median([getattr(turn, what) for turn in self.turns[name, load]])


def _measure(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _smtp_source(port, to, count, flags):
    """smtp-source knows one recipient, so one process for each, which share 20 connections."""
    each = max(count // len(to), 20)
    start = time.monotonic()
    processes = [subprocess.Popen(["smtp-source", *flags, "-s", str(20 // len(to)), "-m", str(each), "-l", str(SIZES[0]),
                                   "-f", "writer@elsewhere.example", "-t", address, f"127.0.0.1:{port}"])
                 for address in to]
    codes = [process.wait(600) for process in processes]
    if any(codes):
        raise RuntimeError(f"smtp-source ended with {codes}")
    return {"count": each * len(to), "seconds": time.monotonic() - start}


def _must_be_equal(name, acknowledged, found):
    if acknowledged != found:
        raise RuntimeError(f"{name} acknowledged {acknowledged} messages and has {found}")


def run(folder, options):
    reasons = peer.missing()
    if reasons:
        raise RuntimeError("; ".join(reasons))
    contest = Contest(folder, options)
    try:
        contest.start()
        contest.play()
    finally:
        contest.stop()
    return "accept", report.section("Accepting mail", options, _text(contest))


def _text(contest):
    turns = contest.turns["disk", None]
    fsyncs = [turn.accepted for turn in turns]
    quiet = max(turn.until_quiet for (name, _), list_ in contest.turns.items() if name == "posthouse" for turn in list_)
    return f"""\
Median of {contest.options.rounds} rounds of {contest.options.seconds:g} s for each cell, contestants in turn within a round; {peer.versions()}.
The disk alone: {report.whole(report.median(fsyncs))} fdatasyncs a second of 4 KB appended ({report.spread(fsyncs)}).

Messages a second; every letter different, cut from real mail; connections kept; four accounts:

{report.table(_HEAD, [_row(contest, load) for load in _loads(contest)])}

"Accepted" counts 250s. posthouse's 250 means delivered; Postfix's means queued, so "delivered" is the honest
comparison: until its queue is empty and every message is in a Maildir. All counts were checked at the end
of each turn (by POP3, and in the Maildirs) and were equal to the 250s. After a turn posthouse used the
processor for at most {quiet:.1f} s more, for its search index.

The same with Postfix's own sender, smtp-source, at 20 connections and 10 KB (its letters are the letter X, which
compresses well):

{report.table(_CROSS_HEAD, [_cross_row(contest, name) for name in ("smtp-source -d", "smtp-source")])}

Both at their defaults, with these in the peer's favour: no reverse look-ups, 200 processes allowed, static user
look-ups, Maildirs emptied before each turn. Durability is on in both: Postfix syncs the queue file, Dovecot
(`mail_fsync = optimized`) the Maildir file and its folder. Sender, servers and disk share the machine."""


_HEAD = ["letter, connections", "posthouse", "p50 / p99 ms", "Postfix accepted", "Postfix + Dovecot delivered",
         "ours : delivered", "the store alone", "of the store"]
_CROSS_HEAD = ["sender", "posthouse", "Postfix accepted", "Postfix + Dovecot delivered", "ours : delivered"]


def _loads(contest):
    return sorted(load for name, load in contest.turns if name == "store")


def _row(contest, load):
    octets, connections = load
    ours, store = contest.rate("posthouse", load), contest.rate("store", load)
    accepted, delivered = contest.rate("peer", load), contest.rate("peer", load, "delivered")
    p50, p99 = (report.median([turn.figures[name] for turn in contest.turns["posthouse", load]])
                for name in ("p50_ms", "p99_ms"))
    return [f"{octets // 1000} KB, {connections}", report.whole(ours), f"{p50:.1f} / {p99:.1f}", report.whole(accepted),
            report.whole(delivered), f"{ours / delivered:.1f}", report.whole(store), f"{100 * ours / store:.0f} %"]


def _cross_row(contest, name):
    ours, accepted = contest.rate("posthouse", name), contest.rate("peer", name)
    delivered = contest.rate("peer", name, "delivered")
    meaning = "a connection per message" if name == "smtp-source" else "connections kept"
    return [f"`{name}` ({meaning})", report.whole(ours), report.whole(accepted), report.whole(delivered),
            f"{ours / delivered:.1f}"]
