"""What somebody who means no good sends to a page: a process of its own, until it is ended.

Asked by `python -m world.floods KIND HOST PORT`; `flooding` is what tests call.
"""

import hashlib
import hmac
import os
import selectors
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

SECRET = "a secret that the attacker has got hold of"
OPEN = {"half": 1_100, "readers": 300, "bodies": 300, "forms": 8, "storm": 300}
"""Connections that each kind keeps open."""
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
DAWDLE = 0.5
"""Seconds between two bytes of who sends slowly."""


def _post(body, *, length=None, content_type="application/json"):
    signed = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: push\r\n"
        f"X-Hub-Signature-256: {signed}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {length or len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _get(path, more=""):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


SENT = {
    "half": lambda number: (b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"x"),
    "readers": lambda number: (_get(f"/?q={number % 9}") * 20, b""),
    "bodies": lambda number: (_post(b"{", length=4 << 20), b" "),
    "forms": lambda number: (
        _post(b"a=1&" * (1 << 20), content_type="application/x-www-form-urlencoded"),
        b"",
    ),
    "storm": lambda number: (_get(f"/?q={number}"), b""),
}
"""By kind: what is sent at once, and what then again and again, a byte at a time."""


@contextmanager
def flooding(kind, url):
    host, _, port = url.removeprefix("http://").partition(":")
    process = subprocess.Popen(
        ["nice", "-n", "19", sys.executable, "-m", "world.floods", kind, host, port],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        yield
        assert process.poll() is None, "the flood has ended by itself"
    finally:
        process.kill()
        process.wait()


class Attacker:
    """One connection; what becomes of it is nothing to it."""

    def __init__(self, kind, number, address):
        self.kind, (self.whole, self.drip) = kind, SENT[kind](number)
        self.left = self.whole
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)
        self.socket.connect_ex(address)

    @property
    def reads(self):
        return self.kind != "readers"

    def write(self):
        self.left = self.left[self.socket.send(self.left[: 1 << 16]) :]

    def read(self):
        """Raises OSError where there is nothing more to hear."""
        if not self.socket.recv(1 << 16):
            raise ConnectionResetError
        if not self.left and not self.drip:
            self.left = self.whole

    def is_gone(self):
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


class Flood:
    def __init__(self, kind, host, port):
        self.kind, self.address = kind, (host, int(port))
        self.chosen, self.quiet, self.made = selectors.DefaultSelector(), set(), 0

    def go_on(self):
        for _ in range(min(50, OPEN[self.kind] - len(self.chosen.get_map()) - len(self.quiet))):
            attacker, self.made = Attacker(self.kind, self.made, self.address), self.made + 1
            self.chosen.register(attacker.socket, READ | WRITE, attacker)
        for key, events in self.chosen.select(0.05):
            self._turn(key.data, events)

    def drip(self):
        for key in list(self.chosen.get_map().values()):
            key.data.left += key.data.drip
            self._watch(key.data)
        for attacker in [each for each in self.quiet if each.is_gone()]:
            self.quiet.discard(attacker)
            attacker.socket.close()

    def _turn(self, attacker, events):
        try:
            if events & WRITE and attacker.left:
                attacker.write()
            if events & READ and attacker.reads:
                attacker.read()
            self._watch(attacker)
        except BlockingIOError:
            return
        except OSError:
            self.chosen.unregister(attacker.socket)
            attacker.socket.close()

    def _watch(self, attacker):
        events = (WRITE if attacker.left else 0) | (READ if attacker.reads else 0)
        if events:
            self.chosen.modify(attacker.socket, events, attacker)
        else:
            self.chosen.unregister(attacker.socket)
            self.quiet.add(attacker)


def main(kind, host, port):
    flood, dripped = Flood(kind, host, port), time.monotonic()
    while True:
        flood.go_on()
        if time.monotonic() - dripped > DAWDLE:
            dripped = time.monotonic()
            flood.drip()


if __name__ == "__main__":
    main(*sys.argv[1:])
