"""The rest of the world, on loopback: a name server that knows a few names, and hosts that take mail.

The hosts are told how to misbehave: `Sink(rules={"RCPT": ["451 4.7.1 Later", None]})` answers the first RCPT so, the
second as it should, and all others too.
"""

import socket
import socketserver
import ssl
import struct
import threading

A, CNAME, MX, TXT, AAAA = 1, 5, 15, 16, 28


class NameServer:
    """Answers by UDP from a table: `{("example.org", "MX"): ["10 mx.example.org"]}`; None makes a server failure."""

    KINDS = {A: "A", CNAME: "CNAME", MX: "MX", TXT: "TXT", AAAA: "AAAA"}

    def __init__(self, table):
        self.table = table
        self.asked = []
        self.silent = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.socket.close()

    def _run(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if not self.silent:
                self.socket.sendto(self._answer(question), sender)

    def _answer(self, question):
        name, after = _name(question, 12)
        kind, _ = struct.unpack("!HH", question[after:after + 4])
        self.asked.append((name, self.KINDS.get(kind, kind)))
        exists = any(known == name for known, _ in self.table)
        values = self.table.get((name, self.KINDS.get(kind)), [])
        code = 2 if values is None else 0 if exists else 3
        records = [_record(kind, value) for value in values or []]
        flags = 0x8180 | code
        return (question[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question[12:after + 4]
                + b"".join(records))


def _name(message, at):
    labels = []
    while length := message[at]:
        labels.append(message[at + 1:at + 1 + length].decode().lower())
        at += 1 + length
    return ".".join(labels), at + 1


def _record(kind, value):
    match kind:
        case 1:
            data = socket.inet_aton(value)
        case 28:
            data = socket.inet_pton(socket.AF_INET6, value)
        case 15:
            preference, host = value.split()
            data = struct.pack("!H", int(preference)) + _encoded(host)
        case 16:
            octets = value.encode()
            pieces = [octets[at:at + 255] for at in range(0, len(octets), 255)]
            data = b"".join(bytes([len(piece)]) + piece for piece in pieces)
        case _:
            data = _encoded(value)
    # The name is the question's; nothing is to be remembered for long.
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 1, len(data)) + data


def _encoded(name):
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


class Sink:
    """A host that takes mail, and keeps it: `messages` are (sender, recipients, octets)."""

    def __init__(self, address="127.0.0.1", port=0, rules=None, extensions=("PIPELINING", "8BITMIME", "SMTPUTF8"),
                 certificate=None):
        self.rules = {verb: list(answers) for verb, answers in (rules or {}).items()}
        self.extensions = list(extensions)
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
            self.extensions.append("STARTTLS")
        self.messages, self.connections, self.lock = [], 0, threading.Lock()
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                sink._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, request_queue_size = True, True, 256

        self.server = Server((address, port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _rule(self, verb):
        with self.lock:
            answers = self.rules.get(verb)
            return answers.pop(0) if answers else None

    def _serve(self, handler):
        with self.lock:
            self.connections += 1
        try:
            Conversation(self, handler.connection).run()
        except (ConnectionError, ssl.SSLError, Hangup):
            pass


class Hangup(Exception):
    """The rule said: hang up."""


class Conversation:
    """One connection."""

    def __init__(self, sink, connection):
        self.sink, self.connection = sink, connection
        self.file = connection.makefile("rb")
        self.tls = False
        self.sender, self.recipients = None, []

    def run(self):
        self.say(self.ruled("CONNECT") or "220 sink ESMTP")
        while line := self.file.readline():
            verb = line.strip().split(b" ")[0].upper().decode(errors="replace")
            ruled = self.ruled(verb)
            if ruled:
                self.say(ruled)
            elif not getattr(self, "do_" + verb.lower(), self.unknown)(line.strip().decode(errors="replace")):
                return

    def ruled(self, verb):
        answer = self.sink._rule(verb)
        if answer == "hang up":
            raise Hangup
        return answer

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def unknown(self, _line):
        self.say("500 5.5.1 What?")
        return True

    def do_ehlo(self, _line):
        words = [word for word in self.sink.extensions if word != "STARTTLS" or not self.tls]
        for word in words:
            self.say("250-" + word)
        self.say("250 sink")
        return True

    def do_helo(self, _line):
        self.say("250 sink")
        return True

    def do_starttls(self, _line):
        self.say("220 Go")
        self.connection = self.sink.tls.wrap_socket(self.connection, server_side=True)
        self.file, self.tls = self.connection.makefile("rb"), True
        return True

    def do_mail(self, line):
        self.sender, self.recipients = line, []
        self.say("250 2.1.0 Ok")
        return True

    def do_rcpt(self, line):
        self.recipients.append(line.split("<")[1].split(">")[0])
        self.say("250 2.1.5 Ok")
        return True

    def do_data(self, _line):
        self.say("354 Go")
        octets = b""
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise Hangup
            octets += line[1:] if line.startswith(b".") else line
        answer = self.ruled("DOT")
        if answer is None or answer.startswith("2"):
            with self.sink.lock:
                self.sink.messages.append((self.sender, self.recipients, octets))
        self.say(answer or "250 2.0.0 Taken")
        return True

    def do_rset(self, _line):
        self.say("250 2.0.0 Ok")
        return True

    def do_quit(self, _line):
        self.say("221 2.0.0 Bye")
        return False
