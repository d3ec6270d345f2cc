"""`posthouse import mbox` of a long file: the rate, the peak memory, the room on disk."""

import subprocess
import time

from . import corpus, house, machine, report

MEMORY_AIM_MB = 150
ACCOUNT = "ann"


def run(folder, options):
    imported = Imported(folder, options)
    return "import", report.section("Importing", options, _text(imported))


class Imported:
    """A house with one account, filled from an mbox; the webmail's measurement wants one too."""

    def __init__(self, folder, options):
        self.house = house.House(folder / "import", [ACCOUNT])
        self.house.prepare()
        mbox = folder / "corpus.mbox"
        self.octets = corpus.write_mbox(mbox, options.messages)
        self.messages = options.messages
        command = [house.binary(), "import", "mbox", mbox, "--data", self.house.data, "--account", self.house.accounts[0]]
        start = time.monotonic()
        with open(folder / "import.log", "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.peak_kib = _watch(process)
        self.seconds = time.monotonic() - start
        if process.returncode:
            raise RuntimeError(f"the import ended with {process.returncode}: {(folder / 'import.log').read_text()[-2000:]}")
        mbox.unlink()
        self.data_octets = sum(file.stat().st_size for file in self.house.data.rglob("*") if file.is_file())
        self._check()

    def _check(self):
        self.house.start()
        try:
            found = self.house.delivered()
        finally:
            self.house.stop()
        if found != self.messages:
            raise RuntimeError(f"{self.messages} messages were imported and {found} are there")


def _watch(process):
    """The highest VmHWM seen until the process ended. It only grows, so looking often is enough."""
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, machine.memory_kib(process.pid, "VmHWM"))
        except (AttributeError, OSError):
            # It ended between the question and the look.
            pass
        time.sleep(0.05)
    return peak


def _text(imported):
    megabytes = imported.octets / 1e6
    rows = [
        ["messages", report.whole(imported.messages)],
        ["their octets", f"{report.whole(megabytes)} MB"],
        ["time", f"{imported.seconds:.1f} s"],
        ["rate", f"{report.whole(imported.messages / imported.seconds)} messages/s, "
                 f"{megabytes / imported.seconds:.1f} MB/s"],
        ["peak memory (VmHWM)", f"{imported.peak_kib / 1024:.0f} MiB (aim: under {MEMORY_AIM_MB} MB)"],
        ["data folder afterwards, with log and reserve", f"{report.whole(imported.data_octets / 1e6)} MB"],
    ]
    return f"""\
The corpus over and over, each copy with its own Message-IDs and dates, in one mbox, into one mailbox; counted
afterwards by POP3.

{report.table(["what", "measured"], rows)}"""
