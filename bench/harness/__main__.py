"""The command line behind bench/run: which measurements, how long, where, and whether to keep the figures."""

import argparse
import pathlib
import shutil
import sys
import tempfile

from . import accept, importing, machine, report, size, webmail

MEASUREMENTS = {"accept": accept.run, "import": importing.run, "size": size.run, "webmail": webmail.run}


def main():
    options = _options()
    names = list(MEASUREMENTS) if options.what == "all" else [options.what]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="posthouse-bench-", dir=options.work))
    # Postfix's and Dovecot's own users must be able to pass through.
    folder.chmod(0o755)
    if machine.filesystem(folder) in ("tmpfs", "ramfs"):
        sys.exit(f"{folder} is in memory, where nothing is durable: give --work a folder on a disk")
    try:
        for name in names:
            print(f"# {name}", file=sys.stderr, flush=True)
            options.facts = machine.facts(folder)
            section, text = MEASUREMENTS[name](folder, options)
            print(text, flush=True)
            if options.write:
                report.keep(section, text)
    finally:
        if options.keep:
            print(f"the data is in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _options():
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures posthouse on this machine, beside its peers.")
    parser.add_argument("what", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--write", action="store_true", help="put the figures into docs/figures.md")
    parser.add_argument("--rounds", type=int, default=3, help="accept: rounds, of which the median counts (3)")
    parser.add_argument("--seconds", type=float, default=5, help="accept: length of one contestant's turn (5)")
    parser.add_argument("--messages", type=int, default=100_000, help="import, webmail: messages (100,000)")
    parser.add_argument("--requests", type=int, default=200, help="webmail: requests of each kind (200)")
    parser.add_argument("--work", type=pathlib.Path, default="/var/tmp", help="a folder on the disk to measure (/var/tmp)")
    parser.add_argument("--keep", action="store_true", help="leave the data there afterwards")
    options = parser.parse_args()
    options.command = " ".join(["bench/run", *sys.argv[1:]])
    return options


if __name__ == "__main__":
    main()
