"""A server that is slow on purpose: it says nothing, or drips its headers, or its body."""

from world.listener import Listener

BEAT = 0.02
"""Seconds between two bytes."""
KINDS = ("silent", "headers", "body", "informs")


class Slow(Listener):
    """What it sends never ends."""

    def __init__(self, kind, beat=BEAT):
        self._kind, self._beat = kind, beat
        super().__init__()

    def _answer(self, connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        begin, piece = {
            "silent": (b"", b""),
            "headers": (head + b"X-Drip: ", b"x"),
            "body": (head + b"\r\n", b" "),
            "informs": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        }[self._kind]
        connection.sendall(begin)
        while not self._ended.wait(self._beat):
            connection.sendall(piece)


class Unhurried(Listener):
    """Its headers take their time, then it thinks, and then it says what there is to say. In seconds."""

    def __init__(self, *, headers, pause):
        self._headers, self._pause = headers, pause
        super().__init__()

    def _answer(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Drip: ")
        for _ in range(round(self._headers / BEAT)):
            self._ended.wait(BEAT)
            connection.sendall(b"x")
        connection.sendall(b"\r\n\r\n")
        self._ended.wait(self._pause)
        connection.sendall(b"ok")
