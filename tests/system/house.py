"""A running posthouse: started, asked, stopped and killed as its owner would. Knows no mail protocol."""

import json
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["smtp", "submission", "submissions", "pop3", "pop3s", "http", "https"]
# Generous: a bound that keeps a broken binary from hanging the tests, not a measurement.
PATIENCE_SECONDS = 30


def binary():
    return pathlib.Path(os.environ.get("POSTHOUSE_BINARY", ROOT / "target/release/posthouse"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds, what, seconds=PATIENCE_SECONDS):
    """Looks until `holds()` is true and returns what it returned."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)
    return answer


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class House:
    """One data folder, and the process that serves it while there is one."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.process = None
        self.ports = {}
        self.accounts = {}
        self.certificate = None
        self.config = None

    # Starting

    def demo(self, *arguments):
        """`posthouse demo`, on ports of the system's choice unless the arguments say otherwise."""
        if "--port-base" not in arguments:
            arguments = ("--port-base", "0", *arguments)
        self._start("demo", "--json", "--data", self.data, *arguments)
        self.announced = self._first_line()
        facts = json.loads(self.announced)
        self.ports = facts["ports"]
        self.accounts = {account["address"]: account["password"] for account in facts["accounts"]}
        self.certificate = facts["certificate"]
        return self

    def serve(self, **sections):
        """`posthouse serve` with the given sections over settings fit for a test; again with none: as before."""
        if sections or self.config is None:
            self.write_config(**sections)
        self._start("serve", "--config", self.config)
        wait_until(lambda: self._is_serving(), "posthouse to listen")
        return self

    def _is_serving(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"posthouse ended with {self.process.returncode}:\n{self.log_text()[-3000:]}")
        return all(accepts(port) for port in self.ports.values())

    def write_config(self, **sections):
        self.ports = self.ports or {service: free_port() for service in SERVICES}
        listen = {service: [f"127.0.0.1:{port}"] for service, port in self.ports.items()}
        login = {"cleartext": "loopback"}
        # No test asks the world's name servers.
        receiving = {"check_senders": False} | sections.pop("receiving", {})
        tables = {"listen": listen, "login": login | sections.pop("login", {}), "receiving": receiving, **sections}
        lines = ['hostname = "localhost"', f'data = "{self.data}"']
        for name, keys in tables.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        self.config = self.folder / "posthouse.toml"
        self.config.write_text("\n".join(lines) + "\n")

    def _start(self, *arguments):
        assert self.process is None, "one process for a house"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([binary(), *map(str, arguments)], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, env=plain_environment())

    def _first_line(self):
        line, pipe = b"", self.process.stdout
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not line.endswith(b"\n"):
            if not select.select([pipe], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"no line from the demo; so far {line!r}\n{self.log_text()[-3000:]}")
            octets = os.read(pipe.fileno(), 65536)
            if not octets:
                raise RuntimeError(f"the demo ended with {self.process.wait()}:\n{self.log_text()[-3000:]}")
            line += octets
        return line

    # Ending

    def stop(self, with_signal=signal.SIGINT, seconds=PATIENCE_SECONDS):
        """Asks it to end, and waits; returns the exit code."""
        process, self.process = self.process, None
        process.send_signal(with_signal)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdout.close()

    def kill(self):
        """SIGKILL: nothing of the process's own runs after this."""
        process, self.process = self.process, None
        process.kill()
        process.wait()
        process.stdout.close()

    def close(self):
        """The end of a test: the process ends, and it must not have panicked on the way."""
        if self.process is not None:
            self.kill()
        assert "panicked at" not in self.log_text(), panic_lines(self.log_text())

    # Asking

    def run(self, *arguments, stdin="", expect=0):
        """A command of the binary to its end."""
        done = subprocess.run([binary(), *map(str, arguments)], input=stdin, text=True, capture_output=True,
                              timeout=300, env=plain_environment())
        assert expect is None or done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def add_account(self, address, password):
        self.accounts[address] = password
        return self.run("account", "add", address, "--data", self.data, stdin=password + "\n")

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def memory_kib(self, field="VmHWM"):
        """VmHWM: the most memory that was ever resident; VmRSS: now."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise LookupError(field)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def tls(self):
        """A TLS context that trusts this house's certificate, and no other."""
        certificate = self.certificate or self.data / "certificate.pem"
        return ssl.create_default_context(cafile=str(certificate))


def panic_lines(text):
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if "panicked at" in line)
    return "\n".join(lines[max(0, at - 2):at + 8])


def plain_environment():
    """The owner's shell without what would change how posthouse talks."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RUST_", "POSTHOUSE_"))}


def has(program):
    return shutil.which(program) is not None
