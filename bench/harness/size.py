"""How soon `posthouse demo` serves, and how much memory it holds: idle, and with a thousand idle readers."""

import resource
import socket
import time

from . import house, machine, report

STARTS = 5
CONNECTIONS = 1000
# Within posthouse's limit of 50 connections from one address.
CONNECTIONS_PER_ADDRESS = 40


def run(folder, options):
    _allow_open_files(CONNECTIONS + 200)
    fresh, again = _starts(folder)
    demo = house.Demo(folder / "demo-0")
    try:
        demo.start()
        pid = demo.process.pid
        machine.wait_until_quiet(pid)
        idle = machine.memory_kib(pid, "VmRSS")
        readers = _connect(demo.told["ports"]["pop3"])
        machine.wait_until_quiet(pid)
        more = machine.memory_kib(pid, "VmRSS") - idle
        for reader in readers:
            reader.close()
    finally:
        demo.stop()
    rows = [
        ["from start to serving, new data folder", f"{1000 * report.median(fresh):.0f} ms", "1 s"],
        ["from start to serving, same folder again", f"{1000 * report.median(again):.0f} ms", "1 s"],
        ["memory, idle (VmRSS)", f"{idle / 1024:.1f} MiB", "30 MB"],
        [f"{CONNECTIONS} idle POP3 connections more", f"{more / 1024:.1f} MiB", "60 MB"],
        ["the binary, with line tables for backtraces", f"{house.binary().stat().st_size / 2**20:.1f} MiB", ""],
    ]
    text = f"""\
`posthouse demo --json`, median of {STARTS} starts until its line is printed (it is when everything listens). The POP3
connections have read their greeting and say nothing.

{report.table(["what", "measured", "aim: under"], rows)}"""
    return "size", report.section("Size", options, text)


def _starts(folder):
    """Seconds to the line, with a new folder and with the same one again."""
    fresh, again = [], []
    for number in range(STARTS):
        for times in (fresh, again):
            demo = house.Demo(folder / f"demo-{number}")
            begun = time.monotonic()
            try:
                demo.start()
                times.append(time.monotonic() - begun)
            finally:
                demo.stop()
    return fresh, again


def _connect(port):
    readers = []
    for number in range(CONNECTIONS):
        source = f"127.0.1.{1 + number // CONNECTIONS_PER_ADDRESS}"
        reader = socket.create_connection(("127.0.0.1", port), 10, source_address=(source, 0))
        if not reader.recv(512).startswith(b"+OK"):
            raise RuntimeError(f"POP3 connection {number} was not greeted")
        readers.append(reader)
    return readers


def _allow_open_files(count):
    """For us and for the server that we start: a thousand sockets each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * count, hard), hard))
