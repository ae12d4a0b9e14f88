"""A server of a few lines on loopback, whose answers are no HTTP that a library would send."""

import socket
import threading
from contextlib import suppress


class Listener:
    """`asked` counts connections; each is answered in a thread of its own, by `_answer`."""

    def __init__(self):
        self.asked, self._ended = 0, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
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
        # Nobody may wait in accept for what is closed. The kernel knows it by its number alone: where the
        # call begins anew, after a stop or under a profiler, it takes what comes to who has it then.
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.asked += 1
                threading.Thread(target=self._contained, args=[connection], daemon=True).start()

    def _contained(self, connection):
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            self._answer(connection)
