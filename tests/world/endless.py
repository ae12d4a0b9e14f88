"""A server whose answers have no end: it counts what it got rid of."""

import socket
import threading
from contextlib import suppress

PIECE = b" " * (1 << 16)


class Endless:
    """On loopback; `sent` are bytes of bodies, which stop when whoever asked goes away."""

    def __init__(self, media_type="application/json"):
        self._head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\n\r\n".encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.asked, self.sent = 0, 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Nobody may wait in accept for what is closed. The kernel knows it by its number alone: where the
        # call begins anew, after a stop or under a profiler, it takes what comes to who has it then.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            self.asked += 1
            connection.sendall(self._head)
            while True:
                connection.sendall(PIECE)
                self.sent += len(PIECE)
