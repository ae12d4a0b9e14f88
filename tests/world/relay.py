"""A TCP proxy in front of a server: it counts what passes, and strikes the request it is told to.

Each connection carries one request, so that what is cut off is cut off for the client, whatever it pools.
"""

import re
import socket
import struct
import threading
import time
from urllib.parse import urlsplit

_LINGER = struct.pack("ii", 1, 0)
_CHUNK = 1 << 16
LATE = 0.2
"""Seconds."""


class Relay:
    def __init__(self, url):
        parts = urlsplit(url)
        self._upstream = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        self._struck = {}
        self._open = []
        self.requests, self.received = 0, 0
        """Received: bytes that the client was sent."""

    @property
    def url(self):
        return "http://{}:{}".format(*self._listener.getsockname())

    def __enter__(self):
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()  # before it is closed: see `Endless`
        self._listener.close()
        for each in self._open:
            each.join()

    def strike(self, way, calls):
        """Treat these requests in that way, counted from now; the others pass."""
        with self._lock:
            self.requests, self._struck = 0, {"way": way, "calls": calls}

    def lift(self):
        self.strike(passed, ())

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._open = [each for each in self._open if each.is_alive()] + [thread]
            thread.start()

    def _serve(self, client):
        with client:
            asked = _head(client)
            if not asked:
                return
            with self._lock:
                struck = self.requests in self._struck.get("calls", ())
                self.requests += 1
            sent = (self._struck["way"] if struck else passed)(client, lambda: self._answer(asked))
            with self._lock:
                self.received += sent

    def _answer(self, asked):
        """The whole answer of the server, which knows us by our own address."""
        asked = re.sub(rb"(?im)^connection:.*\r\n", b"", asked).replace(
            b"\r\n", b"\r\nConnection: close\r\n", 1
        )
        with socket.create_connection(self._upstream) as server:
            server.sendall(asked)
            answer = b"".join(iter(lambda: server.recv(_CHUNK), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        head = re.sub(rb"(?im)^connection:.*\r\n", b"", head)
        named = "{}:{}".format(*self._upstream).encode()
        head = head.replace(named, self.url.removeprefix("http://").encode())
        return head + b"\r\nConnection: close\r\n\r\n" + body


def passed(client, answer):
    return _sent(client, answer())


def late(client, answer):
    time.sleep(LATE)
    return passed(client, answer)


def reset(client, _answer):
    """Without a word."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    return 0


def broken_off(client, answer):
    """In the middle."""
    whole = answer()
    _sent(client, whole[: len(whole) // 2])
    return reset(client, answer)


def ended(client, answer):
    """In the middle, in all politeness."""
    whole = answer()
    return _sent(client, whole[: len(whole) * 3 // 4])


def said(status, *headers):
    """Something else than the server's answer."""
    lines = [f"HTTP/1.1 {status} Told", *headers, "Content-Length: 0", "Connection: close", "", ""]
    return lambda client, _answer: _sent(client, "\r\n".join(lines).encode())


def _head(client):
    """A request without a body, as all are that only read."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        piece = client.recv(_CHUNK)
        if not piece:
            return b""
        asked += piece
    return asked


def _sent(client, data):
    client.sendall(data)
    return len(data)
