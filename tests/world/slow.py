"""A server that is slow on purpose: it says nothing, or drips its headers, or its body."""

import socket
import threading
from contextlib import suppress

BEAT = 0.02
"""Seconds between two bytes."""
KINDS = ("silent", "headers", "body", "informs")


class Slow:
    """On loopback; what it sends never ends. `asked` counts connections."""

    def __init__(self, kind, beat=BEAT):
        self._kind, self._beat, self.asked = kind, beat, 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.asked += 1
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        begin, piece = {
            "silent": (b"", b""),
            "headers": (head + b"X-Drip: ", b"x"),
            "body": (head + b"\r\n", b" "),
            "informs": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        }[self._kind]
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(begin)
            while not self._ended.wait(self._beat):
                connection.sendall(piece)


class Unhurried(Slow):
    """Its headers take their time, then it thinks, and then it says what there is to say."""

    def __init__(self, *, headers, pause):
        self._headers, self._pause = headers, pause
        super().__init__("headers")

    def _answer(self, connection):
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Drip: ")
            for _ in range(round(self._headers / self._beat)):
                self._ended.wait(self._beat)
                connection.sendall(b"x")
            connection.sendall(b"\r\n\r\n")
            self._ended.wait(self._pause)
            connection.sendall(b"ok")
