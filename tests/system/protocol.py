"""SMTP and POP3 over plain sockets, octet for octet: what is given is what is sent, nothing is tidied."""

import re
import socket
from typing import NamedTuple

TIMEOUT_SECONDS = 60


class Reply(NamedTuple):
    """An SMTP reply: its code, and its lines without the code."""
    code: int
    lines: list

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def enhanced(self):
        """The enhanced status code (RFC 2034), or nothing."""
        found = re.match(r"[245]\.\d{1,3}\.\d{1,3}(?= |$)", self.lines[0])
        return found and found.group()


class Hangup(ConnectionError):
    """The server ended the connection before it answered."""


class Lines:
    """A connection that is read by lines. It never adds or removes an octet."""

    def __init__(self, port, tls=None, timeout=TIMEOUT_SECONDS):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffered = bytearray()

    def write(self, octets):
        self.socket.sendall(octets)

    def line(self):
        """The next line, with its end."""
        while (at := self.buffered.find(b"\n")) < 0:
            self._fill()
        return self._take(at + 1)

    def until_dot(self):
        """Lines up to and with the one that is a dot alone."""
        end, searched = b"\r\n.\r\n", 0
        self.buffered[:0] = b"\r\n"
        while (at := self.buffered.find(end, max(0, searched - len(end)))) < 0:
            searched = len(self.buffered)
            self._fill()
        return self._take(at + len(end))[2:]

    def rest(self):
        """Everything until the server closes."""
        while True:
            try:
                self._fill()
            except ConnectionError:
                return bytes(self.buffered)

    def _take(self, octets):
        taken = bytes(self.buffered[:octets])
        del self.buffered[:octets]
        return taken

    def _fill(self):
        octets = self.socket.recv(262144)
        if not octets:
            raise Hangup(f"closed after {bytes(self.buffered[-200:])!r}")
        self.buffered += octets

    def start_tls(self, context):
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def octets_of(text):
    return text if isinstance(text, bytes) else text.encode()


class Smtp(Lines):
    """A sender. The greeting is read when it is made."""

    def __init__(self, port, helo="EHLO sender.example", **options):
        super().__init__(port, **options)
        self.greeting = self.reply()
        if helo:
            self.extensions = self.say(helo).lines[1:]

    def reply(self):
        lines = []
        while True:
            line = self.line()
            found = re.fullmatch(rb"([2-5]\d\d)(?:([ -])(.*))?\r\n", line, re.S)
            assert found, f"not a reply line (RFC 5321 §4.2): {line!r}"
            assert len(line) <= 512, f"a reply line over 512 octets (RFC 5321 §4.5.3.1.5): {line!r}"
            lines.append((found[3] or b"").decode())
            if found[2] != b"-":
                return Reply(int(found[1]), lines)

    def say(self, line):
        self.write(octets_of(line) + b"\r\n")
        return self.reply()

    def begin(self, sender, *recipients):
        """MAIL and RCPT, all of which must be taken, then DATA up to its 354."""
        for command in [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients)]:
            reply = self.say(command)
            assert reply.code == 250, f"{command}: {reply}"
        reply = self.say("DATA")
        assert reply.code == 354, reply

    def send(self, sender, recipients, message):
        """One message, whose octets arrive as they are; the reply to its end."""
        recipients = [recipients] if isinstance(recipients, str) else recipients
        self.begin(sender, *recipients)
        self.write(dotted(message))
        return self.reply()


class Pop3(Lines):
    """A reader. The greeting is read when it is made; with a name and password it logs in."""

    def __init__(self, port, name=None, password=None, **options):
        super().__init__(port, **options)
        self.greeting = self.line()
        if name:
            self.log_in(name, password)

    def log_in(self, name, password):
        self.ok(f"USER {name}")
        self.ok(f"PASS {password}")

    def say(self, command):
        self.write(octets_of(command) + b"\r\n")
        return self.line()

    def ok(self, command):
        answer = self.say(command)
        assert answer.startswith(b"+OK"), f"{command}: {answer!r}"
        return answer

    def many(self, command):
        """A command with a multi-line answer: its octets, dot-stuffing undone, without the final dot."""
        self.ok(command)
        return undotted(self.until_dot())

    def retr(self, number):
        return self.many(f"RETR {number}")

    def uidl(self):
        """Message number to unique id."""
        return {int(number): unique for number, unique in (line.split() for line in self.many("UIDL").splitlines())}

    def sizes(self):
        return {int(number): int(octets) for number, octets in (line.split() for line in self.many("LIST").splitlines())}

    def messages(self):
        """Every message, whole, by its number; asked for in one go (RFC 2449 PIPELINING)."""
        numbers = sorted(self.sizes())
        found = {}
        for at in range(0, len(numbers), 50):
            batch = numbers[at:at + 50]
            self.write(b"".join(b"RETR %d\r\n" % number for number in batch))
            for number in batch:
                answer = self.line()
                assert answer.startswith(b"+OK"), f"RETR {number}: {answer!r}"
                found[number] = undotted(self.until_dot())
        return found


def dotted(message):
    """A message as DATA carries it: dots doubled at line starts, the end of the last line added if it has none."""
    octets = b"\r\n" + octets_of(message)
    if not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    return octets.replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def undotted(octets):
    """What `dotted` was given, from what it made.

    Posthouse stuffs a dot behind a bare CR or LF too, for readers that take those for line ends: they would take
    such a dot alone for the end of the message. Here they are such readers.
    """
    assert octets.endswith(b".\r\n")
    return re.sub(rb"(?:\A|(?<=[\r\n]))\.", b"", octets[:-3])


def trace_of(stored, sent):
    """The fields that the server put in front of what was sent. Fails when the sent octets are not there whole."""
    assert stored.endswith(sent), difference(stored, sent)
    return stored[:len(stored) - len(sent)]


def difference(stored, sent):
    stored, sent = stored[::-1], sent[::-1]
    same = next((at for at, (one, other) in enumerate(zip(stored, sent)) if one != other), min(len(stored), len(sent)))
    window = slice(max(0, same - 60), same + 60)
    return (f"{same} octets at the end are as sent, of {len(sent)}; then "
            f"stored {stored[window][::-1]!r} for sent {sent[window][::-1]!r}")


def field_names(header):
    return [name.lower() for name in re.findall(rb"(?m)^([!-9;-~]+):", header)]
