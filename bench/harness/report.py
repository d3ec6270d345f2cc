"""Markdown for people: tables, and the sections of docs/figures.md that each measurement owns."""

import re
import statistics

from . import machine

FIGURES = machine.ROOT / "docs" / "figures.md"


def table(head, rows):
    """A table whose first column is text and whose others are figures."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def whole(number):
    return f"{number:,.0f}"


def median(figures):
    return statistics.median(figures)


def spread(figures):
    return f"{whole(min(figures))} to {whole(max(figures))}"


def section(title, options, text):
    """What is printed and kept: the command, the machine, then the figures."""
    facts = "\n".join(options.facts)
    return f"## {title}\n\n`{options.command}`\n\n{facts}\n\n{text.strip()}\n"


def keep(name, text):
    """Puts a section in the place of its predecessor, or at the end."""
    page = FIGURES.read_text()
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    block = f"{begin}\n{text}{end}"
    old = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    page = old.sub(lambda _: block, page) if old.search(page) else f"{page.rstrip()}\n\n{block}\n"
    FIGURES.write_text(page)
