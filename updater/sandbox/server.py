"""To serve an embedded host over HTTP on loopback, quietly. I/O."""

import socket
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread, current_thread
from types import TracebackType
from typing import Any, Self, cast

from updater.sandbox.exchange import Answer, Recorded, Request
from updater.sandbox.faults import Faults

Clock = Callable[[], datetime]
_RECORDS_KEPT = 100_000


def utc_now() -> datetime:
    return datetime.now(UTC)


class Server(Faults, ABC):
    """A host that records what it was asked; `sent_credentials` are the Authorization headers it saw."""

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__()
        self.clock = clock
        self.requests: list[Recorded] = []
        self.sent_credentials: set[str] = set()
        self._listener = _Listener(self, port)
        self.host = f"127.0.0.1:{self._listener.server_port}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()

    @abstractmethod
    def answer(self, request: Request) -> Answer: ...

    def respond(self, request: Request) -> Answer:
        fault = self.due(f"{request.method} {request.target}")
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        answer = self.answer(request) if fault is None or fault.needs_the_real_answer else Answer(500)
        if fault is not None:
            answer = fault.spoil(answer)
        self._record(request, answer)
        return answer

    def _record(self, request: Request, answer: Answer) -> None:
        if authorization := request.headers.get("authorization"):
            self.sent_credentials.add(authorization)
        asks = request.body.startswith(b'{"query": "query')
        self.requests.append(Recorded(request.method, request.target, answer.status, asks))
        # A demo may run for weeks.
        if len(self.requests) > _RECORDS_KEPT:
            del self.requests[: _RECORDS_KEPT // 2]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: Server, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.owner = owner
        self._open: dict[Thread, socket.socket] = {}
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def start(self) -> None:
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        for thread, connection in list(self._open.items()):
            _hang_up(connection)
            thread.join(timeout=5)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as inherited
        self._open[current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._open[current_thread()]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as inherited
        """A client that hangs up is no news here; a bug is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._read_body())
        self._send(request, self._listener.owner.respond(request))

    @property
    def _listener(self) -> _Listener:
        return cast(_Listener, self.server)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._read_chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _send(self, request: Request, answer: Answer) -> None:
        if answer.cut == "whole":
            self._cut()
            return
        self._send_head(answer)
        sent = len(answer.body) // 2 if answer.cut == "half" else len(answer.body)
        if request.method != "HEAD":
            self.wfile.write(answer.body[:sent])
        self.wfile.flush()
        if answer.cut == "half":
            self._cut()

    def _send_head(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", format_datetime(self._listener.owner.clock().astimezone(UTC), usegmt=True))
        if "Content-Length" not in answer.headers and answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        if answer.body or answer.content_type != "application/json":
            self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        self.close_connection = True
        _hang_up(self.connection)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was quicker
