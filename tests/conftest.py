"""The rules of every test: no identity, no proxy, no way out but loopback, nothing `real` skipped in CI."""

import functools
import ipaddress
import os
import shutil
import signal
import socket
import tempfile
from itertools import islice
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("ci", derandomize=True, max_examples=50, deadline=None, database=None)
hypothesis.settings.register_profile("soak", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("ci")


def pytest_configure(config):
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A job in the background of a shell has it, and so would have the commands that tests interrupt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [*os.environ]:
        # What the machine or a Git hook has set must not decide what a test, or a program it starts, sees.
        if name.startswith(("GIT_", "UPDATER_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    # Nothing is there. It is not /dev/null: who sets something, as Gitea does, puts a file in its place.
    settings = Path(tempfile.mkdtemp(prefix="no-settings-"))
    config.add_cleanup(functools.partial(shutil.rmtree, settings, ignore_errors=True))
    os.environ |= {
        "GIT_CONFIG_GLOBAL": str(settings / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    socket.socket.connect = _only_loopback(socket.socket.connect)
    socket.socket.connect_ex = _only_loopback(socket.socket.connect_ex)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """What takes long is begun first, by each worker its share: else one is at it alone at the end."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    rest = [item for item in items if not item.get_closest_marker("long")]
    items[:] = _dealt(long, rest, workers)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped and os.environ.get("CI") == "true" and item.get_closest_marker("real"):
        _, _, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI must have what a real test needs: {reason.removeprefix('Skipped: ')}"
    return report


def pytest_sessionfinish(session):
    """The image that tests/image built for all workers takes gigabytes, and is kept by nobody."""
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(session.config._tmp_path_factory.getbasetemp() / "image", ignore_errors=True)


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """The sandbox, and a config for it."""
    from world.scene import TOKEN, Scene

    scene = Scene(tmp_path)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def _dealt(long, rest, workers):
    """As xdist deals at first: to each worker as many that stand together, of all that are left."""
    left = iter(rest)
    shares, total = [], len(long) + len(rest)
    for worker in range(workers):
        first = long[worker::workers]
        size = (total - len(shares)) // (workers - worker)
        shares += [*first, *islice(left, max(0, size - len(first)))]
    return [*shares, *left]


def _only_loopback(connect):
    @functools.wraps(connect)
    def checked(self, address):
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            # No OSError: the code under test would take that for bad weather and hide it.
            raise AssertionError(f"a test may only connect to loopback, not to {address[0]}")
        return connect(self, address)

    return checked


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
