"""A server whose answers have no end: it counts what it got rid of."""

from world.listener import Listener

PIECE = b" " * (1 << 16)


class Endless(Listener):
    """`sent` are bytes of bodies, which stop when whoever asked goes away."""

    def __init__(self, media_type="application/json"):
        self._head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\n\r\n".encode()
        self.sent = 0
        super().__init__()

    def _answer(self, connection):
        connection.sendall(self._head)
        while True:
            connection.sendall(PIECE)
            self.sent += len(PIECE)
