"""A real PostgreSQL, one for all tests of a process."""

import uuid

import pytest
from world.postgres import DSN, started

__all__ = ["DSN"]


@pytest.fixture(scope="session")
def server():
    with started() as server:
        yield server


@pytest.fixture
def dsn(server, monkeypatch):
    """A database of the test's own, empty; its address stands in the variable that the config names."""
    address = server.database(f"test_{uuid.uuid4().hex[:12]}")
    monkeypatch.setenv(DSN, address)
    return address
