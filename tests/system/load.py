"""Many senders at once. Knows what each was told, and so what must be there afterwards."""

import queue
import threading

from protocol import Smtp


def together(count, work):
    """Runs `work(number)` in so many threads to the end of all; the first failure is raised here."""
    failures = []

    def run(number):
        try:
            work(number)
        except BaseException as failure:  # raised again below, in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=[number], daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def deliver_all(port, letters, recipient, connections=20):
    """Sends every letter once, each with a sender of its own (`n17@corpus.example`); the replies, by number."""
    work, replies = queue.SimpleQueue(), {}
    for numbered in enumerate(letters):
        work.put(numbered)

    def send(_):
        smtp = None
        while True:
            try:
                number, letter = work.get_nowait()
            except queue.Empty:
                break
            smtp = smtp or Smtp(port)
            replies[number] = smtp.send(sender(number), recipient, letter.octets)
            if replies[number].code != 250:
                # Errors are counted by connection; a refused letter is not what is tested by that.
                smtp.close()
                smtp = None
        if smtp:
            assert smtp.say("QUIT").code == 221

    together(connections, send)
    return replies


def sender(number):
    return f"n{number}@corpus.example"
