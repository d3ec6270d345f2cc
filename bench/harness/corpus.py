"""Real mail, made as much as a measurement needs: a pool of lines for the sender, an mbox of any length.

Knows the layout of the corpus and how to give a message a new identity. The corpus itself is never
committed; POSTHOUSE_CORPUS names its folder.
"""

import datetime
import email.utils
import os
import pathlib
import re

from . import machine

POOL_OCTETS = 16 * 2**20
# Each copy of the corpus lies this far before the last, beyond the reach of "same subject, same month".
DAYS_BETWEEN_COPIES = 45
# When a message is said to have arrived whose own date cannot be used.
NO_DATE = datetime.datetime(2005, 1, 1, tzinfo=datetime.timezone.utc)
# A word that no message of the corpus holds, put into one in ten thousand: the rare search.
RARE_WORD = "quixotryphonic"
RARE_EVERY = 10_000

_IDENTITY_FIELDS = re.compile(rb"^(message-id|in-reply-to|references):.*\n(?:[ \t].*\n)*", re.I | re.M)
_MESSAGE_ID = re.compile(rb"<([^<>@\s]+)@")
_FIELDS_ONLY = re.compile(rb"(?:[!-9;-~]+[ \t]*:.*\n(?:[ \t].*\n)*)+")
_DATE_FIELD = re.compile(rb"^date:[ \t]*(.*)\n", re.I | re.M)


def folder():
    corpus = pathlib.Path(os.environ.get("POSTHOUSE_CORPUS", machine.ROOT / "../shared/corpus"))
    if not (corpus / "spamassassin").is_dir():
        raise FileNotFoundError(f"no corpus in {corpus}: set POSTHOUSE_CORPUS to a folder that holds spamassassin/")
    return corpus


def messages():
    """Every message of the corpus with LF line ends and without its mbox separator, in a fixed order."""
    for file in sorted(folder().rglob("*")):
        if not file.is_file():
            continue
        if file.suffix == ".mbox":
            yield from (b"From " + message for message in file.read_bytes().split(b"\n\nFrom ")[1:])
        elif file.suffix in (".eml", ".msg") or "notmuch-corpora" in file.parts or "spamassassin" in file.parts:
            yield file.read_bytes()


def ordinary():
    """Those that have an author, a date and a Message-ID of their own: mail to measure with, not to torture with."""
    seen = set()
    for message in messages():
        message = message.replace(b"\r\n", b"\n")
        if message.startswith(b"From "):
            message = message.partition(b"\n")[2]
        header = message.partition(b"\n\n")[0] + b"\n"
        identity = re.search(rb"^message-id:\s*(<[^<>@\s]+@[^<>\s]+>)\s*$", header, re.I | re.M)
        whole = identity and re.search(rb"^from:", header, re.I | re.M) and _DATE_FIELD.search(header)
        if whole and _FIELDS_ONLY.fullmatch(header) and identity.group(1) not in seen:
            seen.add(identity.group(1))
            yield message


def write_pool(path):
    """Lines of real mail that any SMTP server takes as they are, see bench/src/letters.rs."""
    octets = 0
    with open(path, "wb") as pool:
        for message in ordinary():
            _, _, body = message.partition(b"\n\n")
            lines = [line for line in body.split(b"\n") if len(line) < 900 and line.isascii()]
            text = b"".join(line + b"\r\n" for line in lines if not line.startswith(b".") and b"\0" not in line
                            and b"\r" not in line)
            octets += pool.write(text)
            if octets > POOL_OCTETS:
                return


def write_mbox(path, count):
    """`count` messages as mboxrd: the corpus over and over, each copy with its own Message-IDs and dates.

    Ids are changed alike in Message-ID, In-Reply-To and References, so that each copy has the
    conversations of the original. Returns the octets of the messages.
    """
    originals = list(ordinary())
    octets = 0
    with open(path, "wb") as mbox:
        for number in range(count):
            copy, place = divmod(number, len(originals))
            message, sent = _renewed(originals[place], copy)
            if number % RARE_EVERY == RARE_EVERY // 2:
                message = message.rstrip(b"\n") + b"\n\nA %s matter.\n" % RARE_WORD.encode()
            octets += len(message)
            mbox.write(b"From corpus@bench.example %s\n" % sent.strftime("%a %b %e %H:%M:%S %Y").encode())
            mbox.write(re.sub(rb"^(>*From )", rb">\1", message, flags=re.M))
            mbox.write(b"\n" if message.endswith(b"\n") else b"\n\n")
    return octets


def _renewed(message, copy):
    header, gap, body = message.partition(b"\n\n")
    header += b"\n"
    header = _IDENTITY_FIELDS.sub(lambda field: _MESSAGE_ID.sub(rb"<\1.copy%d@" % copy, field.group()), header)
    date = _DATE_FIELD.search(header)
    sent = _moment(date.group(1).decode("ascii", "replace"))
    if not sent:
        return header + gap[1:] + body, NO_DATE
    sent -= datetime.timedelta(days=DAYS_BETWEEN_COPIES * copy)
    field = b"Date: %s\n" % email.utils.format_datetime(sent).encode()
    return header[:date.start()] + field + header[date.end():] + gap[1:] + body, sent


def _moment(text):
    """A Date field's moment; None for those of spam, such as the year 102."""
    try:
        moment = email.utils.parsedate_to_datetime(text).astimezone(datetime.timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.year >= 1990 else None
