"""The machine and its processes: facts, ports, memory, waiting, stopping. Knows nothing about mail."""

import functools
import os
import pathlib
import platform
import re
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds, seconds_max, what):
    deadline = time.monotonic() + seconds_max
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds_max} s for {what}")
        time.sleep(0.02)


def wait_for_port(port, seconds_max):
    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    wait_until(answers, seconds_max, f"port {port}")


def stop(process, seconds_max):
    """Ends a process that we started, by its own handle; harder when it does not listen."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds_max)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def memory_kib(pid, field):
    """A field of /proc/PID/status in KiB: VmRSS now, VmHWM the highest ever."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB$", status, re.M).group(1))


def cpu_seconds(pid):
    """User and system time that the process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(pid, seconds_max=120):
    """Waits until the process uses under 5 % of a core; returns how long that took."""
    start = time.monotonic()
    before = cpu_seconds(pid)
    while time.monotonic() - start < seconds_max:
        time.sleep(0.4)
        now = cpu_seconds(pid)
        if now - before < 0.02:
            return time.monotonic() - start
        before = now
    raise TimeoutError(f"process {pid} was still busy after {seconds_max} s")


def facts(folder):
    """One Markdown line each: what a reader must know to compare the figures with their own."""
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    model = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    return [
        f"- machine: {os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
        f"{memory / 2**20:.0f} GiB memory, load {os.getloadavg()[0]:.1f} at the start",
        f"- system: Linux {platform.release()}, {_release()}; data on {filesystem(folder)}",
        f"- built with: {_first_line('rustc', '--version')}, release profile, commit {commit()}",
    ]


def filesystem(folder):
    return _first_line("stat", "--file-system", "--format=%T", str(folder)).replace("ext2/ext3", "ext4")


@functools.cache
def commit():
    """As it was before figures were written, which change a file of the repository."""
    name = _first_line("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = subprocess.run(["git", "-C", str(ROOT), "status", "--porcelain", "-uno"], capture_output=True).stdout
    return name + (" with uncommitted changes" if changed else "")


def _release():
    text = pathlib.Path("/etc/os-release").read_text()
    return re.search(r'^PRETTY_NAME="?([^"\n]+)', text, re.M).group(1)


def _first_line(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
