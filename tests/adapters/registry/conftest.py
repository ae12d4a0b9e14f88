"""One client, one embedded registry that plays GHCR, and a way to serve any answer at all."""

from contextlib import ExitStack

import pytest

from updater.adapters.registry import EndpointHost, RegistryClient, ThrottleSettings, TransportObserver
from updater.model import Image
from updater.sandbox import Registry
from updater.sandbox.server import Server, utc_now


class Scripted(Server):
    """Answers what its script (a function of the request) says; `seen` are the whole requests."""

    def __init__(self, script, clock=utc_now):
        super().__init__(clock=clock)
        self.script = script
        self.seen = []

    def answer(self, request):
        self.seen.append(request)
        return self.script(request)


@pytest.fixture
def open_ones():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start(open_ones):
    """Start an embedded registry."""
    return lambda *args, **kwargs: open_ones.enter_context(Registry(*args, **kwargs))


@pytest.fixture
def serve(open_ones):
    """Serve the answers of a function on loopback."""
    return lambda *args, **kwargs: open_ones.enter_context(Scripted(*args, **kwargs))


@pytest.fixture
def client_for(open_ones):
    """Make a client that asks this server when it is asked for ghcr.io."""

    def make(server, *, hosts=None, timeout=5.0, clock=utc_now, watch=None, patience=5.0, cache=None, **host):
        all_hosts = {"ghcr.io": EndpointHost(endpoint=server.url, **host), **(hosts or {})}
        pacing = ThrottleSettings(clock, patience=patience, jitter=lambda: 0.0)
        client = RegistryClient(
            all_hosts, timeout=timeout, pacing=pacing, watch=watch or TransportObserver(), cache=cache
        )
        return open_ones.enter_context(client)

    return make


@pytest.fixture
def shop():
    return Image.parse("ghcr.io/org/shop")


@pytest.fixture
def registry(start):
    return start()


@pytest.fixture
def client(client_for, registry):
    return client_for(registry)
