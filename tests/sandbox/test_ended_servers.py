"""A server that has ended leaves nobody behind who would answer in the name of the next one."""

import threading
from contextlib import contextmanager

import pytest
from world.endless import Endless
from world.relay import Relay

from updater.sandbox import Registry


@contextmanager
def relayed():
    with Registry() as registry, Relay(registry.url) as relay:
        yield relay


@pytest.mark.parametrize("made", [Endless, relayed, Registry])
def test_nobody_waits_at_a_door_that_is_closed(made):
    """Threads in accept know a socket by its number, which the next server is given."""
    before = set(threading.enumerate())
    for _ in range(20):
        with made():
            pass
        assert set(threading.enumerate()) <= before
