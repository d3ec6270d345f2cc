"""Real mail from a folder of files. Knows which files are messages, and what form a file's line ends have."""

import pathlib
import re
from typing import NamedTuple

# Lines that mbox files put in front of messages; they are the file's, not the message's.
SEPARATOR = re.compile(rb"From .*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d{1,2} [ \d]\d:\d\d(?::\d\d)?.* \d{4}\r?\n")


class Letter(NamedTuple):
    """A message as it would travel, and where it is from."""
    name: str
    octets: bytes

    @property
    def bare_ends(self):
        """Whether it has CR or LF that are not a pair, which SMTP must refuse (RFC 5321 §2.3.8)."""
        return has_bare_ends(self.octets)


def has_bare_ends(octets):
    pairs = octets.count(b"\r\n")
    return octets.count(b"\r") != pairs or octets.count(b"\n") != pairs


def letters(folder):
    """Every message below the folder, in the order of names."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or not is_message(path.relative_to(folder)):
            continue
        name = str(path.relative_to(folder))
        if path.suffix == ".mbox":
            for number, octets in enumerate(mbox(path.read_bytes()), 1):
                yield Letter(f"{name}#{number}", as_travelling(octets))
        else:
            yield Letter(name, as_travelling(without_separator(path.read_bytes())))


def is_message(path):
    """Among the MIME torture tests lie their expected results, pictures and lists of addresses."""
    if path.parts[0] == "mime-torture":
        return path.suffix in [".eml", ".msg"] or re.fullmatch(r"email\.\d+", path.name) is not None
    return not path.name.startswith(("README", "."))


def mbox(octets):
    """The messages of an mbox file: between separators that the file's start or an empty line precedes."""
    lines = octets.splitlines(keepends=True) if b"\r" not in octets else octets.split(b"\n")
    message, empty_before = None, True
    for line in lines:
        if empty_before and SEPARATOR.fullmatch(line):
            if message is not None:
                yield b"".join(message[:-1])
            message = []
        elif message is not None:
            message.append(line)
        empty_before = line == b"\n"
    if message is not None:
        yield b"".join(message)


def without_separator(octets):
    first = octets[:octets.find(b"\n") + 1]
    return octets[len(first):] if first.startswith(b"From ") else octets


def as_travelling(octets):
    """A file in Unix form gets CRLF; one with mixed ends stays as it is."""
    if b"\r\n" in octets:
        return octets
    return octets.replace(b"\n", b"\r\n")


def folder_of(letters, folder):
    """The letters as files, one each; for `import eml`."""
    folder = pathlib.Path(folder)
    folder.mkdir()
    for number, letter in enumerate(letters):
        (folder / f"{number:05}.eml").write_bytes(letter.octets)
    return folder
