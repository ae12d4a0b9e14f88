"""A worker without a page: knocks come by standard input, a journal says when passes began and ended."""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from updater import log
from updater.config import load
from updater.service import worker as service
from updater.service.worker import Worker
from updater.wiring import Updater


@contextmanager
def told(journal, name):
    """One line in one write, so that it is whole, whoever is killed."""
    for what in ("began", "ended"):
        os.write(journal, f"{time.monotonic()} {os.getpid()} {what} {name}\n".encode())
        if what == "began":
            yield


def main(folder, cache, journal):
    log.configure("json")
    real, told_to = service.run_pass, os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def run_pass(updater, name, **more):
        with told(told_to, name):
            return real(updater, name, **more)

    service.run_pass = run_pass
    worker = Worker(load(Path(folder)), lambda settings: Updater(settings, Path(cache)))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    worker.start()
    threading.Thread(target=hear, args=(worker,), daemon=True).start()
    while not ended.wait(0.2):  # a signal that another thread was given does not wake this one
        pass
    os._exit(bool(worker.stop()))  # as the service does: what was cut off would keep the process alive


def hear(worker):
    for line in sys.stdin:
        worker.poll(line.strip())


if __name__ == "__main__":
    main(*sys.argv[1:])
