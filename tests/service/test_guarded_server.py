"""The server by itself: whom it lets wait, whom it cuts off, and that nobody's leaving is a fault."""

import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from world.service import within

from updater.service import connections, pace
from updater.service.guarded_server import GuardedServer
from updater.service.pace import Rate, Share

LARGE = 3 * 2**20


async def small(_request):
    return PlainTextResponse("here\n")


async def large(_request):
    return PlainTextResponse("x" * LARGE)


async def body(request: Request):
    return PlainTextResponse(str(len(await request.body())))


async def busy(_request):
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        pass
    return PlainTextResponse("done\n")


@contextmanager
def served():
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    routes = [Route("/", small), Route("/large", large), Route("/busy", busy), Route("/livez", small)]
    routes.append(Route("/body", body, methods=["POST"]))
    server = GuardedServer(Starlette(routes=routes))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join(5)
    assert not thread.is_alive()


def said(address, asked=b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
    with closing(socket.create_connection(address, 5)) as one:
        one.sendall(asked)
        return b"".join(iter(lambda: one.recv(65536), b""))


def opened(stack, address, sent=b""):
    one = stack.enter_context(closing(socket.create_connection(address, 5)))
    one.sendall(sent)
    return one


def is_cut_off(one):
    one.settimeout(0.01)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_who_sends_only_half_a_request_makes_room_for_others(monkeypatch):
    monkeypatch.setattr(connections, "MOST", 8)
    with served() as address, ExitStack() as stack:
        half = [opened(stack, address, b"GET / HTTP/1.1\r\nX: ") for _ in range(30)]
        assert said(address).endswith(b"here\n")
        assert sum(map(is_cut_off, half)) > 8


@pytest.mark.parametrize(
    ("awaited", "sent"),
    [
        ("request", b"GET / HTTP/1.1\r\nX: "),
        ("body", b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234"),
        ("answer", b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 4),
    ],
)
def test_each_has_so_long_to_ask_to_send_and_to_take(monkeypatch, caplog, awaited, sent):
    monkeypatch.setitem(connections.DEADLINES, awaited, 0.5)
    with served() as address, ExitStack() as stack:
        slow = opened(stack, address, sent)
        if awaited == "answer":
            time.sleep(2)  # whoever reads to find out is no slow reader
            taken = len(b"".join(iter(lambda: _received(slow), b"")))
            assert taken < 4 * LARGE
        else:
            within(5, lambda: is_cut_off(slow))
        assert said(address).endswith(b"here\n")
    assert caplog.record_tuples == []


def _received(one):
    try:
        return one.recv(65536)
    except ConnectionResetError:
        return b""


def test_who_asks_within_the_time_may_ask_again_and_again_for_longer(monkeypatch):
    monkeypatch.setitem(connections.DEADLINES, "request", 0.8)
    with served() as address, ExitStack() as stack:
        one = opened(stack, address)
        for _ in range(6):
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            within(5, lambda: b"here" in one.recv(1000))
            time.sleep(0.3)


def test_what_strangers_send_is_no_warning_in_the_log(caplog):
    caplog.set_level(logging.WARNING)
    with served() as address:
        assert said(address, b"\x16\x03\x01 no HTTP\r\n\r\n").startswith(b"HTTP/1.1 400")
        assert said(
            address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n"
        )
        with closing(socket.create_connection(address, 5)) as left:
            left.sendall(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
            time.sleep(0.2)
        time.sleep(0.2)
    assert caplog.record_tuples == []


def test_who_goes_on_sending_what_was_refused_is_cut_off():
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n"
    with served() as address, ExitStack() as stack:
        assert taken_of(opened(stack, address, head), 50_000_000) < 20_000_000  # by the kernel, that is


def taken_of(one, size):
    """Bytes of so many that it could send."""
    taken = 0
    try:
        while taken < size:
            taken += one.send(b"x" * 65536)
    except ConnectionError:
        pass
    return taken


def test_a_probe_does_not_wait_behind_the_pages(monkeypatch):
    monkeypatch.setattr(pace, "BURST", 0.1)
    with served() as address, ExitStack() as stack:
        asked = [opened(stack, address, b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(20)]
        begun = time.monotonic()
        assert said(address, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").endswith(
            b"here\n"
        )
        assert time.monotonic() - begun < 2
        assert any(not is_cut_off(one) for one in asked)


def test_who_would_wait_behind_too_many_is_asked_to_come_back(monkeypatch):
    monkeypatch.setattr(pace, "BURST", 0.1)
    monkeypatch.setattr(pace, "WAITING", 3)
    with served() as address, ExitStack() as stack:
        for _ in range(5):
            opened(stack, address, b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
        within(20, lambda: b"\r\nretry-after: 5\r\n" in said(address))


def test_nobody_has_the_process_killed_by_asking_whether_it_lives(monkeypatch):
    """Where probes have no address of their own, everybody may ask as often as they like."""
    monkeypatch.setattr(pace, "PROBES", 1)
    monkeypatch.setattr(pace, "WAITING", 1)
    asked = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with served() as address, ExitStack() as stack:
        for _ in range(10):
            opened(stack, address, asked % b"/readyz")
        answers = [said(address, asked % path).partition(b"\r\n")[0] for path in (b"/livez", b"/readyz")]
    assert answers == [b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable"]


def test_what_answers_take_is_a_share_of_the_time():
    clock = [0.0, 0.0]
    share = Share(lambda: clock[1], lambda: clock[0])
    clock[1] = pace.BURST + 1
    assert not share.take()
    clock[0] = 0.9 / pace.SHARE
    assert not share.take()
    clock[0] = 1.1 / pace.SHARE
    assert share.take()
    clock[0] = 1e6
    assert share.take()
    clock[1] += pace.BURST + 0.1
    assert not share.take(), "what was not used long ago is not kept for ever"


def test_a_rate_is_so_many_a_second_and_a_seconds_worth_at_once():
    clock = [0.0]
    rate = Rate(10, lambda: clock[0])
    assert sum(rate.take() for _ in range(20)) == 10
    clock[0] = 0.5
    assert sum(rate.take() for _ in range(20)) == 5


def test_the_passes_keep_three_quarters_of_the_open_files(monkeypatch):
    for allowed, wanted in ((1 << 20, connections.MOST), (256, 64), (8, 4)):
        monkeypatch.setattr(connections.resource, "getrlimit", lambda _, allowed=allowed: (allowed, allowed))
        assert connections.most() == wanted


def test_what_does_not_end_is_cut_off_in_time():
    code = (
        "import threading, time\nfrom updater.service import server\nserver._LATEST = 0.1\n"
        "told = threading.Event()\nthreading.Thread(target=server._end_in_time, args=(told,)).start()\n"
        "told.set()\ntime.sleep(30)\nraise SystemExit(7)"
    )
    words = [sys.executable, "-c", code]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 0
    assert "service_stopped" in ended.stdout + ended.stderr
